"""The kernels of a simulation that smooths by a Gaussian."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf import gaussian
from napari_deconvolve.recipe.simulation import Simulation


def gaussian_kernels(widths: Sequence[float], steps: Sequence[float]) -> list[tuple[int, NDArray[np.floating]]]:
    """Return the axes along which a Gaussian smooths, and its profile along each: that of `psf.gaussian`."""
    return [
        (axis, np.asarray(gaussian(width, step, ndim=1).data, np.float64))
        for axis, (width, step) in enumerate(zip(widths, steps, strict=True))
        if width > 0
    ]


def kernels_of(recipe: Simulation, ndim: int) -> list[tuple[int, NDArray[np.floating]]]:
    """Return the kernels of a simulation that smooths by a Gaussian; none for others."""
    return gaussian_kernels(recipe.widths(ndim), recipe.steps(ndim))
