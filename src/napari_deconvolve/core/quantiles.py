"""Order, quantiles and medians of samples: asked for often, a library takes far longer for the call than the answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NOISE_OF_MAD = 1.4826  # standard deviation of normal noise over the median of its absolute deviations


def quantile_of_ordered(ordered: NDArray[np.floating], share: float) -> float:
    """Return a quantile of sorted samples, bit by bit as `numpy.quantile` does."""
    place = (len(ordered) - 1) * share
    low = int(place)
    rest = place - low
    below, above = ordered[low], ordered[min(low + 1, len(ordered) - 1)]
    return float(above - (above - below) * (1 - rest) if rest >= 0.5 else below + (above - below) * rest)


def in_order(values: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the places of finite samples from the least to the largest, equal ones as they come.

    A sort that keeps equal ones as they come takes four times as long as one that does not; so the place of each is
    made a part of what is sorted, or it is used where some are equal.
    """
    if values.dtype == np.float32 and values.size < 1 << 32:
        bits = (values + np.float32(0)).view(np.int32)  # no -0
        bits = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).astype(np.int64)
        return np.sort((bits << 32) + np.arange(values.size)).astype(np.uint32).astype(np.intp)
    order = np.argsort(values)
    ordered = values[order]
    equal = bool((ordered[1:] == ordered[:-1]).any())
    return np.argsort(values, kind="stable") if equal else order
