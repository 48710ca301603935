"""Where a dock stands in napari's window: over the others at its side, as tabs and not below each other."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDockWidget, QLabel, QMainWindow, QWidget

WIDTH = 330  # pixels that a dock takes when it opens
PLUGIN = " (napari-deconvolve)"  # which napari adds to the names of docks


def framed(widget: QWidget) -> QDockWidget | None:
    """Return the dock around a widget, if it stands in one."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QDockWidget):
        parent = parent.parentWidget()
    return parent


def show_short_title(frame: QDockWidget) -> None:
    """Leave the plugin out of a dock's title and tab, where it takes the room of the dock's name."""
    frame.setWindowTitle(frame.windowTitle().removesuffix(PLUGIN))
    bar = frame.titleBarWidget()
    for label in [] if bar is None else bar.findChildren(QLabel):
        label.setText(label.text().removesuffix(PLUGIN))


def lay_over_others(widget: QWidget) -> None:
    """Make the dock around a widget a tab over those at the right of the window, if it stands there too.

    napari's menu puts a new dock below the others, which leaves none of them enough height.
    """
    frame, right = framed(widget), Qt.DockWidgetArea.RightDockWidgetArea
    window = None if frame is None else frame.parent()
    if frame is None or not isinstance(window, QMainWindow) or frame.isFloating():
        return
    if window.dockWidgetArea(frame) != right:
        return
    others = [
        one
        for one in window.findChildren(QDockWidget)
        if one is not frame and window.dockWidgetArea(one) == right and not one.isFloating() and not one.isHidden()
    ]
    if others and not window.tabifiedDockWidgets(frame):
        window.tabifyDockWidget(others[-1], frame)
        frame.raise_()
        window.resizeDocks([frame], [WIDTH], Qt.Orientation.Horizontal)
