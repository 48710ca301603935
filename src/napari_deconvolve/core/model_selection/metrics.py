"""How good an estimate is: against the truth, where there is one, and against what noise alone would leave."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, as_real
from napari_deconvolve.errors import ParameterError

Values = NDArray[np.floating]

BLOCK_VOXELS = 1 << 18  # samples at a time, so that no array in double precision is as large as the image
SIGMA, RADIUS = 1.5, 5  # samples: the window of SSIM, 11 wide, as its authors chose it
K1, K2 = 0.01, 0.03  # of the range: the constants of SSIM
MAX_LAG = 4  # samples: as far as neighbours of a residual are compared


def mse(estimate: NDArray[np.generic], truth: NDArray[np.generic]) -> float:
    """Return the mean squared error.

    Parameters
    ----------
    estimate, truth : ndarray
        Of equal shapes.
    """
    first, second = as_real(estimate, "estimate"), as_real(truth, "truth")
    if first.shape != second.shape:
        raise ParameterError(f"The estimate has shape {first.shape} and the truth {second.shape}; give equal shapes.")
    one, other = first.reshape(-1), second.reshape(-1)
    total = 0.0
    for low in range(0, one.size, BLOCK_VOXELS):
        difference = one[low : low + BLOCK_VOXELS].astype(np.float64) - other[low : low + BLOCK_VOXELS].astype(
            np.float64
        )
        total += float(np.dot(difference, difference))
    return total / one.size


def nrmse(error: float, truth: NDArray[np.generic]) -> float:
    """Return the root mean squared error over the root mean square of the truth: 0 at best, 1 for a black estimate.

    Parameters
    ----------
    error : float
        Mean squared error.
    truth : ndarray
        NaN is given where it is zero everywhere.
    """
    power = mse(np.zeros_like(truth), truth)
    return math.sqrt(error / power) if power > 0 else math.nan


def psnr(error: float, extent: float) -> float:
    """Return the peak signal-to-noise ratio in dB.

    Parameters
    ----------
    error : float
        Mean squared error.
    extent : float
        Range of the truth, its maximum less its minimum.
    """
    if error == 0:
        return math.inf
    return 10 * math.log10(extent**2 / error) if extent > 0 else math.nan


def value_range(truth: NDArray[np.generic]) -> float:
    """Return the range of the values: the greatest less the least."""
    return float(truth.max()) - float(truth.min())


def ssim(estimate: NDArray[np.generic], truth: NDArray[np.generic], extent: float | None = None) -> float:
    """Return the mean structural similarity, 1 for equal images.

    Wang, Bovik, Sheikh & Simoncelli 2004, IEEE Trans. Image Process. 13:600, with their Gaussian window. It does not
    reach along axes that are shorter than it, so that thin stacks are compared plane by plane.

    Parameters
    ----------
    estimate, truth : ndarray
        Of equal shapes.
    extent : float, optional
        Range of the values; by default the truth's.

    Returns
    -------
    float
        NaN when the truth is flat, or all axes are shorter than the window.
    """
    extent = value_range(truth) if extent is None else extent
    reached = [length > 2 * RADIUS for length in truth.shape]
    if not any(reached) or not extent > 0:
        return math.nan
    x, y = (_as_float(image) for image in (estimate, truth))
    middle = tuple(slice(RADIUS, -RADIUS) if far else slice(None) for far in reached)

    def mean(image: Values) -> Values:
        return _smooth(image, reached)[middle]

    of_x, of_y = mean(x), mean(y)
    # Variances are taken about a common level: squares of large counts would lose their digits.
    level = np.asarray(y.mean(dtype=np.float64), x.dtype)
    x, y = x - level, y - level
    near_x, near_y = of_x - level, of_y - level
    both = mean(x * y) - near_x * near_y
    spread = mean(x * x) - near_x**2 + (mean(y * y) - near_y**2)
    first, second = (K1 * extent) ** 2, (K2 * extent) ** 2
    similar = (2 * of_x * of_y + first) * (2 * both + second)
    similar /= (of_x**2 + of_y**2 + first) * (spread + second)
    return float(similar.mean(dtype=np.float64))


def whiteness(residual: FloatArray, lags: int = MAX_LAG) -> float:
    """Tell how white a residual is: 0 for white noise, the more negative the more its neighbours are alike or opposed.

    Minus the sum of the squared autocorrelation over all lags but zero, of the residual less its mean: measure M_R of
    Almeida & Figueiredo 2013, IEEE Trans. Image Process. 22:2751. The scale of the residual does not matter. Of N
    independent samples about -1/N per lag is to be expected.

    Parameters
    ----------
    residual : ndarray
        Such as (d - c)/sqrt(c), the data less the model over the square root of the model.
    lags : int
        How far, along each axis, samples are compared.
    """
    return -float(np.sum(np.square(_autocorrelation(residual, lags))))


def structure(residual: FloatArray, lags: int = MAX_LAG) -> float:
    """Tell how much neighbours in a residual agree: 0 for white noise, above when something is left that is no noise.

    The sum of `whiteness` with each lag's sign. An estimate that has fitted some of the noise leaves a residual in
    which neighbours disagree: as far from white, but below 0.

    Parameters
    ----------
    residual, lags
        See `whiteness`.
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


def _smooth(image: Values, reached: list[bool]) -> Values:
    from scipy.ndimage import gaussian_filter

    sigma = [SIGMA if far else 0 for far in reached]
    smooth: Values = gaussian_filter(image, sigma, truncate=RADIUS / SIGMA, mode="reflect")
    return smooth


def _as_float(image: NDArray[Any]) -> Values:
    """Keep double precision where it is given; single will do for the rest."""
    floats: Values = image.astype(np.float64 if image.dtype.itemsize > 4 else np.float32, copy=False)
    return floats
