"""Two parts of a dock: below each other, or side by side where the dock is wide."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QBoxLayout, QWidget

MIN_SIDE_BY_SIDE_WIDTH = 680  # pixels from which both parts fit beside each other


class Columns(QWidget):  # type: ignore[misc]
    """Two parts; a dock at the window's bottom, or one that floats, is wide and low."""

    def __init__(self, first: QWidget, second: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        for part, stretch in ((first, 2), (second, 3)):
            self._layout.addWidget(part, stretch, Qt.AlignmentFlag.AlignTop)

    @property
    def wide(self) -> bool:
        """Whether the parts are side by side."""
        return bool(self._layout.direction() == QBoxLayout.Direction.LeftToRight)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Put the parts where they fit."""
        super().resizeEvent(event)
        way = (
            QBoxLayout.Direction.LeftToRight
            if self.width() >= MIN_SIDE_BY_SIDE_WIDTH
            else QBoxLayout.Direction.TopToBottom
        )
        if way != self._layout.direction():
            self._layout.setDirection(way)
