"""What all commands share while they run: being stopped, showing progress, speaking on stderr."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from napari_deconvolve.work import Control, Outcome, Progress, Work, drive

T = TypeVar("T")

STOP = threading.Event()  # set by the first Ctrl-C or SIGTERM; polled by the transform's threads
OVER = threading.Event()  # set when the work is done and the process only has to end


@contextmanager
def stoppable(*, last: bool = False) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the program in order: threads are stopped and temporary files removed.

    A second signal is ignored, so that it cannot break the clearing up after the first; so are later ones where the
    process ends after the block (`last`), as all work is done.
    """
    STOP.clear()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    OVER.clear()
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        if last:
            OVER.set()
        for number, handler in before.items():
            # Handlers in Python are taken down while the interpreter ends, and then a signal would kill it.
            signal.signal(number, signal.SIG_IGN if last else handler)


def _stop(number: int, frame: FrameType | None) -> None:
    if not (STOP.is_set() or OVER.is_set()):
        STOP.set()
        raise KeyboardInterrupt


def say(text: str) -> None:
    """Print one line on stderr."""
    print(" ".join(text.split()), file=sys.stderr)


def follow(work: Work[T], total: int, doing: str = "deconvolving") -> T:
    """Return what a computation of about `total` steps returns, with a progress bar when stderr is a terminal."""
    with _bar(total, doing) as show:
        return driven(work, None, show)


def driven(work: Work[T], control: Control | None, tell: Callable[[Progress], None] | None) -> T:
    """Return what a computation returns; a control pauses it, and a signal ends it."""
    outcome: Outcome[T] = Outcome()
    for _ in drive(work, outcome, control, tell):
        if STOP.is_set():  # by a signal at a moment when Python could not raise it
            raise KeyboardInterrupt
    return outcome.result()


@contextmanager
def _bar(total: int, doing: str) -> Iterator[Callable[[Progress], None] | None]:
    """Show a progress bar of rich, and yield what moves it; None where stderr is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Display

    stage = TextColumn("{task.description}")
    columns = (TextColumn(doing), stage, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Display(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task("", total=total)
        yield lambda state: display.update(task, completed=state.done, total=state.total, description=state.stage)
