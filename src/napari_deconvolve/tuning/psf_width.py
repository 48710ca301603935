"""How wide the PSF is that made an image: the width is fitted on a part of the image.

A width is scored by how well one half of the photons foretells the other with it (`core.foretelling`). As a sum over
samples, the score tells its spread too.

All depends on the number of iterations at which widths are compared. After few, somewhat too narrow a PSF does well,
because objects are smooth while iterations are few. After many, somewhat too wide a PSF does well, because it learns
less noise. At the number that is best for the object itself (`core.halves`) the two balance: there the lowest score is
within a few per cent of the true width, on beads, shells and filaments, dim and bright (benchmarks/blind.py); or of
the width of the softest points, where an object has nothing finer. The number depends on the width: for dim and soft
objects so much that many pairs of both agree. The search comes from wide PSFs and takes the first pair.

How far the answer moves when the number is divided or multiplied by `ASIDE` is told, and is part of the uncertainty.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.algorithms.line_search import LineSearch, lowest_point
from napari_deconvolve.core.model_selection.held_out import (
    FULL_DATA_FACTOR,
    MAX_SHARE_OF_REFERENCE,
    HeldOutPair,
    HeldOutSearch,
)
from napari_deconvolve.core.model_selection.predictive_score import PredictiveScore, held_out_splits, uncertainty_of_sum
from napari_deconvolve.core.model_selection.search import calibrate_gain
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import noise_model, visible
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import Region, brightest_item, brightest_region, region_job, shortened
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.engine import Progress

__all__ = ["LIMITS", "WidthCheck", "WidthLook", "check_psf_width", "scaled"]

LIMITS = (0.6, 1.6)  # of the widths, over the PSF's own
WARN_AT = 0.1  # from the PSF's own width, over it
CERTAIN = 2.0  # standard deviations by which the best width differs from the PSF's own
ASIDE = 1.4  # by which the number of iterations is varied, to see what that does
ROUNDS = 8  # of number and width in turn, at most
FROM = 1.4  # of the width: too wide a PSF tells a sensible number of iterations, too narrow a one far too small a one
SAME = 0.004  # of the width: when it changes by less, it is found
STEADY = 0.8  # of a step: when each is a smaller part of the one before, the end of all is near enough to be told
MOST = 60  # iterations at which widths are compared
TOLD = 0.1  # nats per sample by which one of the widest has to be better than the given one, to be believed
WIDE = 0.9  # of the widest allowed: from there on
VAGUE = 0.15  # uncertainty of a width from which on the image does not tell it
BESIDE = 0.06  # of the width: how far beside it the curvature is measured
USUAL = 12  # widths that a search tries, about, for the progress

Values = NDArray[np.floating]
Halves = tuple[Job, list[HeldOutPair], float, int]  # part of the image, its halves, the gain, the number of iterations


@dataclass(frozen=True, slots=True, eq=False)
class WidthCheck:
    """How wide the PSF is, as the image tells it.

    Attributes
    ----------
    widths : tuple of float
        That were tried, over the PSF's own, in rising order.
    scores : tuple of float
        By how much each foretells the image worse than the best of them, in nats: the lower the better.
    between : tuple of float
        What fits best at fewer and at more iterations, the lower one first.
    best : float
        The width that fits best, over the PSF's own.
    uncertainty : float
        Its standard deviation: of chance, and of what `between` tells. Infinite where the image tells nothing.
    iterations : int
        At which widths were compared.
    warning : str
        What is wrong with the PSF's width, in a sentence; empty when nothing is to be said.
    psf : PSF
        The PSF made as wide as fits best; of strata, each.
    item : int
        Which item was looked at.
    region : tuple of slice
        Which part of it.
    at_the_end : bool
        Whether the best width is the narrowest or widest that was allowed, so that the true one may lie beyond.
    told : bool
        Whether the image tells the width at all; what is flat, or mere noise, does not.
    """

    widths: tuple[float, ...]
    scores: tuple[float, ...]
    between: tuple[float, float]
    best: float
    uncertainty: float
    iterations: int
    warning: str
    psf: ChannelSpread
    item: int
    region: Region
    at_the_end: bool = False
    told: bool = True


class WidthLook:
    """Fits the width of a job's PSF; loop over it for progress, then ask for the `result`.

    Parameters
    ----------
    job : Job
        Its prior, sieve and number of iterations do not matter.
    channel : int
        Whose PSF and items are looked at.
    limits : tuple of float
        Narrowest and widest, over the PSF's own: below and above 1.

    Attributes
    ----------
    points : list of tuple of float
        Width and score of what is done so far, in the order of widths.

    Raises
    ------
    ParameterError
        For limits that are none.
    """

    def __init__(self, job: Job, channel: int = 0, limits: tuple[float, float] = LIMITS) -> None:
        self.limits = _as_limits(limits)
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

    def __iter__(self) -> Iterator[Progress]:
        self._curves.clear()
        self._best, number = min(FROM, self.limits[1]), 0
        path = [self._best]
        yield from self._halve()
        for _ in range(ROUNDS):
            yield from self._find_number()
            if self._iterations == number:
                break
            number = self._iterations
            yield from self._find_width()
            path.append(self._best)
            if abs(path[-1] / path[-2] - 1) <= SAME:
                break
            if (ahead := _ahead(path)) is not None:
                path = [min(max(ahead, self.limits[0]), self.limits[1])]
                self._best = path[0]
        yield from self._find_spread()
        self._done = True
        self._ahead = 0
        yield self._progress("the width is found")

    @property
    def points(self) -> list[tuple[float, float]]:
        """Width and score of what is done so far, in the order of widths."""
        known = self._at(self._iterations)
        best = min(known.values(), default=0.0)
        return [(width, known[width] - best) for width in sorted(known)]

    def result(self) -> WidthCheck:
        """Return what was found; run to the end first if nobody looped."""
        if not self._done:
            for _ in self:
                pass
        readings = [lowest_point(self._at(number)) for number in (self._fewer, self._more)]
        low, high = min(*readings, self._best), max(*readings, self._best)
        uncertainty = math.hypot(self._spread, (high - low) / 2)
        ends = self._best in self.limits
        points = self.points
        told = self._tells(dict(points).get(1.0, math.inf)) and uncertainty < VAGUE
        wrong = abs(self._best - 1)
        certain = told and wrong >= WARN_AT and wrong > CERTAIN * uncertainty
        warning = _warning(self._best, ends) if certain else ""
        return WidthCheck(
            widths=tuple(width for width, _ in points),
            scores=tuple(score for _, score in points),
            between=(low, high),
            best=self._best,
            uncertainty=uncertainty,
            iterations=self._iterations,
            warning=warning,
            psf=scaled(self._psf, self._best),
            item=self.item,
            region=self.region,
            at_the_end=ends,
            told=told,
        )

    def _tells(self, own: float) -> bool:
        """Return whether the own width is worse by more than the widest gain on noise alone."""
        samples = math.prod(part.stop - part.start for part in self.region)
        return self._best < WIDE * self.limits[1] or own >= TOLD * samples

    @property
    def _fewer(self) -> int:
        return max(1, round(self._iterations / ASIDE))

    @property
    def _more(self) -> int:
        return math.ceil(self._iterations * ASIDE)

    def _at(self, iterations: int) -> dict[float, float]:
        """Return the score of each width at a number of iterations, as far as it is known."""
        return {width: curve[iterations - 1] for width, curve in self._curves.items() if len(curve) >= iterations}

    def prepare_halves(self) -> Generator[Progress, None, Halves]:
        """Return what other ways of judging a PSF need too, without looking for its width."""
        self._best = 1.0
        yield from self._halve()
        yield from self._find_number()
        return self._crop, self._pairs, self._gain, self._iterations

    def _halve(self) -> Iterator[Progress]:
        yield from self._measure_noise()
        self._pairs = held_out_splits(self._noise, self._gain)

    def _measure_noise(self) -> Iterator[Progress]:
        gain = self._crop.recipe.gain
        if not isinstance(gain, str):
            self._gain = gain
            return
        narrowest = self._job(max(self.limits[0], 0.8))  # it can fit nearly everything, so what is left is noise
        make = lambda noise, leader=None: richardson_lucy(narrowest, 0, noise=noise, leader=leader)  # noqa: E731
        for found in calibrate_gain(make, self._noise, narrowest.psfs[0].data):
            self._gain = found or 1.0  # an image without light tells nothing
            yield self._progress("measuring the noise")

    def _find_number(self) -> Iterator[Progress]:
        """Find the number of iterations that is best for the object, with the best width so far."""
        job = self._job(self._best)
        make = lambda noise, leader=None: richardson_lucy(job, 0, noise=noise, leader=leader)  # noqa: E731
        search = HeldOutSearch(make, self._pairs, max_iterations=round(MOST / MAX_SHARE_OF_REFERENCE))
        for number in search:
            yield self._progress(f"{self._best:.2f} of the width, {number} iterations")
        self._iterations = max(2, min(MOST, round(search.best / FULL_DATA_FACTOR)))  # of a half: halves are compared

    def _find_width(self) -> Iterator[Progress]:
        """Find the width that fits best at that number of iterations."""
        low, high = self.limits
        known = self._at(self._iterations)
        search = LineSearch(known, low, high)
        while (width := search.wanted()) is not None:
            yield from self._try(width)
            known[width] = self._curves[width][self._iterations - 1]
        self._best = search.lowest

    def _find_spread(self) -> Iterator[Progress]:
        """Find how far chance may have moved the lowest point: the spread of the slope, over the curvature."""
        left, right = self._best * (1 - BESIDE), self._best * (1 + BESIDE)
        lower = yield from self._try(left, self._iterations)
        middle = yield from self._try(self._best, self._iterations)
        upper = yield from self._try(right, self._iterations)
        bend = float(np.sum(lower + upper - 2 * middle, dtype=np.float64))
        slope = uncertainty_of_sum(upper - lower) / 2
        self._spread = BESIDE * self._best * slope / bend if bend > 0 and slope > 0 else math.inf

    def _try(self, width: float, keep: int = 0) -> Generator[Progress, None, Values]:
        """See how well one half foretells the other with one width; give the terms of one iteration."""
        job, curve = self._job(width), []
        make = lambda noise, leader=None: richardson_lucy(job, 0, noise=noise, leader=leader, keep_model=True)  # noqa: E731
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
            method="rl", prior=None, target_fwhm=0.0, acceleration="biggs-andrews", iterations=MOST
        )
        return replace(self._crop, psf=self._point(width), recipe=recipe, start=None)

    def _point(self, width: float) -> ChannelSpread:
        """Return the crop's PSF; made from the whole one, which may be calculated again."""
        if self._psf.depths:  # to calculate each of them again for each width would take too long
            return scaled(self._crop.point(), width)
        return shortened(scaled(self._psf, width), self._crop.frame)

    def _progress(self, stage: str) -> Progress:
        self._steps += 1
        tried = max(0, USUAL - len(self._curves))
        self._ahead = 0 if self._done else max(1, tried * self._more)
        total = self._steps + self._ahead
        return Progress(self._steps, total, math.nan, stage)


def check_psf_width(
    image: ArrayLike,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    limits: tuple[float, float] = LIMITS,
    channel: int = 0,
    **how: Any,
) -> WidthCheck:
    """Find the width of a PSF that fits an image best.

    Parameters
    ----------
    image, psf, recipe
        See `deconvolve`. Of the recipe, background, boundary, gain and precision matter.
    limits : tuple of float
        Narrowest and widest that are tried, over the PSF's own.
    channel : int
        Whose PSF is checked, if there are several.
    **how
        ``spacing``, ``axes``, ``channel_axis``, ``mask``, ``cancelled`` as for `deconvolve`.

    Returns
    -------
    WidthCheck
        With a warning when the best width differs by a tenth or more, and certainly differs.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> points = np.zeros((64, 64))
    >>> points[::9, ::11] = 3000
    >>> psf = nd.psf.gaussian(4, ndim=2)
    >>> counts = np.random.default_rng(0).poisson(nd.convolve(points, psf) + 10)
    >>> nd.check_psf_width(counts, psf).warning
    ''
    >>> "too wide" in nd.check_psf_width(counts, nd.psf.gaussian(4.8, ndim=2)).warning
    True
    """
    return WidthLook(prepare(image, psf, recipe, **how), channel, limits).result()


def _ahead(path: Sequence[float]) -> float | None:
    """Return where steps that get shorter and shorter would end (Steffensen 1933), when there are two to tell."""
    if len(path) < 3:
        return None
    first, second = path[-2] - path[-3], path[-1] - path[-2]
    part = second / first if first else 1.0
    return path[-1] + second * part / (1 - part) if 0 < part < STEADY else None


def _warning(best: float, beyond: bool) -> str:
    kind = "too narrow" if best > 1 else "too wide"
    least = "at least " if beyond else ""
    return (
        f"The PSF seems {least}{abs(1 / best - 1):.0%} {kind}: one of {best:.2f} times its width foretells the image "
        "better; check what it was made from (aperture, wavelength, spacing, index), or measure it with beads."
    )


def _as_limits(limits: tuple[float, float]) -> tuple[float, float]:
    given = tuple(float(width) for width in limits)
    if len(given) != 2 or not 0.1 <= given[0] < 1 < given[1] <= 10:
        raise ParameterError(
            f"The limits of the width are {given}; give two numbers, one from 0.1 to 1 and one from 1 to 10."
        )
    return given[0], given[1]
