"""Blurring an image with a PSF."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.image import SampledArray
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.run.simulate.convolve import blur_into, convolution


def convolve(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    *,
    boundary: str = "reflect",
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
) -> FloatArray:
    """Convolve an image with a PSF: what a linear instrument would record.

    Parameters
    ----------
    image : array_like or SampledArray
        1 to 5 axes of real numbers. Samples that are not finite are left out, and the others weighted accordingly.
    psf : PSF, array_like, or sequence of PSF
        Acts on the axes called Z, Y, X, else on the last ones, or on `axes`; the others are looped.
        It is divided by its sum. Several are one per
        channel.
    boundary : {"reflect", "edge", "periodic", "zero"}
        What lies beyond the image.
    axes : sequence of int, optional
        Where the PSF acts.
    channel_axis : int, optional
        Which axis has a PSF for each of its places, if there are several; by default the first looped one of as many.

    Returns
    -------
    ndarray
        The image's shape, float32 (float64 for a float64 image).

    Raises
    ------
    ParameterError, PSFError
        For arguments that cannot be used or do not fit each other.
    """
    whole = SampledArray.of(image)
    dtype = "float64" if whole.dtype == np.float64 else "float32"
    job = convolution(whole, psf, boundary, dtype, axes=axes, channel_axis=channel_axis)
    blurred = np.empty(whole.shape, dtype)
    for _ in blur_into(blurred, job):
        pass
    return blurred
