"""Values along a line through a layer, between its samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from napari_deconvolve._napari.layers.world import to_data
from napari_deconvolve.errors import ParameterError

MAX_READ = 2**24  # samples that are read from a file for one line

Points = NDArray[np.float64]


def displayed_in(viewer: Any, layer: Any) -> list[int]:
    """Return the axes of a layer that the canvas shows."""
    missing = viewer.dims.ndim - layer.ndim
    return [axis - missing for axis in viewer.dims.displayed if axis >= missing]


def length_in(viewer: Any, layer: Any, ends: Points) -> float:
    """Return how long a line is in a layer's samples; `ends` are two places in the world, shape (2, axes)."""
    inside = np.array([to_data(viewer, layer, end) for end in ends])[:, displayed_in(viewer, layer)]
    return float(np.linalg.norm(inside[1] - inside[0]))


def sample(viewer: Any, layer: Any, points: Points) -> NDArray[np.float64]:
    """Return a layer's values at places in the world, shape (points, axes); NaN beside the layer.

    Values between samples are linear. Along axes that are not displayed the layer is read where napari shows it: at the
    nearest sample. Raise `ParameterError` where too much would have to be read from a file.
    """
    inside = np.array([to_data(viewer, layer, point) for point in points])
    shape = np.asarray(_levels(layer)[0].shape[: layer.ndim])
    shown = displayed_in(viewer, layer)
    hidden = [axis for axis in range(layer.ndim) if axis not in shown]
    inside[:, hidden] = np.round(inside[:, hidden][:1])
    there = np.all((inside >= -0.5) & (inside <= shape - 0.5), axis=1)
    values = np.full(len(points), np.nan)
    if there.any():
        values[there] = _read(layer, np.clip(inside[there], 0, shape - 1))
    return values


def _levels(layer: Any) -> list[Any]:
    return list(layer.data) if layer.multiscale else [layer.data]


def _read(layer: Any, inside: Points) -> NDArray[np.float64]:
    """Return values at places among the finest samples, of the finest level that is not too much to read."""
    levels = _levels(layer)
    finest = np.asarray(levels[0].shape[: layer.ndim], np.float64)
    for data in levels:
        # Samples of a level lie in the middle of the finest ones that they stand for.
        places = (inside + 0.5) * np.asarray(data.shape[: layer.ndim]) / finest - 0.5
        places = np.clip(places, 0, np.asarray(data.shape[: layer.ndim]) - 1)
        low, high = np.floor(places.min(axis=0)).astype(int), np.ceil(places.max(axis=0)).astype(int) + 1
        if isinstance(data, np.ndarray) or np.prod((high - low).astype(np.float64)) <= MAX_READ:
            box = np.asarray(data[tuple(slice(*ends) for ends in zip(low, high, strict=True))])
            if layer.rgb:
                box = box[..., :3].mean(axis=-1)
            kept = box if box.dtype.kind == "f" else box.astype(np.float32)
            found: NDArray[np.float64] = map_coordinates(kept, (places - low).T, np.float64, order=1, mode="nearest")
            return found
    raise ParameterError("The line crosses too much of an image that lies in a file; make it shorter.")
