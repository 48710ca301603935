"""A foot that is one row in a wide dock: words left, buttons right."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.buttons import take_out
from napari_deconvolve._napari.kit.footer import Footer
from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.sheet import BADGE_SIZE, PART, become, part
from napari_deconvolve._napari.kit.theme import Palette

STAR = "★"
LEAST_NEXT, LEAST_BUTTON = 124, 88  # pixels of the next step's button in a wide dock, and of the others
MOST_LINES = 4
IN_A_ROW = 2  # buttons beside each other in a narrow dock


class Line(Remarks):
    """Some words of few lines: a foot never becomes high while the window lays itself out."""

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return the height of the words at a width, within limits."""
        most: int = MOST_LINES * self.fontMetrics().lineSpacing() + 6
        wanted: int = super().heightForWidth(width)
        return min(most, wanted)


class Verdict(Line):
    """A sentence in the colour of ordinary text."""

    def _color(self) -> None:
        if self._colors is not None:
            self.setStyleSheet(f"QLabel {{ color: {self._colors.foreground}; padding: 0px 2px; }}")


class RowFooter(Footer):
    """A foot with a verdict, which takes one row where there is room for it.

    Attributes
    ----------
    verdict : Remarks
        What the last run came to, with a star before it.
    why : QPushButton
        A link that asks for all words on it.
    """

    def __init__(self, progress_tip: str, status_name: str, parent: QWidget | None = None) -> None:
        super().__init__(progress_tip, status_name, parent)
        for base in (self.cost, self.status):
            take_out(base)
        self.cost, self.status = Line("cost"), Line(status_name)
        self.verdict = Verdict("verdict")
        self._star = part(QLabel(STAR), "badge")
        self._star.setFixedSize(BADGE_SIZE, BADGE_SIZE)
        self._star.setAlignment(Qt.AlignmentFlag.AlignCenter)
        become(self._star, "state", "right")
        self._said = QHBoxLayout()
        self._said.setSpacing(8)
        self._said.addWidget(self._star, 0, Qt.AlignmentFlag.AlignVCenter)
        self._said.addWidget(self.verdict, 1, Qt.AlignmentFlag.AlignVCenter)
        tip = "Shows all that was found on the way."
        self.why: QPushButton = part(identify(QPushButton("Why?"), "why", "Why", tip), "link")
        self.why.setCheckable(True)
        self._said.addWidget(self.why, 0, Qt.AlignmentFlag.AlignVCenter)
        self._left, self._right = part(QWidget(), "plain"), part(QWidget(), "plain")
        self._words, self._buttons = QVBoxLayout(self._left), QGridLayout(self._right)
        for layout, space in ((self._words, 1), (self._buttons, 6)):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(space)
        self._words.addLayout(self._said)
        self._words.addWidget(self.cost)
        self._layout.removeItem(self._row)
        self._layout.removeWidget(self.progress)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self._layout.addLayout(self._grid)
        self._order: tuple[QWidget, ...] = ()
        self.wide = False
        self._arrange()
        self.show_verdict("")

    def show_verdict(self, text: str) -> None:
        """Show what the last run came to, or nothing."""
        self.verdict.say(text)
        self._star.setVisible(bool(text))

    def set_buttons(
        self, before: tuple[QWidget, ...], running: tuple[QWidget, ...], after: tuple[QWidget, ...] = ()
    ) -> None:
        """Say which buttons each stage shows, from left to right in a narrow dock; the first of each is the next step.

        In a wide one the next step stands at the right end, where the eye ends.
        """
        self._stages = {"before": before, "running": running, "after": after or before}
        self._order = tuple(dict.fromkeys((*after, *before, *running)))
        self._show()

    def spread(self, wide: bool) -> None:
        """Take one row, or several."""
        if wide != self.wide:
            self.wide = wide
            self._arrange()
            self._show()

    def prepare(self) -> None:
        """Get ready for other words: those that are hidden take the width that they will have."""
        for label in (self.verdict, self.cost, self.status):
            lay_for(label, self._left.width() - 80)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.verdict.restyle(colors)

    def _arrange(self) -> None:
        """Put words, buttons and bar where they belong."""
        for widget in (self._left, self._right, self.progress, self.status):
            self._grid.removeWidget(widget)
        self._words.removeWidget(self.status)
        if self.wide:
            self._words.addWidget(self.status)
            self._grid.addWidget(self.progress, 0, 0, 1, 2)
            self._grid.addWidget(self._left, 1, 0)
            self._grid.addWidget(self._right, 1, 1)
        else:
            for place, widget in enumerate((self._left, self._right, self.progress, self.status)):
                self._grid.addWidget(widget, place, 0)

    def _show(self) -> None:
        if not self._stages:
            return
        while self._buttons.count():
            self._buttons.takeAt(0)
        seen = self._stages[self.stage]
        shown = [*seen[1:], seen[0]] if self.wide else list(seen)
        for place, widget in enumerate(shown):
            row, column = (0, place) if self.wide else divmod(place, IN_A_ROW)
            self._buttons.addWidget(widget, row, column)
            width = QSizePolicy.Policy.Fixed if self.wide else QSizePolicy.Policy.Expanding
            widget.setSizePolicy(width, QSizePolicy.Policy.Fixed)
            if isinstance(widget, QPushButton):
                least = LEAST_NEXT if widget is seen[0] else LEAST_BUTTON
                widget.setMinimumWidth(least if self.wide else 0)
        for widget in self._order:
            if widget.parent() is None:
                widget.setParent(self)
            widget.setVisible(widget in seen)
            if isinstance(widget, QPushButton):
                become(widget, PART, "primary" if widget is seen[0] and self.stage != "running" else "secondary")


def lay_for(label: Remarks, width: int) -> None:
    """Set a hidden label to the width it will have: it would ask for the height of a narrow column of words."""
    if label.isHidden() and width > label.width():
        label.resize(width, label.height())
