"""A dock at the bottom of napari's window, beside the left docks and not below them."""

from __future__ import annotations

import weakref
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMainWindow

from napari_deconvolve._napari.kit.dock import Dock
from napari_deconvolve._napari.kit.tabs import framed
from napari_deconvolve._napari.work.clock import Delay

SHARE = 0.56  # of the window's height
LEAST = 50  # pixels, as napari has it for all docks
NEAR = 4  # pixels of the height that do not matter
TRIES = 20  # at the height: the window lays itself out bit by bit
SECONDS = 0.05  # between them
BOTTOM, LEFT = Qt.DockWidgetArea.BottomDockWidgetArea, Qt.DockWidgetArea.LeftDockWidgetArea
CORNER = Qt.Corner.BottomLeftCorner


class Bottom:
    """Puts a dock at the bottom once it stands in the window, and gives the corner back when it goes.

    With the corner below the left docks, their heights and that of the dock add up, and the window grows.

    `kept` holds the area where the dock was last, in the same window; a person may have chosen another one.
    """

    def __init__(self, dock: Dock, viewer: Any, kept: dict[str, Any]) -> None:
        self._dock, self._viewer, self._kept = dock, weakref.ref(viewer), kept
        self._before: Qt.DockWidgetArea | None = None
        self._placed, self._tries = False, TRIES
        self._soon, self._later = Delay(dock, 0.0, self.place), Delay(dock, SECONDS, self._fit)
        self._take_corner()  # also for a dock at the right: it may be moved
        self._soon.restart()

    @property
    def _wanted(self) -> Qt.DockWidgetArea:
        area: Qt.DockWidgetArea = self._kept.get("area", BOTTOM)
        return area

    @property
    def _window(self) -> QMainWindow | None:
        """The window; it is not kept, since it lives as long as whoever knows it."""
        found: QMainWindow | None = getattr(getattr(self._viewer(), "window", None), "_qt_window", None)
        return found

    def place(self) -> None:
        """Move the dock to where it is wanted."""
        frame, window = framed(self._dock), self._window
        if frame is None or window is None or self._dock.gone or self._placed:
            return
        if not frame.isFloating() and window.dockWidgetArea(frame) != self._wanted:
            shown = not frame.isHidden()
            window.addDockWidget(self._wanted, frame)
            frame.setVisible(shown)
        self._placed = True
        frame.dockLocationChanged.connect(self._moved)
        if self._wanted == BOTTOM:
            self._fit()

    def loosen(self) -> None:
        """Allow less height, as parts beside each other need less than below each other.

        napari sets a least size of a dock, after which Qt lets it only grow.
        """
        frame = framed(self._dock)
        if frame is not None:
            frame.setMinimumSize(LEAST, LEAST)

    def leave(self) -> None:
        """Set the corner as it was."""
        self._soon.stop()
        self._later.stop()
        window, before, self._before = self._window, self._before, None
        if window is not None and before is not None:
            window.setCorner(CORNER, before)

    def _moved(self, area: Qt.DockWidgetArea) -> None:
        if area == Qt.DockWidgetArea.NoDockWidgetArea or self._dock.gone:
            return  # it floats, or it is being closed
        self._kept["area"] = area
        self.loosen()

    def _fit(self) -> None:
        """Take the share of the height; the window does not give it at once."""
        frame, window = framed(self._dock), self._window
        if frame is None or window is None or self._dock.gone or frame.isFloating():
            return
        wanted = round(SHARE * window.height())
        self._tries -= 1
        self.loosen()
        window.resizeDocks([frame], [wanted], Qt.Orientation.Vertical)
        if self._tries > 0 and (abs(frame.height() - wanted) > NEAR or self._tries > TRIES - 4):
            self._later.restart()

    def _take_corner(self) -> None:
        window = self._window
        if window is not None:
            self._before = window.corner(CORNER)
            window.setCorner(CORNER, LEFT)
