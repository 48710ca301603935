"""A run that a worker drives: it may pause, stop, and go on.

The live iterations stay when the run has ended, so that 30 iterations and 30 more are exactly 60. With the number
"auto" the run begins with a search for it.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

import numpy as np

from napari_deconvolve._napari.work.history import History
from napari_deconvolve._napari.work.mailbox import Mailbox
from napari_deconvolve._napari.work.plan import Plan, prepared
from napari_deconvolve._napari.work.steps import Steps
from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS
from napari_deconvolve.errors import Cancelled, DeconvolutionError
from napari_deconvolve.job.data import background, dark_noise, empty_items, valid_pixels
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.blind import FoundPSF, PSFSearch, held_back, with_found
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.engine import complete, to_be_searched
from napari_deconvolve.run.quality import of_empty
from napari_deconvolve.tuning.search import Choice, Search, settled

log = logging.getLogger(__name__)

PAUSE_LOOK = 0.05  # s between two looks for the end of a pause
RECENT = 10  # iterations whose time tells what the next will take


@dataclass(slots=True, eq=False)
class Session:
    """A run and all that is needed to go on with it. One worker at a time drives it; the GUI only reads.

    Attributes
    ----------
    number : int
        Later sessions have higher ones.
    latest : Iterate or None
        The newest state.
    target : int
        The iteration to stop at; a usual one as long as it is not known.
    search : Search or None
        What looks, or looked, for the settings.
    choice : Choice or None
        What it found.
    found : FoundPSF or None
        The PSF that the method "blind" found.
    stage : str
        What is being looked for, in words; empty while iterating.
    samples : int
        How many samples of the image say something.
    remarks : tuple of str
        What the image itself gives to mistrust.
    error : str
        Why it ended, in words; empty when it ended as it should.
    """

    number: int
    plan: Plan
    mailbox: Mailbox[Iterate | str] = field(default_factory=Mailbox)
    target: int = 0
    latest: Iterate | None = None
    deviances: list[float] = field(default_factory=list)
    objectives: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    backgrounds: tuple[float, ...] = ()
    samples: int = 0
    remarks: tuple[str, ...] = ()
    recipe: Recipe | None = None
    search: Search | None = None
    choice: Choice | None = None
    found: FoundPSF | None = None
    stage: str = ""
    history: History | None = None
    error: str = ""
    stopped: bool = False
    hurried: bool = False
    abandoned: bool = False
    _going: threading.Event = field(default_factory=threading.Event)
    _steps: Steps | None = None
    _rested: bool = False
    _aborted: Callable[[], bool] = field(default=lambda: False)

    @property
    def iteration(self) -> int:
        """How many iterations are done."""
        return 0 if self.latest is None else self.latest.iteration

    @property
    def psf(self) -> ChannelSpread:
        """What the estimate is deconvolved with: the PSF found, or the one that was chosen."""
        return self.plan.psf if self.found is None else self.found.psf

    @property
    def continuable(self) -> bool:
        """Whether the iteration can go on from where it is."""
        if self.plan.recipe.method == "wiener":
            return False
        return self._steps is not None and self.latest is not None and not self.error

    @property
    def paused(self) -> bool:
        """Whether it waits between two iterations, or will after this one."""
        return not self._going.is_set()

    @property
    def open_ended(self) -> bool:
        """Whether a rule will say on the way how many iterations there are."""
        return self._steps is not None and self._steps.ruled

    @property
    def at_end(self) -> bool:
        """Whether it got as far as it was to."""
        return self._rested or (self.iteration >= self.target and not self.open_ended)

    def seconds_left(self) -> float | None:
        """Predict from the last iterations how long the rest takes; None where nobody can know."""
        recent = self.seconds[-RECENT:]
        if not recent or self.open_ended:
            return None
        return (self.target - self.iteration) * float(np.median(recent))

    def pause(self) -> None:
        """Wait after the present iteration."""
        self._going.clear()

    def resume(self) -> None:
        """Go on."""
        self._going.set()

    def stop(self) -> None:
        """End after the present iteration; asked a second time, end within it (it cannot be continued then)."""
        self.hurried = self.stopped
        self.stopped = True
        self._going.set()

    def abandon(self) -> None:
        """End within the present iteration; nobody wants the result."""
        self.stopped = self.hurried = self.abandoned = True
        self._going.set()

    def free(self) -> None:
        """Let the iteration's memory and threads go; what was found stays."""
        steps, self._steps = self._steps, None
        if steps is not None:
            steps.close()

    def begin(self, count: int, aborted: Callable[[], bool]) -> None:
        """Get ready for `count` more iterations; `aborted` tells that napari wants its worker to end."""
        self.target = self.iteration + count
        self.stopped = self.hurried = self.abandoned = self._rested = False
        self._aborted = aborted
        if self._steps is not None:
            self._steps.wake()
        self._going.set()

    def drive(self) -> Iterator[None]:
        """Iterate up to the target: what the worker runs. No exception leaves it."""
        try:
            if self._steps is None:
                yield from self._set_up()
            assert self._steps is not None
            if self.history is not None:
                self.history.reserve(MAX_SEARCH_ITERATIONS if self.open_ended else self.target)
            while not (self.stopped or self.at_end):
                self._step(self._steps)
                yield from self._rest()
        except Cancelled:
            self.free()
        except DeconvolutionError as error:
            self._fail(str(error))
        except MemoryError:
            self._fail("There is not enough memory for this run; take a smaller region or fewer snapshots.")
        except Exception as error:
            log.exception("a deconvolution failed")
            self._fail(f"The run failed unexpectedly ({type(error).__name__}: {error}); the log tells more.")

    def _rest(self) -> Iterator[None]:
        """Let the worker hear what is asked of it, and wait while the run is paused."""
        yield
        while not self._going.wait(PAUSE_LOOK):
            yield

    def _cancelled(self) -> bool:
        return self.hurried or self._aborted()

    def _fail(self, text: str) -> None:
        self.error = text
        self.free()

    def _step(self, steps: Steps) -> None:
        begin = time.perf_counter()
        step = steps.step()
        self._rested = step is None or steps.resting
        if step is None:
            return
        state = step.state
        if self.plan.recipe.method == "wiener":  # its strength is known only now
            self.recipe = complete(steps.job, self.backgrounds, iterations=1)
            self.free()
        self.deviances.append(state.deviance)
        self.objectives.append(step.objective)
        if self.history is not None:
            self.history.record(state, self.plan.crop.inner)
        self.latest = state
        self.mailbox.put(state)
        self.seconds.append(time.perf_counter() - begin)

    def _set_up(self) -> Iterator[None]:
        plan = self.plan
        job = prepared(plan, self._cancelled)
        require_memory(job, lockstep=True)
        self._heed_stop("before its first iteration")
        self.backgrounds, self.samples = tuple(background(job, item) for item in range(len(job))), valid_pixels(job)
        self.remarks = of_empty(empty_items(job), len(job))
        if len(job) == 1:  # found once is enough
            recipe = job.recipe.replace(background=self.backgrounds[0], dark_noise=dark_noise(job, 0))
            job = dataclasses.replace(job, recipe=recipe)
        if job.recipe.method == "blind":
            job = yield from self._find_psf(job)
        if to_be_searched(job.recipe):
            yield from self._choose(job)
            assert self.choice is not None
            self.recipe = complete(job, self.backgrounds, [self.choice])
            job = settled(job, self.choice)
        else:
            self.recipe = complete(job, self.backgrounds)
        if plan.keep_every:
            self.history = History(plan.keep_every, plan.crop.shape, plan.recipe.dtype)
        self._steps = Steps(job)

    def _find_psf(self, job: Job) -> Generator[None, None, Job]:
        """Look for the PSF, on a part of the brightest item; give the job that goes on with it."""
        search = PSFSearch(job)
        for progress in search:
            self.stage = progress.stage
            self.mailbox.put(self.stage)
            yield from self._rest()
            self._heed_stop("while it looked for the PSF")
        assert search.found is not None
        self.found, self.stage = search.found, ""
        return with_found(job, [search.found])

    def _choose(self, job: Job) -> Iterator[None]:
        """Look for the settings, on a part of the brightest item; all items share them."""
        self.search = Search(job)
        for stage in self.search:
            self.stage = stage
            self.mailbox.put(stage)
            yield from self._rest()
            self._heed_stop("while it looked for the best number")
        self.choice, self.stage = held_back(self.search.choice, self.found), ""
        if self.choice.iterations:
            self.target = self.choice.iterations

    def _heed_stop(self, when: str) -> None:
        if self.stopped:
            raise Cancelled(f"The run was stopped {when}.")
