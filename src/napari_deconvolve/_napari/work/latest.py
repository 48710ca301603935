"""Computations beside the window of which only the newest counts."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.work.clock import Poll
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.work import sentence_of

POLL_SECONDS = 0.015  # between two looks for an answer
LATE_THREADS = 1  # that may still compute what nobody wants when a new request begins: it need not wait for them

log = logging.getLogger(__name__)


class LatestTask(QObject):  # type: ignore[misc]
    """Does the newest request in a thread and answers in the GUI thread; answers to older ones are dropped.

    Every request has a number; an answer whose number is not the newest is late. Messages name its `subject`, "PSF"
    say. So many threads with `late` answers may run beside a new one; 0 lets it wait for them.

    Signals
    -------
    answered(tag, result)
        The result of the newest request, or the `DeconvolutionError` that ended it.
    """

    answered = Signal(object, object)

    def __init__(self, parent: QObject | None = None, *, subject: str = "PSF", late: int = LATE_THREADS) -> None:
        super().__init__(parent)
        self._subject, self._late = subject, late
        self._number = 0
        self._waiting: _Request | None = None
        self._running: list[_Request] = []
        self._poll = Poll(self, POLL_SECONDS, self._look)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._waiting is not None or self._newest is not None

    def ask(self, tag: object, job: Callable[[], Any], patience: float = 0.0) -> None:
        """Do this job in a thread instead of any other; its answer comes with the tag.

        Within `patience` seconds the answer comes before this returns.
        """
        self.drop()
        self._waiting = _Request(self._number, tag, job, self._subject)
        self._begin()
        self._poll.start()
        if patience > 0:
            self._wait(patience)

    def drop(self) -> None:
        """Forget what was asked: no answer will come."""
        self._number += 1
        self._waiting = None

    @property
    def _newest(self) -> _Request | None:
        return next((one for one in self._running if one.number == self._number), None)

    def _wait(self, patience: float) -> None:
        end, number = time.monotonic() + patience, self._number
        while self.busy and number == self._number and time.monotonic() < end:
            (self._newest or self._running[0]).join(max(0.0, end - time.monotonic()))
            self._look()

    def _begin(self) -> None:
        late = sum(one.is_alive() for one in self._running)
        if self._waiting is not None and late <= self._late:
            request, self._waiting = self._waiting, None
            self._running.append(request)
            request.start()

    def _look(self) -> None:
        done = [one for one in self._running if not one.is_alive()]
        self._running = [one for one in self._running if one not in done]
        self._begin()
        if not self._running:
            self._poll.stop()
        for one in done:
            if one.number == self._number:
                self.answered.emit(one.tag, one.result)


class _Request(threading.Thread):
    """One job, whose thread ends with it."""

    def __init__(self, number: int, tag: object, job: Callable[[], Any], subject: str) -> None:
        super().__init__(name=f"napari-deconvolve {subject}", daemon=True)
        self.number, self.tag = number, tag
        self.result: Any = None
        self._job, self._subject = job, subject

    def run(self) -> None:
        """Keep the result, or what ended it."""
        try:
            self.result = self._job()
        except DeconvolutionError as error:
            self.result = error
        except BaseException as error:  # also what would end the program: somebody waits for an answer
            if not isinstance(error, MemoryError):
                log.exception("a %s failed", self._subject)
            self.result = DeconvolutionError(sentence_of(error, self._subject))
