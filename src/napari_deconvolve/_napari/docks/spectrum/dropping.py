"""Files that are dropped: on the dock, and on the canvas while the dock is open.

napari's own reader claims every CSV file, so a reader of ours would have napari ask which one to take, for tables of
points and shapes too. Therefore the canvas is watched only while the dock is there, and only spectra are taken.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from qtpy.QtCore import QEvent, QMimeData, QObject, Qt
from qtpy.QtWidgets import QApplication, QWidget

from napari_deconvolve._napari.docks.spectrum.adding import is_spectrum
from napari_deconvolve.io.columns import SPECTRUM_SUFFIXES


def dropped(data: QMimeData | None) -> list[str]:
    """Return the files among what is dropped that may hold a spectrum, by their names."""
    paths = _paths(data)
    return [path for path in paths if path.lower().endswith(SPECTRUM_SUFFIXES)]


def _paths(data: QMimeData | None) -> list[str]:
    return [url.toLocalFile() for url in data.urls()] if data is not None and data.hasUrls() else []


class CanvasDrops(QObject):  # type: ignore[misc]
    """Takes spectra that are dropped on a viewer's canvas, and leaves all else to napari."""

    def __init__(self, viewer: Any, take: Callable[[Sequence[str]], None], parent: QObject) -> None:
        super().__init__(parent)
        self._take = take
        canvas = getattr(getattr(viewer, "window", None), "_qt_viewer", None)
        self._canvas: Callable[[], QWidget | None] = (lambda: None) if canvas is None else weakref.ref(canvas)
        if canvas is not None:
            canvas.installEventFilter(self)

    def leave(self) -> None:
        """Watch no more."""
        canvas = self._canvas()
        if canvas is not None:
            canvas.removeEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """Take what is dropped, if it is ours: called by Qt."""
        if event is None or event.type() != QEvent.Type.Drop or _asks_napari():
            return False
        data = event.mimeData()
        ours = [path for path in dropped(data) if is_spectrum(path)]
        if not ours:
            return False
        others = [path for path in _paths(data) if path not in ours]
        event.acceptProposedAction()
        self._take(ours)
        canvas = self._canvas()
        if others and canvas is not None:
            canvas._qt_open(others, stack=False)
        return True


def _asks_napari() -> bool:
    """Return whether a key is held by which one chooses a reader, or stacks files."""
    keys = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    return bool(QApplication.keyboardModifiers() & keys)
