"""Noise in the dark that a subtracted background has left, as the counts of light that make as much noise.

Photon counts are never negative. Where an image has many negative values, a background was subtracted, and its
noise has stayed. Such data have dark voxels whose noise no photons explain: the gain that is measured is far too large,
and an automatic number of iterations far too small (benchmarks/spoiled.py). A constant s, added to data and background
alike, changes no light and restores the noise in the dark, variance = gain (data + s): the shifted Poisson model of
Snyder, Hammoud & White 1993, J. Opt. Soc. Am. A 10:1014.

The gain is how variance grows with light (photon transfer). Between a half and twice the right s hardly matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.background import BACKGROUND_SIGMA, DARK_SHARE, fill_gaps, reduced_part
from napari_deconvolve.core.likelihood.photons import in_steps, photon_step
from napari_deconvolve.core.quantiles import NOISE_OF_MAD

MIN_NEGATIVE_SHARE = 0.01  # of the voxels: fewer are defects of a detector
MAX_DEPTH = 3.0  # standard deviations: a level farther below zero is part of the object, not noise
LIGHT_BINS, MIN_IN_BIN = 16, 20  # of equal light; voxels in one
NOISE_STENCILS = {1: (1.0, -4.0, 6.0, -4.0, 1.0), 2: (1.0, -2.0, 1.0)}  # by axes: both remove the blurred object
FEW, ALIKE = 2048, 2.0  # samples of lines, among which whole numbers count photons; and times as steep, among more
MIN_DIM = 1024  # samples in which the noise is measured, where so many are half of them at most
REWEIGHTINGS, LEAST_VARIANCE = 30, 1e-3  # of a line through the squares; and share of their mean
MOST_SQUARE, OF_KEPT = 9.0, 1.031  # of the variance: light is beyond; and what that takes off the mean of a square

Values = NDArray[np.float64]


def estimate_dark_noise(image: NDArray[np.generic], *, lines: bool = False) -> float:
    """Estimate the counts to add to an image and its background so that noise in the dark is that of photons.

    The result is at least 0, in the image's counts, and 0 for images with few negative voxels. Image and `lines` are
    those of `estimate_background`.
    """
    from scipy import ndimage

    numbers: NDArray[Any] = image
    if numbers.dtype.kind not in "if" or np.count_nonzero(numbers < 0) <= MIN_NEGATIVE_SHARE * numbers.size:
        return 0.0
    part = reduced_part(image, dark=False)
    step = photon_step(part)
    counts, unit = in_steps(part, step)
    data = fill_gaps(np.asarray(counts, np.float32))
    if data is None:
        return 0.0
    axes = (data.ndim - 1,) if lines else tuple(axis for axis in range(data.ndim) if data.shape[axis] > 1)
    sigma = [BACKGROUND_SIGMA if axis in axes else 0.0 for axis in range(data.ndim)]
    smooth = ndimage.gaussian_filter(data, sigma, mode="reflect", truncate=3.0).ravel()
    rough = np.abs(_rough(data, axes)).ravel()
    order = np.argsort(smooth, kind="stable")
    light, rough = smooth[order].astype(np.float64), rough[order].astype(np.float64)
    dark, variance, gain = _transfer(light, rough) if len(axes) > 1 or lines else _transfer_of_few(light, rough)
    if dark < -MAX_DEPTH * np.sqrt(variance):
        return 0.0
    if step is not None and len(axes) == 1 and (data.size < FEW or ALIKE * gain > step / unit > gain / ALIKE):
        gain = step / unit
    most = float(smooth.max()) - dark  # a higher value means noise that does not grow with light at all
    found = variance / gain - dark if gain > 0 else most
    return max(0.0, min(found, most)) * unit


def _rough(data: FloatArray, axes: Sequence[int]) -> FloatArray:
    """Return the part of an image that the PSF cannot transmit: noise of the same variance."""
    from scipy import ndimage

    pattern = np.array(NOISE_STENCILS[min(len(axes), 2)] if axes else (1.0,))
    for axis in axes:
        data = ndimage.correlate1d(data, pattern / np.linalg.norm(pattern), axis=axis, mode="reflect")
    return data


def _transfer(light: Values, rough: Values) -> tuple[float, float, float]:
    """Return level and variance of the dark, and the variance per light, from voxels in order of light."""
    dim = max(1, int(DARK_SHARE * len(light)), min(MIN_DIM, len(light) // 2))
    dark, variance = float(np.median(light[:dim])), _variance(rough[:dim])
    above = np.cumsum(np.maximum(light - dark, 0))
    edges = [0, *np.searchsorted(above, above[-1] * np.arange(1, LIGHT_BINS) / LIGHT_BINS), len(light)]
    growth = [
        (_variance(rough[low:high]) - variance) / brighter
        for low, high in pairwise(edges)
        if high - low >= MIN_IN_BIN and (brighter := float(np.mean(light[low:high])) - dark) > 0
    ]
    return dark, variance, float(np.median(growth)) if growth else 0.0


def _transfer_of_few(light: Values, rough: Values) -> tuple[float, float, float]:
    """Return the same from the few samples of a spectrum: a line through all squares, weighted by what it says."""
    dark = float(np.median(light[: max(1, int(DARK_SHARE * len(light)))]))
    tiny = float(np.finfo(np.float64).tiny)
    above, squares = np.maximum(light - dark, 0), np.square(rough)
    reach, power = max(float(above.max()), tiny), max(float(np.mean(squares)), tiny)
    above, squares = above / reach, squares / power  # whatever the unit
    design, expected = np.stack([np.ones_like(above), above]), np.ones_like(above)
    for _ in range(REWEIGHTINGS):
        weights = 1 / np.square(expected)
        kept = OF_KEPT * np.minimum(squares, MOST_SQUARE * expected)
        line, *_ = np.linalg.lstsq((design * weights) @ design.T, (design * weights) @ kept, rcond=None)
        variance, growth = max(float(line[0]), LEAST_VARIANCE), float(line[1])
        expected = np.maximum(variance + growth * above, LEAST_VARIANCE)
    return dark, variance * power, growth * power / reach


def _variance(rough: Values) -> float:
    return float((NOISE_OF_MAD * np.median(rough)) ** 2)
