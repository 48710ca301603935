"""Data of a detector that counts photons one by one: their gain is known without measuring it.

Where an image holds few photons, most of its samples are 0, and a dark sample without light has no noise either. What
is left of such data after some iterations tells little of the noise, and the gain that is measured on it is several
times too small. Whole numbers with zeros among them that are as noisy as photons are photons.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

MIN_ZEROS = 0.01  # share of the samples: a background of more than five photons leaves fewer
DIFFERENCES = {1: 4, 2: 2}  # order, by axes: a blurred object leaves hardly anything of it
MAX_EXCESS, MAX_LACK = 0.4, 0.25  # of the variance over the mean, which is 1 for photons
CERTAIN = 4.0  # standard deviations, by which more is allowed where samples are few


def counts_photons(photons: NDArray[np.generic]) -> bool:
    """Return whether one item, in steps of its data, was counted photon by photon.

    The image has 1 to 3 axes; samples that are not finite are left out.
    """
    data = np.asarray(photons, np.float64)
    known = data[np.isfinite(data)]
    if not known.size or known.min() < 0 or not known.any() or np.count_nonzero(known == 0) < MIN_ZEROS * known.size:
        return False
    if (known != np.rint(known)).any():
        return False
    variance = _variance(data)
    unsure = CERTAIN * math.sqrt(2 / known.size)
    mean = float(known.mean())
    return (1 - MAX_LACK - unsure) * mean < variance < (1 + MAX_EXCESS + unsure) * mean


def _variance(data: NDArray[np.float64]) -> float:
    """Return the variance of the noise, from differences of neighbours along the last axes; NaN if there are none."""
    axes = [axis for axis, length in enumerate(data.shape) if length > 1][-2:]
    order = DIFFERENCES.get(len(axes), 0)
    for axis in axes:
        if data.shape[axis] <= order:
            return math.nan
        data = np.diff(data, order, axis)
    known = data[np.isfinite(data)]
    weight = math.comb(2 * order, order) ** len(axes)  # the sum of the squared binomial coefficients
    return float(np.mean(np.square(known))) / weight if known.size else math.nan
