"""Kernels whose zero lag is their first sample, with the other half at the far end, as Fourier transforms want it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

BRIGHT, DARK = 0.3, 0.1  # of the height: the last sample is at least, and the middle half is at most so bright
FIRST = 0.8  # of the height: the first sample has at least, noise allowed for
SHORT = 7  # samples: a shorter axis shows no dark middle


def unwrapped(values: Values) -> tuple[Values, tuple[int, ...]]:
    """Return the samples with the light of their two ends put together in the middle, and the axes of which that is.

    Along such an axis both ends are bright, the first sample is about the brightest, and between them it is dark.
    """
    axes = tuple(axis for axis in range(values.ndim) if _is_wrapped(values, axis))
    return np.fft.fftshift(values, axes) if axes else values, axes


def _is_wrapped(values: Values, axis: int) -> bool:
    length = values.shape[axis]
    if length < SHORT:
        return False
    along = values.max(axis=tuple(other for other in range(values.ndim) if other != axis))
    along = along - np.median(along)
    peak = float(along.max())
    quarter = length // 4
    middle = along[quarter : length - quarter]
    return bool(
        peak > 0 and min(along[0], along[-1]) > BRIGHT * peak and middle.max() < DARK * peak and along[0] == peak
    )
