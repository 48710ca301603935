"""The items of a job that are iterated together: one, or many lines at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from napari_deconvolve.core.algorithms.iterate import StopRule, after
from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.transforms.boundary import as_boundary, layout
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.base import method_of

BATCH_SAMPLES = 1 << 17  # of the padded items of a batch; see benchmarks/cube.py


class Live:
    """A live iteration over one or more items of a channel, in rising order, with the channel's settings.

    The first of its `conditions` that holds ends the iteration, and without any it goes on without end. It is `resting`
    once it has ended, by a condition or by itself.
    """

    def __init__(self, job: Job, items: tuple[int, ...]) -> None:
        method = method_of(job.recipe)
        self.job, self.items = job, items
        self.iteration = method.iteration(job, items[0]) if len(items) == 1 else method.batch(job, items)
        self.conditions: tuple[StopRule, ...] = method.conditions(job.recipe, self.iteration.noise)
        self.resting = self._closed = False

    @property
    def done(self) -> int:
        """How many iterations are done."""
        return self.iteration.iteration

    def step(self) -> bool:
        """Do one iteration; return whether anything changed."""
        before = self.iteration.iteration
        self.iteration.step()
        moved = self.iteration.iteration > before
        self.resting = not moved or any(condition(self.iteration) for condition in self.conditions)
        return moved

    def extend(self, count: int) -> None:
        """Let it do so many more iterations, whatever ended it."""
        self.conditions = (after(self.iteration.iteration + count),)
        self.resting = False

    def estimates(self) -> Iterator[tuple[int, FloatArray]]:
        """Return each item with its present estimate."""
        shown = self.iteration.snapshot()
        return zip(self.items, [shown] if len(self.items) == 1 else shown, strict=True)

    def deviances(self) -> list[float]:
        """Return each item's present deviance."""
        if len(self.items) == 1:
            return [self.iteration.deviance]
        return [float(value) for value in self.iteration.deviances]  # type: ignore[union-attr]

    def checkpoint(self) -> FloatArray | None:
        """Return all that is needed to continue exactly; None where that cannot be."""
        return method_of(self.job.recipe).checkpoint(self.iteration)

    def measured(self) -> tuple[float, int]:
        """Return the light of the data above background, in counts, and the number of pixels that count."""
        noise = self.iteration.noise
        if isinstance(noise, PoissonData):
            return noise.light(), noise.samples
        used: BoolArray | bool = True if noise.valid is None else noise.valid
        above = noise.data - np.asarray(noise.background, noise.data.dtype)
        axes = tuple(range(1, above.ndim))  # each item has a scale
        light = float(np.sum(np.sum(above, axes, np.float64, where=used, keepdims=True) * noise.scale))
        return light, noise.data.size if noise.valid is None else int(np.count_nonzero(noise.valid))

    def light(self, estimates: Sequence[FloatArray]) -> float:
        """Return the light of estimates of its items where the data say something."""
        valid = self.iteration.noise.valid
        shown = estimates[0] if len(estimates) == 1 else np.stack(estimates)
        return float(np.sum(shown, dtype=np.float64, where=True if valid is None else valid))

    def close(self) -> None:
        """Let memory and threads go, once; the estimate stays."""
        if not self._closed:
            self._closed = True
            self.iteration.blur.close()


def batches(job: Job) -> list[tuple[int, ...]]:
    """Cut a job into what is run together: lines of one channel in batches of bounded size, all else one by one."""
    together = isinstance(job.recipe.background, (float, str)) and method_of(job.recipe).batches(job)
    if len(job) == 1 or not job.in_lines or not together:
        return [(item,) for item in range(len(job))]
    box = layout(job.frame, job.kernel().shape, as_boundary(job.recipe.boundary)).box
    most = max(1, BATCH_SAMPLES // int(np.prod(box)))
    channels: dict[int, list[int]] = {}
    for item in range(len(job)):
        channels.setdefault(job.channel(item), []).append(item)
    found = [tuple(items[low : low + most]) for items in channels.values() for low in range(0, len(items), most)]
    return sorted(found)


def assembled(job: Job, lives: Sequence[Live]) -> FloatArray:
    """Return the present estimates in the image's order of axes, read-only."""
    found = dict(pair for one in lives for pair in one.estimates())
    estimate = job.items.assemble([found[item] for item in range(len(job))], job.recipe.dtype, estimate=True)
    estimate.flags.writeable = False
    return estimate


def total_deviance(lives: Sequence[Live]) -> float:
    """Return the deviance of all items."""
    return math.fsum(one.iteration.deviance for one in lives)
