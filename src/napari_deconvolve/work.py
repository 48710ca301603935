"""Long computations: generators that yield progress and return their result, and the one loop that drives them.

Every computation of this package that takes time is a `Work`. Python drives it to its end (`finish`), the command line
beside a progress bar, a window in a thread: all by `drive`. It is the only place that knows how computations are
paused, stopped and abandoned, and what becomes of their errors.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from napari_deconvolve.errors import Cancelled, DeconvolutionError

T = TypeVar("T")

PAUSE_POLL_S = 0.05  # between two looks for the end of a pause


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a computation stands.

    Attributes
    ----------
    done, total : int
        Steps, such as iterations over all items; the total is a guess while settings are being chosen, and may be too
        high.
    deviance : float
        Of the present estimate; NaN while there is none.
    stage : str
        What is being done, in words; empty while the main computation runs.
    detail : object
        What a window may draw meanwhile: the curves of a search, the points of a check, a finished row of a sweep.
    """

    done: int
    total: int
    deviance: float = math.nan
    stage: str = ""
    detail: Any = None


Work: TypeAlias = Generator[Progress, None, T]


class Stopped(Cancelled):
    """Thrown into a computation that is to end: one that has something worth keeping returns it."""


class Control:
    """Requests to a computation while it runs, from any thread.

    Of a `patient` control the first request to stop lets the present step end, and only the second ends within it.

    Attributes
    ----------
    stopped, hurried, abandoned : bool
        The computation is to end and to return its result so far; to end within its present step; to return none.
    """

    def __init__(self, *, patient: bool = True) -> None:
        self._patient = patient
        self._going = threading.Event()
        self._aborted: Callable[[], bool] = lambda: False
        self.stopped = self.hurried = self.abandoned = False
        self._going.set()

    @property
    def paused(self) -> bool:
        """Whether the computation waits between two steps, or will after this one."""
        return not self._going.is_set()

    def begin(self, aborted: Callable[[], bool] = lambda: False) -> None:
        """Forget earlier requests; `aborted` says whether whoever runs the computation wants it to end."""
        self.stopped = self.hurried = self.abandoned = False
        self._aborted = aborted
        self._going.set()

    def pause(self) -> None:
        """Wait after the present step."""
        self._going.clear()

    def resume(self) -> None:
        """Go on."""
        self._going.set()

    def stop(self) -> None:
        """End after the present step; asked again, or of an impatient control, end within it."""
        self.hurried = self.stopped or not self._patient
        self.stopped = True
        self._going.set()

    def abandon(self) -> None:
        """End within the present step, without a result."""
        self.stopped = self.hurried = self.abandoned = True
        self._going.set()

    def cancelled(self) -> bool:
        """Return whether to end at once: polled within transforms."""
        return self.hurried or self._aborted()

    def wait(self, seconds: float) -> bool:
        """Wait for the end of a pause; return whether it has come."""
        return self._going.wait(seconds)


@dataclass(slots=True, eq=False)
class Outcome(Generic[T]):
    """The outcome of a computation: what it returned, or the error that ended it."""

    value: T | None = None  # of a stopped computation, its result so far
    error: BaseException | None = None
    stopped: bool = False  # by request
    _returned: bool = field(default=False, repr=False)

    def take(self, value: T) -> None:
        """Keep what was returned."""
        self.value, self._returned = value, True

    def result(self) -> T:
        """Return what was returned; raise what ended the computation."""
        if self.error is not None:
            raise self.error
        if not self._returned:
            raise Cancelled("The computation was stopped before it had a result.")
        return self.value  # type: ignore[return-value]

    def sentence(self, what: str) -> str:
        """Return why there is no result of a "run" or "sweep", in words; empty where there is nothing to say."""
        if self.error is None or isinstance(self.error, Cancelled):
            return ""
        return sentence_of(self.error, what)


def sentence_of(error: BaseException, what: str) -> str:
    """Return an error in words for a window: problem, value, remedy."""
    if isinstance(error, DeconvolutionError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"There is not enough memory for this {what}. Use a smaller region, or keep fewer estimates."
    words = f"{type(error).__name__}: {error}".removesuffix(": ")
    return f"The {what} failed unexpectedly ({words}). The log holds the details."


def drive(
    work: Work[T], outcome: Outcome[T], control: Control | None = None, tell: Callable[[Progress], None] | None = None
) -> Iterator[None]:
    """Run a computation to its end: every thread, command and call loops over it. No `Exception` leaves it.

    Parameters
    ----------
    work : Work
        The computation.
    outcome : Outcome
        Receives its result or its error.
    control : Control, optional
        By which others pause and stop it.
    tell : callable, optional
        Called with each progress, in this thread, before the next step.

    Yields
    ------
    None
        After every step, and again and again during a pause: whoever loops may look around.
    """
    asked = control or Control()
    try:
        yield from _steps(work, outcome, asked, tell)
    except Exception as error:
        outcome.error = error
    finally:
        outcome.stopped = asked.stopped
        work.close()


def _steps(
    work: Work[T], outcome: Outcome[T], control: Control, tell: Callable[[Progress], None] | None
) -> Iterator[None]:
    while True:
        try:
            progress = work.throw(Stopped("The computation was stopped.")) if control.stopped else next(work)
        except StopIteration as end:
            outcome.take(end.value)
            return
        if tell is not None:
            tell(progress)
        yield
        while not control.wait(PAUSE_POLL_S):
            yield


def finish(work: Work[T]) -> T:
    """Return what a computation returns, looking at no progress; raise what ends it."""
    outcome: Outcome[T] = Outcome()
    deque(drive(work, outcome), maxlen=0)
    return outcome.result()


def renamed(work: Work[T], progress: Callable[[str], Progress]) -> Work[T]:
    """Do a computation as a part of another one, which tells the stage of each step in its way."""
    with closing(work):
        while True:
            try:
                step = next(work)
            except StopIteration as end:
                found: T = end.value
                return found
            yield progress(step.stage)
