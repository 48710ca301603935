"""The residual: the part of an image that an estimate does not explain, over the noise."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.residual import completed_models, standardised_residual
from napari_deconvolve.core.model_selection.whiteness import structure, whiteness
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import as_even
from napari_deconvolve.job.data import levels, noise_model
from napari_deconvolve.job.iteration import operator
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.samples import require_pixels
from napari_deconvolve.run.diagnostics.model import (
    Fitted,
    ModelTests,
    tested_part,
    tests_of_model,
    trusted_transfer,
    words_on_psf,
)
from napari_deconvolve.tuning.gain import gains
from napari_deconvolve.tuning.results import with_settings
from napari_deconvolve.work import Progress, Work

STRUCTURED = 0.02  # of `structure`: above, neighbours in the residual agree more than noise does, beside chance
MAX_MEAN_SQUARE = 1.2  # of the residual: above, something is left


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """What the image holds that the estimate does not explain, over what noise alone would leave.

    Attributes
    ----------
    values : ndarray
        (d - c)/sqrt(gain c) with the data d and the model c, the blurred estimate on its background; the image's shape,
        NaN where a pixel does not count.
    whiteness : float
        See `napari_deconvolve.core.model_selection.whiteness.whiteness`: 0 for white noise.
    gain : float
        Counts per photon.
    misfit : float
        Mean square: 1 is what noise leaves, less means that noise was fitted.
    words : tuple of str
        Warnings, in sentences; empty when there are none.
    model : ndarray
        The model of the image's counts, the camera's offset with it; the image's shape.
    """

    values: FloatArray
    whiteness: float
    gain: float
    misfit: float
    words: tuple[str, ...]
    model: FloatArray


def residual_of(job: Job, estimate: ArrayLike) -> Work[Residual]:
    """Compute the residual of an estimate, item by item.

    The recipe of the job is that of the run that made the estimate, which has the image's shape; `ParameterError` is
    raised for another one.
    """
    given = as_even(estimate, "estimate")
    if given.shape != job.items.shape:
        raise ParameterError(
            f"The estimate has shape {given.shape} and the image {job.items.shape}; give equal shapes."
        )
    require_pixels(job)
    known: dict[int, float] = {}
    found: list[_Found] = []
    for item, frame in enumerate(job.items.split(given)):
        channel = job.channel(item)
        if channel not in known:
            for gain in gains(job, item):
                known[channel] = gain
                yield Progress(item, len(job), stage="measuring the noise")
        found.append((yield from _residual_of_item(job, item, frame, known[channel])))
        yield Progress(item + 1, len(job))
    return _result(job, found, float(np.mean(list(known.values()))))


class _Found(NamedTuple):
    """Residual and model of an item, and what tests say of the model where its noise is known for certain."""

    values: FloatArray
    model: FloatArray
    tests: ModelTests | None


def _residual_of_item(job: Job, item: int, estimate: NDArray[np.generic], gain: float) -> Work[_Found]:
    """Return what is found of one item."""
    job = with_settings(job, target_fwhm=0.0)  # an estimate is shown through its sieve: the PSF alone blurs it
    noise, transfer = noise_model(job, item), trusted_transfer(job, item)
    with closing(operator(job, item)) as blur:
        start = np.asarray(estimate, blur.dtype) / np.asarray(noise.scale, blur.dtype)
        for model in completed_models(blur, noise, start):
            values = standardised_residual(noise, model, gain)
            yield Progress(item, len(job), stage="completing the estimate beyond the image")
        whole = blur.extend(start)
    tests = None
    if transfer is not None and job.recipe.traits.iterates and not job.point(job.channel(item)).depths:
        part = tested_part(job, item)
        tests = tests_of_model(job, item, Fitted(noise, part, model[part], whole), transfer)
    counts = (model * noise.scale + levels(job, item)).astype(model.dtype)  # as the image holds them, with its offset
    return _Found(values, counts, tests)


def _result(job: Job, found: list[_Found], gain: float) -> Residual:
    shown = ([one.values for one in found], [one.model for one in found])
    values, model = (np.ascontiguousarray(job.items.assemble(each, job.recipe.dtype)) for each in shown)
    misfit = float(np.nanmean(np.square(values), dtype=np.float64))
    white, left = (
        float(np.mean([measure(np.nan_to_num(one.values)) for one in found])) for measure in (whiteness, structure)
    )
    tests = tuple(one.tests for one in found if one.tests is not None)
    # White noise of this size may differ from 0 by 1/N per lag.
    chance = float(np.prod([min(9, 2 * length - 1) for length in job.frame])) / float(np.prod(job.frame))
    structured = any(test.structured for test in tests) if tests else left > STRUCTURED + 2 * chance
    return Residual(values, white, gain, misfit, _warnings(misfit, structured, tests), model)


def _warnings(misfit: float, structured: bool, tests: tuple[ModelTests, ...]) -> tuple[str, ...]:
    words = list(words_on_psf(tests))
    if structured:
        words.append(
            "The residual holds structure about as large as the PSF: PSF or background are wrong, or the run was "
            "stopped too early."
        )
    if misfit > MAX_MEAN_SQUARE:
        words.append(
            f"The image differs from the blurred estimate by {math.sqrt(misfit):.2f} times what noise would leave: "
            "PSF, background or gain are wrong, or the run was stopped too early."
        )
    return tuple(words)
