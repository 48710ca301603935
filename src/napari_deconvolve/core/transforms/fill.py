"""Filling samples that say nothing from those around them, for methods that need all samples."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.arrays import BoolArray, FloatArray

FIRST_SIGMA = 1.0  # sigma of the Gaussian by which the nearest neighbours are weighted, in samples
MIN_KNOWN_WEIGHT = 1e-3  # weight of the known neighbours, in all, that tells enough


def fill_unknown(data: FloatArray, known: BoolArray) -> FloatArray:
    """Return a copy in which samples that are not known are means of those near by.

    Parameters
    ----------
    data : ndarray
        Finite where `known`.
    known : ndarray of bool
        True where the data say something; with none, all is 0.
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
