"""The batches of one viewer: they outlive the dock, so that closing it loses neither a run nor a list of files."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices

from napari_deconvolve._napari.docks.batch.choices import BatchReview
from napari_deconvolve._napari.kit.command_words import in_dock
from napari_deconvolve._napari.kit.file_list import FileState
from napari_deconvolve._napari.work.activity import LONG_SECONDS, Activity, notify
from napari_deconvolve._napari.work.answers import Answers
from napari_deconvolve._napari.work.dock_runs import DockRuns
from napari_deconvolve._napari.work.task import Task as WorkerTask
from napari_deconvolve.cli.batch.crew import Crew, Step
from napari_deconvolve.cli.batch.plan import Batch, BatchPlan, BatchRun
from napari_deconvolve.cli.batch.rows import DONE, FAILED, Row
from napari_deconvolve.cli.batch.standing import Standing
from napari_deconvolve.cli.batch.task import Task
from napari_deconvolve.work import Progress, Work

LONGEST_GAP = 2.0  # seconds between two words of a run that is not paused
PARTS = 1000  # of bars
LEAST_SHARE = 0.02  # of the work that tells how long the rest will take


class BatchTask(WorkerTask[BatchPlan, Batch]):
    """A batch that a worker does: the first request to stop lets the present file end."""

    noun: ClassVar[str] = "batch"
    patient: ClassVar[bool] = True

    def __init__(self, number: int, plan: BatchPlan) -> None:
        super().__init__(number, plan)
        self.run = BatchRun(plan)
        self._aborted: Callable[[], bool] = lambda: False

    def begin(self, count: int, aborted: Callable[[], bool]) -> None:
        """Get ready; `aborted` says that napari wants its worker to end."""
        super().begin(count, aborted)
        self._aborted = aborted

    def _steps(self) -> Iterator[None]:
        """Do the batch, without a yield: napari would leave it there when the viewer is closed, with its processes."""
        for _ in super()._steps():
            if self._aborted():
                self.abandon()
        yield from ()

    def pause(self) -> None:
        """Wait before the next step of the present file."""
        super().pause()
        self.run.pause(True)

    def resume(self) -> None:
        """Go on."""
        self.run.pause(False)
        super().resume()

    def stop(self) -> None:
        """End after the present file; asked again, at once."""
        self.run.pause(False)
        super().stop()

    def _work(self) -> Work[Batch]:
        return self.run.work(self.control.cancelled)


def _look(tasks: Sequence[Task]) -> Generator[Row, None, None]:
    """Look at files before they are run, in a process beside the window."""
    yield from Crew(1).rows(tasks)


def open_path(path: str) -> None:
    """Open a page or a folder by the program of the system."""
    if path:
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def _as_it_is(file: str) -> tuple[object, ...]:
    """Return what tells a file from what it was before."""
    about = os.stat(file) if os.path.exists(file) else None
    return (file,) if about is None else (file, about.st_size, about.st_mtime_ns)


class BatchRuns(DockRuns[BatchTask]):
    """Runs batches, and knows where each file stands.

    Attributes
    ----------
    files : tuple of str
        Those in the list.
    looks : Answers
        Which of them can be run.
    standing : Standing
        Where the last batch stands.
    looked : mapping
        What was known of its files before.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer, BatchTask)
        self.files: tuple[str, ...] = ()
        self.looks = Answers(self, _look, subject="look at files")
        self.standing = Standing()
        self.looked: Mapping[str, Row] = {}
        self._activity = Activity()
        self._elapsed, self._heard = 0.0, 0.0

    def looked_at(self, tasks: Sequence[Task]) -> dict[str, Row]:
        """Return the rows of those files that were looked at, and look at the others."""
        asked = repr((tasks[0].recipe, tasks[0].options)) if tasks else ""  # of all files the same
        mark = hashlib.blake2b(asked.encode()).hexdigest()
        keys = {(*_as_it_is(task.file), mark): task for task in tasks}
        if not self.busy:
            self.looks.ask(keys)
        return {task.file: self.looks.known[key] for key, task in keys.items() if key in self.looks.known}

    def run(self, plan: BatchPlan, review: BatchReview) -> None:
        """Begin a batch; raise `ParameterError` while one goes on."""
        self.runner.start(plan, 1)
        self.looks.drop()
        self.signature, self.looked = review.signature, review.looked
        self.standing = Standing()
        self._elapsed, self._heard = 0.0, time.monotonic()
        self.say("Checking which files are already done …" if plan.begin == "resume" else "")

    def pause(self, yes: bool) -> None:
        """Wait before the next step, or go on."""
        if self.session is not None and self.busy:
            self.session.pause() if yes else self.session.resume()
            self.changed.emit()

    def stop(self) -> None:
        """End after the present file; asked again, at once."""
        if self.session is not None and self.busy:
            self.session.stop()
            self.say("Stopping …" if self.session.hurried else "Stopping after this file; Esc again stops at once.")

    @property
    def ended(self) -> BatchPlan | None:
        """The plan of the last batch, once it has ended and written its report."""
        session = self.session
        return None if session is None or self.busy or session.value is None else session.plan

    @property
    def folder(self) -> str:
        """Where the results of the last batch are; empty where there is none."""
        return "" if self.ended is None else self.ended.folder

    @property
    def report(self) -> str:
        """The page of the last batch; empty where there is none."""
        return self.session.value.report if self.session is not None and self.session.value is not None else ""

    @property
    def left(self) -> int:
        """How many files of the last batch were not run."""
        return 0 if self.session is None else len(self.session.plan.inputs) - len(self.standing.rows)

    @property
    def share(self) -> float:
        """How much of the last batch is done, from 0 to 1."""
        return 0.0 if self.session is None else self.standing.share(self.session.plan.inputs, self.looked)

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take, as far as it can be said."""
        kept = 0 if self.session is None else self.session.run.kept
        share = self.share
        return self._elapsed * (1 - share) / share if share > LEAST_SHARE and not kept else None

    def states(self, review: BatchReview) -> dict[str, FileState]:
        """Return where each file stands, by what is known of a batch of these settings, or before one."""
        counts = self.busy or review.signature == self.signature
        return {file: self._state(file, review.looked.get(file), counts) for file in self.files}

    def _state(self, file: str, looked: Row | None, counts: bool) -> FileState:
        row = self.standing.rows.get(file) if counts else None
        if row is None and file in self.standing.running:
            return _of_step(self.standing.running[file], paused=self.session is not None and self.session.paused)
        if row is None and self.busy:
            return FileState("○", "waiting")
        known = row or looked
        return FileState("○", "") if known is None else _of_row(known)

    def _advanced(self, task: BatchTask, progress: Progress) -> None:
        now = time.monotonic()
        gap, self._heard = now - self._heard, now
        self._elapsed += gap if gap < LONGEST_GAP else 0.0
        self.standing = progress.detail
        if not task.stopped:
            self.text, self.level = self.standing.counts, "info"
        self._activity.show(round(PARTS * self.share), PARTS, "Batch")
        self.changed.emit()

    def _ended(self, task: BatchTask) -> None:
        self._activity.end()
        self.standing = task.run.standing
        if self._viewer() is None or task.abandoned:
            return
        if task.error:
            self.fail(in_dock(task.error))
        elif self.left:
            self.say(f"Stopped: {self.standing.counts}, {self.left} not run. Run does the rest.", "warning")
        else:
            self.say(f"{self.standing.counts}.", "success" if self.standing.flawless else "warning")
            if self._elapsed > LONG_SECONDS:
                notify(f"Batch: {self.text}", [("Open report", partial(open_path, self.report))])


def _of_row(row: Row) -> FileState:
    if row.status == FAILED:
        return FileState("✕", "refused", "error", in_dock(row.reason))
    many = len(row.warnings)
    if row.status != DONE:
        words, why = ("see note", in_dock(" ".join(row.warnings))) if many else ("ready", "")
    elif many:
        words, why = f"{many} warning{'s' * (many > 1)}", " ".join(row.warnings)
    else:
        words, why = f"{row.iterations} iteration{'s' * (row.iterations != 1)}", ""
    return FileState("⚠", words, "warning", why) if many else FileState("✓", words, "success")


def _of_step(step: Step, *, paused: bool) -> FileState:
    if paused:
        return FileState("▶", "paused")
    return FileState("▶", step.stage or (f"{step.done} of about {step.total}" if step.total else "reading"))
