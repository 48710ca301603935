"""The uncertainty map: how much an estimate would differ if the object were imaged again."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import numpy as np

from napari_deconvolve.core.algorithms.iterate import until
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.model_selection.held_out import split_photons
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import noise_model, require_pixels
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.base import method_of
from napari_deconvolve.tuning.gain import gains
from napari_deconvolve.tuning.results import settled
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


def uncertainty_of(job: Job, draws: int = DRAWS) -> Work[UncertaintyMap]:
    """Run held-out splits of the photons, item by item, and measure how their estimates differ.

    The recipe of the job is that of the run that made the estimate; settings that it leaves open are found first.
    `ParameterError` is raised unless `draws`, how often the photons are split, is 1 to 100.

    Notes
    -----
    The noise of two splits is independent, and over their light it is twice that of all data. So the mean of
    (u_a - u_b)^2, of two splits' estimates as they come, is the variance of the estimate from all data as long as that
    follows the noise linearly. Errors that all estimates share, by the PSF or a prior, are not seen.
    """
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or not 1 <= draws <= 100:
        raise ParameterError(f"The number of draws is {draws!r}; give a whole number from 1 to 100.")
    require_pixels(job)
    settings: dict[int, tuple[Job, float]] = {}
    found: list[tuple[FloatArray, FloatArray, int]] = []
    for item in range(len(job)):
        done, total = 2 * draws * item, 2 * draws * len(job)
        channel = job.channel(item)
        if channel not in settings:
            chosen = settled(job, (yield from Search(job, channel).work())) if needs_search(job.recipe) else job
            for gain in gains(chosen, item):
                settings[channel] = chosen, gain
                yield Progress(done, total, stage="measuring the noise")
        found.append((yield from _split_runs(*settings[channel], item, int(draws))))
        yield Progress(done + 2 * draws, total)
    return _result(job, found, int(draws))


def _split_runs(job: Job, gain: float, item: int, draws: int) -> Work[tuple[FloatArray, FloatArray, int]]:
    """Return the mean estimate of one item, its standard deviation, and the number of iterations."""
    noise, method = noise_model(job, item), method_of(job.recipe)
    mean, variance = np.zeros(job.frame, job.recipe.dtype), np.zeros(job.frame, job.recipe.dtype)
    number = 0
    for draw in range(draws):
        found: list[FloatArray] = []
        for split in split_photons(noise, gain, draw):
            done = 2 * (draws * item + draw) + len(found)
            run = method.iteration(job, item, split)
            with closing(run.blur):
                for state in until(run.states(), *method.conditions(job.recipe, split)):
                    number = state.iteration
                    stage = f"draw {draw + 1} of {draws}, {number} iterations"
                    yield Progress(done, 2 * draws * len(job), stage=stage)
            found.append(run.snapshot() / noise.scale)  # squares of counts may be no numbers in single precision
        mean += (found[0] + found[1]) / draws
        variance += np.square(found[0] - found[1]) / draws
    return mean * noise.scale, np.sqrt(variance) * noise.scale, number


def _result(job: Job, found: list[tuple[FloatArray, FloatArray, int]], draws: int) -> UncertaintyMap:
    means, deviations, numbers = zip(*found, strict=True)
    mean, deviation = (
        np.ascontiguousarray(job.items.assemble(frames, job.recipe.dtype)) for frames in (means, deviations)
    )
    least = max(FAINT_SHARE * float(mean.max()), float(np.finfo(mean.dtype).tiny))
    relative = deviation / np.maximum(mean, least)
    bright = mean > BRIGHT_SHARE * float(mean.max())
    typical = float(np.median(relative[bright])) if bright.any() else 0.0
    words = () if typical < 0.5 else (UNCERTAIN.format(typical),)
    return UncertaintyMap(relative, deviation, draws, tuple(numbers), words)
