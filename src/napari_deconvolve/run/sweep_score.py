"""The score of a sweep's estimates, told from the data alone by a twin that runs along."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack, closing
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.fft import Index
from napari_deconvolve.core.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.risk import Reading, RiskMeter
from napari_deconvolve.run.job import Job
from napari_deconvolve.run.sweep_table import Setting

WHOLE = {1: 1 << 16, 2: 1 << 16, 3: 1 << 17}  # samples, by axes, up to which all of an item is looked at


class Scores:
    """The scores of a sweep's estimates, on its brightest item; of a large one on the brightest part.

    They can be compared with each other, since all are told with the same variance over mean of the data, `phi`: the
    lowest that any state tells, for what a model misses makes it seem higher.

    Parameters
    ----------
    job : Job
        Of the sweep.

    Attributes
    ----------
    item : int
        That is looked at.
    part : Job
        What is run for the scores: of this item, all or a part.
    whole : bool
        Whether it is all, so that the sweep's own run can lead the twin.
    """

    def __init__(self, job: Job) -> None:
        self.item = int(np.argmax([_light(item) for item in job.image]))
        crop = brightest(job.image[self.item])
        self.part = _cut(job, self.item, crop)
        self.whole = self.part.image.shape[1:] == job.image.shape[1:]
        self._meter: RiskMeter | None = None
        self._readings: list[Reading] = []

    @property
    def phi(self) -> float:
        """Variance over mean of the data, as the states so far tell it."""
        told = [reading.phi for reading in self._readings if np.isfinite(reading.phi)]
        return min(told, default=1.0)

    def score(self, place: int) -> float:
        """Give the score of a reading, with what is known of `phi` now."""
        assert self._meter is not None, "there is a reading, so there was a meter"
        return self._meter.relative(self._readings[place], self.phi)

    def follow(self, setting: Setting, leader: RichardsonLucy) -> Follower:
        """Set up the twin of a run; `leader` is the sweep's own, over all of the item."""
        job = dataclasses.replace(self.part, recipe=self.part.recipe.replace(**setting.changes))
        if self._meter is None:
            self._meter = RiskMeter(job.noise(0), job.kernel())
        return Follower(self._meter, self._readings, job, leader if self.whole else None)


class Follower:
    """A twin of one run, and the run itself where it is another than the sweep's.

    Parameters
    ----------
    meter : RiskMeter
        For these data.
    readings : list of Reading
        Where to leave what is read.
    job : Job
        With one item.
    leader : RichardsonLucy or None
        The run, when others step it.
    """

    def __init__(self, meter: RiskMeter, readings: list[Reading], job: Job, leader: RichardsonLucy | None) -> None:
        self._meter, self._readings = meter, readings
        self._own = job.iteration(0, keep_model=True) if leader is None else None
        self._leader = leader or self._own
        self._twin = job.iteration(0, noise=meter.twin, leader=self._leader, keep_model=True)

    def step(self) -> None:
        """Do one iteration, after the leader has done its."""
        if self._own is not None:
            self._own.step()
        self._twin.step()

    def read(self) -> int:
        """Look at the present state; give the reading's place."""
        assert self._leader is not None
        full = self._meter.read(self._leader.model, self._twin.model)
        misfit, freedom = (np.asarray(np.sum(part, dtype=np.float64)) for part in (full.misfit, full.freedom))
        self._readings.append(Reading(misfit, freedom, full.phi, full.learnt))  # two numbers instead of two arrays
        return len(self._readings) - 1

    def close(self) -> None:
        """Let threads and memory go."""
        with ExitStack() as stack:
            stack.enter_context(closing(self._twin.blur))
            if self._own is not None:
                stack.enter_context(closing(self._own.blur))


def brightest(image: NDArray[np.generic], most: int | None = None) -> Index:
    """Find the brightest part of an image of at most so many samples, of equal sides as far as the image reaches."""
    sides = part_shape(image.shape, most)
    starts = [
        sorted({*range(0, length - side + 1, max(1, side // 2)), length - side})
        for length, side in zip(image.shape, sides, strict=True)
    ]
    parts = [tuple(slice(low, low + side) for low, side in zip(lows, sides, strict=True)) for lows in product(*starts)]
    if len(parts) == 1:
        return parts[0]
    return max(parts, key=lambda part: _light(image[part]))


def _light(image: NDArray[Any]) -> float:
    return float(np.nansum(image, dtype=np.float64))


def part_shape(shape: Shape, most: int | None = None) -> Shape:
    """Give the shape of the part of an item that is looked at."""
    most = WHOLE[len(shape)] if most is None else most
    sides = list(shape)
    while np.prod(sides, dtype=np.int64) > most:
        longest = sides.index(max(sides))
        sides[longest] = max(1, sides[longest] * 15 // 16)
    return tuple(sides)


def _cut(job: Job, item: int, part: Index) -> Job:
    """Give a job over a part of one item, with the background of all of it."""
    return dataclasses.replace(
        job,
        image=job.image[item][part][np.newaxis],
        psf=job.psfs[job.channel(item)],
        recipe=job.recipe.replace(background=job.background(item)),
        outer=(),
        mask=None if job.mask is None else job.mask[item][part][np.newaxis],
        start=None if job.start is None else job.start[item][part][np.newaxis],
        _transfer={},
    )
