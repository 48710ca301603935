"""Errors of an estimate against the truth.

The structural similarity is that of scikit-image. It is imported in the function that needs it: the package's start
stays light, and `core` needs numpy and scipy alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import as_real
from napari_deconvolve.errors import ParameterError

Values = NDArray[np.floating]

BLOCK_VOXELS = 1 << 18  # at a time, so that no array in double precision is as large as the image
SLAB_VOXELS = 1 << 21  # at a time for SSIM, which holds about 16 arrays in double precision
SSIM_SIGMA, SSIM_RADIUS = 1.5, 5  # voxels: the window of SSIM, 11 wide, as its authors chose it


def mse(estimate: NDArray[np.generic], truth: NDArray[np.generic]) -> float:
    """Return the mean squared error over those samples that the truth has.

    `skimage.metrics.mean_squared_error` takes the differences in the images' precision and as whole arrays; here they
    are taken in double precision and block by block. `ParameterError` is raised if the shapes differ.
    """
    first, second = as_real(estimate, "estimate"), as_real(truth, "truth")
    if first.shape != second.shape:
        raise ParameterError(f"The estimate has shape {first.shape} and the truth {second.shape}; give equal shapes.")
    one, other = first.reshape(-1), second.reshape(-1)
    total, missing = 0.0, 0
    for low in range(0, one.size, BLOCK_VOXELS):
        block = slice(low, low + BLOCK_VOXELS)
        difference = one[block].astype(np.float64) - other[block].astype(np.float64)
        gone = np.isnan(other[block])
        difference[gone] = 0.0
        missing += int(np.count_nonzero(gone))
        total += float(np.dot(difference, difference))
    return total / (one.size - missing) if missing < one.size else math.nan


def nrmse(error: float, truth: NDArray[np.generic]) -> float:
    """Return the root mean squared error over the root mean square of the truth: 0 at best, 1 for a black estimate.

    `error` is the mean squared error. The result is NaN for a truth that is zero everywhere.
    """
    power = mse(np.zeros_like(truth), truth)
    return math.sqrt(error / power) if power > 0 else math.nan


def psnr(error: float, extent: float) -> float:
    """Return the peak signal-to-noise ratio in dB, of a mean squared error and the truth's range (`value_range`)."""
    if error == 0:
        return math.inf
    return 10 * math.log10(extent**2 / error) if extent > 0 else math.nan


def value_range(truth: NDArray[np.generic]) -> float:
    """Return the range of the values: the greatest less the least."""
    known = truth[~np.isnan(truth)]
    return float(known.max()) - float(known.min()) if known.size else 0.0


def ssim(estimate: NDArray[np.generic], truth: NDArray[np.generic], extent: float | None = None) -> float:
    """Return the mean structural similarity, 1 for equal images.

    Wang, Bovik, Sheikh & Simoncelli 2004, IEEE Trans. Image Process. 13:600, with their Gaussian window, by
    `skimage.metrics.structural_similarity`. The window does not reach along axes that are shorter than it, so that thin
    stacks are compared plane by plane. `extent` is the range of the values, by default the truth's. The result is NaN
    when the truth is flat or has missing samples, or all axes are shorter than the window.
    """
    from skimage.metrics import structural_similarity

    extent = value_range(truth) if extent is None else extent
    thin = [axis for axis, length in enumerate(truth.shape) if length <= 2 * SSIM_RADIUS]
    if len(thin) == truth.ndim or not extent > 0 or np.isnan(truth).any():
        return math.nan
    first, second = (np.moveaxis(image, thin, range(len(thin))) for image in (estimate, truth))
    total, count = 0.0, 0
    for plane in np.ndindex(first.shape[: len(thin)]):
        for slab in _slabs(first[plane].shape):
            # Double precision: the squares of large counts in single precision lose the digits of a variance.
            x, y = (np.asarray(image[plane][slab], np.float64) for image in (first, second))
            similarity = structural_similarity(
                x, y, data_range=extent, gaussian_weights=True, sigma=SSIM_SIGMA, use_sample_covariance=False
            )
            rows = len(x) - 2 * SSIM_RADIUS
            total, count = total + similarity * rows, count + rows
    return float(total / count)


def _slabs(shape: tuple[int, ...]) -> Iterator[slice]:
    """Return overlapping slabs along the first axis, whose inner rows are all rows that the window fits around."""
    each = max(1, SLAB_VOXELS // math.prod(shape[1:]))
    for low in range(SSIM_RADIUS, shape[0] - SSIM_RADIUS, each):
        yield slice(low - SSIM_RADIUS, min(low + each, shape[0] - SSIM_RADIUS) + SSIM_RADIUS)
