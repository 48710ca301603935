"""A job on its way to the end: settings are chosen where they are to be found, then each item is run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from napari_deconvolve.core.algorithms.iterate import Iterate, StopRule, after, until
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray, as_iterations
from napari_deconvolve.core.likelihood.batch_noise import BatchData
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS, Discrepancy, RelativeChange
from napari_deconvolve.job.checkpoint import Whole
from napari_deconvolve.job.data import background, dark_noise, empty_items
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.filtering import strength_of
from napari_deconvolve.psf.description import describe
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.recipe.provenance import Leg
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.items import Items, Live, batches, live
from napari_deconvolve.run.quality import misfit_of, of_choice, of_empty, of_light, of_misfit, of_rule
from napari_deconvolve.tuning.search import Choice, Search, settled

if TYPE_CHECKING:
    from napari_deconvolve.methods.blind import FoundPSF

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a run found, and how.

    Attributes
    ----------
    estimate : ndarray
        The image's shape.
    iterations : int
        How many were done.
    trace : tuple of float
        Poisson deviance after each iteration, summed over items.
    background : float or tuple of float
        Counts per sample; one per item when there are several.
    recipe : Recipe
        Repeats this run, PSF included.
    snapshots : tuple of Iterate
        Estimates on the way, when they were asked for.
    choices : tuple of Choice
        How the settings were chosen, one per PSF; empty when all were given.
    flux_ratio : float
        Light of the estimate over that of the image above background.
    gain : float
        Counts per photon: the recipe's, or as it was measured (the mean of all PSFs'); NaN where nobody asked.
    misfit : float
        Deviance over what noise of that gain would leave: about 1 where the estimate explains the image.
    words : tuple of str
        What should be looked at twice; empty when nothing is known.
    psf : PointSpread or None
        What the estimate was deconvolved with, at the image's spacing: for the method "blind", the PSF found.
    found : tuple of FoundPSF
        How the method "blind" found it, one per PSF; empty for others.
    whole : Whole or None
        All that the iteration holds of the object, when it was asked for: to go on exactly.
    before : tuple of Leg
        The runs that led to the start, the first one first; empty for a run that begins anew.
    """

    estimate: FloatArray
    iterations: int
    trace: tuple[float, ...]
    background: float | tuple[float, ...]
    recipe: Recipe
    snapshots: tuple[Iterate, ...] = ()
    choices: tuple[Choice, ...] = ()
    flux_ratio: float = float("nan")
    gain: float = float("nan")
    misfit: float = float("nan")
    words: tuple[str, ...] = ()
    psf: PointSpread | None = None
    found: tuple[FoundPSF, ...] = ()
    whole: Whole | None = None
    before: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run to its end stands.

    Attributes
    ----------
    done, total : int
        Iterations over all items; the total is a guess while settings are being chosen, and may then be too high.
    deviance : float
        Of the present estimate; NaN while settings are being chosen.
    stage : str
        What is being chosen, in words; empty while the run itself is on.
    """

    done: int
    total: int
    deviance: float
    stage: str = ""


class Run:
    """A job on its way to the end, item by item, so that only one item's working memory is needed.

    Loop over it for progress, then ask for the `result`.

    Parameters
    ----------
    job : Job
        From `prepare`.
    keep_every : int, optional
        Keep a snapshot every so many iterations.
    resumable : bool
        Keep all that is needed to go on exactly (see `Whole`); items are then run one by one.

    Attributes
    ----------
    search : Search or None
        The search that is on, or was last.
    found : tuple of FoundPSF
        What the method "blind" found.
    """

    def __init__(self, job: Job, keep_every: int | None = None, resumable: bool = False) -> None:
        self.job = job
        self._resumable = resumable
        self._wholes: list[FloatArray] = []
        self.search: Search | None = None
        self.found: tuple[FoundPSF, ...] = ()
        self._keep_every = None if keep_every is None else as_iterations(keep_every)
        self._jobs: dict[int, Job] = {}  # of each channel, with its settings
        self._choices: list[Choice] = []
        self._estimates: dict[int, FloatArray] = {}  # of each item, as what follows
        self._traces: dict[int, list[float]] = {}
        self._snapshots: dict[int, list[Iterate]] = {}
        self._backgrounds: dict[int, float] = {}
        self._light = [0.0, 0.0]  # of the estimates and of the data
        self._samples = 0  # that say something

    def __iter__(self) -> Iterator[Progress]:
        if self.job.recipe.method == "blind":
            from napari_deconvolve.methods.blind import find_psfs

            self.job, self.found = yield from find_psfs(self.job)
        for items in [(item,) for item in range(len(self.job))] if self._resumable else batches(self.job):
            channel = self.job.channel(items[0])
            if channel not in self._jobs:
                yield from self._choose(channel)
            yield from self._run(self._jobs[channel], items)

    def _choose(self, channel: int) -> Iterator[Progress]:
        """Look for the settings of a channel, if its recipe asks for that."""
        self._jobs[channel] = self.job
        if not to_be_searched(self.job.recipe):
            return
        self.search = Search(self.job, channel)
        for stage in self.search:
            yield Progress(self._done(), self._total(), math.nan, stage)
        choice = self.search.choice
        if self.found:
            from napari_deconvolve.methods.blind import held_back

            choice = held_back(choice, self.found[channel])
        self._choices.append(choice)
        self._jobs[channel] = settled(self.job, choice)

    def _run(self, job: Job, items: Items) -> Iterator[Progress]:
        one = live(job, items)
        iteration = one.iteration
        before, total = self._done(), self._total()
        for item in items:
            self._traces[item], self._snapshots[item] = [], []
        with closing(iteration.blur):
            for state in until(iteration.states(), *stop_rules(job.recipe, iteration.noise)):
                for item, deviance in zip(items, one.deviances(), strict=True):
                    self._traces[item].append(deviance)
                if self._keep_every and state.iteration % self._keep_every == 0:
                    self._keep(one)
                yield Progress(before + state.iteration * len(items), total, state.deviance)
        self._estimates.update(one.estimates())
        if self._resumable and isinstance(iteration, RichardsonLucy):
            self._wholes.append(iteration.domain_estimate())
        self._backgrounds.update((item, background(job, item)) for item in items)
        self._weigh(one)

    def _keep(self, one: Live) -> None:
        for (item, estimate), deviance in zip(one.estimates(), one.deviances(), strict=True):
            self._snapshots[item].append(Iterate(one.iteration.iteration, estimate, deviance))

    def _weigh(self, one: Live) -> None:
        noise = one.iteration.noise
        used: np.ndarray | bool = True if noise.valid is None else noise.valid
        estimates: FloatArray = self._estimates[one.items[0]]
        if len(one.items) > 1:
            estimates = np.stack([self._estimates[item] for item in one.items])
        self._light[0] += float(np.sum(estimates, dtype=np.float64, where=used))
        self._samples += noise.data.size if noise.valid is None else int(np.count_nonzero(noise.valid))
        above = noise.data - np.asarray(noise.background, noise.data.dtype)
        axes = None if len(one.items) == 1 else tuple(range(1, above.ndim))  # each item has a scale of its own
        self._light[1] += float(np.sum(np.sum(above, axes, np.float64, where=used, keepdims=True) * noise.scale))

    def _done(self) -> int:
        return sum(map(len, self._traces.values()))

    def _total(self) -> int:
        """Return how many iterations there are in all, as far as anybody knows."""
        channels = [self.job.channel(item) for item in range(len(self.job)) if item not in self._traces]
        ahead = sum(self._jobs.get(channel, self.job).recipe.expected_iterations for channel in channels)
        return self._done() + ahead

    def result(self) -> Result:
        """Return what was found; run to the end first if nobody looped."""
        if not self._estimates:
            for _ in self:
                pass
        trace = tuple(math.fsum(values) for values in zip(*_filled(self._in_order(self._traces)), strict=True))
        backgrounds = tuple(self._in_order(self._backgrounds))
        if self.job.in_lines and len(self.job.psfs) == 1:
            backgrounds = backgrounds[:1]  # it is one for all
        gain = self._gain()
        misfit = misfit_of(trace[-1], self._samples, gain)
        doubts = [word for choice in self._choices for word in of_choice(choice)]
        doubts += [
            *of_light(self._light[0]),
            *of_rule(self.job.recipe, len(trace)),
            *of_misfit(misfit),
            *of_empty(empty_items(self.job), len(self.job)),
        ]
        return Result(
            estimate=np.ascontiguousarray(self.job.items.assemble(self._in_order(self._estimates))),
            iterations=len(trace),
            trace=trace,
            background=backgrounds[0] if len(backgrounds) == 1 else backgrounds,
            recipe=complete(self.job, backgrounds, self._choices, len(trace)),
            snapshots=tuple(
                Iterate(
                    states[0].iteration,
                    self.job.items.assemble([s.estimate for s in states]),
                    sum(s.deviance for s in states),
                )
                for states in zip(*_filled(self._in_order(self._snapshots)), strict=True)
            ),
            choices=tuple(self._choices),
            flux_ratio=self._light[0] / self._light[1] if self._light[1] > 0 else math.nan,
            gain=gain,
            misfit=misfit,
            words=tuple(dict.fromkeys(doubts)),
            psf=self.job.psf,
            found=self.found,
            whole=Whole(np.stack(self._wholes)) if self._wholes else None,
        )

    def _gain(self) -> float:
        given = self.job.recipe.gain
        if not isinstance(given, str):
            return given
        return float(np.mean([choice.gain for choice in self._choices])) if self._choices else math.nan

    def _in_order(self, found: dict[int, T]) -> list[T]:
        return [found[item] for item in range(len(self.job))]


def to_be_searched(recipe: Recipe) -> bool:
    """Return whether settings have to be looked for before a run begins."""
    by_search = recipe.stop in ("halves", "risk", "thinning")
    measured = recipe.stop == "discrepancy" and isinstance(recipe.gain, str)
    number = recipe.automatic and (by_search or measured)
    return recipe.method == "rl" and (number or recipe.strength_wanted)


def stop_rules(recipe: Recipe, noise: PoissonData | BatchData) -> tuple[StopRule, ...]:
    """Return the rules that end a run over one item; `until` stops at the first that holds."""
    if not isinstance(recipe.iterations, str):
        return (after(recipe.iterations),)
    if recipe.method != "rl":
        return (after(MAX_SEARCH_ITERATIONS),)  # it ends by itself
    if recipe.stop == "change":
        return RelativeChange(), after(MAX_SEARCH_ITERATIONS)
    samples = noise.data.size if noise.valid is None else int(noise.valid.sum())
    return Discrepancy(samples, 1.0 if isinstance(recipe.gain, str) else recipe.gain), after(MAX_SEARCH_ITERATIONS)


def complete(
    job: Job, backgrounds: Sequence[float] = (), choices: Sequence[Choice] = (), iterations: int | None = None
) -> Recipe:
    """Return the recipe that repeats a run: the PSF described, and as numbers what was found for an only item.

    What was found for several items or channels stays "auto": it is found again, to the same numbers.
    """
    recipe = job.recipe.replace(psf=describe(job.psf))
    if len(backgrounds) == 1:
        recipe = recipe.replace(background=float(backgrounds[0]), dark_noise=dark_noise(job, 0))
    if len(choices) == 1:
        recipe = settled(job, choices[0]).recipe.replace(
            psf=recipe.psf, background=recipe.background, dark_noise=recipe.dark_noise
        )
    if recipe.automatic and iterations is not None and len(job) == 1:
        recipe = recipe.replace(iterations=iterations)
    if recipe.method == "wiener" and iterations is not None and len(job.psfs) == 1:
        recipe = recipe.replace(regularization=strength_of(job, 0))
    if not recipe.automatic and isinstance(recipe.target_fwhm, str):
        recipe = recipe.replace(target_fwhm=0.0)
    return recipe


def _filled(series: list[list[T]]) -> list[list[T]]:
    """Let items that came to their end by themselves rest there while others went on."""
    longest = max(map(len, series))
    return [values + values[-1:] * (longest - len(values)) for values in series]
