"""Blurring an image with a PSF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.blur import Blur
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf import PSF
from napari_deconvolve.run.job import Job, prepare
from napari_deconvolve.run.recipe import Recipe


def convolve(
    image: ArrayLike, psf: PSF | ArrayLike, *, boundary: str = "reflect", axes: Sequence[int] | None = None
) -> FloatArray:
    """Convolve an image with a PSF: what a linear instrument would record.

    Parameters
    ----------
    image : array_like
        1 to 5 axes of real numbers. Samples that are not finite are left out, and the others weighted accordingly.
    psf : PSF or array_like
        Acts on the last axes, or on `axes`; the others are looped. It is divided by its sum.
    boundary : {"reflect", "edge", "periodic", "zero"}
        What lies beyond the image.
    axes : sequence of int, optional
        Where the PSF acts.

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
    job = prepare(image, psf, Recipe(boundary=boundary, dtype=dtype), axes=axes)
    blur = job.blur()
    blurred = [_blurred(job, blur, item) for item in range(len(job))]
    blur.close()
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
