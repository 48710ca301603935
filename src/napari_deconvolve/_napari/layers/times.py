"""Which times of a series are deconvolved."""

from __future__ import annotations

import re
from typing import Any

from napari_deconvolve._napari.layers.region import Bounds
from napari_deconvolve.errors import ParameterError

RANGE = re.compile(r"(\d+)(?:\s*[-–:]\s*(\d+))?")
NAMES = ("t", "time", "frame", "frames")


def time_axis(layer: Any) -> int | None:
    """Return which axis of a layer is time; None where none is, or it has one time alone."""
    names = [str(name).lower() for name in layer.axis_labels]
    found = [axis for axis, name in enumerate(names) if name in NAMES]
    data = layer.data[0] if layer.multiscale else layer.data
    return found[0] if found and data.shape[found[0]] > 1 else None


def with_times(bounds: Bounds, layer: Any, text: str) -> Bounds:
    """Return bounds that hold the times that are written, "2" or "1-3"; all where nothing is.

    Raise `ParameterError` for what is no range, or lies outside the series.
    """
    axis = time_axis(layer)
    if not text or axis is None:
        return bounds
    count = (layer.data[0] if layer.multiscale else layer.data).shape[axis]
    found = RANGE.fullmatch(text)
    first = int(found[1]) if found else 0
    last = int(found[2] or found[1]) if found else 0
    if not 1 <= first <= last <= count:
        raise ParameterError(f"The times are {text!r}; give a number or a range from 1 to {count}, such as 1-{count}.")
    return (*bounds[:axis], (first - 1, last), *bounds[axis + 1 :])
