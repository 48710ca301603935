"""Fields and what they lead to: below each other in a narrow dock, beside each other in one that is wide and low."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.sheet import part

MIN_WIDE = 680  # pixels from which both parts fit beside each other
FIELDS_WIDTH = 284  # pixels of the fields then, with a scroll bar


class Spread(QWidget):  # type: ignore[misc]
    """Two parts, both of which scroll while they are below each other; beside each other, the first scrolls alone.

    Signals
    -------
    widened(wide)
        The parts stand beside each other now, or below each other.
    """

    widened = Signal(bool)

    def __init__(self, fields: QWidget, shown: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown, self.wide = shown, False
        self._inside = part(QWidget(), "plain")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(4, 4, 4, 6)
        self._column.setSpacing(6)
        self._column.addWidget(fields)
        self._column.addWidget(shown)
        self._column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(self._inside)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self.area, 1)

    @property
    def inside(self) -> QWidget:
        """What scrolls."""
        return self._inside

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Put the parts where they fit."""
        super().resizeEvent(event)
        self.spread(self.width() >= MIN_WIDE)

    def spread(self, wide: bool) -> None:
        """Put the parts beside each other, or below each other."""
        if wide == self.wide:
            return
        self.wide = wide
        if wide:
            self._column.removeWidget(self._shown)
            self.area.setFixedWidth(FIELDS_WIDTH)
            self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self._row.addWidget(self._shown, 1)
        else:
            self._row.removeWidget(self._shown)
            self.area.setMinimumWidth(0)
            self.area.setMaximumWidth(16777215)
            self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
            self._column.insertWidget(1, self._shown)
        self._shown.show()
        self.widened.emit(wide)
