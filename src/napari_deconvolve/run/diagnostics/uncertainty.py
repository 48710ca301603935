"""The uncertainty map: how far an estimate may be from the object, by noise and by blur that is left.

Noise is what held-out halves of the photons disagree on. Blur is detail that the estimate misses. Three things tell of
it, all by late estimates: those of plain iteration, without sieve and prior, of more iterations, which show more
detail and more noise.

- What the late estimates of both halves show beyond the run's own: the product of both differences, in which their
  noise cancels.
- What the run does to an object that is as sharp as the late estimate: its image without noise is deconvolved again by
  the run's settings (a parametric bootstrap, Efron & Tibshirani 1993, chapter 6).
- The contrast of neighbours in the late estimate: an edge or a point is finer than any estimate shows, and the more so
  the higher it is.

None sees all: a late estimate is no object. How much each counts was measured on scenes of known objects
(`benchmarks/uncertainty.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from napari_deconvolve.core.algorithms.iterate import Iteration, after, until
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.held_out import split_photons
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.samples import require_pixels
from napari_deconvolve.methods.base import method_of
from napari_deconvolve.psf import PSF
from napari_deconvolve.recipe.method import TYPICAL_ITERATIONS
from napari_deconvolve.recipe.resolution import relative_fwhm, sieve_for
from napari_deconvolve.tuning.gain import gains
from napari_deconvolve.tuning.results import settled, with_settings
from napari_deconvolve.tuning.search import Search, needs_search
from napari_deconvolve.work import Progress, Work

DRAWS = 4
LATE_FACTOR = 3  # iterations of late estimates over the run's own
CONTRAST_SHARE, NEIGHBOURS = 0.5, 0.3  # of the standard deviation of neighbours; how far, over the PSF's width
LOST_SHARE = 0.2  # of what the run takes from a late estimate, noise included: what it takes from the object
SMOOTHING = 0.5  # of the PSF's width: over which parts are averaged, as neighbours are uncertain alike
FAINT_SHARE = 0.01  # of the brightest estimate: below, relative deviations are over this
BRIGHT_SHARE = 0.5  # of the brightest estimate: where a typical relative deviation is read
UNCERTAIN = (
    "Where the estimate is bright it would differ by {:.0%} if the object were imaged again. Run fewer iterations, or "
    "take a prior."
)


@dataclass(frozen=True, slots=True, eq=False)
class UncertaintyMap:
    """How far the estimate may be from the object; `print` shows a summary, and what the map does not hold.

    Attributes
    ----------
    relative : ndarray
        `deviation` over the estimate, the image's shape; where the estimate is fainter than a hundredth of its
        brightest, over that.
    deviation : ndarray
        Standard deviation of estimate less object, by noise and blur together, in counts.
    noise : ndarray
        The part of it that would differ if the same object were imaged again.
    blur : ndarray
        The part of it that would not: detail that the estimate misses.
    typical : tuple of float
        Noise, blur and both over the estimate, where it is bright (median).
    draws : int
        How often the photons were split.
    iterations : tuple of int
        That each item was run for.
    words : tuple of str
        Warnings, in sentences; empty when there are none.
    """

    relative: FloatArray
    deviation: FloatArray
    noise: FloatArray
    blur: FloatArray
    typical: tuple[float, float, float]
    draws: int
    iterations: tuple[int, ...]
    words: tuple[str, ...]

    holds: ClassVar[str] = (
        "The map holds noise, and blur that is left as far as more iterations show it. It does not hold what a wrong "
        "PSF, background or gain does, and of detail that the microscope does not pass no more than a guess."
    )

    def __str__(self) -> str:
        noise, blur, both = self.typical
        parts = f"noise {noise:.2g}, blur {blur:.2g}, both {both:.2g} of the estimate (median)"
        return " ".join((f"Uncertainty of bright parts: {parts}.", *self.words, self.holds))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What was found of one item, in counts: the mean estimate, two variances, and the number of iterations."""

    mean: FloatArray
    noise: FloatArray
    blur: FloatArray
    iterations: int


def uncertainty_of(job: Job, draws: int = DRAWS) -> Work[UncertaintyMap]:
    """Run held-out splits of the photons, item by item, and measure how their estimates differ.

    The recipe of the job is that of the run that made the estimate; settings that it leaves open are found first.
    `ParameterError` is raised unless `draws`, how often the photons are split, is 1 to 100.

    Notes
    -----
    The noise of two splits is independent, and over their light it is twice that of all data. So the mean of
    (u_a - u_b)^2, of two splits' estimates as they come, is the variance of the estimate from all data as long as that
    follows the noise linearly.
    """
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or not 1 <= draws <= 100:
        raise ParameterError(f"The number of draws is {draws!r}; give a whole number from 1 to 100.")
    require_pixels(job)
    settings: dict[int, tuple[Job, float]] = {}
    found: list[_Found] = []
    each = 4 * int(draws) + 2  # runs of an item
    for item in range(len(job)):
        channel = job.channel(item)
        if channel not in settings:
            chosen = settled(job, (yield from Search(job, channel).work())) if needs_search(job.recipe) else job
            for gain in gains(chosen, item):
                settings[channel] = chosen, gain
                yield Progress(each * item, each * len(job), stage="measuring the noise")
        runs = _Runs(*settings[channel], item, int(draws))
        for done, stage in runs.work():
            yield Progress(each * item + done, each * len(job), stage=stage)
        found.append(runs.found())
        yield Progress(each * (item + 1), each * len(job))
    return _result(job, found, int(draws))


class _Runs:
    """The runs that tell the uncertainty of one item: `work` does them, `found` says what came out."""

    def __init__(self, job: Job, gain: float, item: int, draws: int) -> None:
        self._job, self._gain, self._item, self._draws = job, gain, item, draws
        self._noise = noise_model(job, item)
        self._plain = with_settings(job, target_fwhm=0.0, prior=None)
        self._mean, self._varied, self._seen, self._lost = (np.zeros(job.frame, job.recipe.dtype) for _ in range(4))
        self._done = self._number = 0
        self._last = self._late_estimate = self._model = self._mean

    def work(self) -> Iterator[tuple[int, str]]:
        """Do all runs; yield how many are done, and what is being done, after each iteration."""
        for draw in range(self._draws):
            ends, differences = [], []
            for half in split_photons(self._noise, self._gain, draw):
                yield from self._own(half, f"draw {draw + 1} of {self._draws}")
                ends.append(self._last)
                yield from self._late(half, f"draw {draw + 1} of {self._draws}, beyond")
                differences.append(self._last - ends[-1])
            self._mean += (ends[0] + ends[1]) / self._draws
            self._varied += np.square(ends[0] - ends[1]) / self._draws
            self._seen += 4 * differences[0] * differences[1] / self._draws  # each of half the light
        yield from self._late(self._noise, "beyond the estimate")
        self._late_estimate = self._last
        yield from self._own(replace(self._noise, data=self._model, step=None), "imaging the estimate again")
        self._lost += np.square(self._late_estimate - self._last)

    def found(self) -> _Found:
        """Return the mean estimate and the variances, smoothed."""
        psf, scale = self._job.psfs[self._job.channel(self._item)], self._noise.scale
        seen = np.maximum(_smoothed(self._seen, psf), 0)
        late = self._late_estimate
        contrast = np.maximum(
            _smoothed(np.square(late), psf, NEIGHBOURS) - np.square(_smoothed(late, psf, NEIGHBOURS)), 0
        )
        blur = seen + LOST_SHARE**2 * _smoothed(self._lost, psf) + CONTRAST_SHARE**2 * contrast
        varied = _smoothed(self._varied, psf)
        return _Found(self._mean * scale, np.sqrt(varied) * scale, np.sqrt(blur) * scale, self._number)

    def _own(self, data: PoissonData, stage: str) -> Iterator[tuple[int, str]]:
        """Run as the recipe says."""
        method = method_of(self._job.recipe)
        run = method.iteration(self._job, self._item, data)
        with closing(run.blur):
            for state in until(run.states(), *method.conditions(self._job.recipe, data)):
                self._number = state.iteration
                yield self._done, f"{stage}, {state.iteration} iterations"
        self._end(run)

    def _late(self, data: PoissonData, stage: str) -> Iterator[tuple[int, str]]:
        """Run without sieve and prior, for more iterations."""
        run = richardson_lucy(self._plain, self._item, noise=data, keep_model=True)
        with closing(run.blur):
            for state in until(run.states(), after(max(LATE_FACTOR * self._number, TYPICAL_ITERATIONS))):
                yield self._done, f"{stage}, {state.iteration} iterations"
        self._model = run.model
        self._end(run)

    def _end(self, run: Iteration) -> None:
        self._last = run.snapshot() / self._noise.scale  # squares of counts may be no numbers in single precision
        self._done += 1


def _smoothed(values: FloatArray, psf: PSF, width: float = SMOOTHING) -> FloatArray:
    """Return an average over a part of the PSF's width."""
    window: Sieve | None = sieve_for(psf, relative_fwhm(psf, width))
    return values if window is None else window.smooth(values, "reflect")


def _result(job: Job, found: list[_Found], draws: int) -> UncertaintyMap:
    mean, noise, blur = (
        np.ascontiguousarray(job.items.assemble([getattr(one, name) for one in found], job.recipe.dtype))
        for name in ("mean", "noise", "blur")
    )
    least = max(FAINT_SHARE * float(mean.max()), float(np.finfo(mean.dtype).tiny))
    estimate, both = np.maximum(mean, least), np.hypot(noise, blur)
    bright = mean > BRIGHT_SHARE * float(mean.max())
    shares = [(part / estimate)[bright] for part in (noise, blur, both)]
    typical = tuple(float(np.median(share)) if share.size else 0.0 for share in shares)
    words = () if typical[0] < 0.5 else (UNCERTAIN.format(typical[0]),)
    numbers = tuple(one.iterations for one in found)
    return UncertaintyMap(both / estimate, both, noise, blur, typical, draws, numbers, words)  # type: ignore[arg-type]
