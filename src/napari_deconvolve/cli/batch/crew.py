"""The processes of a batch: each does a file at a time, with its share of the cores, and as many as fit into memory.

A process that dies, as by the decoder of a damaged file, costs its file alone: another takes its place.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from napari_deconvolve.cli.batch.records import planned
from napari_deconvolve.cli.batch.rows import FAILED, Row
from napari_deconvolve.cli.batch.task import Task
from napari_deconvolve.cli.batch.worker import NEEDS, PAUSE, ROW, STEP, TASK
from napari_deconvolve.cli.failures import DEBUG, reason
from napari_deconvolve.core.transforms.fft import cpu_count
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.memory import room

CODE = "import sys; from napari_deconvolve.cli.batch.worker import serve; serve(int(sys.argv[1]))"
OWN_BYTES = 200_000_000  # of a process with its libraries
POLL_SECONDS, PATIENCE_SECONDS = 0.2, 15.0


class Step(NamedTuple):
    """How far a run is: steps done, of about so many, and what is being done, empty while it iterates."""

    done: int
    total: int
    stage: str


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
        self._writing = threading.Lock()  # between whoever serves it and whoever pauses it

    def do(self, task: Task, admit: Callable[[int | None], None], tell: Callable[[Step], None]) -> Row:
        """Return the row of a file; `admit` returns once there is memory for it, `tell` hears how far it is."""
        self._say({TASK: asdict(task)})
        while ROW not in (answer := self._heard()):
            if NEEDS in answer:
                admit(answer[NEEDS])
                self._say({})
            else:
                tell(Step(*answer[STEP]))
        return Row.from_dict(answer[ROW])

    def pause(self, yes: bool) -> None:
        """Let it wait before its next step, or go on."""
        with contextlib.suppress(EOFError):
            self._say({PAUSE: yes})

    def _say(self, values: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            with self._writing:
                self._process.stdin.write(json.dumps(values) + "\n")
                self._process.stdin.flush()
        except (OSError, ValueError):  # it has died, or was let go
            raise EOFError from None

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
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
        assert self._process.stdout is not None
        self.let_go()
        with self._process.stdout:
            try:
                return self._process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                return self._process.wait()


class Crew:
    """So many processes.

    Attributes
    ----------
    running : dict
        How far each file is that is being done, by its result; whoever reads it takes a copy.
    """

    def __init__(self, jobs: int) -> None:
        cores = cpu_count()
        if not 1 <= jobs <= cores:
            raise ParameterError(f"The number of jobs is {jobs}; give 1 to {cores}, as many as there are cores.")
        self._jobs, self._threads = jobs, cores // jobs
        self._room = Room(room() - jobs * OWN_BYTES)
        self._tasks: deque[Task] = deque()
        self._rows: queue.SimpleQueue[Row] = queue.SimpleQueue()
        self._processes: dict[int, Process] = {}
        self._served: list[threading.Thread] = []
        self._changing = threading.Lock()  # the processes, or whether there are more
        self._over = False
        self._going = threading.Event()
        self._going.set()
        self.running: dict[str, Step] = {}

    def rows(self, tasks: Sequence[Task]) -> Generator[Row, None, None]:
        """Yield the row of each file when it is done; whoever closes this stops what is running."""
        self.begin(tasks)
        try:
            for _ in tasks:
                while (row := self.next()) is None:
                    continue
                yield row
        finally:
            self.end()

    def begin(self, tasks: Sequence[Task]) -> None:
        """Begin to do these tasks."""
        self._tasks.extend(tasks)
        count = min(self._jobs, len(tasks))
        self._served = [threading.Thread(target=self._serve, args=(one,), daemon=True) for one in range(count)]
        for thread in self._served:
            thread.start()

    def next(self) -> Row | None:
        """Return the row of a file that is done; None if there is none for a while."""
        try:
            return self._rows.get(timeout=POLL_SECONDS)  # a wait without end would not be interrupted everywhere
        except queue.Empty:
            return None

    def begin_no_more(self) -> int:
        """Let the files that are being done be the last ones; return how many were not begun."""
        left = 0
        with contextlib.suppress(IndexError):
            while True:
                self._tasks.pop()
                left += 1
        return left

    def pause(self, yes: bool) -> None:
        """Let all runs wait before their next step, or go on."""
        with self._changing:
            self._going.clear() if yes else self._going.set()
            for process in self._processes.values():
                process.pause(yes)

    def end(self) -> None:
        """Stop what is running."""
        self._tasks.clear()
        self._room.end()
        with self._changing:
            self._over = True
            self._going.set()
            for process in self._processes.values():
                process.let_go()
        for thread in self._served:
            thread.join()

    def _serve(self, number: int) -> None:
        """Do tasks until there are none; the process of a number is begun when it is needed."""
        while True:
            self._going.wait()
            try:
                task = self._tasks.popleft()
            except IndexError:
                break
            try:
                process = self._process_of(number)
                if process is None:
                    break
                row = process.do(task, lambda need: self._room.take(number, need), self._listener(task))
            except EOFError:
                row = _failed(task, _how_it_died(self._end(number)))
            except Exception as error:  # it could not be begun, or said what nobody understands
                self._end(number)
                row = _failed(task, reason(error))
            self.running.pop(task.output, None)
            self._room.give_back(number)
            self._rows.put(row)
        self._end(number)

    def _listener(self, task: Task) -> Callable[[Step], None]:
        """Return what hears how far a task is, which has begun."""
        hear = functools.partial(self.running.__setitem__, task.output)
        hear(Step(0, 0, "reading"))
        return hear

    def _process_of(self, number: int) -> Process | None:
        """Return the process of a number; None once the batch is over."""
        with self._changing:
            if not self._over and number not in self._processes:
                self._processes[number] = Process(self._threads)
                if not self._going.is_set():
                    self._processes[number].pause(True)
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
