"""The larger of an array's samples and a number, in place.

NumPy compares two arrays with several samples per instruction, and an array with a number one by one, which takes four
times as long. So the number is kept as an array, for the few shapes in which pieces come.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from napari_deconvolve.core.arrays import FloatArray

MOST_SAMPLES = 1 << 17  # of a piece: see `fft.PIECE_VOXELS`
KEPT = 16  # arrays


def at_least(values: FloatArray, least: float) -> FloatArray:
    """Raise samples below `least` to it, in place; return the array."""
    if values.size > MOST_SAMPLES:
        return np.maximum(values, least, out=values)
    return np.maximum(values, _filled(least, values.shape, values.dtype), out=values)


@lru_cache(KEPT)
def _filled(value: float, shape: tuple[int, ...], dtype: np.dtype[np.floating]) -> FloatArray:
    filled = np.full(shape, value, dtype)
    filled.flags.writeable = False
    return filled
