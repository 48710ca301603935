"""What is kept of a run on its way, and the result and the recipe that are made of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.background_map import Ground
from napari_deconvolve.job.camera import CameraFound, find_camera
from napari_deconvolve.job.data import background, found_by, is_white
from napari_deconvolve.job.defects import Defects, defects, sentences
from napari_deconvolve.job.guess import Guess, guess
from napari_deconvolve.job.lift import Lift, lift
from napari_deconvolve.job.meant import found_here
from napari_deconvolve.job.problem import Checkpoint, Job
from napari_deconvolve.job.samples import empty_items, is_empty
from napari_deconvolve.methods.base import Ready, camera_of, method_of
from napari_deconvolve.psf.description import describe
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.diagnostics.given import takes_counts_as_they_are, words_on_given
from napari_deconvolve.run.diagnostics.model import ModelTests, tests_of
from napari_deconvolve.run.live import Live
from napari_deconvolve.run.made import made_of
from napari_deconvolve.run.quality import Facts, misfit_of, warnings_about, widest
from napari_deconvolve.run.result import Result
from napari_deconvolve.tuning.results import Choice, settled

ROUNDING = 1e-9  # of the background: less is no light above it

T = TypeVar("T")


class Record:
    """The deviances, snapshots and estimates of a run's items; see `Run` for `keep_every` and `resumable`.

    Whoever runs it says when it `ended_early`, because it was stopped, and tells by `extend` that it goes on.

    Attributes
    ----------
    done, total : int
        Iterations over all items: so far, and as far as is known until the end.
    """

    def __init__(self, ready: Ready, asked: Recipe, keep_every: int | None = None, *, resumable: bool = False) -> None:
        self._ready, self._asked, self._keep_every, self._resumable = ready, asked, keep_every, resumable
        self.ended_early = self._extended = False
        expected = [one.recipe.expected_iterations for one in ready.settings]
        self._targets = [expected[group] for group in ready.group_of]  # where each item ends
        self.done, self.total = 0, sum(self._targets)  # kept up to date: an image may have many thousand items
        self._traces: dict[int, list[float]] = {}
        self._snapshots: dict[int, list[Iterate]] = {}
        self._estimates: dict[int, FloatArray] = {}
        self._backgrounds: dict[int, float] = {}
        self._grounds: dict[int, Ground] = {}
        self._guess: Guess | None = None  # the first one: of a cube of spectra there may be many thousands
        self._cameras: dict[int, CameraFound] = {}  # by channel
        self._white = True
        self._lifts: dict[int, Lift | None] = {}
        self._defects: dict[int, Defects] = {}
        self._checkpoints: dict[int, FloatArray] = {}
        self._light: dict[int, tuple[float, float, int]] = {}  # by a batch's first item
        self._tests: dict[int, ModelTests | None] = {}
        self._contradicted: dict[int, tuple[str, ...]] = {}

    @property
    def iterations(self) -> int:
        """How many iterations are done, over the item with the most."""
        return max(map(len, self._traces.values()), default=0)

    @property
    def backgrounds(self) -> tuple[float, ...]:
        """The backgrounds of the items, in their order, as far as they are known."""
        return tuple(self._backgrounds[item] for item in sorted(self._backgrounds))

    @property
    def mapped(self) -> bool:
        """Whether a background was found that is not one number."""
        return any(ground.surface is not None for ground in self._grounds.values())

    def extend(self, count: int) -> None:
        """Expect so many more iterations of every item."""
        self.ended_early, self._extended = False, True
        self._targets = [len(self._traces.get(item, ())) + count for item in range(len(self._targets))]
        self.total = sum(self._targets)

    def note(self, live: Live) -> None:
        """Note an iteration of some items."""
        for item, deviance in zip(live.items, live.deviances(), strict=True):
            trace = self._traces.setdefault(item, [])
            trace.append(deviance)
            self.done += 1
            self.total += len(trace) > self._targets[item]
            if item not in self._backgrounds:
                self._backgrounds[item] = float(np.mean(background(live.job, item)))
                self._grounds[item] = found_by(live.job, item)
                self._guess = self._guess or guess(live.job, item)
                self._white &= is_white(live.job, item)
                self._note_camera(live.job, item)
                self._lifts[item] = lift(live.job, item)
                known = defects(live.job, item)
                self._defects[id(known)] = known  # of lines, one for all
        if self._keep_every and live.done % self._keep_every == 0:
            for (item, estimate), deviance in zip(live.estimates(), live.deviances(), strict=True):
                self._snapshots.setdefault(item, []).append(Iterate(live.done, estimate, deviance))

    def _note_camera(self, job: Job, item: int) -> None:
        """Note what is known of a channel's camera, from the item on which its settings were chosen or the first."""
        channel = job.channel(item)
        deciding = next((one.item for one in self._ready.choices if job.channel(one.item) == channel), None)
        if item == deciding if deciding is not None else channel not in self._cameras and not is_empty(job, item):
            self._cameras[channel] = find_camera(job, item, self._asked)

    def keep(self, lives: Sequence[Live], state: Iterate | None = None) -> None:
        """Keep the estimates of some items: the present ones, or those of an earlier state."""
        frames = None if state is None else self._ready.job.items.split(state.estimate)
        for live in lives:
            known = dict(live.estimates()) if frames is None else {item: frames[item] for item in live.items}
            self._estimates.update(known)
            self._light[live.items[0]] = (live.light([known[item] for item in live.items]), *live.measured())
            if state is None:
                self._test(live)
            checkpoint = live.checkpoint() if self._resumable and state is None else None
            if checkpoint is not None:
                self._checkpoints[live.items[0]] = checkpoint

    def _test(self, live: Live) -> None:
        """Test the model of the item that settings were found on, or of a channel's first."""
        item, channel = live.items[0], self._ready.job.channel(live.items[0])
        choices = self._ready.choices
        wanted = choices[channel].item if choices else self._ready.job.items_of(channel)[0]
        if item == wanted and len(live.items) == 1 and not takes_counts_as_they_are(self._asked):
            found = tests_of(live.job, item, live.iteration)
            if found is not None and choices:
                choice = choices[channel]
                found = replace(found, confirmed=choice.narrower.deviations, unexplained=choice.unexplained)
            self._tests[item] = found
            self._contradicted[item] = tuple(words_on_given(live.job, item, self._asked))

    def result(self) -> Result:
        """Return the result of all items; their estimates are handed over."""
        job, choices, found = self._ready.job, self._ready.choices, self._ready.found
        trace = tuple(math.fsum(values) for values in zip(*_filled(self._in_order(self._traces)), strict=True))
        light, given, samples = (sum(values) for values in zip(*self._light.values(), strict=True))
        gain = self._gain()
        if abs(given) <= ROUNDING * samples * max(map(abs, self._backgrounds.values())):
            light = 0.0  # a flat image: what the estimate began with has only not vanished yet
        facts = self._facts(trace, int(samples), light, gain)
        backgrounds = self._distinct_backgrounds()
        estimates, self._estimates = self._in_order(self._estimates), {}
        checkpoint = self._checkpoint()
        return Result(
            estimate=np.ascontiguousarray(job.items.assemble(estimates, job.recipe.dtype, estimate=True)),
            iterations=len(trace),
            trace=trace,
            background=backgrounds[0] if len(backgrounds) == 1 else backgrounds,
            recipe=self.recipe(),
            snapshots=self._assembled_snapshots(),
            choices=choices,
            flux_ratio=light / given if given > 0 else math.nan,
            gain=gain,
            camera=tuple(self._in_order(self._cameras)),
            misfit=misfit_of(trace[-1], int(samples), gain),
            words=warnings_about(facts),
            psf=job.psf,
            found=found,
            checkpoint=checkpoint,
            made=made_of(job, checkpoint),
        )

    def _facts(self, trace: tuple[float, ...], samples: int, light: float, gain: float) -> Facts:
        """Return all that warnings depend on."""
        job, tests = self._ready.job, [one for one in self._in_order(self._tests) if one is not None]
        counted = [gain, *([float(np.mean([one.gain for one in tests]))] if tests else [])]
        return Facts(
            job.recipe,
            len(trace),
            self._ready.choices,
            self._ready.found,
            light,
            # Without any PSF a gain is known better than what a run leaves, and a gain that is given too large hides a
            # misfit. The recipe of a result gives what its run left: so both are judged alike.
            misfit_of(trace[-1], samples, min((one for one in counted if one > 0), default=math.nan)),
            empty_items(job),
            len(job),
            channels=len(job.psfs),
            repeats=self._repeats(),
            odd=self._ready.odd,
            blur=widest(job),
            defects=tuple(sentences(self._distinct_defects())),
            hot=sum(one.hot for one in self._distinct_defects()) / max(samples, 1),
            white=self._white,
            lifted=max((one for one in self._lifts.values() if one is not None), default=None),
            filled=any(ground.filled for ground in self._grounds.values()),
            guess=self._guess,
            bright=any(ground.bright for ground in self._grounds.values()),
            tests=tuple(tests),
            contradicted=tuple(word for words in self._in_order(self._contradicted) for word in words),
            gain=gain,
            remarks=self._ready.remarks,
        )

    def recipe(self) -> Recipe:
        """Return the recipe that repeats the run as far as it has come."""
        job = self._ready.job
        recipe = complete(job, self._distinct_backgrounds(), self._ready.choices, self.iterations)
        if not (self._changed and recipe.traits.iterates):
            return found_here(job, recipe)
        return found_here(job, fixed(recipe, self.iterations), by_hand=("iterations",))

    @property
    def _changed(self) -> bool:  # whether it ended elsewhere than its recipe says
        return self.ended_early or self._extended

    def _repeats(self) -> bool:
        """Return whether the recipe repeats the run: one number of iterations may stand for several."""
        if not self._changed:
            return True
        given, choices = self._ready.job.recipe, self._ready.choices
        smoothed = isinstance(given.target_fwhm, str) and any(np.any(choice.target_fwhm) for choice in choices)
        different = len(choices) > 1 and (smoothed or given.prior_wanted)
        return not different and len(set(map(len, self._traces.values()))) == 1

    def _distinct_defects(self) -> Collection[Defects]:
        return {id(one): one for one in self._defects.values()}.values()  # of lines, one for all

    def _distinct_backgrounds(self) -> tuple[float, ...]:
        job, known = self._ready.job, self.backgrounds
        return known[:1] if job.in_lines and len(job.psfs) == 1 else known  # of lines it is one for all

    def _checkpoint(self) -> Checkpoint | None:
        """Return all that is needed to go on; None where channels with PSFs of several sizes have several domains."""
        known = self._in_order(self._checkpoints)
        return Checkpoint(np.stack(known)) if len({one.shape for one in known}) == 1 else None

    def _assembled_snapshots(self) -> tuple[Iterate, ...]:
        job = self._ready.job
        return tuple(
            Iterate(
                states[0].iteration,
                job.items.assemble([state.estimate for state in states], job.recipe.dtype, estimate=True),
                sum(state.deviance for state in states),
            )
            for states in zip(*_filled(self._in_order(self._snapshots)), strict=True)
        )

    def _gain(self) -> float:
        given, choices = self._ready.job.recipe.mean_gain, self._ready.choices
        if not isinstance(given, str):
            return given
        return float(np.mean([choice.gain for choice in choices])) if choices else math.nan

    def _in_order(self, found: Mapping[int, T]) -> list[T]:
        return [found[item] for item in sorted(found)]


def _filled(series: list[list[T]]) -> list[list[T]]:
    """Let items that came to their end by themselves rest there while others went on."""
    longest = max(map(len, series), default=0)
    return [values + values[-1:] * (longest - len(values)) for values in series]


def complete(
    job: Job, backgrounds: Sequence[float] = (), choices: Sequence[Choice] = (), iterations: int | None = None
) -> Recipe:
    """Return the recipe that repeats a run: the PSF described, and as numbers what was found for an only item.

    What was found for several items or channels stays "auto": it is found again, to the same numbers. The job's recipe
    is that before its settings were chosen. There is a background per item, as far as they are known, a choice per
    channel if settings were chosen, and a number of iterations once the run has ended.
    """
    recipe = job.recipe.replace(psf=describe(job.psf))
    if len(backgrounds) == 1:
        recipe = recipe.replace(**camera_of(job, 0))
    if len(choices) == 1:
        recipe = settled(job, choices[0]).recipe.replace(
            psf=recipe.psf, background=recipe.background, offset=recipe.offset, read_noise=recipe.read_noise
        )
    if recipe.automatic and iterations is not None and len(job) == 1:
        recipe = recipe.replace(iterations=iterations)
    if iterations is not None:
        recipe = method_of(recipe).completed(job, recipe)
    if not recipe.automatic and isinstance(recipe.target_fwhm, str):
        recipe = recipe.replace(target_fwhm=0.0)
    return recipe


def fixed(recipe: Recipe, iterations: int) -> Recipe:
    """Return a recipe of so many iterations, without the target resolution that was still to be chosen."""
    target = 0.0 if isinstance(recipe.target_fwhm, str) else recipe.target_fwhm
    return recipe.replace(iterations=max(1, iterations), target_fwhm=target)
