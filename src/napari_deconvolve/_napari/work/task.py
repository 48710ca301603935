"""A task that a worker does at one go, from reading the image to its end, while the window only reads how far it is."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from typing import ClassVar, Generic, TypeVar

from napari_deconvolve._napari.work.mailbox import Mailbox
from napari_deconvolve.errors import Cancelled, DeconvolutionError
from napari_deconvolve.run.engine import Progress

log = logging.getLogger(__name__)

P = TypeVar("P")


class Task(Generic[P]):
    """A session for `Runner` that cannot be paused or continued. Subclasses give `_work`.

    Parameters
    ----------
    number : int
        Later tasks have higher ones.
    plan : object
        All that decides what is done.

    Attributes
    ----------
    words : str
        What it is called in messages: "run", "simulation".
    progress : Progress
        Where it stands.
    error : str
        Why it ended, in words; empty when it ended as it should.
    finished : bool
        Whether it came to its end.
    stopped, abandoned : bool
        Whether it was asked to end, and whether nobody wants a result.
    """

    words: ClassVar[str] = "run"

    def __init__(self, number: int, plan: P) -> None:
        self.number, self.plan = number, plan
        self.mailbox: Mailbox[Progress] = Mailbox()
        self.progress = Progress(0, 1, math.nan, "reading the image")
        self.error = ""
        self.finished = self.stopped = self.abandoned = False
        self._aborted: Callable[[], bool] = lambda: False

    def _work(self) -> Iterator[Progress]:
        """Do the task, and say where it stands; results go into attributes of its own."""
        raise NotImplementedError

    @property
    def continuable(self) -> bool:
        """Never: it is done at one go."""
        return False

    def begin(self, count: int, aborted: Callable[[], bool]) -> None:
        """Get ready; `aborted` tells that napari wants its worker to end."""
        self._aborted = aborted

    def cancelled(self) -> bool:
        """Return whether to end at once: polled within transforms."""
        return self.stopped or self._aborted()

    def stop(self) -> None:
        """End at once."""
        self.stopped = True

    def abandon(self) -> None:
        """End at once; nobody wants the result."""
        self.stopped = self.abandoned = True

    def free(self) -> None:
        """Let memory go that is not needed any more: nothing, unless a subclass says otherwise."""

    def drive(self) -> Iterator[None]:
        """Do the task: what the worker runs. No exception leaves it."""
        try:
            for progress in self._work():
                self.progress = progress
                self.mailbox.put(progress)
                yield
                if self.cancelled():
                    return
            self.finished = True
        except Cancelled:
            log.debug("a %s was stopped", self.words)
        except DeconvolutionError as error:
            self.error = str(error)
        except MemoryError:
            self.error = f"There is not enough memory for this {self.words}; take a smaller region."
        except Exception as error:
            log.exception("a %s failed", self.words)
            self.error = f"The {self.words} failed unexpectedly ({type(error).__name__}: {error}); the log tells more."
