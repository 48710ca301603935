"""What a method does: set a job up, iterate over its items, complete its recipe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from numpy.typing import NDArray

from napari_deconvolve.core.algorithms.iterate import Iteration, Running, StopRule, after
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.batch_noise import BatchData
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.rules import STOP_RULES
from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS
from napari_deconvolve.job.camera import known_camera
from napari_deconvolve.job.data import found_by, ground
from napari_deconvolve.job.device import noted
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.method import METHODS, MethodTraits
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.tuning.results import Choice, FoundPSF, settled
from napari_deconvolve.tuning.search import Search, needs_search
from napari_deconvolve.tuning.series import series
from napari_deconvolve.work import Work


class BatchIteration(Running, Protocol):
    """A live iteration over many items at once."""

    noise: BatchData

    @property
    def deviances(self) -> NDArray:  # type: ignore[type-arg]
        """Poisson deviance of each item."""


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A job whose settings are known; tuples hold one value per group of items that share them, or none."""

    job: Job  # with the PSFs that are used, and the background of a single item
    settings: tuple[Job, ...]  # the job with those of each group
    group_of: tuple[int, ...]  # the place of each item's settings
    choices: tuple[Choice, ...] = ()  # of settings that the recipe leaves open
    found: tuple[FoundPSF, ...] = ()  # from the image, one per channel
    odd: Mapping[int, str] = field(default_factory=dict)  # items unlike the others, that did not decide, and how

    @classmethod
    def as_given(cls, job: Job, found: tuple[FoundPSF, ...] = ()) -> Ready:
        """Return a job that is run with the settings it has."""
        return cls(job, (job,), (0,) * len(job), found=found)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences on what was changed to fit, and on where items ran once they have."""
        return (*self.job.remarks, *dict.fromkeys(word for one in self.settings for word in noted(one)))

    def of(self, item: int) -> Job:
        """Return the job with the settings of an item."""
        return self.settings[self.group_of[item]]


class Method(MethodTraits, ABC):
    """A method of deconvolution: one object, in one file, added to `METHODS`."""

    def resolve(self, job: Job) -> Work[tuple[Job, tuple[FoundPSF, ...]]]:
        """Return the job that is run, and the PSFs that were found for it."""
        yield from ()
        return job, ()

    def setup(self, job: Job) -> Work[Ready]:
        """Find what the recipe leaves open: the PSFs, and each channel's settings."""
        resolved, found = yield from self.resolve(job)
        known = with_background(resolved)
        if not needs_search(known.recipe):
            return Ready.as_given(known, found)
        choices: list[Choice] = []
        odd: dict[int, str] = {}
        for channel in range(len(known.psfs)):
            alike = series(known, channel)
            odd.update(alike.odd)
            for group in alike.groups:
                choice = yield from Search(known, channel, group.deciding).work()
                choice = replace(choice, items=group.items)
                choices.append(found[channel].limit(choice) if found else choice)
        places = {item: place for place, choice in enumerate(choices) for item in choice.items}
        group_of = tuple(places[item] for item in range(len(known)))
        return Ready(known, tuple(settled(known, one) for one in choices), group_of, tuple(choices), found, odd)

    @abstractmethod
    def iteration(self, job: Job, item: int, noise: PoissonData | None = None) -> Iteration:
        """Set up the iteration over one item; its own data may be replaced by others."""

    def batches(self, job: Job) -> bool:
        """Return whether items of a job can be run together."""
        return False

    def batch(self, job: Job, items: Sequence[int]) -> BatchIteration:
        """Set up the iteration over several items of one channel."""
        raise NotImplementedError(f"The method {self.name} runs items one by one.")

    def conditions(self, recipe: Recipe, noise: PoissonData | BatchData) -> tuple[StopRule, ...]:
        """Return the conditions that end a run over some items; the first that holds does."""
        if not isinstance(recipe.iterations, str):
            return (after(recipe.iterations),)
        if self.ends_by_itself:
            return (after(MAX_SEARCH_ITERATIONS),)
        samples = noise.data.size if noise.valid is None else int(noise.valid.sum())
        gain = 1.0 if isinstance(recipe.mean_gain, str) else recipe.mean_gain
        return STOP_RULES[recipe.stop].conditions(samples, gain) or (after(MAX_SEARCH_ITERATIONS),)

    def checkpoint(self, iteration: Iteration | BatchIteration) -> FloatArray | None:
        """Return all that an iteration holds of the object, to continue it exactly; None where that cannot be."""
        return None

    def completed(self, job: Job, recipe: Recipe) -> Recipe:
        """Return a recipe with what the method itself has found, once it has run."""
        return recipe


def method_of(recipe: Recipe) -> Method:
    """Return the method of a recipe."""
    return cast("Method", METHODS[recipe.method])


def with_background(job: Job) -> Job:
    """Return a job of one item with its background as a number: found once is enough."""
    if len(job) != 1:
        return job
    found = job.recipe.replace(**camera_of(job, 0))
    return replace(job, recipe=found, under=found_by(job, 0), asked=job.asked or job.recipe)


def camera_of(job: Job, item: int) -> dict[str, Any]:
    """Return what is known of one item's camera and background as a recipe holds it: it leads to the same numbers."""
    return {"background": ground(job, item), **known_camera(job, item)}
