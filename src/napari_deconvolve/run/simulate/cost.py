"""What a simulation will cost, before it begins."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.transforms.boundary import as_boundary, layout
from napari_deconvolve.psf import gaussian
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.cost import Cost, estimate_cost

# Measured on one core; only for predictions.
SECONDS_PER_COUNT = 8e-8
SECONDS_PER_TAP = 1e-9


def simulation_cost(
    shape: Sequence[int], psf_shape: Sequence[int] | None, recipe: Simulation, dtype: str = "float32"
) -> Cost:
    """Predict memory, beyond the image itself, and time of a simulation.

    `shape` is the image's, `psf_shape` that of a PSF at its spacing, if there is one, and `dtype` that of the result.
    """
    samples, each = math.prod(shape), np.dtype(dtype).itemsize
    needed, seconds = 2 * samples * each, 1e-9 * samples  # the result, and a look for missing samples
    if psf_shape is not None:
        frame = tuple(shape)[len(shape) - len(psf_shape) :]
        box = layout(frame, tuple(psf_shape), as_boundary(recipe.boundary)).box
        needed += 5 * math.prod(box) * each  # spectrum, OTF, and the PSF in the box
        # As many transforms as one plain iteration.
        seconds += estimate_cost(shape, psf_shape, 1, boundary=recipe.boundary, dtype=dtype).seconds
    elif recipe.smooths:
        taps = sum(len(kernel) for _, kernel in kernels_of(recipe, len(shape)))
        seconds += SECONDS_PER_TAP * taps * samples
    if recipe.noisy:
        seconds += SECONDS_PER_COUNT * samples
    return Cost(needed, seconds)


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
