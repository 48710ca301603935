"""What napari's menus and its command palette offer beside the docks."""

from __future__ import annotations

from typing import Any

from napari_deconvolve._napari.kit.dock import open_dock


def run() -> None:
    """Do what the button Run of the dock "Deconvolve" does."""
    dock = _dock()
    if dock is not None:
        dock.press_run()


def stop() -> None:
    """Do what the button Stop does."""
    dock = _dock()
    if dock is not None and dock.running:
        dock.press_stop()


def save() -> None:
    """Do what the button Save… does."""
    dock = _dock()
    if dock is not None:
        dock.press_save()


def _dock() -> Any | None:
    """Return the dock of the current viewer, opened if need be; None where there is no window."""
    import napari

    viewer = napari.current_viewer()
    return None if viewer is None else open_dock(viewer, "Deconvolve")
