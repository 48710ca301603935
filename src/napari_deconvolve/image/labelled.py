"""Arrays that know the names and coordinates of their axes, as those of xarray do."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from napari_deconvolve.errors import DeconvolutionWarning

PIXEL = "pixel"
EVEN = 1e-3  # of a step, by which coordinates may be off


class Labels(NamedTuple):
    """What a labelled array knows of itself."""

    data: Any
    axes: tuple[str, ...]
    spacing: tuple[float | None, ...]
    units: tuple[str, ...]
    origin: tuple[float, ...]


def is_labelled(data: Any) -> bool:
    """Return whether an array has names of axes, coordinates and the bare array behind them; nothing is imported."""
    names = getattr(data, "dims", None)
    known = isinstance(names, tuple) and hasattr(data, "coords") and hasattr(data, "data") and hasattr(data, "shape")
    return known and len(names or ()) == len(data.shape)


def labels_of(data: Any) -> Labels:
    """Return data, axes, spacing, units and origin of a labelled array, as the arguments of `SampledArray`.

    Coordinates at even steps are spacing and origin, in the ``units`` of their attributes; times are in seconds. A
    `DeconvolutionWarning` says which coordinates are uneven, and so not used.
    """
    names = tuple(str(name) for name in data.dims)
    along = [_along(data, name, int(length)) for name, length in zip(data.dims, data.shape, strict=True)]
    steps, units, origin = (tuple(column) for column in zip(*along, strict=True)) if along else ((), (), ())
    return Labels(data.data, names, steps, units, origin)


def _along(data: Any, name: Any, length: int) -> tuple[float | None, str, float]:
    coordinate = data.coords.get(name)
    values = None if coordinate is None else np.asarray(coordinate)
    if values is None or values.dtype.kind not in "iufmM" or length < 2:
        return None, PIXEL, 0.0
    clock = values.dtype.kind in "mM"
    places = (values - values[0]) / np.timedelta64(1, "s") if clock else values.astype(np.float64)
    differences = np.diff(places)
    step = float(np.mean(differences))
    if not np.isfinite(step) or step == 0 or np.ptp(differences) > EVEN * abs(step):
        warnings.warn(
            f"The coordinates along {name} are uneven, so they are no spacing and are left out.",
            DeconvolutionWarning,
            stacklevel=5,
        )
        return None, PIXEL, 0.0
    attributes = getattr(coordinate, "attrs", {})
    unit = attributes.get("units", attributes.get("unit", "")) if isinstance(attributes, Mapping) else ""
    unit = "s" if clock else unit
    if step == 1 and places[0] == 0 and not unit:  # the numbers of the samples
        return None, PIXEL, 0.0
    return abs(step), str(unit) or PIXEL, float(places.min())
