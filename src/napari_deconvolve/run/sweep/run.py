"""A sweep on its way, and what it found: one run per strength, its estimates kept as it passes them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray, Shape, as_real
from napari_deconvolve.core.model_selection.references import HeldOutPoint, uncertainty_of_difference
from napari_deconvolve.core.model_selection.whiteness import whiteness
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import as_even
from napari_deconvolve.job.data import background
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.meant import found_here
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.samples import require_pixels
from napari_deconvolve.methods.base import with_background
from napari_deconvolve.psf import PSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run import metrics
from napari_deconvolve.run.made import Made, made_of
from napari_deconvolve.run.record import complete
from napari_deconvolve.run.sweep.score import Scores
from napari_deconvolve.run.sweep.store import Store
from napari_deconvolve.run.sweep.table import Row, Setting, Sweep, SweepStep
from napari_deconvolve.work import Progress, Stopped, Work

Slices = tuple[slice, ...]


@dataclass(slots=True, eq=False)
class _Measured:
    """What is known of a setting so far, summed over items."""

    items: int = 0
    squares: float = 0.0
    likeness: float = 0.0
    deviance: float = 0.0
    whiteness: float = 0.0
    light: float = 0.0
    given: float = 0.0
    point: HeldOutPoint | None = None


class SweepRun:
    """A sweep on its way, item by item; `work` does it.

    One that is stopped returns the rows that were finished; they are in `table` also after `Cancelled`.

    Parameters
    ----------
    job : Job
        From `prepare`; its recipe's number of iterations does not matter.
    keep : tuple of slice, optional
        Which part of the image, along all its axes, is kept and measured; it has to be all along looped axes.
    iterations, settings, truth, score, memory
        See `sweep` and `as_settings`. The truth has the shape of the image, or of the part that is kept.
    """

    def __init__(
        self,
        job: Job,
        iterations: Sequence[int],
        settings: Sequence[Setting] = (Setting(),),
        *,
        truth: ArrayLike | None = None,
        keep: Slices | None = None,
        score: bool | None = None,
        memory: int | None = None,
    ) -> None:
        if not job.recipe.traits.compares:
            raise ParameterError(
                f"The method is {job.recipe.method!r}, and only Richardson-Lucy, rl, has numbers of iterations and "
                "strengths to compare; choose that."
            )
        job = with_background(job)
        self.job, self.counts, self.settings = job, tuple(iterations), tuple(settings)
        self._keep = tuple(keep[axis] for axis in job.items.axes) if keep else (slice(None),) * len(job.items.axes)
        frame = np.empty(job.frame, bool)[self._keep].shape
        self._truth = None if truth is None else _items(truth, job, frame, self._keep)
        self._extent = 0.0 if self._truth is None else metrics.value_range(self._truth)
        self._scores = Scores(job) if (truth is None if score is None else score) else None
        shape = (len(self.settings), len(self.counts), len(job), *frame)
        self._store = Store(shape, np.dtype(job.recipe.dtype), memory)
        self._measured = [[_Measured() for _ in self.counts] for _ in self.settings]
        self.made: Made | None = None  # the rows so far

    @property
    def note(self) -> str:
        """A sentence on where the estimates are, if that is not in memory."""
        return self._store.note

    @property
    def psf(self) -> PSF:
        """The PSF whose width sieves are a share of: the first one of several."""
        return self.job.psfs[0]

    @property
    def base(self) -> Recipe:
        """What all settings share, PSF included."""
        known = (float(np.mean(background(self.job, 0))),) if len(self.job) == 1 else ()
        return found_here(self.job, complete(self.job, known))

    @property
    def data(self) -> FloatArray:
        """All estimates, zero where they are yet to come: settings, iterations, then the image's axes."""
        frame = self._store.data.shape[3:]
        every = self.job.items.spread(self._store.data, axis=2)
        whole = every.reshape(*every.shape[:2], *self.job.items.outer, *frame)
        first = whole.ndim - len(frame)
        return np.moveaxis(whole, range(first, whole.ndim), [axis + 2 for axis in self.job.items.axes])

    @property
    def table(self) -> tuple[Row, ...]:
        """The rows that are finished."""
        return tuple(self._row(setting, count) for setting, count in self._finished())

    def work(self) -> Work[Sweep]:
        """Run all settings; progress carries a `SweepStep` as its detail."""
        require_pixels(self.job)
        runs, last = len(self.settings), self.counts[-1]
        try:
            if self._scores is not None:
                for _ in self._scores.prepare():
                    yield Progress(0, runs * len(self.job) * last, detail=SweepStep(1, runs, 0))
            for setting in range(runs):
                for item in range(len(self.job)):
                    yield from self._run(setting, item)
        except Stopped:
            pass  # the rows that are finished are the result
        return self.result()

    def result(self) -> Sweep:
        """Return the rows that are finished."""
        places = self._finished()
        everything = self.data.view()
        everything.flags.writeable = False
        return Sweep(
            table=tuple(self._row(setting, count) for setting, count in places),
            estimates=tuple(everything[place] for place in places),
            base=self.base,
            note=self.note,
            psf=self.psf,
            made=self.made,
        )

    # ---- one run

    def _run(self, setting: int, item: int) -> Work[None]:
        changes = self.settings[setting].changes(self.psf)
        job = dataclasses.replace(self.job, recipe=self.job.recipe.replace(**changes))
        last = self.counts[-1]
        before = (setting * len(self.job) + item) * last
        total = len(self.settings) * len(self.job) * last
        with ExitStack() as stack:
            run = richardson_lucy(job, item, keep_model=True)
            stack.enter_context(closing(run.blur))
            follower = None
            if self._scores is not None and item == self._scores.item:
                follower = self._scores.follow(changes)
                stack.callback(follower.close)
            for iteration in range(1, last + 1):
                run.step()
                if follower is not None:
                    follower.advance(iteration)
                row = None
                if iteration in self.counts:
                    count = self.counts.index(iteration)
                    self._measure(run, setting, count, item)
                    if follower is not None:
                        self._measured[setting][count].point = follower.score()
                    if item == len(self.job) - 1:
                        row, self.made = self._row(setting, count), made_of(self.job)
                step = SweepStep(setting + 1, len(self.settings), iteration, row)
                yield Progress(before + iteration, total, run.deviance, detail=step)

    def _measure(self, run: RichardsonLucy, setting: int, count: int, item: int) -> None:
        slot = self._store.data[setting, count, item]
        slot[...] = run.snapshot()[self._keep]
        found = self._measured[setting][count]
        if self._truth is not None:
            found.squares += metrics.mse(slot, self._truth[item])
            found.likeness += metrics.ssim(slot, self._truth[item], self._extent)
        found.deviance += run.deviance
        residual, given = _residual(run, self._keep)
        found.whiteness += whiteness(residual)
        valid: Any = True if run.noise.valid is None else run.noise.valid[self._keep]
        found.light += float(np.sum(slot, dtype=np.float64, where=valid))
        found.given += given
        found.items += 1

    def _finished(self) -> list[tuple[int, int]]:
        return [
            (setting, count)
            for setting, row in enumerate(self._measured)
            for count, found in enumerate(row)
            if found.items == len(self.job)
        ]

    def _row(self, setting: int, count: int) -> Row:
        found, items = self._measured[setting][count], len(self.job)
        error = None if self._truth is None else found.squares / items
        return Row(
            prior=self.settings[setting].prior,
            strength=self.settings[setting].strength,
            sieve=self.settings[setting].sieve,
            iterations=self.counts[count],
            mse=error,
            psnr=None if error is None else metrics.psnr(error, self._extent),
            ssim=None if error is None else found.likeness / items,
            deviance=found.deviance,
            score=None if found.point is None else found.point.score,
            score_sd=None if found.point is None else self._uncertainty(found.point),
            whiteness=found.whiteness / items,
            flux=found.light / found.given if found.given > 0 else math.nan,
        )

    def _uncertainty(self, point: HeldOutPoint) -> float:
        """Return the standard deviation of a score's difference from the lowest one so far; 0 for that itself."""
        known = [found.point for row in self._measured for found in row if found.point is not None]
        lowest = min(known, key=lambda one: one.score)
        if lowest is point or lowest.parts is None or point.parts is None:
            return 0.0
        return uncertainty_of_difference(point.parts, lowest.parts)


def _items(truth: ArrayLike, job: Job, frame: Shape, keep: Slices) -> NDArray[np.generic]:
    """Return the truth in the job's order of axes, the kept part of it; masked samples are NaN, and left out."""
    every = as_even(truth, "truth")
    given = as_real(every, "truth")
    if given.dtype.kind == "f" and not (isinstance(every, np.ma.MaskedArray) or np.isfinite(given).all()):
        raise ParameterError(
            f"The truth has {np.count_nonzero(~np.isfinite(given))} samples that are not finite; give one without."
        )
    whole, small = job.items.shape, job.items.image_shape(frame)
    if given.shape not in (whole, small):
        raise ParameterError(f"The truth has shape {given.shape} and the image {whole}; give one of the image's shape.")
    items = job.items.split(given)
    return items if given.shape == small else np.ascontiguousarray(items[(slice(None), *keep)])


def _residual(run: RichardsonLucy, keep: Slices) -> tuple[FloatArray, float]:
    """Return (d - c)/sqrt(c), 0 where the data say nothing, and the data's light above background in counts."""
    noise = run.noise
    data, model = noise.data[keep], run.model[keep]
    residual: FloatArray = (data - model) / np.sqrt(model)
    light = data - np.asarray(noise.background, data.dtype)
    if noise.valid is not None:
        residual *= noise.valid[keep]
        light *= noise.valid[keep]
    if noise.saturated is not None:
        residual[noise.saturated[keep] & (residual < 0)] = 0  # "at least so much": a brighter model fits
    return residual, float(np.sum(light, dtype=np.float64)) * noise.scale
