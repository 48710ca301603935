"""Looks behind a result: what the image holds that the estimate does not explain, and how sure the estimate is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.algorithms.iterate import Iteration, until
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.likelihood.residual import completed_models, standardised_residual
from napari_deconvolve.core.model_selection.held_out import split_photons
from napari_deconvolve.core.model_selection.search import calibrate_gain
from napari_deconvolve.core.model_selection.whiteness import structure, whiteness
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import noise_model, visible
from napari_deconvolve.job.iteration import operator, richardson_lucy
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import brightest_region, region_job
from napari_deconvolve.methods.single import live_iteration
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.engine import Progress, stop_rules, to_be_searched
from napari_deconvolve.tuning.search import Search, settled, with_settings

DRAWS = 4
FAINT = 0.01  # of the brightest estimate: below, relative deviations are told over this
STRUCTURED = 0.02  # of `structure`: above, neighbours in the residual agree more than noise does, beside chance
MISFIT = 1.2  # mean square of the residual above which something is left


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
        What to mistrust; empty when there is nothing.
    model : ndarray
        The model c itself, in counts; the image's shape.
    """

    values: FloatArray
    whiteness: float
    gain: float
    misfit: float
    words: tuple[str, ...]
    model: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class TrustMap:
    """How much the estimate would differ if the same sample were imaged again.

    Attributes
    ----------
    relative : ndarray
        Standard deviation over the estimate, the image's shape; where the estimate is fainter than a hundredth of its
        brightest, over that.
    deviation : ndarray
        The standard deviation itself, in counts.
    draws : int
        How often the photons were halved: of its own the deviation is uncertain by 1/sqrt(2 draws).
    iterations : tuple of int
        That each item was run for.
    words : tuple of str
        What to mistrust; empty when there is nothing.
    """

    relative: FloatArray
    deviation: FloatArray
    draws: int
    iterations: tuple[int, ...]
    words: tuple[str, ...]


class ResidualLook:
    """Works out the residual of an estimate; loop over it for progress, then ask for the `result`.

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
        frame = job.frame
        self._estimates = np.moveaxis(given, job.items.axes, range(-len(job.items.axes), 0)).reshape(len(job), *frame)
        self._gains: dict[int, float] = {}
        self._found: list[FloatArray] = []
        self._models: list[FloatArray] = []
        self._white: list[float] = []
        self._structure: list[float] = []

    def __iter__(self) -> Iterator[Progress]:
        for item in range(len(self.job)):
            channel = self.job.channel(item)
            if channel not in self._gains:
                for gain in _gain(self.job, item):
                    self._gains[channel] = gain
                    yield Progress(item, len(self.job), math.nan, "measuring the noise")
            yield from self._item(item, self._gains[channel])

    def result(self) -> Residual:
        """Return what was found; run to the end first if nobody looped."""
        if len(self._found) < len(self.job):
            for known in (self._found, self._models, self._white, self._structure):
                known.clear()
            for _ in self:
                pass
        values = np.ascontiguousarray(self.job.items.assemble(self._found))
        misfit, white = float(np.nanmean(np.square(values), dtype=np.float64)), float(np.mean(self._white))
        left, gain = float(np.mean(self._structure)), float(np.mean(list(self._gains.values())))
        model = np.ascontiguousarray(self.job.items.assemble(self._models))
        return Residual(values, white, gain, misfit, _mistrust(misfit, left, self._chance()), model)

    def _item(self, item: int, gain: float) -> Iterator[Progress]:
        job = _plain(self.job)
        noise = noise_model(job, item)
        with closing(operator(job, item)) as blur:
            start = np.asarray(self._estimates[item], blur.dtype) / np.asarray(noise.scale, blur.dtype)
            for model in completed_models(blur, noise, start):
                values = standardised_residual(noise, model, gain)
                yield Progress(item, len(self.job), math.nan, "completing the estimate beyond the image")
        self._found.append(values)
        self._models.append(model * np.asarray(noise.scale, model.dtype))
        self._white.append(whiteness(np.nan_to_num(values)))
        self._structure.append(structure(np.nan_to_num(values)))
        yield Progress(item + 1, len(self.job), math.nan)

    def _chance(self) -> float:
        """Return by how much white noise of this size may differ from 0: 1/N per lag."""
        lags = float(np.prod([min(9, 2 * length - 1) for length in self.job.frame]))
        return lags / float(np.prod(self.job.frame))


class TrustLook:
    """Runs halves of the photons and sees how they disagree; loop over it for progress, then ask for the `result`.

    Parameters
    ----------
    job : Job
        With the recipe of the run that made the estimate; settings that it leaves open are found first.
    draws : int
        How often the photons are halved, 1 to 100.

    Notes
    -----
    The noise of two halves is independent, and over their light it is twice the whole's. So the mean of
    (u_a - u_b)^2, of two halves' estimates as they come, is the variance of the whole's estimate as long as that
    follows the noise linearly. What all estimates have in common, by the PSF or a prior, is not seen.
    """

    def __init__(self, job: Job, draws: int = DRAWS) -> None:
        if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or not 1 <= draws <= 100:
            raise ParameterError(f"The number of draws is {draws!r}; give a whole number from 1 to 100.")
        self.job, self.draws = job, int(draws)
        self._jobs: dict[int, tuple[Job, float]] = {}
        self._means: list[FloatArray] = []
        self._variances: list[FloatArray] = []
        self._numbers: list[int] = []

    def __iter__(self) -> Iterator[Progress]:
        for item in range(len(self.job)):
            channel = self.job.channel(item)
            if channel not in self._jobs:
                yield from self._settle(item, channel)
            yield from self._item(item, *self._jobs[channel])

    def result(self) -> TrustMap:
        """Return what was found; run to the end first if nobody looped."""
        if len(self._means) < len(self.job):
            for found in (self._means, self._variances, self._numbers):
                found.clear()
            for _ in self:
                pass
        mean = np.ascontiguousarray(self.job.items.assemble(self._means))
        deviation = np.sqrt(np.ascontiguousarray(self.job.items.assemble(self._variances)))
        least = max(FAINT * float(mean.max()), float(np.finfo(mean.dtype).tiny))
        relative = deviation / np.maximum(mean, least)
        bright = mean > 0.5 * float(mean.max())
        typical = float(np.median(relative[bright])) if bright.any() else 0.0
        words = () if typical < 0.5 else (_UNSURE.format(typical),)
        return TrustMap(relative, deviation, self.draws, tuple(self._numbers), words)

    def _settle(self, item: int, channel: int) -> Iterator[Progress]:
        job, total = self.job, 2 * self.draws * len(self.job)
        if to_be_searched(job.recipe):
            search = Search(job, channel)
            for stage in search:
                yield Progress(2 * self.draws * item, total, math.nan, stage)
            job = settled(job, search.choice)
        for gain in _gain(job, item):
            self._jobs[channel] = job, gain
            yield Progress(2 * self.draws * item, total, math.nan, "measuring the noise")

    def _item(self, item: int, job: Job, gain: float) -> Iterator[Progress]:
        """Add up what the halves of each draw find, and the square of their difference."""
        noise, total = noise_model(job, item), 2 * self.draws * len(job)
        frame = job.frame
        mean, variance = np.zeros(frame, job.recipe.dtype), np.zeros(frame, job.recipe.dtype)
        number = 0
        for draw in range(self.draws):
            found: list[FloatArray] = []
            for half in split_photons(noise, gain, draw):
                done = 2 * (self.draws * item + draw) + len(found)
                with ExitStack() as stack:
                    run = _run(job, item, half)
                    stack.enter_context(closing(run.blur))
                    for state in until(run.states(), *stop_rules(job.recipe, half)):
                        number = state.iteration
                        yield Progress(done, total, math.nan, f"draw {draw + 1} of {self.draws}, {number} iterations")
                found.append(run.snapshot())
            mean += (found[0] + found[1]) / self.draws
            variance += np.square(found[0] - found[1]) / self.draws
        self._means.append(mean)
        self._variances.append(variance)
        self._numbers.append(number)
        yield Progress(2 * self.draws * (item + 1), total, math.nan)


_UNSURE = (
    "Where the estimate is bright it would differ by {:.0%} if the sample were imaged again; run fewer iterations, or "
    "take a prior."
)


def residual(
    image: ArrayLike, psf: GivenPSF, estimate: ArrayLike, recipe: Recipe | None = None, **how: Any
) -> Residual:
    """Return what an image holds that an estimate does not explain.

    Parameters
    ----------
    image, psf
        See `deconvolve`.
    estimate : array_like
        Of the image's shape.
    recipe : Recipe, optional
        Of the run that made it, as in its `Result`: background, boundary, gain and precision matter.
    **how
        ``spacing``, ``axes``, ``channel_axis``, ``mask``, ``cancelled`` as for `deconvolve`.

    Notes
    -----
    An estimate ends at the image's border, but with the boundary "extended" light comes from beyond. So the object
    outside is estimated anew while all inside is held; twenty iterations are enough.
    """
    return ResidualLook(prepare(image, psf, recipe, **how), estimate).result()


def trust_map(
    image: ArrayLike, psf: GivenPSF, recipe: Recipe | None = None, *, draws: int = DRAWS, **how: Any
) -> TrustMap:
    """Tell how sure each sample of an estimate is: by how much halves of the photons disagree.

    Parameters
    ----------
    image, psf, recipe
        See `deconvolve`; the recipe of a `Result`, or one with settings still to be found. Of a large image give the
        region that matters.
    draws : int
        How often the photons are halved, 1 to 100.
    **how
        ``spacing``, ``axes``, ``channel_axis``, ``mask``, ``cancelled`` as for `deconvolve`.
    """
    return TrustLook(prepare(image, psf, recipe, **how), draws).result()


def _run(job: Job, item: int, noise: PoissonData) -> Iteration:
    return live_iteration(job, item, noise)


def _plain(job: Job) -> Job:
    """Return a job without sieve: an estimate is shown through it, and only the PSF is left between it and the data."""
    return with_settings(job, 0.0)


def _gain(job: Job, item: int) -> Iterator[float]:
    """Return counts per photon: the recipe's, or better and better as it is measured on the brightest part."""
    given = job.recipe.gain
    if not isinstance(given, str):
        yield given
        return
    psf = job.point(job.channel(item))
    small = _plain(region_job(job, item, brightest_region(visible(job, item), psf)))

    def make(noise: PoissonData, leader: Any = None) -> Any:
        return richardson_lucy(small, 0, noise=noise, leader=leader, keep_model=True)

    for found in calibrate_gain(make, noise_model(small, 0), small.psfs[0].data):
        yield found or 1.0


def _mistrust(misfit: float, left: float, chance: float) -> tuple[str, ...]:
    """Say what is wrong, in words."""
    words = []
    if left > STRUCTURED + 2 * chance:
        words.append(
            "The residual holds structure about as large as the PSF: PSF or background are wrong, or the run was "
            "stopped too early."
        )
    if misfit > MISFIT:
        words.append(
            f"The image differs from the blurred estimate by {math.sqrt(misfit):.2f} times what noise would leave: "
            "PSF, background or gain are wrong, or the run was stopped too early."
        )
    return tuple(words)
