"""What a PSF lets a sample be, given its neighbours: the bounds for hot and dead samples of `spikes`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

NARROWEST = 0.25  # share of the peak that reaches the next sample, per axis: with less, points fill single samples
RELEVANT = 0.02  # of the peak: where a PSF is darker, its shape decides no bound for hot samples
HOLE_WEIGHTS = np.linspace(0.0, 4.0, 41)  # of the outer ring, tried for dead samples
LEAST, SEEN = 1e-12, 1e-5  # of the peak: zero, and what decides about holes
MIN_HOLE = 0.15  # response of the bound for dead samples to flat light: with less it says nothing


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a PSF lets a sample be.

    Attributes
    ----------
    peak : float
        The largest sample above ground over the mean of its neighbours.
    hole : tuple of float
        The weights of the inner and the outer ring of neighbours for the least sample; zeros if there is no bound.
    axes : tuple of int
        Those that the PSF acts on.
    """

    peak: float
    hole: tuple[float, float]
    axes: tuple[int, ...]


def bounds_of(psf: Values, ndim: int) -> Bounds | None:
    """Return the bounds that a kernel makes; None if it fills single samples, or has no neighbours."""
    kernel = psf.reshape((1,) * (ndim - psf.ndim) + psf.shape)
    axes = tuple(axis for axis in range(ndim) if kernel.shape[axis] > 1)
    if not axes or kernel.max() <= 0:
        return None
    rest = ((1 + 2 * NARROWEST) ** len(axes) - 1) / (3 ** len(axes) - 1)
    kernel = np.pad(np.maximum(kernel, 0), [(4, 4) if axis in axes else (0, 0) for axis in range(ndim)])
    inner = ring(kernel, axes, 1)
    bright = kernel >= RELEVANT * kernel.max()
    with np.errstate(divide="ignore"):
        peak = float(np.max(kernel[bright] / inner[bright]))
    return Bounds(peak, _hole(kernel, axes), axes) if peak <= 1 / rest else None


def _hole(kernel: Values, axes: tuple[int, ...]) -> tuple[float, float]:
    """Return the weights of two rings below whose difference no light leaves a sample; zeros if flat light says little.

    Points half-way between samples count too: they leave the deepest holes.
    """
    from scipy import ndimage

    logarithm = np.log(np.maximum(kernel, LEAST * kernel.max()))  # whose straight lines keep the ratios of a Gaussian
    parts = []
    for halves in product((0.0, 0.5), repeat=len(axes)):
        shift = np.zeros(kernel.ndim)
        shift[list(axes)] = halves
        moved = np.exp(ndimage.shift(logarithm, shift, order=1, mode="nearest")) - LEAST * kernel.max()
        inner, outer = ring(moved, axes, 1), ring(moved, axes, 2)
        seen = inner > SEEN * inner.max()
        parts.append(np.stack([moved[seen], inner[seen], outer[seen]]))
    centre, inner, outer = np.concatenate(parts, axis=1)
    best = (0.0, 0.0)
    for weight in HOLE_WEIGHTS:
        other = float(np.min((centre + weight * outer) / inner))
        if other - weight > best[0] - best[1]:
            best = (other, float(weight))
    return best if best[0] - best[1] >= MIN_HOLE else (0.0, 0.0)


def ring(light: NDArray[Any], axes: tuple[int, ...], radius: int) -> NDArray[Any]:
    """Return the mean of the samples on the border of a box around each sample, the sample at its centre left out."""
    outer, inner = ((2 * size + 1) ** len(axes) for size in (radius, radius - 1))
    total = box_mean(light, axes, 2 * radius + 1) * outer
    total -= (box_mean(light, axes, 2 * radius - 1) if radius > 1 else light) * inner
    return np.asarray(total / (outer - inner))


def box_mean(light: NDArray[Any], axes: tuple[int, ...], size: int) -> NDArray[Any]:
    """Return the mean of a box; beyond borders the image is mirrored, the last sample included."""
    from scipy import ndimage

    weights = np.full(size, 1 / size)  # a running sum would carry the rounding of a spike along its line
    for axis in axes:
        light = ndimage.correlate1d(light, weights, axis=axis, mode="reflect")
    return light
