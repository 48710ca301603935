"""How certain it is that samples stand out of their noise, for `spikes`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray

ANY = 0.01  # of images without a spike may show one
SHARE = 0.1  # of the spikes of about one height may be chance
ABOUT = 2.0  # times a height

Values = NDArray[np.float64]


def beyond_chance(heights: Values, known: Values, samples: int) -> BoolArray:
    """Return which of some heights, in standard deviations, are more than chance makes among all samples.

    A large image without a spike shows none. Where many stand out, each has to do so less, as chance is the smaller
    part of them (Benjamini & Hochberg 1995); only spikes of about the same height count, among them those that are
    `known`: a hundred very bright ones do not make a hot pixel of the noise.
    """
    from scipy.special import ndtr

    ordered = np.sort(np.concatenate([known, heights]))
    others = np.searchsorted(ordered, ABOUT * heights, "right") - np.searchsorted(ordered, heights, "left") - 1
    return np.asarray(samples * ndtr(-heights) <= ANY + SHARE * others)


def normal_variance(above: Values, variance: Values, slope: float) -> Values:
    """Return the variance by which normal noise would be as rarely so far above a level as that of photons is.

    Of photons of the mean m, x or more are rarer than exp(-x log(x / m) + x - m) (Chernoff 1952).
    """
    share = np.maximum(slope * above / variance, 1e-3)
    return np.asarray(variance * share**2 / (2 * ((1 + share) * np.log1p(share) - share)))
