"""A run in a worker thread: it may pause, stop, go on, and is watched through a mailbox.

The worker drives a generator of the core. That generator stays alive, waiting at its yield, when the run has ended, so
that 30 iterations and 30 more are exactly 60.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from napari_deconvolve._napari.history import History
from napari_deconvolve._napari.layers import Source
from napari_deconvolve._napari.mailbox import Mailbox
from napari_deconvolve._napari.region import Crop
from napari_deconvolve.core.background import estimate_background
from napari_deconvolve.core.iterate import Iterate
from napari_deconvolve.errors import Cancelled, DeconvolutionError, ParameterError
from napari_deconvolve.psf import PSF
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.deconvolve import complete, iterates
from napari_deconvolve.run.job import Job, prepare
from napari_deconvolve.run.recipe import Recipe

log = logging.getLogger(__name__)

TICK = 50  # ms between two looks into the mailbox
PAUSE_LOOK = 0.05  # s between two looks for the end of a pause
RECENT = 10  # iterations whose time tells what the next will take


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that decides a run, fixed when Run is pressed.

    Attributes
    ----------
    source : Source
        The image.
    crop : Crop
        The part of it that is deconvolved.
    psf : PSF
        As its layer gave it.
    recipe : Recipe
        Without the PSF's description.
    spacing : tuple of float or None
        Of the image along the PSF's axes, in the PSF's unit; None when unknown.
    start : Source or None
        First estimate, of the image's shape.
    keep_every : int
        0 for no snapshots.
    region : str
        In the words of the form, for the metadata.
    """

    source: Source
    crop: Crop
    psf: PSF
    recipe: Recipe
    spacing: tuple[float, ...] | None = None
    start: Source | None = None
    keep_every: int = 0
    region: str = "whole image"


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
        The iteration to stop at.
    error : str
        Why it ended, in words; empty when it ended as it should.
    """

    number: int
    plan: Plan
    mailbox: Mailbox[Iterate] = field(default_factory=Mailbox)
    target: int = 0
    latest: Iterate | None = None
    deviances: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    backgrounds: tuple[float, ...] = ()
    recipe: Recipe | None = None
    history: History | None = None
    error: str = ""
    stopped: bool = False
    hurried: bool = False
    abandoned: bool = False
    _going: threading.Event = field(default_factory=threading.Event)
    _states: Iterator[Iterate] | None = None
    _aborted: Callable[[], bool] = field(default=lambda: False)

    @property
    def iteration(self) -> int:
        """How many iterations are done."""
        return 0 if self.latest is None else self.latest.iteration

    @property
    def continuable(self) -> bool:
        """Whether the iteration can go on from where it is."""
        return self._states is not None and self.latest is not None and not self.error

    @property
    def paused(self) -> bool:
        """Whether it waits between two iterations, or will after this one."""
        return not self._going.is_set()

    def seconds_left(self) -> float | None:
        """Predict from the last iterations how long the rest takes."""
        recent = self.seconds[-RECENT:]
        return None if not recent else (self.target - self.iteration) * float(np.median(recent))

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
        states, self._states = self._states, None
        if states is not None:
            states.close()  # type: ignore[attr-defined]

    def begin(self, count: int, aborted: Callable[[], bool]) -> None:
        """Get ready for `count` more iterations; `aborted` tells that napari wants its worker to end."""
        self.target = self.iteration + count
        self.stopped = self.hurried = self.abandoned = False
        self._aborted = aborted
        self._going.set()

    def drive(self) -> Iterator[None]:
        """Iterate up to the target: what the worker runs. No exception leaves it."""
        try:
            states = self._states or self._set_up()
            if self.history is not None:
                self.history.reserve(self.target)
            while self.iteration < self.target and not self.stopped:
                self._step(states)
                yield
                while not self._going.wait(PAUSE_LOOK):
                    yield
        except Cancelled:
            self.free()
        except DeconvolutionError as error:
            self._fail(str(error))
        except MemoryError:
            self._fail("There is not enough memory for this run; take a smaller region or fewer snapshots.")
        except Exception as error:
            log.exception("a deconvolution failed")
            self._fail(f"The run failed unexpectedly ({type(error).__name__}: {error}); the log tells more.")

    def _cancelled(self) -> bool:
        return self.hurried or self._aborted()

    def _fail(self, text: str) -> None:
        self.error = text
        self.free()

    def _step(self, states: Iterator[Iterate]) -> None:
        begin = time.perf_counter()
        state = next(states)
        self.deviances.append(state.deviance)
        if self.history is not None:
            self.history.record(state, self.plan.crop.inner)
        self.latest = state
        self.mailbox.put(state)
        self.seconds.append(time.perf_counter() - begin)

    def _set_up(self) -> Iterator[Iterate]:
        plan = self.plan
        job = _job(plan, self._cancelled)
        require_memory(job, lockstep=True)
        if self.stopped:
            raise Cancelled("The run was stopped before its first iteration.")
        self.backgrounds = tuple(job.background(item) for item in range(len(job)))
        self.recipe = complete(job, self.backgrounds)
        if len(job) == 1:  # found once is enough
            job = dataclasses.replace(job, recipe=job.recipe.replace(background=self.backgrounds[0]))
        if plan.keep_every:
            self.history = History(plan.keep_every, plan.crop.shape, plan.recipe.dtype)
        self._states = iterates(job)
        return self._states


def _job(plan: Plan, cancelled: Callable[[], bool]) -> Job:
    """Read the samples (they may be computed only now) and set the job up."""
    image = np.asarray(plan.source.data[plan.crop.outer])
    start = None if plan.start is None else np.asarray(plan.start.data[plan.crop.outer])
    return prepare(
        image,
        plan.psf,
        plan.recipe.replace(background=_background(plan)),
        spacing=plan.spacing,
        start=start,
        cancelled=cancelled,
    )


def _background(plan: Plan) -> float | str:
    """Find the background of one frame from all of it, not from the part: so that the part looks as the whole will."""
    given, source, crop = plan.recipe.background, plan.source, plan.crop
    looped = len(source.shape) - plan.psf.ndim
    single = all(length == 1 for length in crop.shape[:looped])
    if not isinstance(given, str) or source.lazy or not single or crop.outer_shape == source.shape:
        return given
    return estimate_background(source.data[tuple(part.start for part in crop.outer[:looped])])


class Runner(QObject):  # type: ignore[misc]
    """Runs one session at a time, and tells the GUI thread about it.

    Signals
    -------
    advanced(session, iterate)
        Something new to show; states that came too fast are left out.
    ended(session)
        The worker is done: reached its target, stopped, or failed.
    """

    advanced = Signal(object, object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self._worker: Any = None
        self._numbers = 0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether a worker is at it, or paused."""
        return self._worker is not None

    @property
    def continuable(self) -> bool:
        """Whether the last run can go on."""
        return not self.busy and self.session is not None and self.session.continuable

    def start(self, plan: Plan) -> Session:
        """Begin a run; the memory of the last one is let go.

        Raises
        ------
        ParameterError
            While another run is on.
        """
        self._refuse_if_busy()
        self.free()
        self._numbers += 1
        self.session = Session(self._numbers, plan)
        self._work(plan.recipe.iterations)
        return self.session

    def go_on(self, count: int) -> None:
        """Do so many more iterations of the last run.

        Raises
        ------
        ParameterError
            While a run is on, or when there is nothing to go on with.
        """
        self._refuse_if_busy()
        if not self.continuable:
            raise ParameterError("There is no run to continue; press Run first.")
        self._work(count)

    def free(self) -> None:
        """Let the memory of the last run go; it cannot be continued then."""
        if self.session is not None and not self.busy:
            self.session.free()

    def forget(self) -> None:
        """Let all of the last run go, its estimate too."""
        self.free()
        if not self.busy:
            self.session = None

    def abandon(self) -> None:
        """End the run at once, without a result."""
        if self.session is not None and self.busy:
            self.session.abandon()

    def _refuse_if_busy(self) -> None:
        if self.busy:
            raise ParameterError("A run is on; stop it, or wait for its end, before you start another.")

    def _work(self, count: int) -> None:
        from napari.qt.threading import create_worker

        session = self.session
        assert session is not None
        worker = create_worker(session.drive, _start_thread=False)
        session.begin(count, lambda: bool(worker.abort_requested))
        worker.finished.connect(self._finished)
        self._worker = worker
        self._timer.start()
        worker.start()

    def _look(self) -> None:
        session = self.session
        state = None if session is None else session.mailbox.take()
        if state is not None:
            self.advanced.emit(session, state)

    def _finished(self) -> None:
        self._timer.stop()
        worker, self._worker = self._worker, None
        session = self.session
        if session is None or worker is None:
            return
        session.mailbox.take()
        if session.abandoned or worker.abort_requested:
            session.abandoned = True
            session.free()
        self.ended.emit(session)
