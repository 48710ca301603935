"""The uncertainty map: how much an estimate would differ if the object were imaged again."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass

import numpy as np

from napari_deconvolve.core.algorithms.iterate import until
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.model_selection.held_out import split_photons
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import noise_model, require_pixels
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.base import method_of
from napari_deconvolve.run.diagnostics.gain import gains
from napari_deconvolve.tuning.choice import settled
from napari_deconvolve.tuning.search import Search, needs_search
from napari_deconvolve.work import Progress, Work

DRAWS = 4
FAINT_SHARE = 0.01  # of the brightest estimate: below, relative deviations are over this
BRIGHT_SHARE = 0.5  # of the brightest estimate: where a typical relative deviation is read
UNCERTAIN = (
    "Where the estimate is bright it would differ by {:.0%} if the object were imaged again. Run fewer iterations, or "
    "take a prior."
)


@dataclass(frozen=True, slots=True, eq=False)
class UncertaintyMap:
    """How much the estimate would differ if the same object were imaged again.

    Attributes
    ----------
    relative : ndarray
        Standard deviation over the estimate, the image's shape; where the estimate is fainter than a hundredth of its
        brightest, over that.
    deviation : ndarray
        The standard deviation itself, in counts.
    draws : int
        How often the photons were split: the deviation itself is uncertain by 1/sqrt(2 draws).
    iterations : tuple of int
        That each item was run for.
    words : tuple of str
        Warnings, in sentences; empty when there are none.
    """

    relative: FloatArray
    deviation: FloatArray
    draws: int
    iterations: tuple[int, ...]
    words: tuple[str, ...]


class UncertaintyCheck:
    """Runs held-out splits of the photons and measures how they disagree; `work` does it.

    Parameters
    ----------
    job : Job
        With the recipe of the run that made the estimate; settings that it leaves open are found first.
    draws : int
        How often the photons are split, 1 to 100.

    Notes
    -----
    The noise of two splits is independent, and over their light it is twice the whole's. So the mean of
    (u_a - u_b)^2, of two splits' estimates as they come, is the variance of the whole's estimate as long as that
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

    def work(self) -> Work[UncertaintyMap]:
        """Run the splits, item by item."""
        require_pixels(self.job)
        for item in range(len(self.job)):
            channel = self.job.channel(item)
            if channel not in self._jobs:
                yield from self._settle(item, channel)
            yield from self._item(item, *self._jobs[channel])
        return self._result()

    def _result(self) -> UncertaintyMap:
        mean = np.ascontiguousarray(self._assemble(self._means))
        deviation = np.sqrt(np.ascontiguousarray(self._assemble(self._variances)))
        least = max(FAINT_SHARE * float(mean.max()), float(np.finfo(mean.dtype).tiny))
        relative = deviation / np.maximum(mean, least)
        bright = mean > BRIGHT_SHARE * float(mean.max())
        typical = float(np.median(relative[bright])) if bright.any() else 0.0
        words = () if typical < 0.5 else (UNCERTAIN.format(typical),)
        return UncertaintyMap(relative, deviation, self.draws, tuple(self._numbers), words)

    def _assemble(self, frames: list[FloatArray]) -> FloatArray:
        return self.job.items.assemble(frames, self.job.recipe.dtype)

    def _settle(self, item: int, channel: int) -> Work[None]:
        job, done, total = self.job, 2 * self.draws * item, 2 * self.draws * len(self.job)
        if needs_search(job.recipe):
            job = settled(job, (yield from Search(job, channel).work()))
        for gain in gains(job, item):
            self._jobs[channel] = job, gain
            yield Progress(done, total, stage="measuring the noise")

    def _item(self, item: int, job: Job, gain: float) -> Work[None]:
        """Add up the estimates of each draw's splits, and the squares of their differences."""
        noise, total = noise_model(job, item), 2 * self.draws * len(job)
        frame = job.frame
        mean, variance = np.zeros(frame, job.recipe.dtype), np.zeros(frame, job.recipe.dtype)
        number = 0
        for draw in range(self.draws):
            found: list[FloatArray] = []
            for half in split_photons(noise, gain, draw):
                done = 2 * (self.draws * item + draw) + len(found)
                with ExitStack() as stack:
                    run = method_of(job.recipe).iteration(job, item, half)
                    stack.enter_context(closing(run.blur))
                    for state in until(run.states(), *method_of(job.recipe).conditions(job.recipe, half)):
                        number = state.iteration
                        yield Progress(done, total, stage=f"draw {draw + 1} of {self.draws}, {number} iterations")
                found.append(run.snapshot())
            mean += (found[0] + found[1]) / self.draws
            variance += np.square(found[0] - found[1]) / self.draws
        self._means.append(mean)
        self._variances.append(variance)
        self._numbers.append(number)
        yield Progress(2 * self.draws * (item + 1), total)
