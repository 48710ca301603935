"""A process of a batch: it reads tasks from its input, a line of JSON each, and answers likewise.

Before a run begins it says how much memory that takes, and waits until it may; while it goes on it says how far it is,
and may be paused. When its input ends, because the batch does or is no more, it stops what it is at.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from typing import Any, TextIO

from napari_deconvolve.cli.batch.task import Task, carried_out
from napari_deconvolve.cli.session import STOP, driven
from napari_deconvolve.core.threads import limit_threads
from napari_deconvolve.errors import Cancelled
from napari_deconvolve.memory import let_go
from napari_deconvolve.run.result import Result
from napari_deconvolve.work import Control, Progress, Work

TASK, NEEDS, ROW, STEP, PAUSE = "task", "needs", "row", "step", "pause"  # keys of lines
STEP_SECONDS = 0.2  # between two words of how far a run is


def serve(threads: int) -> None:
    """Do all tasks, with at most so many threads."""
    limit_threads(threads)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    control = Control()
    threading.Thread(target=_read, args=(lines, control), daemon=True).start()
    with _answers() as out:
        steps = Steps(out)

        def follow(work: Work[Result], total: int) -> Result:
            return driven(work, control, steps.tell)

        while line := lines.get():
            try:
                row = carried_out(Task(**json.loads(line)[TASK]), lambda need: _wait(out, lines, need), follow)
            except (Cancelled, KeyboardInterrupt):
                return
            _say(out, {ROW: row.to_dict()})
            let_go()


class Steps:
    """Says how far a run is, a few times a second."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._next = out, 0.0

    def tell(self, progress: Progress) -> None:
        """Say it, unless it was said just now."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + STEP_SECONDS
            _say(self._out, {STEP: [progress.done, progress.total, progress.stage]})


def _read(lines: queue.SimpleQueue[str], control: Control) -> None:
    for line in sys.stdin:
        pause = json.loads(line).get(PAUSE)
        if pause is None:
            lines.put(line)
        elif pause:
            control.pause()
        else:
            control.resume()
    STOP.set()
    lines.put("")


def _answers() -> TextIO:
    """Return what answers are written to; whatever else prints does not come between them."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _wait(out: TextIO, lines: queue.SimpleQueue[str], need: int | None) -> None:
    """Say how much memory is needed, and wait until it is there."""
    _say(out, {NEEDS: need})
    if not lines.get():
        raise Cancelled("The batch was stopped.")


def _say(out: TextIO, values: dict[str, Any]) -> None:
    out.write(json.dumps(values) + "\n")
    out.flush()
