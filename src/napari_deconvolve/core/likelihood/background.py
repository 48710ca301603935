"""The background, found from the image alone.

The darkest smooth part of the image is the background: the smallest of the half-sample mode, the 5 % quantile
and the 0.3 % quantile, the quantiles raised by as much as noise alone lowers them, all on an image that is smoothed
against noise. The last one is for images that an object fills: the model is nowhere darker than the
background, so hardly any of the smoothed image may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.photons import in_steps, photon_step
from napari_deconvolve.core.quantiles import NOISE_OF_MAD, quantile_of_ordered

BACKGROUND_SIGMA = 2.0  # sigma of the Gaussian, voxels
DARK_QUANTILES = {0.05: 1.645, 0.003: 2.748}  # and how many sigma a normal distribution's lie below its mean
MAX_BLACK_BORDER, MAX_ZERO_SHARE = 0.2, 1e-3  # shares of the image: a border at most, and zeros within at most
DARK_SHARE = 0.1  # of the voxels, in which the noise is measured
MAX_BACKGROUND_VOXELS, MANY_VOXELS = 1 << 20, 1 << 17


def estimate_background(image: NDArray[np.generic], *, lines: bool = False) -> float:
    """Estimate the counts per voxel that are not signal.

    The image is one item of 1 to 3 axes; voxels that are not finite are ignored. With `lines` only neighbours along the
    last axis are related, as in a stack of spectra, and only these are smoothed. The result is at least 0.
    """
    from scipy import ndimage

    part = reduced_part(_inside(image), dark=True)
    counts, unit = in_steps(part, photon_step(part))
    data = fill_gaps(np.asarray(counts, np.float32))
    if data is None:
        return 0.0
    axes = (data.ndim - 1,) if lines else tuple(range(data.ndim))
    sigma = [BACKGROUND_SIGMA if axis in axes else 0.0 for axis in range(data.ndim)]
    smooth = ndimage.gaussian_filter(data, sigma, mode="reflect", truncate=3.0)
    ordered = np.sort(_thinned(smooth, axes), axis=None)
    values = ordered.astype(np.float64)
    noise, mean = _noise_after_smoothing(data, smooth <= quantile_of_ordered(ordered, DARK_SHARE), axes)
    floors = [
        _raised(quantile_of_ordered(values, share), below * noise, mean) for share, below in DARK_QUANTILES.items()
    ]
    return max(0.0, min(half_sample_mode(values), *floors)) * unit


def _thinned(smooth: FloatArray, axes: Sequence[int]) -> FloatArray:
    """Return every second sample of a large image along its smooth axes, where neighbours tell the same."""
    if smooth.size < MANY_VOXELS:
        return smooth
    return smooth[tuple(slice(None, None, 2) if axis in axes else slice(None) for axis in range(smooth.ndim))]


def fill_gaps(data: FloatArray) -> FloatArray | None:
    """Return an image with the median in place of values that are not finite; None if none is finite."""
    finite = np.isfinite(data)
    if finite.all():
        return data
    return np.where(finite, data, np.median(data[finite])) if finite.any() else None


def half_sample_mode(values: NDArray[np.float64]) -> float:
    """Return the mode of sorted values by halving (Bickel & Fruehwirth 2006, Comput. Stat. Data Anal. 50:3500)."""
    while len(values) > 3:
        half = -(-len(values) // 2)
        widths = values[half - 1 :] - values[: len(values) - half + 1]
        start = int(np.argmin(widths))
        values = values[start : start + half]
    if len(values) == 3:
        low, high = values[1] - values[0], values[2] - values[1]
        values = values[:2] if low < high else values[1:] if high < low else values[1:2]
    return float(np.mean(values))


def _raised(low: float, noise: float, mean: float) -> float:
    """Return what a quantile was before noise lowered it by so much, whose square is in proportion to the counts.

    The `noise` is that of samples of a `mean`, which are darker than others by chance.
    """
    if low <= 0 or mean <= 0:
        return low + noise
    root = noise / np.sqrt(mean)
    return float(np.square((root + np.sqrt(root * root + 4 * low)) / 2))


def _noise_after_smoothing(data: FloatArray, dark: BoolArray, smoothed: Sequence[int]) -> tuple[float, float]:
    """Return the standard deviation that the noise of the dark part keeps after smoothing, and that part's mean.

    The noise before smoothing is read off the differences of neighbours where the image is dark; a Gaussian of
    `BACKGROUND_SIGMA` then leaves the fraction 1/(2 sqrt(pi) sigma)^(axes/2) of white noise.
    """
    differences = np.diff(data, axis=-1)[dark[..., 1:]] if data.shape[-1] > 1 else data[dark]
    mean = float(np.mean(data[dark], dtype=np.float64))
    if differences.size == 0:
        return 0.0, mean
    sigma = NOISE_OF_MAD * _median_of_steps(np.abs(differences)) / np.sqrt(2)
    if sigma == 0:
        sigma = float(np.std(differences, dtype=np.float64)) / np.sqrt(2)
    axes = sum(data.shape[axis] > 1 for axis in smoothed)
    return float(sigma / (2 * np.sqrt(np.pi) * BACKGROUND_SIGMA) ** (axes / 2)), mean


def _median_of_steps(values: NDArray[np.floating]) -> float:
    """Return the median; of whole numbers that of what they were rounded from, as if it were even within a step.

    Few photons differ by 1 or 2, which is no measure of their noise.
    """
    middle = float(np.median(values))
    if middle != np.rint(middle) or not np.array_equal(values, np.rint(values)):
        return middle
    below, here = int(np.count_nonzero(values < middle)), int(np.count_nonzero(values == middle))
    within = (values.size / 2 - below) / max(here, 1)
    return within / 2 if middle == 0 else middle - 0.5 + within  # distances below 0.5 are 0


def _inside(data: NDArray[np.generic]) -> NDArray[np.generic]:
    """Leave out border planes that are zero all over, as aligning images makes them.

    They are borders if they are a small part of the image and zero hardly occurs in the rest; otherwise they are
    counts of photons.
    """
    inner = data
    for axis in range(data.ndim):
        others = tuple(other for other in range(data.ndim) if other != axis)
        used = np.flatnonzero(np.any(inner != 0, axis=others))
        if len(used) == 0:
            return data
        inner = inner[(slice(None),) * axis + (slice(int(used[0]), int(used[-1]) + 1),)]
    zeros = 1 - np.count_nonzero(inner) / inner.size
    return inner if inner.size >= (1 - MAX_BLACK_BORDER) * data.size and zeros <= MAX_ZERO_SHARE else data


def reduced_part(data: NDArray[np.generic], *, dark: bool) -> NDArray[np.generic]:
    """Take the darker or the brighter half of a large image along each axis in turn, until it is small enough."""
    while data.size > MAX_BACKGROUND_VOXELS:
        axis = int(np.argmax(data.shape))
        halves = np.split(data, [data.shape[axis] // 2], axis)
        data = min(halves, key=lambda half: _unwanted(half, dark))
    return data


def _unwanted(data: NDArray[Any], dark: bool) -> float:
    """Return how bright, or how dark, a part is; a part without a finite voxel comes last."""
    finite = np.isfinite(data)
    mean = float(np.mean(data, where=finite, dtype=np.float64)) if finite.any() else np.inf
    return mean if dark or mean == np.inf else -mean
