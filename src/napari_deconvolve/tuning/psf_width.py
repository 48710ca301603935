"""How wide the PSF is that made an image: the width is fitted on a part of the image.

A width is scored by how well one half of the photons predicts the other with it (`predictive_score`). As a sum over
samples, the score tells its spread too.

All depends on the number of iterations at which widths are compared. After few, somewhat too narrow a PSF does well,
because objects are smooth while iterations are few. After many, somewhat too wide a PSF does well, because it learns
less noise. At the number that is best for the object itself (`held_out`) the two balance: there the lowest score is
within a few per cent of the true width, on beads, shells and filaments, dim and bright (benchmarks/blind.py); or of
the width of the softest points, where an object has nothing finer. The number depends on the width: for dim and soft
objects so much that many pairs of both agree. The search comes from wide PSFs and takes the first pair.

How far the answer moves when the number is divided or multiplied by `ITERATIONS_FACTOR` is part of the uncertainty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.algorithms.line_search import LineSearch, lowest_point
from napari_deconvolve.core.model_selection.calibration import GainCalibration
from napari_deconvolve.core.model_selection.held_out import (
    MAX_SHARE_OF_REFERENCE,
    HeldOutPair,
    HeldOutSearch,
    held_out_splits,
)
from napari_deconvolve.core.model_selection.predictive_score import (
    PREDICTIVE_SPLIT_VOXELS,
    PredictiveScore,
    uncertainty_of_sum,
)
from napari_deconvolve.core.model_selection.references import of_halves
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import found_by, noise_model, visible
from napari_deconvolve.job.iteration import maker
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import brightest_item, brightest_region, region_job, shortened
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.tuning.results import WidthCheck
from napari_deconvolve.tuning.width_signs import WidthSigns, find_signs
from napari_deconvolve.work import Progress, Work, renamed

WIDTH_LIMITS = (0.6, 1.6)  # of the widths, over the PSF's own
ITERATIONS_FACTOR = 1.4  # by which the number of iterations is varied, to see what that does
MAX_ROUNDS = 8  # of number and width in turn, at most
FIRST_WIDTH = 1.4  # of the width: too narrow a PSF leads to far too small a number of iterations
SAME_WIDTH = 0.004  # of the width: when it changes by less, it is found
STEADY_STEP = 0.8  # of the step before: when each is a smaller part of it, their limit can be extrapolated
MAX_WIDTH_ITERATIONS = 80  # iterations at which widths are compared, and about those of the run that follows
MIN_SCORE_PER_PIXEL = 0.1  # nats by which one of the widest has to be better than the given one
WIDE_END = 0.9  # of the widest allowed: from there on
MAX_UNCERTAINTY = 0.15  # of a width that the image determines
CURVATURE_STEP = 0.06  # of the width: how far beside it the curvature is measured
TYPICAL_WIDTHS = 12  # widths that a search tries, about, for the progress

Values = NDArray[np.floating]


class Halves(NamedTuple):
    """A test region, the halves of its photons, and the number of iterations at which widths were compared."""

    job: Job
    pair: HeldOutPair
    iterations: int


class WidthSearch:
    """Fits the width of a channel's PSF; `work` does it.

    The job's prior, sieve and number of iterations do not matter. The limits are the narrowest and the widest, over the
    PSF's own: below and above 1; `ParameterError` is raised for others.
    """

    def __init__(self, job: Job, channel: int = 0, limits: tuple[float, float] = WIDTH_LIMITS) -> None:
        self.limits = _as_limits(limits)
        self._whole = job
        self._psf, self.item = job.point(channel), brightest_item(job, channel)
        self.region = brightest_region(visible(job, self.item), self._psf)
        self._crop = region_job(job, self.item, self.region)
        self._noise = noise_model(self._crop, 0)
        self._gain = 1.0
        self._pairs: list[HeldOutPair] = []
        self._curves: dict[float, list[float]] = {}  # of each width: the score after each iteration
        self._iterations = 1
        self._best = 1.0
        self._spread = math.inf
        self._steps, self._ahead = 0, 1
        self._done = False
        self._signs = WidthSigns()

    def work(self) -> Work[WidthCheck]:
        """Find the width; progress carries this search, with its points so far, as its detail."""
        self._curves.clear()
        self._best, number = min(FIRST_WIDTH, self.limits[1]), 0
        path = [self._best]
        yield from self._split()
        for _ in range(MAX_ROUNDS):
            yield from self._find_number()
            if self._iterations == number:
                break
            number = self._iterations
            yield from self._find_width()
            path.append(self._best)
            if abs(path[-1] / path[-2] - 1) <= SAME_WIDTH:
                break
            if (ahead := _ahead(path)) is not None:
                path = [min(max(ahead, self.limits[0]), self.limits[1])]
                self._best = path[0]
        yield from self._find_spread()
        yield from self._look_for_signs()
        self._done = True
        self._ahead = 0
        yield self._progress("the width is found")
        return self._result()

    @property
    def points(self) -> list[tuple[float, float]]:
        """Width and score of what is done so far, in the order of widths."""
        known = self._at(self._iterations)
        best = min(known.values(), default=0.0)
        return [(width, known[width] - best) for width in sorted(known)]

    def _result(self) -> WidthCheck:
        readings = [lowest_point(self._at(number)) for number in (self._fewer, self._more)]
        low, high = min(*readings, self._best), max(*readings, self._best)
        uncertainty = math.hypot(self._spread, (high - low) / 2, self._signs.unsure(self._best))
        ends = self._best in self.limits
        points = self.points
        determined = self._tells(dict(points).get(1.0, math.inf)) and uncertainty < MAX_UNCERTAINTY
        verdict = self._signs.verdict(self._best, uncertainty, determined=determined, ends=ends)
        return WidthCheck(
            widths=tuple(width for width, _ in points),
            scores=tuple(score for _, score in points),
            between=(low, high),
            best=self._best,
            uncertainty=uncertainty,
            iterations=self._iterations,
            warning=verdict.warning,
            psf=scaled(self._psf, self._best),
            item=self.item,
            region=self.region,
            at_the_end=ends,
            told=determined,
            advised=verdict.advised,
            soft=not self._signs.sharp,
            clear=self._signs.points,
        )

    def _tells(self, own: float) -> bool:
        """Return whether the own width is worse by more than the widest gain on noise alone."""
        samples = math.prod(part.stop - part.start for part in self.region)
        return self._best < WIDE_END * self.limits[1] or own >= MIN_SCORE_PER_PIXEL * samples

    def _look_for_signs(self) -> Work[None]:
        """Find what else the image tells, and hold the width to that: scores alone favour wide PSFs."""
        latest = math.ceil(self._iterations / MAX_SHARE_OF_REFERENCE)
        guessed = len(self._crop.frame) > 2 and found_by(self._whole, self.item).filled
        look = find_signs(self._job, self._noise, self._pairs[0], latest, self._best, guessed=guessed)
        self._signs = yield from renamed(look, self._progress)
        self._best = min(max(self._signs.held(self._best), self.limits[0]), self.limits[1])

    @property
    def _fewer(self) -> int:
        return max(1, round(self._iterations / ITERATIONS_FACTOR))

    @property
    def _more(self) -> int:
        return math.ceil(self._iterations * ITERATIONS_FACTOR)

    def _at(self, iterations: int) -> dict[float, float]:
        """Return the score of each width at a number of iterations, as far as it is known."""
        return {width: curve[iterations - 1] for width, curve in self._curves.items() if len(curve) >= iterations}

    @property
    def halves(self) -> Halves:
        """What other ways of judging a PSF need, once the width is found."""
        return Halves(self._crop, self._pairs[0], self._iterations)

    def point(self, width: float) -> PSF:
        """Return the PSF of a width over the given one, as it is on the test region."""
        return self._point(width).middle

    def _split(self) -> Work[None]:
        if isinstance(self._crop.recipe.mean_gain, str):
            yield from self._measure_noise()
        else:
            self._gain = self._crop.recipe.mean_gain
        self._pairs = held_out_splits(self._noise, self._gain, PREDICTIVE_SPLIT_VOXELS)

    def _measure_noise(self) -> Work[None]:
        narrowest = self._job(max(self.limits[0], 0.8))  # it can fit nearly everything, so what is left is noise
        for found in GainCalibration(maker(narrowest), self._noise, narrowest.psfs[0].data):
            self._gain = found or 1.0  # an image without light has no gain
            yield self._progress("measuring the noise")

    def _find_number(self) -> Work[None]:
        """Find the number of iterations that is best for the object, with the best width so far."""
        make = maker(self._job(self._best))
        search = HeldOutSearch(make, self._pairs, max_iterations=round(MAX_WIDTH_ITERATIONS / MAX_SHARE_OF_REFERENCE))
        for number in search:
            yield self._progress(f"{self._best:.2f} of the width, {number} iterations")
        self._iterations = max(2, min(MAX_WIDTH_ITERATIONS, of_halves(search.best, len(self._crop.frame))))

    def _find_width(self) -> Work[None]:
        """Find the width that fits best at that number of iterations."""
        low, high = self.limits
        known = self._at(self._iterations)
        search = LineSearch(known, low, high)
        while (width := search.wanted()) is not None:
            yield from self._try(width)
            known[width] = self._curves[width][self._iterations - 1]
        self._best = search.lowest

    def _find_spread(self) -> Work[None]:
        """Find how far chance may have moved the lowest point: the spread of the slope, over the curvature."""
        left, right = self._best * (1 - CURVATURE_STEP), self._best * (1 + CURVATURE_STEP)
        lower = yield from self._try(left, self._iterations)
        middle = yield from self._try(self._best, self._iterations)
        upper = yield from self._try(right, self._iterations)
        bend = float(np.sum(lower + upper - 2 * middle, dtype=np.float64))
        slope = uncertainty_of_sum(upper - lower) / 2
        self._spread = CURVATURE_STEP * self._best * slope / bend if bend > 0 and slope > 0 else math.inf

    def _try(self, width: float, keep: int = 0) -> Work[Values]:
        """Score how well one half predicts the other with one width; return the terms of one iteration."""
        curve: list[float] = []
        make = maker(self._job(width))
        run = PredictiveScore(self._noise, self._pairs, self._gain).curve(make, self._more, keep)
        while True:
            try:
                curve.append(next(run))
            except StopIteration as end:
                self._curves[width] = curve
                terms: Values = end.value
                return terms
            yield self._progress(f"trying {width:.2f} of the width, {len(curve)} iterations")

    def _job(self, width: float) -> Job:
        """Return the crop's job with another PSF, and plain settings."""
        recipe = self._crop.recipe.replace(
            prior=None, target_fwhm=0.0, acceleration=DEFAULT_ACCELERATION, iterations=MAX_WIDTH_ITERATIONS
        )
        return replace(self._crop, psf=self._point(width), recipe=recipe, start=None)

    def _point(self, width: float) -> ChannelSpread:
        """Return the crop's PSF; made from the whole one, which may be calculated again."""
        if self._psf.depths:  # to calculate each of them again for each width would take too long
            return scaled(self._crop.point(), width)
        return shortened(scaled(self._psf, width), self._crop.frame)

    def _progress(self, stage: str) -> Progress:
        self._steps += 1
        tried = max(0, TYPICAL_WIDTHS - len(self._curves))
        self._ahead = 0 if self._done else max(1, tried * self._more)
        total = self._steps + self._ahead
        return Progress(self._steps, total, stage=stage, detail=self)


def _ahead(path: Sequence[float]) -> float | None:
    """Return where steps that get shorter and shorter would end (Steffensen 1933), when there are two to tell."""
    if len(path) < 3:
        return None
    first, second = path[-2] - path[-3], path[-1] - path[-2]
    part = second / first if first else 1.0
    return path[-1] + second * part / (1 - part) if 0 < part < STEADY_STEP else None


def _as_limits(limits: tuple[float, float]) -> tuple[float, float]:
    given = tuple(float(width) for width in limits)
    if len(given) != 2 or not 0.1 <= given[0] < 1 < given[1] <= 10:
        raise ParameterError(
            f"The limits of the width are {given}; give two numbers, one from 0.1 to 1 and one from 1 to 10."
        )
    return given[0], given[1]
