"""Data whose dark lies far below 0: a background was subtracted, or they are no counts.

Intensities of other instruments (Hounsfield units, differences, filtered or standardised images) are below 0 without
any noise. Richardson-Lucy has no model for them. On the level of their dark they are an object again: the estimate is
that of the image plus a constant.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.likelihood.background import BACKGROUND_SIGMA
from napari_deconvolve.core.likelihood.dark_noise import MAX_DEPTH, MIN_NEGATIVE_SHARE
from napari_deconvolve.core.likelihood.photons import photon_step
from napari_deconvolve.core.quantiles import NOISE_OF_MAD

DARK_QUANTILE = 0.02  # of the smoothed image


def dark_below_zero(image: NDArray[np.float64], *, lines: bool = False) -> float:
    """Return the level of an image's dark if it lies farther below 0 than its noise reaches; 0 where it does not.

    Image and `lines` are those of `estimate_background`; samples that are not finite are left out.
    """
    from scipy import ndimage

    known = np.isfinite(image)
    if np.count_nonzero(image[known] < 0) <= MIN_NEGATIVE_SHARE * image.size:
        return 0.0
    axes = (image.ndim - 1,) if lines else tuple(range(image.ndim))
    sigma = [BACKGROUND_SIGMA if axis in axes else 0.0 for axis in range(image.ndim)]
    weight = ndimage.gaussian_filter(known.astype(np.float64), sigma, mode="reflect", truncate=3.0)
    smooth = ndimage.gaussian_filter(np.where(known, image, 0), sigma, mode="reflect", truncate=3.0)
    smooth[known] /= weight[known]
    dark, middle = (float(one) for one in np.quantile(smooth[known], (DARK_QUANTILE, 0.5)))
    steps = np.abs(np.diff(image, axis=-1))[smooth[..., 1:] <= middle]  # where lines of light are few
    steps = steps[np.isfinite(steps)]
    noise = NOISE_OF_MAD * float(np.median(steps)) / np.sqrt(2) if steps.size else 0.0
    if dark >= -MAX_DEPTH * noise:
        return 0.0
    step = photon_step(image)
    return dark if step is None else float(np.floor(dark / step)) * step  # whole multiples remain such
