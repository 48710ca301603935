"""Making PSFs beside the GUI thread: only the newest request counts."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from qtpy.QtCore import QObject, QTimer, Signal

from napari_deconvolve._napari.layers.psf_request import Made, Request, make
from napari_deconvolve.errors import DeconvolutionError

POLL_MS = 15

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of requests: a PSF for each, or a sentence that says why there is none."""

    requests: tuple[Request, ...]
    made: tuple[Made, ...] = ()
    error: str = ""


class Maker(QObject):  # type: ignore[misc]
    """Makes what was asked for last in a thread and tells it in the GUI thread; older results are dropped.

    Attributes
    ----------
    finished : Signal(Outcome)
        For what was asked for last only.
    """

    finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._next: tuple[Request, ...] = ()
        self._running: _Job | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)

    def ask(self, *requests: Request) -> None:
        """Make these, as soon as those under way are done."""
        self._next = requests
        if self._running is None:
            self._start()

    def wait(self, seconds: float) -> None:
        """Let what was asked for last finish now if it takes no longer than this."""
        if self._running is not None and self._running.wait(seconds):
            self._look()
            if self._running is not None and self._running.wait(seconds):
                self._look()

    def drop(self) -> None:
        """Forget what was asked; a result that is still to come is not told."""
        self._next = ()
        if self._running is not None:
            self._running.superseded = True

    @property
    def busy(self) -> bool:
        """Whether something is being made."""
        return self._running is not None and not self._running.superseded

    def _start(self) -> None:
        self._running, self._next = _Job(self._next), ()
        self._running.start()
        self._timer.start()

    def _look(self) -> None:
        job = self._running
        if job is None or not job.done:
            return
        self._running = None
        self._timer.stop()
        if self._next:
            self._start()
        elif not job.superseded and job.outcome is not None:
            self.finished.emit(job.outcome)


class _Job:
    """What was asked for at once, in one thread, which ends with it."""

    def __init__(self, requests: tuple[Request, ...]) -> None:
        self.superseded = False
        self.outcome: Outcome | None = None
        self._requests = requests
        self._thread = threading.Thread(target=self._run, name="napari-deconvolve PSF", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return self.done

    def _run(self) -> None:
        try:
            self.outcome = Outcome(self._requests, tuple(make(request) for request in self._requests))
        except DeconvolutionError as error:
            self.outcome = Outcome(self._requests, error=str(error))
        except MemoryError:
            self.outcome = Outcome(self._requests, error="This PSF does not fit into memory; make it smaller.")
        except Exception as error:
            _log.exception("The PSF could not be made")
            self.outcome = Outcome(self._requests, error=f"The PSF could not be made: {error}.")
