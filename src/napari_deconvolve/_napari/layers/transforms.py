"""Where a layer's samples lie in the world: their distances, and whether they lie straight."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def steps_of(layer: Any) -> list[float]:
    """Return the distance in the world from sample to sample along each axis of a layer, whatever places it there.

    Where axes of unlike units are mixed by a transform there is no such distance, and the scale alone counts.
    """
    scale = [abs(float(step)) for step in layer.scale]
    outer = np.asarray(layer.affine.affine_matrix, np.float64)[:-1, :-1]
    if np.allclose(outer, np.eye(len(scale))) or len({str(unit) for unit in layer.units}) > 1:
        return scale
    steps = np.linalg.norm(linear(layer), axis=0)
    return [float(f"{step:.12g}") for step in steps]


def askew(layer: Any) -> str:
    """Say how a layer lies in the world where that matters to a PSF; nothing where it lies straight."""
    matrix = linear(layer)
    lengths = np.linalg.norm(matrix, axis=0)
    angles = (matrix / lengths).T @ (matrix / lengths)
    if not np.allclose(angles, np.eye(len(lengths)), atol=1e-6):
        return "sheared: the PSF acts along the layer's own axes"
    if any(step < 0 for step in layer.scale):
        return "scale below 0: a lopsided PSF acts in the order of the samples"
    return ""


def linear(layer: Any) -> NDArray[np.float64]:
    """Return the matrix that takes steps between a layer's samples into the world, wherever it lies there."""
    outer = np.asarray(layer.affine.affine_matrix, np.float64)[:-1, :-1]
    return np.asarray(outer @ _inner(layer)[:-1, :-1])


def _inner(layer: Any) -> NDArray[np.float64]:
    from napari.utils.transforms import Affine

    own = {name: getattr(layer, name) for name in ("scale", "translate", "rotate", "shear")}
    return np.asarray(Affine(**own).affine_matrix, np.float64)
