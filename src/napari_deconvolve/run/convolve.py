"""Blurring an image with a PSF."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.blur import Blur
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.run.channels import GivenPSF
from napari_deconvolve.run.job import Job, prepare
from napari_deconvolve.run.recipe import Recipe


def convolve(
    image: ArrayLike,
    psf: GivenPSF,
    *,
    boundary: str = "reflect",
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
) -> FloatArray:
    """Convolve an image with a PSF: what a linear instrument would record.

    Parameters
    ----------
    image : array_like
        1 to 5 axes of real numbers. Samples that are not finite are left out, and the others weighted accordingly.
    psf : PSF, array_like, or sequence of PSF
        Acts on the last axes, or on `axes`; the others are looped. It is divided by its sum. Several are one per
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
    if boundary == "extended":
        raise ParameterError(
            "The boundary 'extended' needs an object larger than the image; choose reflect, edge, periodic or zero."
        )
    dtype = "float64" if np.asarray(image).dtype == np.float64 else "float32"
    job = prepare(image, psf, Recipe(boundary=boundary, dtype=dtype), axes=axes, channel_axis=channel_axis)
    with ExitStack() as stack:
        blurs = {}  # one per channel
        blurred = []
        for item in range(len(job)):
            channel = job.channel(item)
            if channel not in blurs:
                blurs[channel] = stack.enter_context(closing(job.blur(item)))
            blurred.append(_blurred(job, blurs[channel], item))
    return np.ascontiguousarray(job.assemble(blurred))


def _blurred(job: Job, blur: Blur, item: int) -> FloatArray:
    data = job.image[item].astype(blur.dtype)
    known = np.isfinite(data)
    if known.all():
        blurred = blur.forward(data)
        # Round-off of the transform must not make light negative: a Poisson generator would choke on it.
        return np.maximum(blurred, 0, out=blurred) if data.min() >= 0 else blurred
    weight = blur.forward(known.astype(blur.dtype))
    blurred = blur.forward(np.where(known, data, 0))
    out = np.divide(blurred, weight, out=np.zeros_like(blurred), where=weight > 1e-6)
    return cast("FloatArray", out)
