"""Tasks in a worker thread, watched from the GUI thread through a mailbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.work.clock import Poll
from napari_deconvolve.errors import ParameterError

POLL_SECONDS = 0.05  # between two looks into the mailbox


class _Drive:
    """What a worker does: it lets its session go at the end, as napari's window remembers all workers there were."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def steps(self) -> Iterator[None]:
        """Drive the session."""
        try:
            yield from self._session.drive()
        finally:
            self._session = None


class Runner(QObject):  # type: ignore[misc]
    """Runs one session at a time, and tells the GUI thread about it: signals are always of the last one.

    `make` makes a `Task` of a number, which is higher for later ones, and a plan.

    Signals
    -------
    advanced(session, iterate)
        Something new to show; states that came too fast are left out.
    ended(session)
        The worker is done: reached its target, stopped, or failed.
    """

    advanced = Signal(object, object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None, *, make: Callable[[int, Any], Any]) -> None:
        super().__init__(parent)
        self._make = make
        self.session: Any = None
        self._worker: Any = None
        self._numbers = 0
        self._poll = Poll(self, POLL_SECONDS, self._look)

    @property
    def busy(self) -> bool:
        """Whether a worker is at it, or paused."""
        return self._worker is not None

    @property
    def continuable(self) -> bool:
        """Whether the last run can go on."""
        return not self.busy and self.session is not None and self.session.continuable

    def start(self, plan: Any, count: int | None = None) -> Any:
        """Begin a run of a plan, and return its session; the memory of the last one is let go.

        Without `count`, as many iterations are expected as the plan's recipe expects. Raise `ParameterError` while
        another run goes on.
        """
        self._refuse_if_busy()
        self.free()
        self._numbers += 1
        self.session = self._make(self._numbers, plan)
        self._work(plan.recipe.expected_iterations if count is None else count)
        return self.session

    def go_on(self, count: int) -> None:
        """Do so many more iterations of the last run.

        Raise `ParameterError` while a run goes on, or when there is nothing to go on with.
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
            raise ParameterError("A run is in progress; stop it, or wait for its end, before you start another.")

    def _work(self, count: int) -> None:
        from napari.qt.threading import create_worker

        session = self.session
        assert session is not None
        worker = create_worker(_Drive(session).steps, _start_thread=False)
        session.begin(count, lambda: bool(worker.abort_requested))
        worker.finished.connect(self._finished)
        self._worker = worker
        self._poll.start()
        worker.start()

    def _look(self) -> None:
        session = self.session
        state = None if session is None else session.mailbox.take()
        if state is not None:
            self.advanced.emit(session, state)

    def _finished(self) -> None:
        self._poll.stop()
        worker, self._worker = self._worker, None
        session = self.session
        if session is None or worker is None:
            return
        session.mailbox.take()
        if session.abandoned or worker.abort_requested:
            session.abandon()
            session.free()
        self.ended.emit(session)
