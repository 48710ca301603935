"""Choosing the number of iterations, and the sieve, from the data alone.

Settings are tried on the brightest part of the image (`crop`), and the whole image is run once with the best of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.halves import HalvesSearch, Point, split
from napari_deconvolve.core.search import Make, RiskSearch, ThinningSearch, calibrated
from napari_deconvolve.run.crop import Region, brightest_item, brightest_region, cropped
from napari_deconvolve.run.job import Job
from napari_deconvolve.run.resolution import relative_fwhm

SIEVES = (0.0, 0.4, 0.75)  # widths that are tried, over the PSF's
ENOUGH = 1 << 13  # samples for which one draw of halves tells enough
MOST_DRAWS = 4
LEAST_GAIN = 1e-30  # where there is no noise at all
MOST_PLAIN = 5000  # iterations without looking ahead


@dataclass(frozen=True, slots=True)
class Curve:
    """The score over iterations, for one width of the sieve.

    Attributes
    ----------
    sieve : float
        Over the PSF's width; 0 is none.
    iterations, scores : tuple
        The lower the score the better; those of one choice can be compared.
    """

    sieve: float
    iterations: tuple[int, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a search chose, and why.

    Attributes
    ----------
    iterations : int
        For the whole image; 0 where only the gain was asked for, and a rule finds the number on the way.
    target_fwhm : float or tuple of float
        Of the sieve, per axis in the PSF's unit; 0 for none.
    sieve : float
        The same over the PSF's width.
    gain : float
        Counts per photon: variance over mean of the data.
    curves : tuple of Curve
        One per width that was tried.
    item : int
        Which item was looked at.
    region : tuple of slice
        Which part of it.
    rule : str
        By which rule.
    """

    iterations: int
    target_fwhm: float | tuple[float, ...]
    sieve: float
    gain: float
    curves: tuple[Curve, ...]
    item: int
    region: Region
    rule: str


class Search:
    """Looks for the settings of a job's channel; loop over it for progress, then ask for the `choice`.

    Parameters
    ----------
    job : Job
        Its recipe says by which rule, and may fix the gain and the target resolution.
    channel : int
        Whose PSF and items are looked at.

    Attributes
    ----------
    curves : list of Curve
        What is known so far.
    """

    def __init__(self, job: Job, channel: int = 0) -> None:
        self.job, self.item = job, brightest_item(job, channel)
        self.region = brightest_region(job.image[self.item], job.psfs[channel])
        self._crop = cropped(job, self.item, self.region)
        self._noise = self._crop.noise(0)
        self.curves: list[Curve] = []
        self._gain = 1.0
        self._best: tuple[int, float] | None = None  # iteration and sieve

    def __iter__(self) -> Iterator[str]:
        """Give words on what is being done, after every iteration of the search."""
        rule, gain = self.job.recipe.stop, self.job.recipe.gain
        if not isinstance(gain, str):
            self._gain = gain
        elif rule in ("halves", "discrepancy"):
            for found in calibrated(self._make(0.0), self._noise, self._psf()):
                self._gain = max(found, LEAST_GAIN)
                yield "measuring the noise"
        if rule == "discrepancy":
            self._best = (0, 0.0)
            return
        yield from self._halves() if rule == "halves" else self._single(rule)
        if self.job.recipe.acceleration is None:
            yield from self._as_plain()

    @property
    def choice(self) -> Choice:
        """What was found; the search has to be at its end."""
        assert self._best is not None, "the search is not done"
        iterations, sieve = self._best
        return Choice(
            iterations,
            self._target(sieve),
            sieve,
            self._gain,
            tuple(self.curves),
            self.item,
            self.region,
            self.job.recipe.stop,
        )

    def _halves(self) -> Iterator[str]:
        """Try the sieves from the narrowest up, as long as that makes the score better."""
        draws = max(1, min(MOST_DRAWS, ENOUGH // self._noise.data.size + 1))
        pairs = [split(self._noise, self._gain, seed) for seed in range(draws)]
        reference: HalvesSearch | None = None
        lowest = float("inf")
        for sieve in self._sieves():
            search = HalvesSearch(self._make(sieve), pairs, reference)
            for number in search:
                self._show(sieve, search.points)
                yield f"trying {number} iterations" + (f", sieve {sieve:g}" if sieve else "")
            self._show(sieve, search.points)
            if search.lowest >= lowest:
                return
            lowest, self._best = search.lowest, (search.best, sieve)
            reference = reference or search

    def _single(self, rule: str) -> Iterator[str]:
        """Look for the best number by another rule, without a sieve of its own choice."""
        make = self._make(0.0)
        search: RiskSearch | ThinningSearch
        if rule == "risk":
            given = self.job.recipe.gain
            search = RiskSearch(make, self._noise, self._psf(), None if isinstance(given, str) else given)
        else:
            search = ThinningSearch(make, self._noise, self._psf(), self._gain)
        for point in search:
            self._show(0.0, [Point(one.iteration, one.score) for one in search.points])
            yield f"trying {point.iteration} iterations"
        self._gain, self._best = search.phi, (search.best, 0.0)

    def _as_plain(self) -> Iterator[str]:
        """Find how many iterations without looking ahead fit the data as well."""
        assert self._best is not None
        fast, sieve = self._best
        ahead = self._make(sieve)(self._noise)
        with closing(ahead.blur):
            for _ in range(fast):
                ahead.step()
                yield f"fitting, {ahead.iteration} iterations"
        plain = with_settings(self._crop, self._target(sieve), acceleration=None).iteration(0, noise=self._noise)
        with closing(plain.blur):
            while plain.deviance > ahead.deviance and plain.iteration < MOST_PLAIN:
                plain.step()
                yield f"fitting without looking ahead, {plain.iteration} iterations"
        self._best = (max(1, plain.iteration), sieve)

    def _make(self, sieve: float) -> Make:
        """Give what makes an iteration over the crop, with one sieve; it looks ahead, be it only to be quick."""
        job = with_settings(self._crop, self._target(sieve), acceleration="biggs-andrews")
        return lambda noise, leader=None: job.iteration(0, noise=noise, leader=leader, keep_model=True)

    def _sieves(self) -> tuple[float, ...]:
        return SIEVES if isinstance(self.job.recipe.target_fwhm, str) else (0.0,)

    def _target(self, sieve: float) -> float | tuple[float, ...]:
        """Give the target resolution: the one that was asked for, or that of a sieve."""
        given = self.job.recipe.target_fwhm
        if not isinstance(given, str):
            return given
        return relative_fwhm(self._crop.psfs[0], sieve) if sieve else 0.0

    def _psf(self) -> FloatArray:
        return self._crop.psfs[0].data

    def _show(self, sieve: float, points: list[Point]) -> None:
        if points:
            curve = Curve(sieve, tuple(p.iteration for p in points), tuple(p.score for p in points))
            self.curves = [*(one for one in self.curves if one.sieve != sieve), curve]


def settled(job: Job, choice: Choice) -> Job:
    """Give a job with the settings of a choice; the number stays "auto" where a rule finds it on the way."""
    found = {"iterations": choice.iterations} if choice.iterations else {}
    return with_settings(job, choice.target_fwhm, gain=choice.gain, **found)


def with_settings(job: Job, target_fwhm: float | tuple[float, ...], **changes: Any) -> Job:
    """Give a job whose recipe differs; what it has worked out for the old one is forgotten."""
    return replace(job, recipe=job.recipe.replace(target_fwhm=target_fwhm, **changes), _transfer={})
