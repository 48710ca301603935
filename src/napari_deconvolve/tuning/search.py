"""Choosing the number of iterations, the sieve, the prior and its strength from the data alone.

Settings are tried on the brightest part of the image (`test_region`), and the whole image is run once with the best of
them. Their scores can be compared because all are errors of the same halves against the same references: those of plain
iteration, without sieve and prior (`references`).

Where the recipe leaves the prior open, those that compete have to be clearly better than the best without any: by
`CLEAR` standard deviations of the difference between both scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.model_selection.calibration import GainCalibration, Left
from napari_deconvolve.core.model_selection.held_out import (
    MIN_REFERENCE_ITERATIONS,
    MIN_SHARP_REFERENCE_ITERATIONS,
    HeldOutPair,
    HeldOutSearch,
    held_out_splits,
)
from napari_deconvolve.core.model_selection.references import CLEAR, HeldOutPoint, alike
from napari_deconvolve.core.model_selection.rules import STOP_RULES
from napari_deconvolve.core.model_selection.search import MakeIteration
from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.job.data import is_white, noise_model, visible
from napari_deconvolve.job.iteration import maker, richardson_lucy
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import brightest_item, lines_job, region_job, search_region
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.resolution import relative_fwhm
from napari_deconvolve.tuning.finer_detail import Halves, Signs, signs
from napari_deconvolve.tuning.gain import told_gain
from napari_deconvolve.tuning.plain import as_many
from napari_deconvolve.tuning.results import Best, Choice, Curve, Setting, Target, with_settings
from napari_deconvolve.work import Progress, Work, renamed

LATEST_BEST = {1: 0.5, 2: 0.55, 3: 0.5}  # of the references' iterations, by axes
MAX_DRIFT = {1: math.inf, 2: math.inf, 3: 2.0}  # of the best with the references, by axes: see `HeldOutSearch`
TRIED_SIEVES = (0.0, 0.4, 0.75)  # widths that are tried, over the PSF's
# Share by which the score of a wider sieve may be worse, by axes: references of stacks are sharp and noisy, and favour
# what is like them.
WORSE_FOR_SIEVE = {1: 0.0, 2: 0.01, 3: 0.06}
TRIED_STRENGTHS = (1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)  # of a prior
FIRST_STRENGTH = TRIED_STRENGTHS.index(1e-3)  # from where stronger and weaker ones are tried as long as they are better
PLAIN = Setting()


def needs_search(recipe: Recipe) -> bool:
    """Return whether settings have to be looked for before a run."""
    if "stop" not in recipe.traits.fields or recipe.traits.finds_psf:
        return False
    rule = STOP_RULES[recipe.stop]
    measured = rule.measures_gain and isinstance(recipe.mean_gain, str)
    return (recipe.automatic and (rule.searches or measured)) or recipe.prior_wanted


class Search:
    """Looks for the settings of a job's channel; `work` does it, and `curves` holds the scores so far.

    The recipe says by which rule, and may fix the gain, the target resolution, the prior and its strength. Without an
    `item` to try them on it is the channel's brightest.
    """

    def __init__(self, job: Job, channel: int = 0, item: int | None = None) -> None:
        self.job, self.item = job, brightest_item(job, channel) if item is None else item
        self.region = search_region(visible(job, self.item), job.point(channel))
        self._in_lines = job.in_lines and len(job) > 1
        self._crop = (lines_job if self._in_lines else region_job)(job, self.item, self.region)
        self._noise = noise_model(self._crop, 0)
        self.curves: list[Curve] = []
        self.watched: HeldOutSearch | None = None  # by which settings are being compared
        self._gain = 1.0
        self._best = Best(0, self._given)
        self._lead = math.nan  # this very one: choices are compared, and no other NaN equals it
        self._acceleration = job.recipe.acceleration or DEFAULT_ACCELERATION
        self._signs = Signs()
        self._left: Left | None = None
        self._rule = STOP_RULES[job.recipe.stop]
        self._finds_strength = job.recipe.prior_wanted and not job.recipe.chooses_prior

    def work(self) -> Work[Choice]:
        """Find the settings; progress carries the curves so far as its detail."""
        recipe = self.job.recipe
        by_held_out = recipe.automatic and self._rule.judges_settings
        if not isinstance(given := self._crop.recipe.mean_gain, str):
            self._gain = given
        elif by_held_out or recipe.prior_wanted or self._rule.measures_gain:
            yield from self._measure_gain()
        if by_held_out or recipe.prior_wanted:
            yield from self._held_out(with_sieves=by_held_out and isinstance(recipe.target_fwhm, str))
        if recipe.automatic and self._rule.searches and not by_held_out:
            yield from self._by_rule()
        elif not by_held_out:
            self._best = replace(self._best, iterations=recipe.expected_iterations * (not recipe.automatic))
        if recipe.automatic and recipe.acceleration is None and self._best.iterations:
            yield from self._as_plain()
        return self._choice()

    def _choice(self) -> Choice:
        setting = self._best.setting
        return Choice(
            iterations=self._best.iterations,
            target_fwhm=self._job_target(setting.sieve),
            sieve=setting.sieve,
            gain=self._gain,
            curves=tuple(self.curves),
            item=self.item,
            region=self.region,
            rule=self.job.recipe.stop,
            strength=setting.strength,
            prior=setting.prior,
            lead=self._lead,
            narrower=self._signs.confirmed,
            unexplained=self._signs.unexplained,
        )

    def _measure_gain(self) -> Work[None]:
        thorough = self._finds_strength  # it takes little beside what follows
        told = None if thorough or self._noise.photon() is not None else told_gain(self.job, self.item)
        if told is not None:
            self._gain = told
            return
        white = is_white(self.job, self.item)
        calibration = GainCalibration(self._make(PLAIN), self._noise, self._psf(), white=white, thorough=thorough)
        for found in calibration:
            self._gain = found or 1.0  # an image without light has no gain
            yield self._progress("measuring the noise")
        self._left = calibration.left

    @property
    def _given(self) -> Setting:
        """What the recipe itself says; an automatic strength begins with a usual one."""
        recipe = self.job.recipe
        prior = recipe.named_prior
        return PLAIN if prior is None else Setting(strength=recipe.usual_strength, prior=prior)

    def _held_out(self, with_sieves: bool) -> Work[None]:
        """Try priors and strengths, and sieves with the best of them, by held-out splits of the photons."""
        pairs, recipe = held_out_splits(self._noise, self._gain), self.job.recipe
        reference = yield from self._reference(pairs, sharp=self._finds_strength)
        if self._finds_strength:
            yield from self._strengths(recipe.prior, pairs, reference)
        else:
            yield from self._try(self._given, pairs, reference)
        if with_sieves:
            wider = [replace(self._best.setting, sieve=sieve) for sieve in TRIED_SIEVES]
            yield from self._climb(wider, 0, pairs, reference)
        if not self._in_lines:
            yield from self._check_psf(pairs[0], reference)
        if recipe.chooses_prior:
            yield from self._compete(pairs)

    def _reference(self, pairs: Sequence[HeldOutPair], *, sharp: bool) -> Work[HeldOutSearch]:
        """Return plain iteration, whose late estimates all others are scored by."""
        least = MIN_SHARP_REFERENCE_ITERATIONS if sharp else MIN_REFERENCE_ITERATIONS
        latest, drift = (by_axes[len(self._crop.frame)] for by_axes in (LATEST_BEST, MAX_DRIFT))
        reference = HeldOutSearch(self._make(PLAIN), pairs, min_iterations=least, share=latest, drift=drift)
        yield from self._watch(reference, PLAIN)
        return reference

    def _compete(self, pairs: Sequence[HeldOutPair]) -> Work[None]:
        """Let priors compete, each at its best strength, with the best without, which stays unless clearly worse.

        All are scored by the same references, sharp ones; what stays is what would have been chosen without priors.
        """
        stays, self.curves = self._best, []
        reference = yield from self._reference(pairs, sharp=True)
        without = rival = yield from self._best_of(self._try(stays.setting, pairs, reference))
        for prior in (name for name, kind in PRIORS.items() if kind.competes):
            found = yield from self._best_of(self._strengths(prior, pairs, reference))
            rival = found if rival is without or found.score < rival.score else rival
        assert rival.point is not None
        assert without.point is not None
        self._lead = rival.point.lead(without.point)
        self._best = rival if self._lead > CLEAR else stays

    def _best_of(self, trying: Work[Any]) -> Work[Best]:
        """Return the best of what is tried, whatever was better before."""
        self._best = Best(0, PLAIN)
        yield from trying
        return self._best

    def _strengths(self, prior: str | None, pairs: Sequence[HeldOutPair], reference: HeldOutSearch) -> Work[None]:
        """Try strengths of a prior, or the one that is given."""
        given = self.job.recipe.strength
        tried = TRIED_STRENGTHS if isinstance(given, str) else (given,)
        settings = [Setting(strength=strength, prior=prior) for strength in tried]
        yield from self._climb(settings, min(FIRST_STRENGTH, len(settings) - 1), pairs, reference)

    def _check_psf(self, pair: HeldOutPair, reference: HeldOutSearch) -> Work[None]:
        """Find whether the region holds finer detail than the PSF lets through."""
        halves = Halves(self._with(PLAIN, acceleration=self._acceleration), pair, reference, self._left)
        self._signs = yield from renamed(signs(self.job, self.item, halves), self._progress)

    def _climb(
        self, settings: Sequence[Setting], start: int, pairs: Sequence[HeldOutPair], reference: HeldOutSearch
    ) -> Work[None]:
        """Go upwards from one setting as long as the score gets better; if it never does, downwards."""
        if settings[start] != self._best.setting or self._best.point is None:
            yield from self._try(settings[start], pairs, reference)
        for way in (settings[start + 1 :], settings[:start][::-1]):
            before = self._best.score
            for setting in way:
                if not (yield from self._try(setting, pairs, reference)):
                    break
            if self._best.score < before:
                return

    def _try(self, setting: Setting, pairs: Sequence[HeldOutPair], reference: HeldOutSearch) -> Work[bool]:
        """Score a setting, and say whether it is the best so far."""
        if setting == PLAIN:
            return self._keep(reference, PLAIN)  # the references are plain iteration themselves
        beat, later = self._to_beat(setting), setting.only_sieved
        search = HeldOutSearch(self._make(setting), pairs, reference, beat=beat, later=later)
        yield from self._watch(search, setting)
        return self._keep(search, setting)

    def _to_beat(self, setting: Setting) -> float:
        """Return the score below which a setting is taken; that of a wider sieve may be a little worse in stacks."""
        score, wider = self._best.score, setting.sieve > self._best.setting.sieve
        return score + WORSE_FOR_SIEVE[len(self._crop.frame)] * abs(score) if wider else score

    def _watch(self, search: HeldOutSearch, setting: Setting) -> Work[None]:
        self.watched, shown = search, (search.points, 0)
        for number in search:
            if (search.points, len(search.points)) != shown:
                shown = search.points, len(search.points)
                self._show(setting, search.points)
            yield self._progress(f"trying {number} iterations{setting}")
        self._show(setting, search.points, alike(search.points))

    def _keep(self, search: HeldOutSearch, setting: Setting) -> bool:
        """Keep a setting if it is the best so far: at its own best number, or at the one that is given."""
        given = self.job.recipe.iterations
        reached = [point for point in search.points if isinstance(given, str) or point.iteration <= given]
        point = (
            min(reached, key=lambda point: point.score) if isinstance(given, str) else (reached or search.points)[-1]
        )
        if point.score >= self._to_beat(setting):
            return False
        self._best = Best(point.iteration, setting, point)
        return True

    def _by_rule(self) -> Work[None]:
        """Look for the best number by the recipe's own rule, with the settings found so far."""
        setting, given = self._best.setting, self._crop.recipe.mean_gain
        gain = None if isinstance(given, str) else given
        search = self._rule.search(self._make(setting), self._noise, self._psf(), gain)
        for point in search:
            self._show(setting, [HeldOutPoint(one.iteration, one.score) for one in search.points])
            yield self._progress(f"trying {point.iteration} iterations")
        self._gain, self._best = search.phi or 1.0, Best(search.best, setting)  # an image without light has no gain

    def _as_plain(self) -> Work[None]:
        """Find how many iterations without looking ahead fit the data as well."""
        best = self._best
        ahead = self._make(best.setting)(self._noise)
        plain = richardson_lucy(self._with(best.setting, acceleration=None), 0, noise=self._noise)
        found = yield from renamed(as_many(ahead, best.iterations, plain), self._progress)
        self._best = replace(best, iterations=found)

    def _make(self, setting: Setting) -> MakeIteration:
        """Return what makes an iteration over the crop, with one setting; it looks ahead, be it only to be quick."""
        return maker(self._with(setting, acceleration=self._acceleration))

    def _with(self, setting: Setting, **changes: Any) -> Job:
        """Return the crop's job with one setting."""
        return with_settings(self._crop, self._target(setting.sieve), **setting.changes, **changes)

    def _target(self, sieve: float) -> Target:
        """Return the target resolution: the one that was asked for, or that of a sieve."""
        given = self._crop.recipe.target_fwhm
        if not isinstance(given, str):
            return given
        return relative_fwhm(self._crop.psfs[0], sieve) if sieve else 0.0

    def _job_target(self, sieve: float) -> Target:
        """Return it for the job: an axis less where lines were stacked."""
        found = self._target(sieve)
        return found[1:] if self._in_lines and isinstance(found, tuple) else found

    def _psf(self) -> FloatArray:
        return self._crop.psfs[0].data

    def _show(self, setting: Setting, points: list[HeldOutPoint], same: tuple[int, int] | None = None) -> None:
        if points:
            places, scores = tuple(p.iteration for p in points), tuple(p.score for p in points)
            curve = Curve(setting.sieve, places, scores, setting.strength, setting.prior, same)
            self.curves = [*(one for one in self.curves if one.setting != setting), curve]

    def _progress(self, stage: str) -> Progress:
        total = len(self.job) * self.job.recipe.expected_iterations
        return Progress(0, total, stage=stage, detail=self)
