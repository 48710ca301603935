"""The residual: the part of an image that an estimate does not explain, over the noise."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.residual import completed_models, standardised_residual
from napari_deconvolve.core.model_selection.whiteness import structure, whiteness
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import noise_model, require_pixels
from napari_deconvolve.job.iteration import operator
from napari_deconvolve.job.problem import Job
from napari_deconvolve.run.diagnostics.gain import gains, without_sieve
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
        NaN where a sample says nothing.
    whiteness : float
        See `napari_deconvolve.core.model_selection.whiteness.whiteness`: 0 for white noise.
    gain : float
        Counts per photon.
    misfit : float
        Mean square: 1 is what noise leaves, less means that noise was fitted.
    words : tuple of str
        Warnings, in sentences; empty when there are none.
    model : ndarray
        The model c itself, in counts; the image's shape.
    """

    values: FloatArray
    whiteness: float
    gain: float
    misfit: float
    words: tuple[str, ...]
    model: FloatArray


class ResidualCheck:
    """Works out the residual of an estimate; `work` does it.

    Parameters
    ----------
    job : Job
        With the recipe of the run that made the estimate.
    estimate : array_like
        Of the image's shape.

    Raises
    ------
    ParameterError
        When the estimate has another shape.
    """

    def __init__(self, job: Job, estimate: ArrayLike) -> None:
        self.job = job
        given = np.asarray(estimate)
        shape = job.items.shape
        if given.shape != shape:
            raise ParameterError(f"The estimate has shape {given.shape} and the image {shape}; give equal shapes.")
        self._estimates = job.items.split(given)
        self._gains: dict[int, float] = {}
        self._found: list[FloatArray] = []
        self._models: list[FloatArray] = []
        self._white: list[float] = []
        self._structure: list[float] = []

    def work(self) -> Work[Residual]:
        """Work the residual out, item by item."""
        require_pixels(self.job)
        for item in range(len(self.job)):
            channel = self.job.channel(item)
            if channel not in self._gains:
                for gain in gains(self.job, item):
                    self._gains[channel] = gain
                    yield Progress(item, len(self.job), stage="measuring the noise")
            yield from self._item(item, self._gains[channel])
        return self._result()

    def _result(self) -> Residual:
        values = np.ascontiguousarray(self._assemble(self._found))
        misfit, white = float(np.nanmean(np.square(values), dtype=np.float64)), float(np.mean(self._white))
        left, gain = float(np.mean(self._structure)), float(np.mean(list(self._gains.values())))
        model = np.ascontiguousarray(self._assemble(self._models))
        return Residual(values, white, gain, misfit, _warnings(misfit, left, self._chance()), model)

    def _assemble(self, frames: list[FloatArray]) -> FloatArray:
        return self.job.items.assemble(frames, self.job.recipe.dtype)

    def _item(self, item: int, gain: float) -> Work[None]:
        job = without_sieve(self.job)
        noise = noise_model(job, item)
        with closing(operator(job, item)) as blur:
            start = np.asarray(self._estimates[item], blur.dtype) / np.asarray(noise.scale, blur.dtype)
            for model in completed_models(blur, noise, start):
                values = standardised_residual(noise, model, gain)
                yield Progress(item, len(self.job), stage="completing the estimate beyond the image")
        self._found.append(values)
        self._models.append(model * np.asarray(noise.scale, model.dtype))
        self._white.append(whiteness(np.nan_to_num(values)))
        self._structure.append(structure(np.nan_to_num(values)))
        yield Progress(item + 1, len(self.job))

    def _chance(self) -> float:
        """Return by how much white noise of this size may differ from 0: 1/N per lag."""
        lags = float(np.prod([min(9, 2 * length - 1) for length in self.job.frame]))
        return lags / float(np.prod(self.job.frame))


def _warnings(misfit: float, left: float, chance: float) -> tuple[str, ...]:
    words = []
    if left > STRUCTURED + 2 * chance:
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
