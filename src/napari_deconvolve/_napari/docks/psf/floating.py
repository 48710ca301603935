"""A dock that opens as a window of its size: wide and low, over the lower part of napari's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QDockWidget, QMainWindow

from napari_deconvolve._napari.kit.dock import Dock
from napari_deconvolve._napari.kit.tabs import WIDTH, framed
from napari_deconvolve._napari.work.clock import Delay

FLOAT_WIDTH, FLOAT_HEIGHT = 1265, 455  # pixels, where the screen has them
MARGIN = 24  # pixels that are left of the screen
ABOVE = 76  # pixels between its lower edge and the window's


class FloatingDock(Dock):
    """Floats when it stands in a window for the first time, unless a person has put it there.

    Subclasses give `docked`, which outlives the dock.
    """

    docked: bool
    _placed = False
    _end_corner: Callable[[], None] | None = None

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Float when the dock stands in the window for the first time."""
        super().showEvent(event)
        if not self._placed:
            self._placed = True
            Delay(self, 0.0, self._float).begin()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for little where the dock stands in the window, so that the window keeps its size."""
        return QSize(WIDTH, FLOAT_HEIGHT)

    def step_back(self, viewer: Any, words: str) -> None:
        """Close the dock where it lies over what comes next, and leave its words in the window."""
        dock = framed(self)
        if dock is not None and dock.isFloating():
            viewer.status = words
            self.close_dock()

    def close_dock(self) -> None:
        """Close the dock as its cross does, once Qt is done with what it is doing now."""
        dock = framed(self)
        if dock is not None and hasattr(dock, "destroyOnClose"):
            Delay(self, 0.0, dock.destroyOnClose).begin()
        else:
            self.close()

    def leave(self) -> None:
        """Leave viewer and window alone."""
        super().leave()
        end, self._end_corner = self._end_corner, None
        if end is not None:
            end()

    def _float(self) -> None:
        dock = None if self.gone else framed(self)
        if dock is None:
            return
        self._end_corner = keep_left_docks(dock)
        if not self.docked and not dock.isFloating():
            float_over(dock)
        dock.topLevelChanged.connect(self._moved)

    def _moved(self, floats: bool) -> None:
        self.docked = not floats


def keep_left_docks(dock: QDockWidget) -> Callable[[], None] | None:
    """Let the docks at the left reach down beside this one, should it be put at the bottom; return what undoes it.

    Else the window would grow, as napari's docks there cannot be so low. Where other docks are at the bottom already,
    all stays as it is, and nothing is returned.
    """
    window, bottom, left = dock.parent(), Qt.DockWidgetArea.BottomDockWidgetArea, Qt.DockWidgetArea.LeftDockWidgetArea
    if not isinstance(window, QMainWindow):
        return None
    others = [one for one in window.findChildren(QDockWidget) if one is not dock and one.isVisible()]
    if any(window.dockWidgetArea(one) == bottom for one in others):
        return None
    corner = Qt.Corner.BottomLeftCorner
    before = window.corner(corner)
    window.setCorner(corner, left)
    return lambda: window.setCorner(corner, before)


def float_over(dock: QDockWidget) -> None:
    """Take a dock out of its window, and put it over the lower part of it, wholly on the screen."""
    window = dock.parent()
    if not isinstance(window, QMainWindow):
        return
    frame, screen = window.frameGeometry(), window.screen().availableGeometry()
    width, height = min(FLOAT_WIDTH, screen.width() - MARGIN), min(FLOAT_HEIGHT, screen.height() - MARGIN)
    dock.setFloating(True)
    dock.resize(width, height)
    left = frame.center().x() - width // 2
    top = frame.bottom() - ABOVE - height
    dock.move(
        max(screen.left(), min(left, screen.right() - width)), max(screen.top(), min(top, screen.bottom() - height))
    )
