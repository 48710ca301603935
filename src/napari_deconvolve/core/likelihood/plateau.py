"""Samples that were cut off at a largest value, as a detector that is saturated does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIN_SAMPLES = 8  # fewer at the largest value are chance
EDGE = 0.1  # of the range, below the largest value
MANY = 1.0  # times as many samples at the largest value as that near to it: light that is spread evenly has hardly any


def samples_at_top(image: NDArray[np.generic]) -> tuple[int, float]:
    """Return how many samples are cut off at the largest value, and that value; none where that may be chance.

    Of light that reaches up to the largest value, far fewer samples hold exactly that than lie a little below. Counts
    of few steps, where hardly any values differ, tell nothing.
    """
    data = np.asarray(image)
    values = data[np.isfinite(data)] if data.dtype.kind == "f" else data.ravel()
    if values.size == 0:
        return 0, float("nan")
    top, low = float(values.max()), float(np.median(values))
    count = int(np.count_nonzero(values == values.max()))
    if count < MIN_SAMPLES or not top > low:
        return 0, top
    near = values[(values < top) & (values >= top - EDGE * (top - low))]
    few_steps = len(np.unique(near)) < MIN_SAMPLES // 2
    return (0 if few_steps or count <= MANY * near.size else count), top
