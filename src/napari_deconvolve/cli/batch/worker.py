"""A process of a batch: it reads tasks from its input, a line of JSON each, and answers likewise.

Before a run begins it says how much memory that takes, and waits until it may. When its input ends, because the batch
does or is no more, it stops what it is at.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import Any, TextIO

from napari_deconvolve.cli.batch.task import Task, carried_out
from napari_deconvolve.cli.session import STOP
from napari_deconvolve.core.threads import limit_threads
from napari_deconvolve.errors import Cancelled
from napari_deconvolve.memory import let_go

TASK, NEEDS, ROW = "task", "needs", "row"  # keys of lines


def serve(threads: int) -> None:
    """Do all tasks, with at most so many threads."""
    limit_threads(threads)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    with _answers() as out:
        while line := lines.get():
            try:
                row = carried_out(Task(**json.loads(line)[TASK]), lambda need: _wait(out, lines, need))
            except (Cancelled, KeyboardInterrupt):
                return
            _say(out, {ROW: row.to_dict()})
            let_go()


def _read(lines: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
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
