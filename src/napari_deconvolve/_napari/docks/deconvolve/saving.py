"""Save…: the results of the last run in one file, with all that napari's own writer would lose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_deconvolve._napari.layers.opening import is_ours, prefer_our_reader
from napari_deconvolve._napari.layers.writers import write_channels
from napari_deconvolve._napari.work.latest import LatestTask
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.io.images import stem

FILTER = "OME-TIFF (*.ome.tif *.ome.tiff *.tif *.tiff);;OME-Zarr (*.ome.zarr);;NumPy, bare numbers (*.npy)"
MENU = "File > IO Utilities > Open images with pixel size"
UNUSABLE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # in names of files, on one system or another
LONGEST_NAME = 120  # characters


class Saving(QObject):  # type: ignore[misc]
    """Writes layers in a thread; it goes on when the dock is closed.

    Signals
    -------
    said(text, level)
        What came of it.
    """

    said = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task = LatestTask(self, subject="file", late=0)
        self._task.answered.connect(self._answered)

    @property
    def busy(self) -> bool:
        """Whether a file is being written."""
        return self._task.busy

    def ask(self, parent: QWidget | None, image: Any, results: Sequence[Any]) -> None:
        """Ask for a file, and write the results to it."""
        path, _ = QFileDialog.getSaveFileName(parent, "Save the result", str(proposed(image, results)), FILTER)
        if path:
            self.save(path if Path(path).suffix else f"{path}.ome.tif", results)

    def save(self, path: str, results: Sequence[Any]) -> None:
        """Write layers as the channels of a file."""
        layers = [layer.as_layer_data_tuple()[:2] for layer in results]
        count = "" if len(layers) == 1 else f", {len(layers)} channels"
        kept = ": bare numbers" if path.lower().endswith(".npy") else f"{count}, with pixel size and recipe"
        self.said.emit(f"Saving “{Path(path).name}” …", "info")
        self._task.ask(f"Saved “{Path(path).name}”{kept}.", lambda: write_channels(path, layers, stem(path)))

    def _answered(self, tag: object, result: object) -> None:
        if isinstance(result, DeconvolutionError):
            self.said.emit(str(result), "error")
            return
        path = str(result[0]) if isinstance(result, list) else ""
        if is_ours(path):
            prefer_our_reader()
        elif not path.lower().endswith(".npy"):
            tag = f"{tag} Open it again by “{MENU}”: napari's own reader drops them."
        self.said.emit(str(tag), "success")


def proposed(image: Any, results: Sequence[Any]) -> Path:
    """Return the file that is proposed: beside the image's, named after it."""
    source = getattr(getattr(image, "source", None), "path", None)
    name = str(source) if source else (image if image is not None else results[0]).name
    folder = Path(source).parent if source else Path()
    return folder / f"{bare(stem(name) if source else name)}_decon.ome.tif"


def bare(name: str) -> str:
    """Return a name without what no name of a file may hold."""
    return UNUSABLE.sub(" ", name).strip()[:LONGEST_NAME] or "result"
