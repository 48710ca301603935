"""Blurring an image with a PSF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.iteration import operator
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.psf.signed import is_signed
from napari_deconvolve.recipe.recipe import Recipe

# Threads, on any machine: the transforms' work is divided among them, and the last bit of a pixel depends on how.
BLUR_THREADS = 4
MIN_KNOWN_WEIGHT = 1e-5  # of a pixel's blurred weight: with less known, its value is rounding error


def convolution(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    boundary: str,
    dtype: str,
    *,
    spacing: float | Sequence[float] | None = None,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    cancelled: Cancel | None = None,
) -> Job:
    """Check all arguments of a convolution, and set it up; nothing is computed yet. See `convolve` and `prepare`."""
    if boundary == "extended":
        raise ParameterError(
            "The boundary 'extended' needs an object larger than the image; choose reflect, edge, periodic or zero."
        )
    recipe = Recipe(boundary=boundary, dtype=dtype)
    where: dict[str, Any] = {"spacing": spacing, "axes": axes, "channel_axis": channel_axis}
    job = prepare(image, psf, recipe, cancelled=cancelled, whole_psf=True, **where)
    return replace(job, workers=BLUR_THREADS)


def blur_into(out: FloatArray, job: Job) -> Iterator[int]:
    """Blur one item of a job after the other into an array of the image's shape; yield how many are done."""
    items = np.moveaxis(out, job.items.axes, range(len(job.items.outer), out.ndim))
    if job.items.beside is not None:
        out[job.items.beside] = 0
    with ExitStack() as stack:
        blurs: dict[int, Blur] = {}  # one per channel
        for item in range(len(job)):
            channel = job.channel(item)
            if channel not in blurs:
                blurs[channel] = stack.enter_context(closing(operator(job, item)))
            items[job.items.place(item)] = _blurred(job, blurs[channel], item)
            yield item + 1


def _blurred(job: Job, blur: Blur, item: int) -> FloatArray:
    data = job.items[item].astype(blur.dtype)
    known = np.isfinite(data)
    lit = bool(np.min(data, where=known, initial=0.0) >= 0) and not is_signed(job.psf)
    if known.all():
        out = blur.forward(data)
    else:
        weight = 1 - blur.forward((~known).astype(blur.dtype))  # what lies beyond the image is known, dark or not
        blurred = blur.forward(np.where(known, data, 0))
        out = np.divide(blurred, weight, out=np.zeros_like(blurred), where=weight > MIN_KNOWN_WEIGHT)
    # Round-off of the transform must not make light negative: a Poisson generator would choke on it.
    return cast("FloatArray", np.maximum(out, 0, out=out) if lit else out)
