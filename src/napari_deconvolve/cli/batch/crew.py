"""The processes of a batch: each does a file at a time, with its share of the cores, and as many as fit into memory.

A process that dies, as by the decoder of a damaged file, costs its file alone: another takes its place.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, replace
from typing import Any

from napari_deconvolve.cli.batch.records import planned
from napari_deconvolve.cli.batch.rows import FAILED, Row
from napari_deconvolve.cli.batch.task import Task
from napari_deconvolve.cli.batch.worker import NEEDS, ROW, TASK
from napari_deconvolve.cli.failures import DEBUG, reason
from napari_deconvolve.core.transforms.fft import cpu_count
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.memory import room

CODE = "import sys; from napari_deconvolve.cli.batch.worker import serve; serve(int(sys.argv[1]))"
OWN_BYTES = 200_000_000  # of a process with its libraries
POLL_SECONDS, PATIENCE_SECONDS = 0.2, 15.0


class Room:
    """The memory that runs of a batch share; each waits until what it needs is there, or until it is alone."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._taken: dict[int, int] = {}
        self._changed = threading.Condition()
        self._over = False

    def take(self, who: int, need: int | None) -> None:
        """Wait until so many bytes are there, in place of what is taken already; None until all others are done."""
        with self._changed:
            self._taken.pop(who, None)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._over or self._fits(need))
            self._taken[who] = self._total if need is None else need

    def _fits(self, need: int | None) -> bool:
        return not self._taken or (need is not None and sum(self._taken.values()) + need <= self._total)

    def give_back(self, who: int) -> None:
        """Let go what a run has taken."""
        with self._changed:
            self._taken.pop(who, None)
            self._changed.notify_all()

    def end(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._over = True
            self._changed.notify_all()


class Process:
    """One process; `do` raises `EOFError` where it has died."""

    def __init__(self, threads: int) -> None:
        # A group of its own, so that Ctrl-C in a terminal comes to the batch alone, which ends its processes in order.
        flag = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", None)
        own_group: dict[str, Any] = {"start_new_session": True} if flag is None else {"creationflags": flag}
        self._process = subprocess.Popen(
            [sys.executable, "-c", CODE, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get(DEBUG) else subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            **own_group,
        )

    def do(self, task: Task, admit: Callable[[int | None], None]) -> Row:
        """Return the row of a file; `admit` returns once there is memory for it."""
        answer = self._asked({TASK: asdict(task)})
        while NEEDS in answer:
            admit(answer[NEEDS])
            answer = self._asked({})
        return Row.from_dict(answer[ROW])

    def _asked(self, values: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(values) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError):  # it has died, or was let go
            raise EOFError from None
        line = self._process.stdout.readline()
        if not line:
            raise EOFError
        answer: dict[str, Any] = json.loads(line)
        return answer

    def let_go(self) -> None:
        """Let it end: it stops what it is at."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def end(self) -> int:
        """Wait until it has ended, or end it; return its code."""
        self.let_go()
        try:
            return self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class Crew:
    """So many processes."""

    def __init__(self, jobs: int) -> None:
        cores = cpu_count()
        if not 1 <= jobs <= cores:
            raise ParameterError(f"The number of jobs is {jobs}; give 1 to {cores}, as many as there are cores.")
        self._jobs, self._threads = jobs, cores // jobs
        self._room = Room(room() - jobs * OWN_BYTES)
        self._tasks: deque[Task] = deque()
        self._rows: queue.SimpleQueue[Row] = queue.SimpleQueue()
        self._processes: dict[int, Process] = {}
        self._changing = threading.Lock()  # the processes, or whether there are more
        self._over = False

    def rows(self, tasks: Sequence[Task]) -> Generator[Row, None, None]:
        """Yield the row of each file when it is done; whoever closes this stops what is running."""
        self._tasks.extend(tasks)
        served = [
            threading.Thread(target=self._serve, args=(number,), daemon=True)
            for number in range(min(self._jobs, len(tasks)))
        ]
        for thread in served:
            thread.start()
        try:
            for _ in tasks:
                yield self._next()
        finally:
            self._tasks.clear()
            self._room.end()
            with self._changing:
                self._over = True
                for process in self._processes.values():
                    process.let_go()
            for thread in served:
                thread.join()

    def _next(self) -> Row:
        while True:  # a wait without end would not be interrupted everywhere
            try:
                return self._rows.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue

    def _serve(self, number: int) -> None:
        """Do tasks until there are none; the process of a number is begun when it is needed."""
        while True:
            try:
                task = self._tasks.popleft()
            except IndexError:
                break
            try:
                process = self._process_of(number)
                if process is None:
                    break
                row = process.do(task, lambda need: self._room.take(number, need))
            except EOFError:
                row = _failed(task, _how_it_died(self._end(number)))
            except Exception as error:  # it could not be begun, or said what nobody understands
                self._end(number)
                row = _failed(task, reason(error))
            self._room.give_back(number)
            self._rows.put(row)
        self._end(number)

    def _process_of(self, number: int) -> Process | None:
        """Return the process of a number; None once the batch is over."""
        with self._changing:
            if not self._over and number not in self._processes:
                self._processes[number] = Process(self._threads)
            return None if self._over else self._processes[number]

    def _end(self, number: int) -> int:
        """End the process of a number, if there is one; return its code."""
        with self._changing:
            process = self._processes.pop(number, None)
        return 0 if process is None else process.end()


def _how_it_died(code: int) -> str:
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"Its process {how}, perhaps for want of memory or by a damaged file; run it alone to see more."


def _failed(task: Task, why: str) -> Row:
    return replace(planned(task.file, task.output), status=FAILED, reason=why)
