"""The scores of a sweep's estimates from the data alone, by held-out splits that run along.

See `core.model_selection.references`: one half's estimate is compared with a late estimate of the other's, its
reference. References are those of plain iteration, the same for all settings, so that scores can be compared.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.model_selection.calibration import GainCalibration
from napari_deconvolve.core.model_selection.held_out import (
    MIN_SHARP_REFERENCE_ITERATIONS,
    HeldOutPair,
    HeldOutSearch,
    held_out_splits,
)
from napari_deconvolve.core.model_selection.references import HeldOutPoint, References, of_halves
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import noise_model, visible
from napari_deconvolve.job.iteration import maker, richardson_lucy
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import (
    MAX_WHOLE_FACTOR,
    TEST_REGION_VOXELS,
    brightest_item,
    brightest_region,
    region_job,
)


class Scores:
    """Measures the scores of a sweep's estimates, on its brightest item; of a large one on the brightest part.

    Loop over `prepare` first.
    """

    def __init__(self, job: Job) -> None:
        self.item = brightest_item(job)
        psf = job.point(job.channel(self.item))
        self._part = region_job(job, self.item, brightest_region(visible(job, self.item), psf))
        self._pairs: list[HeldOutPair] = []
        self._references: References | None = None

    def prepare(self) -> Iterator[None]:
        """Find the gain, split the photons, and make the references; yield after every iteration."""
        data, given = noise_model(self._part, 0), self._part.recipe.mean_gain
        job = dataclasses.replace(
            self._part, recipe=self._part.recipe.replace(prior=None, acceleration=DEFAULT_ACCELERATION)
        )
        gain = 1.0 if isinstance(given, str) else given
        if isinstance(given, str):
            for found in GainCalibration(maker(job), data, job.psfs[0].data):
                gain = found or 1.0  # an image without light has no gain
                yield
        self._pairs = held_out_splits(data, gain)
        reference = HeldOutSearch(maker(job), self._pairs, min_iterations=MIN_SHARP_REFERENCE_ITERATIONS)
        for _ in reference:
            yield
        self._references = reference.references

    def follow(self, changes: dict[str, Any]) -> Follower:
        """Set up the runs of the splits with a recipe that differs by a setting of the sweep."""
        if self._references is None:
            raise ParameterError("The scores are not prepared; loop over `prepare` first.")
        job = dataclasses.replace(self._part, recipe=self._part.recipe.replace(**changes))
        runs = [richardson_lucy(job, 0, noise=split) for pair in self._pairs for split in pair]
        return Follower(runs, self._references)


class Follower:
    """The runs of the held-out splits with one setting."""

    def __init__(self, runs: list[RichardsonLucy], references: References) -> None:
        self._runs, self._references = runs, references

    def advance(self, iteration: int) -> None:
        """Go on to where the splits are as far as all data are after so many iterations."""
        for run in self._runs:
            while run.iteration < of_halves(iteration, len(run.blur.frame)):
                run.step()

    def score(self) -> HeldOutPoint:
        """Return the estimated squared error of the splits' objects, over that object's square."""
        return self._references.point(self._runs[0].iteration, [run.shown() for run in self._runs])

    def close(self) -> None:
        """Let threads and memory go."""
        with ExitStack() as stack:
            for run in self._runs:
                stack.enter_context(closing(run.blur))


def part_shape(shape: Shape) -> Shape:
    """Return the approximate shape of the part on which scores are measured."""
    sides = list(shape)
    while math.prod(sides) > MAX_WHOLE_FACTOR * TEST_REGION_VOXELS:
        longest = sides.index(max(sides))
        sides[longest] = max(1, sides[longest] * 15 // 16)
    return tuple(sides)
