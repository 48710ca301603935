"""Filling unknown voxels from their neighbours, for methods that need a value everywhere."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.arrays import BoolArray, FloatArray

FIRST_SIGMA = 1.0  # sigma of the Gaussian by which the nearest neighbours are weighted, in voxels
MIN_KNOWN_WEIGHT = 1e-3  # of the known neighbours together: below, the Gaussian is widened


def fill_unknown(data: FloatArray, known: BoolArray) -> FloatArray:
    """Return a copy in which unknown voxels are means of known ones near by.

    If none is known, the result is 0.
    """
    from scipy.ndimage import gaussian_filter

    out: FloatArray = np.where(known, data, 0)
    if known.all() or not known.any():
        return out
    light, weight, open_ = out.copy(), known.astype(out.dtype), ~known
    sigma = FIRST_SIGMA
    while open_.any() and sigma < max(data.shape):
        near = gaussian_filter(weight, sigma, mode="nearest", truncate=3.0)
        mean = gaussian_filter(light, sigma, mode="nearest", truncate=3.0)
        now = open_ & (near > MIN_KNOWN_WEIGHT)
        out[now] = mean[now] / near[now]
        open_ &= ~now
        sigma *= 2
    out[open_] = np.mean(data[known], dtype=np.float64)
    return out
