"""A computation in a worker thread, while the window only reads how far it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from typing import Any, ClassVar, Generic, TypeVar

from napari_deconvolve._napari.work.mailbox import Mailbox
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.work import Control, Outcome, Progress, Work, drive

log = logging.getLogger(__name__)

P = TypeVar("P")
T = TypeVar("T")


class Task(Generic[P, T]):
    """A session for `Runner`: one `Work`, driven like all others. Subclasses say which, by `_work`.

    Attributes
    ----------
    noun : str
        The computation's name in messages: "run", "simulation".
    patient : bool
        Whether the first request to stop lets the present step end.
    control : Control
        By which it is paused and stopped.
    progress : Progress
        Where it stands.
    outcome : Outcome
        What became of it.
    """

    noun: ClassVar[str] = "run"
    patient: ClassVar[bool] = False

    def __init__(self, number: int, plan: P) -> None:
        self.number, self.plan = number, plan
        self.control = Control(patient=self.patient)
        self.mailbox: Mailbox[Any] = Mailbox()
        self.progress = Progress(0, 1, stage="reading the image")
        self.outcome: Outcome[T] = Outcome()

    def _work(self) -> Work[T]:
        """Do the task."""
        raise NotImplementedError

    @property
    def value(self) -> T | None:
        """What it returned; of a stopped one, what it had."""
        return self.outcome.value

    @property
    def error(self) -> str:
        """Why it ended, in words; empty when it ended as it should, or was stopped."""
        return self.outcome.sentence(self.noun)

    @property
    def stopped(self) -> bool:
        """Whether it was asked to end."""
        return self.control.stopped

    @property
    def hurried(self) -> bool:
        """Whether it was asked to end at once."""
        return self.control.hurried

    @property
    def abandoned(self) -> bool:
        """Whether nobody wants a result."""
        return self.control.abandoned

    @property
    def paused(self) -> bool:
        """Whether it waits, or will after this step."""
        return self.control.paused

    @property
    def continuable(self) -> bool:
        """Whether it can go on once it has ended: never, unless a subclass says otherwise."""
        return False

    def begin(self, count: int, aborted: Callable[[], bool]) -> None:
        """Get ready; `aborted` says that napari wants its worker to end."""
        self.outcome = Outcome()
        self.control.begin(aborted)

    def pause(self) -> None:
        """Wait after the present step."""
        self.control.pause()

    def resume(self) -> None:
        """Go on."""
        self.control.resume()

    def stop(self) -> None:
        """End, and keep what there is."""
        self.control.stop()

    def abandon(self) -> None:
        """End at once; nobody wants the result."""
        self.control.abandon()

    def free(self) -> None:
        """Let memory go that is not needed any more: nothing, unless a subclass says otherwise."""

    def drive(self) -> Iterator[None]:
        """Do the task, and what a subclass adds to it: what the worker runs. No exception leaves it."""
        yield from self._caught(self._steps())
        if not (yield from self._caught(self._after())):
            self.free()
        error = self.outcome.error
        if error is not None and not isinstance(error, DeconvolutionError | MemoryError):
            log.error("a %s failed", self.noun, exc_info=error)

    def _steps(self) -> Iterator[None]:
        """Go through the work."""
        yield from drive(self._work(), self.outcome, self.control, self._tell)

    def _after(self) -> Iterator[None]:
        """Do what has to be done when the work has ended, however it did: nothing, unless a subclass says otherwise."""
        yield from ()

    def _caught(self, part: Iterator[None]) -> Generator[None, None, bool]:
        """Go through a part of the task; return whether it came to its end. What ended it is the task's outcome.

        That is so of what would end the program, too, as a library's `SystemExit`: of some napari would never hear, and
        wait for ever for the worker that they ended.
        """
        try:
            yield from part
        except GeneratorExit:  # nobody drives it any more
            raise
        except BaseException as fatal:
            self.outcome.error = fatal
            return False
        return True

    def _tell(self, progress: Progress) -> None:
        """Leave word for the window; called in the worker after every step."""
        self.progress = progress
        self.mailbox.put(progress)
