"""A batch as one value: which files, where to, by which recipe; and how it is run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_deconvolve.cli.batch.crew import Crew
from napari_deconvolve.cli.batch.names import outputs_for, require_free
from napari_deconvolve.cli.batch.records import Begin, Records, begun_by, kept, planned, require_begin
from napari_deconvolve.cli.batch.report import headline, write_report
from napari_deconvolve.cli.batch.rows import DONE, Row, write_table
from napari_deconvolve.cli.batch.standing import Standing
from napari_deconvolve.cli.batch.task import Task
from napari_deconvolve.cli.outputs import keep_inputs
from napari_deconvolve.core.transforms.fft import cpu_count
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.addresses import is_address, refuse_to_write
from napari_deconvolve.formats.atomic import check_target, refused
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.psf import load
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.tiles.cluster import Scheduler
from napari_deconvolve.run.tiles.spread import executor_for
from napari_deconvolve.work import Outcome, Progress, Stopped, Work, drive

TABLE, REPORT = "batch.csv", "batch.html"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What became of a batch.

    Attributes
    ----------
    rows : tuple of Row
        Of each file, in the order given: what it came to, and why it failed.
    table, report : str
        The files that were written.
    """

    rows: tuple[Row, ...]
    table: str
    report: str

    @property
    def failed(self) -> tuple[Row, ...]:
        """The files that could not be run."""
        return tuple(row for row in self.rows if row.status != DONE)

    def __repr__(self) -> str:
        """Return it in one line."""
        return f"Batch({headline(self.rows, len(self.rows))}, {self.report})"


@dataclass(frozen=True, slots=True, eq=False)
class BatchPlan:
    """All that decides a batch.

    Attributes
    ----------
    inputs : tuple of str
        Files, each once.
    folder : str
        Of the results.
    recipe : Recipe
        For all files; with a PSF, unless the options name one.
    options : mapping
        Of `RunRequest`, by its fields, in plain JSON types.
    name : str or None
        Pattern of the results' names.
    jobs : int
        Files that are run at once.
    begin : str
        What becomes of an earlier batch in the folder: "new" refuses it, "resume" leaves out what is done, "restart"
        runs all again.
    table, report : str or None
        Where they go; by default into the folder.
    """

    inputs: tuple[str, ...]
    folder: str
    recipe: Recipe
    options: Mapping[str, Any]
    name: str | None = None
    jobs: int = 1
    begin: Begin = "new"
    table: str | None = None
    report: str | None = None


class BatchRun:
    """A batch that is run: `work` does it, from other threads it is paused.

    Attributes
    ----------
    outputs : tuple of str
        The result of each file, in order.
    rows : dict
        Of the files that are done, by their results.
    kept : int
        How many files an earlier batch has done.
    """

    def __init__(self, plan: BatchPlan) -> None:
        self.plan, self._crew, self._records = plan, Crew(plan.jobs), Records(plan.folder)
        self._tasks = tasks_of(plan)
        self.outputs = tuple(task.output for task in self._tasks)
        self.rows: dict[str, Row] = {}
        self.kept = 0

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        files = {task.output: task.file for task in self._tasks}
        running = {files[output]: step for output, step in dict(self._crew.running).items()}
        return Standing({row.file: row for row in self._in_order()}, running)

    @property
    def headline(self) -> str:
        """How many files are done, failed, and left."""
        return headline(self._in_order(), len(self._tasks))

    def pause(self, yes: bool) -> None:
        """Let all runs wait before their next step, or go on."""
        self._crew.pause(yes)

    def work(self, cancelled: Callable[[], bool] = lambda: False) -> Work[Batch]:
        """Run all files, and write table and report; what was done is kept, and written, also where this is ended.

        Once it is stopped no file is begun any more, and those that are being done come to their end, unless
        `cancelled` says that they shall not.
        """
        plan = self.plan
        _require_psf(plan)
        _require_executor(plan)
        _make(plan.folder)
        known = self._records.known()
        require_begin(plan.folder, known, plan.begin)
        self._tasks = tasks_of(plan, known)
        require_free(self.outputs, plan.inputs, known)
        table, report = _written(plan)
        if plan.begin == "resume":
            self.rows = _kept(self._tasks, known)
            self.kept = len(self.rows)
        left = [task for task in self._tasks if task.output not in self.rows]
        self._records.begin([planned(task.file, task.output, task.begun) for task in left])
        try:
            yield from self._run(left, table, cancelled)
        finally:
            rows = self._in_order()
            write_table(rows, table)
            write_report(report, rows, len(self._tasks), plan.recipe, plan.options)
        return Batch(rows, table, report)

    def _run(self, tasks: Sequence[Task], table: str, cancelled: Callable[[], bool]) -> Work[None]:
        left = len(tasks)
        self._crew.begin(tasks)
        try:
            while True:
                try:
                    yield self._progress()
                except Stopped:
                    left -= self._crew.begin_no_more()
                if left <= 0 or cancelled():
                    return
                row = self._crew.next()
                if row is not None:
                    left -= 1
                    self._records.keep(row)
                    self.rows[row.output] = row
                    write_table(self._in_order(), table)
        finally:
            self._crew.end()

    def _progress(self) -> Progress:
        return Progress(len(self.rows), len(self._tasks), detail=self.standing)

    def _in_order(self) -> tuple[Row, ...]:
        return tuple(self.rows[output] for output in self.outputs if output in self.rows)


def carried_out(plan: BatchPlan, tell: Tell) -> Batch:
    """Run all files, and write table and report; `tell` gets a line for each file.

    What was done is kept, and written, also where this is interrupted.
    """
    run, outcome, said = BatchRun(plan), Outcome[Batch](), set[str]()
    total = len(run.outputs)

    def told(progress: Progress) -> None:
        if run.kept and not said:
            tell(f"{run.kept} of {total} files are done already, by this recipe and PSF.")
            said.update(run.rows)
        for row in (row for output, row in run.rows.items() if output not in said):
            said.add(row.output)
            tell(f"{len(said)} of {total}, {row.file}: {row.sentence}")

    try:
        for _ in drive(run.work(), outcome, tell=told):
            pass
    except KeyboardInterrupt:
        tell(f"{run.headline}; resume the batch to run the rest.")
        raise
    return outcome.result()


def tasks_of(plan: BatchPlan, known: Mapping[str, Row] | None = None) -> list[Task]:
    """Return what is to be done with each file; `known` are the rows of an earlier batch."""
    earlier = (known or {}) if plan.begin == "resume" else {}
    recipe, options = plan.recipe.to_dict(), dict(plan.options)
    outputs = outputs_for(plan.inputs, plan.folder, plan.name)
    if options.get("memory") is not None:
        options["memory"] //= plan.jobs
    return [
        Task(file, output, recipe, options, begun_by(earlier.get(Path(output).name), file, output))
        for file, output in zip(plan.inputs, outputs, strict=True)
    ]


def _kept(tasks: Sequence[Task], known: Mapping[str, Row]) -> dict[str, Row]:
    """Return the rows of files that are done already, by their results."""
    found = {}
    for task in tasks:
        earlier = known.get(Path(task.output).name)
        if earlier is None or not (is_address(task.file) or os.path.exists(task.file)):
            continue
        row = kept(earlier, planned(task.file, task.output), task.mark)
        if row is not None:
            found[task.output] = row
    return found


def _require_psf(plan: BatchPlan) -> None:
    """Refuse, before anything is run, a batch without a PSF, or with one that cannot be read."""
    options = plan.options
    if not any(options.get(name) for name in ("psf", "gaussian", "optics", "formula")) and plan.recipe.psf is None:
        raise ParameterError("No PSF is given; give --psf FILE, --gaussian FWHM, --optics, or a recipe that holds one.")
    for path in options.get("psf", ()):
        load(path)


def _require_executor(plan: BatchPlan) -> None:
    """Refuse workers that cannot be had: more than there are cores, without their library, of no scheduler."""
    workers, scheduler, cores = plan.options.get("workers"), plan.options.get("scheduler"), cpu_count()
    executor_for(workers, scheduler)
    if scheduler is not None:
        with Scheduler(scheduler).connected():
            pass
    if workers is not None and plan.jobs * workers > cores:
        raise ParameterError(
            f"{plan.jobs} jobs of {workers} workers each are {plan.jobs * workers} processes, and there are {cores} "
            "cores; give fewer of either."
        )


def _make(folder: str) -> None:
    refuse_to_write(folder)
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise FileError(f"{folder} is a file, and results need a folder; give another name.")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise refused(folder, error) from error


def _written(plan: BatchPlan) -> tuple[str, str]:
    """Return where table and report go; refuse places where they cannot be written."""
    table = plan.table or str(Path(plan.folder) / TABLE)
    report = plan.report or str(Path(plan.folder) / REPORT)
    for path, suffix in ((table, ".csv"), (report, ".html")):
        if suffix_of(path) != suffix:
            raise FileError(f"{path} is to end in {suffix}; give another name.")
        check_target(path)
    keep_inputs((table, report), plan.inputs)
    return table, report
