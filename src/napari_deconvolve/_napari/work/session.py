"""A run of the engine in a worker: it may pause, stop, and go on.

The live iterations stay when the run has ended, so that 30 iterations and 30 more are exactly 60. With the number
"auto" the run begins with a search for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from napari_deconvolve._napari.work.history import History
from napari_deconvolve._napari.work.plan import Plan, prepared
from napari_deconvolve._napari.work.task import Task
from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.engine import Run
from napari_deconvolve.run.result import Result
from napari_deconvolve.tuning.results import Choice, FoundPSF
from napari_deconvolve.tuning.search import Search
from napari_deconvolve.tuning.sight import sight, surroundings
from napari_deconvolve.work import Progress, Work

SIGHT_SECONDS = 0.25  # between two looks at what a search sees
RECENT_ITERATIONS = 10  # whose time tells what the next will take


class Session(Task[Plan, Result]):
    """A run and all that is needed to go on with it. One worker at a time drives it; the GUI only reads.

    Attributes
    ----------
    run : Run or None
        The engine, once the job is prepared.
    latest : Iterate or None
        The newest state.
    result : Result or None
        What it came to; None while it runs.
    search : Search or None
        The search for the settings, while it runs and afterwards.
    sight : ndarray or None
        The image as a search sees it; None before its first iteration, and once the run's began.
    stage : str
        What is being looked for, in words; empty while iterating.
    deviances, objectives, seconds : list of float
        Of the iterations so far.
    history : History or None
        The estimates that are kept on the way.
    """

    noun: ClassVar[str] = "run"
    patient: ClassVar[bool] = True

    def __init__(self, number: int, plan: Plan) -> None:
        super().__init__(number, plan)
        self.run: Run | None = None
        self.latest: Iterate | None = None
        self.result: Result | None = None
        self.search: Search | None = None
        self.sight: FloatArray | None = None
        self.stage = ""
        self.deviances: list[float] = []
        self.objectives: list[float] = []
        self.seconds: list[float] = []
        self.history: History | None = None
        self._recipe: Recipe | None = None
        self._around: FloatArray | None = None  # what a search looks at
        self._next_sight = 0.0
        self._count, self._before = plan.recipe.expected_iterations, 0
        self._begun = time.perf_counter()

    @property
    def iteration(self) -> int:
        """How many iterations are done."""
        return 0 if self.latest is None else self.latest.iteration

    @property
    def target(self) -> int:
        """The iteration to stop at; a typical one as long as it is not known."""
        ready = None if self.run is None else self.run.ready
        if ready is None or self._before:
            return self._before + self._count
        return max(job.recipe.expected_iterations for job in ready.settings)

    @property
    def recipe(self) -> Recipe | None:
        """The recipe that repeats the run as far as it has come; None before its first iteration."""
        return self._recipe if self.result is None else self.result.recipe

    @property
    def about_making(self) -> dict[str, Any]:
        """By what the result was made, for metadata; empty while it runs."""
        return {} if self.result is None else self.result.about_making

    @property
    def choice(self) -> Choice | None:
        """How the settings were chosen, if they were."""
        choices = () if self.run is None or self.run.ready is None else self.run.ready.choices
        return choices[0] if choices else None

    @property
    def found(self) -> FoundPSF | None:
        """The PSF that was found from the image, if the method does that."""
        found = () if self.run is None or self.run.ready is None else self.run.ready.found
        return found[0] if found else None

    @property
    def psf(self) -> ChannelSpread:
        """The PSF that is used: the one found, or the one that was chosen."""
        return self.plan.psf if self.found is None else self.found.psf

    @property
    def sought(self) -> str:
        """What is looked for before the first iteration: "PSF" or "best number"."""
        return "PSF" if self.plan.recipe.traits.finds_psf and self.search is None else "best number"

    @property
    def backgrounds(self) -> tuple[float, ...]:
        """Of the items, in counts, as far as they are known."""
        record = None if self.run is None else self.run.record
        return () if record is None else record.backgrounds

    @property
    def continuable(self) -> bool:
        """Whether the iteration can go on from where it is."""
        return self.run is not None and self.run.continuable and self.latest is not None and not self.error

    @property
    def open_ended(self) -> bool:
        """Whether a condition decides on the way how many iterations there are."""
        ready = None if self.run is None else self.run.ready
        if ready is None or self._before:
            return False
        recipe = ready.settings[0].recipe
        return recipe.automatic and recipe.traits.iterates

    @property
    def at_end(self) -> bool:
        """Whether it got as far as it was to."""
        return self.result is not None and not self.outcome.stopped

    def seconds_left(self) -> float | None:
        """Predict from the last iterations how long the rest takes; None where nobody can know."""
        recent = self.seconds[-RECENT_ITERATIONS:]
        if not recent or self.open_ended:
            return None
        return (self.target - self.iteration) * float(np.median(recent))

    def free(self) -> None:
        """Let the iteration's memory and threads go; what was found stays."""
        if self.run is not None:
            self.run.close()

    def begin(self, count: int, aborted: Callable[[], bool]) -> None:
        """Get ready for `count` more iterations; `aborted` says that napari wants its worker to end."""
        super().begin(count, aborted)
        self._before, self._count, self.result = self.iteration, count, None

    def _after(self) -> Iterator[None]:
        """Take the result, or that of the last iteration that ended."""
        yield from super()._after()
        self.result = self.value
        if self.result is None and self.run is not None and self.latest is not None and not self.abandoned:
            self.result = self.run.result_at(self.latest)  # it was ended within an iteration
        if self.outcome.error is not None or (self.result is not None and not self.result.recipe.traits.continues):
            self.free()

    def _work(self) -> Work[Result]:
        if self.run is not None and self.latest is not None:
            return (yield from self.run.more(self._count))
        job = prepared(self.plan, self.control.cancelled)
        require_memory(job, lockstep=True)
        if self.plan.keep_every:
            self.history = History(self.plan.keep_every, self.plan.crop.shape, self.plan.recipe.dtype)
        self.run = Run(job, lockstep=True)
        return (yield from self.run.work())

    def _tell(self, progress: Progress) -> None:
        self.progress, self.stage = progress, progress.stage
        if progress.stage:
            if isinstance(progress.detail, Search):
                self._look(progress.detail)
            self.mailbox.put(progress.stage)
        else:
            self._around = self.sight = None
            self._note()
        self._begun = time.perf_counter()

    def _look(self, search: Search) -> None:
        """Take how far a search is, and now and then what it sees: here, as the window has no time to copy an image."""
        if search is not self.search:
            self.search, self._around = search, surroundings(search)
        now = time.perf_counter()
        if self._around is not None and now >= self._next_sight:
            self.sight = sight(search, self._around)
            self._next_sight = time.perf_counter() + (SIGHT_SECONDS if self.sight is not None else 0.0)

    def _note(self) -> None:
        """Take the state after an iteration."""
        run = self.run
        assert run is not None
        assert run.record is not None
        state = run.state()
        self.deviances.append(state.deviance)
        self.objectives.append(run.objective)
        if self.latest is None:
            self._recipe = run.record.recipe()
        if self.history is not None:
            self.history.reserve(MAX_SEARCH_ITERATIONS if self.open_ended else self.target)
            self.history.record(state, self.plan.crop.inner)
        self.latest = state
        self.mailbox.put(state)
        self.seconds.append(time.perf_counter() - self._begun)
