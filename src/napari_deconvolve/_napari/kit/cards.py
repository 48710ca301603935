"""Cards: parts of a dock on a raised ground, and steps that fold to one line."""

from __future__ import annotations

from typing import Any, Literal

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget
from superqt import QElidingLabel

from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.sheet import BADGE_SIZE, HEADER_HEIGHT, become, part
from napari_deconvolve._napari.kit.words import in_window

State = Literal["open", "right", "wrong"]  # of a step: not known yet, can be run, has to be changed
SIGNS = {"right": "✓", "wrong": "!"}
SPOKEN = {"open": "", "right": ", in order", "wrong": ", needs a change"}


class Card(QFrame):  # type: ignore[misc]
    """Widgets below each other on a raised ground."""

    def __init__(self, *parts: QWidget | QLayout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        part(self, "card")
        self.inside = QVBoxLayout(self)
        self.inside.setContentsMargins(6, 6, 6, 8)
        self.inside.setSpacing(6)
        for one in parts:
            if isinstance(one, QLayout):
                self.inside.addLayout(one)
            else:
                self.inside.addWidget(one)


class Header(QPushButton):  # type: ignore[misc]
    """The line of a step: a badge, its title, a summary, and a chevron; all of it clicks, Space and Enter too."""

    def __init__(self, number: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        part(self, "header")
        self._number, self._title = number, title
        self.setFixedHeight(HEADER_HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.badge = part(QLabel(str(number)), "badge")
        self.badge.setFixedSize(BADGE_SIZE, BADGE_SIZE)
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title, self.chevron = part(QLabel(title), "title"), part(QLabel(""), "chevron")
        self.summary = part(QElidingLabel(""), "summary")
        self.summary.setMinimumWidth(10)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(7, 0, 8, 0)
        layout.setSpacing(8)
        for one, stretch in ((self.badge, 0), (self.title, 0), (self.summary, 1), (self.chevron, 0)):
            one.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(one, stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Fold and unfold at Enter as at Space; Ctrl+Enter is the dock's."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.click()
        else:
            super().keyPressEvent(event)

    def show_state(self, state: State, summary: str) -> None:
        """Show whether the step is in order, and what it comes to."""
        self.badge.setText(SIGNS.get(state, str(self._number)))
        become(self.badge, "state", state)
        become(self.summary, "state", state)
        text = in_window(summary)
        if self.summary.text() != text:
            self.summary.setText(text)
            self.setToolTip(text)
        self.setAccessibleName(f"Step {self._number}, {self._title}{SPOKEN[state]}{f': {text}' if text else ''}")


class StepCard(Card):
    """One step of a dock: a header, and rows that fold away below it.

    Signals
    -------
    folded(folded)
        Somebody has folded or unfolded it.
    """

    folded = Signal(bool)

    def __init__(self, number: int, name: str, title: str, body: QWidget | QLayout, parent: Any = None) -> None:
        super().__init__(parent=parent)
        self.inside.setContentsMargins(0, 0, 0, 0)
        self.inside.setSpacing(0)
        self.header = Header(number, title)
        identify(self.header, f"step_{name}", f"Step {number}, {title}", "")
        self.body = part(QWidget(), "plain")
        room = QVBoxLayout(self.body)
        room.setContentsMargins(5, 0, 5, 8)
        room.addLayout(body) if isinstance(body, QLayout) else room.addWidget(body)
        self.inside.addWidget(self.header)
        self.inside.addWidget(self.body)
        self.state: State = "open"
        self._summaries = "", ""
        self.header.clicked.connect(self._clicked)
        self.fold(False)

    @property
    def is_folded(self) -> bool:
        """Whether only the header is seen."""
        return bool(self.body.isHidden())

    def fold(self, yes: bool) -> None:
        """Hide or show the rows."""
        self.body.setVisible(not yes)
        self.header.chevron.setText("▸" if yes else "▾")
        self._show()

    def show_state(self, state: State, opened: str, folded: str) -> None:
        """Show whether it is in order, and what it comes to: in words for an open card and for a folded one."""
        self.state, self._summaries = state, (opened, folded)
        self._show()

    def _show(self) -> None:
        self.header.show_state(self.state, self._summaries[self.is_folded])

    def _clicked(self) -> None:
        self.fold(not self.is_folded)
        self.folded.emit(self.is_folded)
