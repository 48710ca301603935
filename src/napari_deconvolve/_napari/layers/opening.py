"""Open files with what they say of pixel size, channels and recipe, beside napari's own reader, which drops it.

napari asks which reader to take wherever two can read a file. So the manifest claims only the name that Save proposes,
and everything else is opened by a command of the menu "File", or again from a layer that napari has opened.
"""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from napari_deconvolve._napari.layers.readers import read_layers
from napari_deconvolve.formats.images import format_of, image_suffixes

OURS = ("*_decon.ome.tif", "*_decon.ome.tiff", "*_decon.ome.zarr")  # as in the manifest
PLUGIN = "napari-deconvolve"
NO_SIZE = "The file does not say its pixel size; enter it."


def is_ours(path: str | os.PathLike[str]) -> bool:
    """Return whether a file has a name that the manifest claims."""
    return any(fnmatch(Path(path).name.lower(), pattern) for pattern in OURS)


def prefer_our_reader() -> None:
    """Let napari open files with these names by our reader without asking; a choice of the user's stays."""
    from napari.settings import get_settings

    plugins = get_settings().plugins
    missing = {pattern: PLUGIN for pattern in OURS if pattern not in plugins.extension2reader}
    if missing:
        plugins.extension2reader = {**plugins.extension2reader, **missing}


def file_of(layer: Any) -> str | None:
    """Return the image file that a layer was opened from, if we can read it and it is still there."""
    path = getattr(getattr(layer, "source", None), "path", None)
    if not path or not os.path.isfile(path) or format_of(path) is None:
        return None
    return str(path)


def add_layers(viewer: Any, path: str) -> list[Any]:
    """Read a file and add its layers to a viewer; raise `FileError` where it cannot be read."""
    from napari.layers import Layer
    from napari.layers._source import layer_source

    found = read_layers(path)
    with layer_source(path=path, reader_plugin=PLUGIN):
        return [viewer.add_layer(Layer.create(*one)) for one in found]


def reopen(viewer: Any, layer: Any) -> list[Any]:
    """Open the file of a layer again with all it says, hide the old layer, and return the new ones.

    Raise `FileError` where it cannot be read.
    """
    path = file_of(layer)
    made = add_layers(viewer, path) if path is not None else []
    if made:
        layer.visible = False
    return made


def open_images() -> None:
    """Ask for files, and open them with pixel size, channels and recipe: a command of the menu "File"."""
    from napari import current_viewer
    from napari.utils.notifications import show_error
    from qtpy.QtWidgets import QFileDialog

    from napari_deconvolve.errors import DeconvolutionError

    viewer = current_viewer()
    patterns = " ".join(f"*{suffix}" for suffix in image_suffixes())
    paths, _ = QFileDialog.getOpenFileNames(None, "Open images with pixel size", "", f"Images ({patterns})")
    for path in paths:
        try:
            add_layers(viewer, path)
        except DeconvolutionError as error:
            show_error(str(error))
