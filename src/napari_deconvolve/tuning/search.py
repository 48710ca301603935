"""Choosing the number of iterations, the sieve and a prior's strength from the data alone.

Settings are tried on the brightest part of the image (`crop`), and the whole image is run once with the best of them.
Their scores can be compared because all are distances from the same copies: those that plain iteration makes, without
sieve and prior (`halves`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, replace
from typing import Any

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.model_selection.held_out import (
    MIN_REFERENCE_ITERATIONS,
    HeldOutPair,
    HeldOutPoint,
    HeldOutSearch,
    split_photons,
)
from napari_deconvolve.core.model_selection.search import MakeIteration, RiskSearch, ThinningSearch, calibrate_gain
from napari_deconvolve.job.data import noise_model, visible
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import Region, brightest_item, brightest_region, lines_job, region_job
from napari_deconvolve.recipe.resolution import relative_fwhm

SIEVES = (0.0, 0.4, 0.75)  # widths that are tried, over the PSF's
STRENGTHS = (1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)  # of a prior
LATE = 100  # iterations, at least, of the copies that strengths are judged by: see benchmarks/strength.py
FIRST_STRENGTH = STRENGTHS.index(1e-3)  # from where stronger and weaker ones are tried as long as they are better
ENOUGH = 1 << 13  # samples for which one draw of halves tells enough
MOST_DRAWS = 4
LEAST_GAIN = 1e-30  # where there is no noise at all
MOST_PLAIN = 5000  # iterations without looking ahead


@dataclass(frozen=True, slots=True)
class Setting:
    """What is tried.

    Attributes
    ----------
    sieve : float
        Over the PSF's width; 0 is none.
    strength : float
        Of the recipe's prior; 0 is no prior.
    """

    sieve: float = 0.0
    strength: float = 0.0

    def __str__(self) -> str:
        words = [f", strength {self.strength:g}" if self.strength else "", f", sieve {self.sieve:g}" * bool(self.sieve)]
        return "".join(words)


@dataclass(frozen=True, slots=True)
class Curve:
    """The score over iterations, for one setting.

    Attributes
    ----------
    sieve : float
        Over the PSF's width; 0 is none.
    iterations, scores : tuple
        The lower the score the better; those of one choice can be compared.
    strength : float
        Of the prior; 0 is none.
    """

    sieve: float
    iterations: tuple[int, ...]
    scores: tuple[float, ...]
    strength: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What a search chose, and why.

    Attributes
    ----------
    iterations : int
        For the whole image; 0 where only other settings were asked for, and a rule finds the number on the way.
    target_fwhm : float or tuple of float
        Of the sieve, per axis in the PSF's unit; 0 for none.
    sieve : float
        The same over the PSF's width.
    gain : float
        Counts per photon: variance over mean of the data.
    curves : tuple of Curve
        One per setting that was tried.
    item : int
        Which item was looked at.
    region : tuple of slice
        Which part of it.
    rule : str
        By which rule.
    strength : float
        Of the prior; 0 for none.
    """

    iterations: int
    target_fwhm: float | tuple[float, ...]
    sieve: float
    gain: float
    curves: tuple[Curve, ...]
    item: int
    region: Region
    rule: str
    strength: float = 0.0


class Search:
    """Looks for the settings of a job's channel; loop over it for progress, then ask for the `choice`.

    Parameters
    ----------
    job : Job
        Its recipe says by which rule, and may fix the gain, the target resolution and the prior's strength.
    channel : int
        Whose PSF and items are looked at.

    Attributes
    ----------
    curves : list of Curve
        What is known so far.
    """

    def __init__(self, job: Job, channel: int = 0) -> None:
        self.job, self.item = job, brightest_item(job, channel)
        self.region = brightest_region(visible(job, self.item), job.point(channel))
        self._in_lines = job.in_lines and len(job) > 1
        self._crop = (lines_job if self._in_lines else region_job)(job, self.item, self.region)
        self._noise = noise_model(self._crop, 0)
        self.curves: list[Curve] = []
        self._gain = 1.0
        self._best = 0, self._given  # iterations and setting
        self._lowest = float("inf")
        self._done = False

    def __iter__(self) -> Iterator[str]:
        """Return words on what is being done, after every iteration of the search."""
        recipe = self.job.recipe
        rule = recipe.stop
        by_halves = recipe.automatic and rule == "halves"
        if not isinstance(recipe.gain, str):
            self._gain = recipe.gain
        elif by_halves or recipe.strength_wanted or rule == "discrepancy":
            for found in calibrate_gain(self._make(Setting()), self._noise, self._psf()):
                self._gain = found or 1.0  # an image without light tells nothing
                yield "measuring the noise"
        if by_halves or recipe.strength_wanted:
            yield from self._halves(with_sieves=by_halves and isinstance(recipe.target_fwhm, str))
        if recipe.automatic and rule in ("risk", "thinning"):
            yield from self._single(rule)
        elif not by_halves:
            self._best = recipe.expected_iterations * (not recipe.automatic), self._best[1]
        if recipe.automatic and recipe.acceleration is None and self._best[0]:
            yield from self._as_plain()
        self._done = True

    @property
    def choice(self) -> Choice:
        """What was found; the search has to be at its end."""
        assert self._done, "the search is not done"
        iterations, setting = self._best
        return Choice(
            iterations,
            self._told(setting.sieve),
            setting.sieve,
            self._gain,
            tuple(self.curves),
            self.item,
            self.region,
            self.job.recipe.stop,
            setting.strength,
        )

    @property
    def _given(self) -> Setting:
        """What the recipe itself says; an automatic strength begins with a usual one."""
        recipe = self.job.recipe
        return Setting(strength=0.0 if recipe.prior is None else recipe.usual_strength)

    def _halves(self, with_sieves: bool) -> Iterator[str]:
        """Try strengths, and then sieves with the best of them, by two halves of the photons."""
        draws = max(1, min(MOST_DRAWS, ENOUGH // self._noise.data.size + 1))
        pairs = [split_photons(self._noise, self._gain, seed) for seed in range(draws)]
        plain = Setting()
        reference = HeldOutSearch(
            self._make(plain),
            pairs,
            min_iterations=LATE if self.job.recipe.strength_wanted else MIN_REFERENCE_ITERATIONS,
        )
        yield from self._watch(reference, plain)
        if self._given == plain:
            self._keep(reference, plain)
        elif self.job.recipe.strength_wanted:
            strengths = [Setting(strength=strength) for strength in STRENGTHS]
            yield from self._climb(strengths, FIRST_STRENGTH, pairs, reference)
        else:
            yield from self._try(self._given, pairs, reference)
        if with_sieves:
            best = self._best[1]
            wider = [replace(best, sieve=sieve) for sieve in SIEVES]
            yield from self._climb(wider, 0, pairs, reference)

    def _climb(
        self, settings: Sequence[Setting], start: int, pairs: Sequence[HeldOutPair], reference: HeldOutSearch
    ) -> Iterator[str]:
        """Go upwards from one setting as long as the score gets better; if it never does, downwards."""
        if settings[start] != self._best[1] or self._lowest == float("inf"):
            yield from self._try(settings[start], pairs, reference)
        for way in (settings[start + 1 :], settings[:start][::-1]):
            before = self._lowest
            for setting in way:
                if not (yield from self._try(setting, pairs, reference)):
                    break
            if self._lowest < before:
                return

    def _try(
        self, setting: Setting, pairs: Sequence[HeldOutPair], reference: HeldOutSearch
    ) -> Generator[str, None, bool]:
        """Score a setting, and say whether it is the best so far."""
        search = HeldOutSearch(self._make(setting), pairs, reference, beat=self._lowest)
        yield from self._watch(search, setting)
        return self._keep(search, setting)

    def _watch(self, search: HeldOutSearch, setting: Setting) -> Iterator[str]:
        for number in search:
            self._show(setting, search.points)
            yield f"trying {number} iterations{setting}"
        self._show(setting, search.points)

    def _keep(self, search: HeldOutSearch, setting: Setting) -> bool:
        """Keep a setting if it is the best so far: at its own best number, or at the one that is given."""
        given = self.job.recipe.iterations
        reached = [point for point in search.points if isinstance(given, str) or point.iteration <= given]
        point = (
            min(reached, key=lambda point: point.score) if isinstance(given, str) else (reached or search.points)[-1]
        )
        if point.score >= self._lowest:
            return False
        self._lowest, self._best = point.score, (point.iteration, setting)
        return True

    def _single(self, rule: str) -> Iterator[str]:
        """Look for the best number by another rule, without a sieve of its own choice."""
        setting = self._best[1]
        make = self._make(setting)
        search: RiskSearch | ThinningSearch
        given = self.job.recipe.gain
        gain = None if isinstance(given, str) else given
        if rule == "risk":
            search = RiskSearch(make, self._noise, self._psf(), gain)
        else:
            search = ThinningSearch(make, self._noise, self._psf(), gain or 1.0)  # it needs photons, not about photons
        for point in search:
            self._show(setting, [HeldOutPoint(one.iteration, one.score) for one in search.points])
            yield f"trying {point.iteration} iterations"
        self._gain, self._best = search.phi or 1.0, (search.best, setting)  # no light tells nothing of the gain

    def _as_plain(self) -> Iterator[str]:
        """Find how many iterations without looking ahead fit the data as well."""
        fast, setting = self._best
        ahead = self._make(setting)(self._noise)
        with closing(ahead.blur):
            for _ in range(fast):
                ahead.step()
                yield f"fitting, {ahead.iteration} iterations"
        plain = richardson_lucy(self._with(setting, acceleration=None), 0, noise=self._noise)
        with closing(plain.blur):
            while plain.objective > ahead.objective and plain.iteration < MOST_PLAIN:
                plain.step()
                yield f"fitting without looking ahead, {plain.iteration} iterations"
        self._best = (max(1, plain.iteration), setting)

    def _make(self, setting: Setting) -> MakeIteration:
        """Return what makes an iteration over the crop, with one setting; it looks ahead, be it only to be quick."""
        job = self._with(setting, acceleration="biggs-andrews")
        return lambda noise, leader=None: richardson_lucy(job, 0, noise=noise, leader=leader, keep_model=True)

    def _with(self, setting: Setting, **changes: Any) -> Job:
        """Return the crop's job with one setting."""
        prior = {"strength": setting.strength} if setting.strength else {"prior": None}
        return with_settings(self._crop, self._target(setting.sieve), **prior, **changes)

    def _target(self, sieve: float) -> float | tuple[float, ...]:
        """Return the target resolution: the one that was asked for, or that of a sieve."""
        given = self._crop.recipe.target_fwhm
        if not isinstance(given, str):
            return given
        return relative_fwhm(self._crop.psfs[0], sieve) if sieve else 0.0

    def _told(self, sieve: float) -> float | tuple[float, ...]:
        """Return it for the job: lines that were lines_job have an axis less."""
        found = self._target(sieve)
        return found[1:] if self._in_lines and isinstance(found, tuple) else found

    def _psf(self) -> FloatArray:
        return self._crop.psfs[0].data

    def _show(self, setting: Setting, points: list[HeldOutPoint]) -> None:
        if points:
            places, scores = tuple(p.iteration for p in points), tuple(p.score for p in points)
            curve = Curve(setting.sieve, places, scores, setting.strength)
            self.curves = [*(one for one in self.curves if (one.sieve, one.strength) != astuple(setting)), curve]


def settled(job: Job, choice: Choice) -> Job:
    """Return a job with the settings of a choice; the number stays "auto" where a rule finds it on the way."""
    found: dict[str, Any] = {"iterations": choice.iterations} if choice.iterations else {}
    if choice.strength:
        found["strength"] = choice.strength
    return with_settings(job, choice.target_fwhm, gain=choice.gain, **found)


def with_settings(job: Job, target_fwhm: float | tuple[float, ...], **changes: Any) -> Job:
    """Return a job whose recipe differs; what it has worked out for the old one is forgotten."""
    return replace(job, recipe=job.recipe.replace(target_fwhm=target_fwhm, **changes))
