"""Where the samples of a layer stand outside of napari, so that a script or a command finds the same ones."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_deconvolve._napari.docks.deconvolve.saving import bare
from napari_deconvolve._napari.layers.opening import PLUGIN
from napari_deconvolve._napari.layers.optics import channel_of
from napari_deconvolve._napari.layers.source import Source
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.formats.images import format_of
from napari_deconvolve.io import ImageFile, read_image
from napari_deconvolve.io.images import stem

NO_FILE = "it is in no file as it is here"
STEPS_ALIKE = 1e-3  # relative: files round the spacing


@dataclass(frozen=True, slots=True)
class Original:
    """Where a layer stands.

    Attributes
    ----------
    path : str
        Of the file.
    channel : int or None
        Which one of the file; None where it has none.
    why : str
        Why the layer has to be saved to that file first; empty where it stands there.
    """

    path: str
    channel: int | None = None
    why: str = ""


def original(plan: Plan, layer: Any) -> Original:
    """Return the file and channel that hold a layer's samples, or the file to which it has to be saved first."""
    path = getattr(getattr(layer, "source", None), "path", None)
    if path is None or not os.path.exists(path) or format_of(path) is None:
        return Original(named(layer, plan), why=NO_FILE)
    known = channel_of(layer)
    channel = None if known is None else known[0]
    return (
        Original(str(path), channel)
        if _holds(str(path), layer, plan.source, channel)
        else Original(named(layer, plan, Path(path)), why=NO_FILE)
    )


def named(layer: Any, plan: Plan, file: Path | None = None) -> str:
    """Return a name for the file of a layer alone, beside the `file` that it came from."""
    name = bare(plan.source.name)
    if file is None:
        return f"{name}.ome.tif"
    own = bare(plan.source.name.rsplit(" · ", 1)[-1])
    return str(file.with_name(f"{stem(file)}_{own if own != stem(file) else 'layer'}.ome.tif"))


def _holds(path: str, layer: Any, source: Source, channel: int | None) -> bool:
    """Return whether a file holds a layer as it is: its shape and spacing."""
    found = format_of(path)
    if found is not None and found.later is None:  # to read it all would take long
        return getattr(layer.source, "reader_plugin", None) == PLUGIN
    try:
        file = read_image(path, lazily=True)
    except DeconvolutionError:
        return False
    return _is_alike(file, source, channel)


def _is_alike(file: ImageFile, source: Source, channel: int | None) -> bool:
    place = file.axes.find("C")
    if (place < 0) != (channel is None):
        return False
    axes = [axis for axis in range(file.image.ndim) if axis != place]
    if tuple(file.image.shape[axis] for axis in axes) != source.shape:
        return False
    if channel is not None and channel >= file.image.shape[place]:
        return False
    steps = [step for axis, step in enumerate(file.image.steps()) if axis in axes]
    units = [unit for axis, unit in enumerate(file.image.units) if axis in axes]
    return tuple(units) == source.units and bool(np.allclose(steps, source.spacing, rtol=STEPS_ALIKE))
