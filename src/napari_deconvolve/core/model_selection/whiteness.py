"""The whiteness of a residual: whether it is noise alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray

Values = NDArray[np.floating]

MAX_LAG = 4  # voxels: as far as neighbours of a residual are compared


def whiteness(residual: FloatArray, lags: int = MAX_LAG) -> float:
    """Return how white a residual is: 0 for white noise, more negative where neighbours are alike or opposed.

    Minus the sum of the squared autocorrelation over all lags but zero, of the residual less its mean: measure M_R of
    Almeida & Figueiredo 2013, IEEE Trans. Image Process. 22:2751. The scale of the residual does not matter. Of N
    independent values about -1/N per lag is to be expected. The residual is such as (d - c)/sqrt(c), the data less the
    model over the square root of the model.
    """
    return -float(np.sum(np.square(_autocorrelation(residual, lags))))


def structure(residual: FloatArray, lags: int = MAX_LAG) -> float:
    """Return how much neighbours in a residual agree: 0 for white noise, above where a signal is left.

    The sum of `whiteness` with each lag's sign. An estimate that has fitted some of the noise leaves a residual in
    which neighbours are opposed: not white either, but below 0.
    """
    agreement = _autocorrelation(residual, lags)
    return float(np.sum(agreement * np.abs(agreement)))


def _autocorrelation(residual: FloatArray, lags: int) -> Values:
    """Return the autocorrelation at all lags but zero, which has 0 in its place, of the residual less its mean."""
    from scipy import fft

    centred = residual - np.asarray(residual.mean(dtype=np.float64), residual.dtype)
    reach = tuple(min(lags, length - 1) for length in centred.shape)
    box = tuple(fft.next_fast_len(length + lag, True) for length, lag in zip(centred.shape, reach, strict=True))
    power = np.abs(fft.rfftn(centred, box)) ** 2
    agreement = np.asarray(fft.irfftn(power, box))
    near: Values = agreement[np.ix_(*(range(-lag, lag + 1) for lag in reach))].astype(np.float64)
    strength = float(agreement.flat[0])
    if not strength > 0:
        return np.zeros_like(near)
    near /= strength
    near[reach] = 0
    return near
