"""Kernels whose zero lag is their first sample, with the other half at the far end, as Fourier transforms want it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

BRIGHT, DARK = 0.25, 0.1  # of the height: both ends are at least, and the middle tenth is at most so bright
LESS_DARK = 0.4  # of the height, where another axis is dark
GOES_ON = 0.1  # of an end: the sample beside it has at least; an echo stands alone
FIRST = 0.75  # of the height: the first sample has at least, noise and a centre between samples allowed for
SHORT = 7  # samples: a shorter axis shows no dark middle


def unwrapped(values: Values) -> tuple[Values, tuple[int, ...]]:
    """Return the samples with the light of their two ends put together in the middle, and the axes of which that is.

    Along such an axis light falls off from both ends, the first sample is about the brightest, and halfway between them
    it is dark.
    """
    if np.count_nonzero(values == values.max()) > 2**values.ndim:  # of a border that was filled, or of a box
        return values, ()
    axes = tuple(axis for axis in range(values.ndim) if _is_wrapped(values, axis, DARK))
    if axes:  # so are those that are too short to be dark halfway
        axes = tuple(axis for axis in range(values.ndim) if axis in axes or _is_wrapped(values, axis, LESS_DARK))
    return np.fft.fftshift(values, axes) if axes else values, axes


def _is_wrapped(values: Values, axis: int, dark: float) -> bool:
    length = values.shape[axis]
    if length < SHORT:
        return False
    along = values.max(axis=tuple(other for other in range(values.ndim) if other != axis))
    along = along - along.min()
    peak, reach = float(along.max()), max(length // 20, 1)
    middle = along[length // 2 - reach : length // 2 + reach + 1]
    if peak <= 0 or along[0] < FIRST * peak or along[-1] < BRIGHT * peak:
        return False
    goes_on = along[1] > GOES_ON * along[0] and along[-2] > GOES_ON * along[-1]
    return bool(goes_on and np.median(middle) < dark * peak)
