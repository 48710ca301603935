"""One file of a batch, as `run` does it; its errors become a sentence, and do not end the batch."""

from __future__ import annotations

import contextlib
import io
import math
import os
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_deconvolve.cli.batch.pictures import picture
from napari_deconvolve.cli.batch.records import Records, fingerprint, planned
from napari_deconvolve.cli.batch.rows import DONE, FAILED, FITS, Row
from napari_deconvolve.cli.failures import DEBUG, reason
from napari_deconvolve.cli.requests import RunRequest
from napari_deconvolve.cli.run import Follow, SetUp, carry_out, matched, set_up
from napari_deconvolve.cli.session import follow
from napari_deconvolve.cli.start import Beginning
from napari_deconvolve.errors import Cancelled, DeconvolutionWarning
from napari_deconvolve.formats.ome_zarr.library import is_store
from napari_deconvolve.memory import room
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import job_cost
from napari_deconvolve.run.made import account
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.store import can_be_resumed

NOTE = "Note: "
Admit = Callable[[int | None], None]  # returns once there is so much memory; None: once nothing else is running


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is to be done with one file, in plain JSON types.

    Attributes
    ----------
    file, output : str
        To read, and to write.
    recipe : mapping
        As `Recipe.to_dict` returns it.
    options : mapping
        Of `RunRequest`, by its fields.
    begun : str
        The mark by which a store was begun that is gone on with, tile by tile; empty where it is begun again.
    look : bool
        Only to say whether it can be run, and for how long; nothing is written.
    """

    file: str
    output: str
    recipe: Mapping[str, Any]
    options: Mapping[str, Any]
    begun: str = ""
    look: bool = False

    def request(self, mark: str) -> RunRequest:
        """Return what `run` would be asked about a file of this mark."""
        lists: dict[str, Any] = {
            name: tuple(one) if isinstance(one, list) else one for name, one in self.options.items()
        }
        resume = is_store(self.output) and mark == self.begun and can_be_resumed(self.output)
        restart = is_store(self.output) and not resume
        return RunRequest(image=self.file, output=self.output, resume=resume, restart=restart, **lists)

    @property
    def mark(self) -> str:
        """A hash of all that the result depends on; raises `OSError` for a file that is not there."""
        return fingerprint(self.file, self.recipe, self.options)


def carried_out(task: Task, admit: Admit, follow: Follow = follow) -> Row:
    """Return the row of a file that was run, or that could not be; `follow` does the computation.

    One that did not fit beside others is tried again when nothing else is running.
    """
    if task.look:
        return _looked_at(task)
    begin = time.perf_counter()
    try:
        row = _attempt(task, admit, follow)
    except MemoryError:
        admit(None)
        try:
            row = _attempt(task, lambda need: None, follow)
        except Exception as error:
            row = _failed(task, error)
    except Exception as error:
        row = _failed(task, error)
    return replace(row, seconds=time.perf_counter() - begin)


def _attempt(task: Task, admit: Admit, follow: Follow) -> Row:
    begun = Beginning()
    with _heard() as said, contextlib.ExitStack() as stores:
        mark = _mark(task)
        request = task.request(mark)
        ready = set_up(request, Recipe.from_dict(task.recipe), begun, stores)
        admit(_needed(ready, request.memory))
        if is_store(task.output):
            Records(str(Path(task.output).parent)).keep(planned(task.file, task.output, mark))
        result = carry_out(request, ready, begun, follow)
        row = _row(task, ready, result, mark)
    return replace(row, notes=tuple(dict.fromkeys(line.removeprefix(NOTE) for line in said)))


def _looked_at(task: Task) -> Row:
    """Return the row of a file that is not run: whether image, PSF and recipe go together, and what one should know."""
    try:
        with _heard() as said:
            source, job = matched(task.request(""), Recipe.from_dict(task.recipe), Beginning(), lazily=True)
            seconds = job_cost(job).seconds
    except Exception as error:
        return _failed(task, error)
    lines = dict.fromkeys(said)
    return replace(
        planned(task.file, task.output),
        status=FITS,
        seconds=seconds,
        shape=tuple(int(length) for length in source.data.shape),
        warnings=tuple(_without_file(task, line.removeprefix(NOTE)) for line in lines if line.startswith(NOTE)),
        notes=tuple(line for line in lines if not line.startswith(NOTE)),
    )


def _mark(task: Task) -> str:
    """Return a task's mark; empty for a file that cannot be read, which whoever opens it says better."""
    try:
        return task.mark
    except OSError:
        return ""


def _needed(ready: SetUp, memory: int | None) -> int:
    """Return the bytes that a run takes; one in tiles takes all it may."""
    return job_cost(ready.job).bytes if ready.engine.run is not None else room(memory)


def _row(task: Task, ready: SetUp, result: Result, mark: str) -> Row:
    ground = np.atleast_1d(np.asarray(result.background, np.float64))
    how: dict[str, Any] = dict(account(result.made, result.recipe))
    return replace(
        planned(task.file, task.output),
        status=DONE,
        shape=tuple(int(length) for length in ready.source.data.shape),
        iterations=result.iterations,
        background=tuple(float(one) for one in ground),
        gain=result.gain,
        flux_ratio=result.flux_ratio,
        misfit=result.misfit if math.isfinite(result.misfit) else math.nan,
        **how,
        warnings=result.words,
        pictures=(picture(ready.source.data), picture(result.estimate)),
        fingerprint=mark,
    )


def _failed(task: Task, error: Exception) -> Row:
    if isinstance(error, Cancelled):
        raise error
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    return replace(planned(task.file, task.output), status=FAILED, reason=_without_file(task, reason(error)))


def _without_file(task: Task, sentence: str) -> str:
    return sentence.removeprefix(f"{task.file}: ")


@contextlib.contextmanager
def _heard() -> Iterator[list[str]]:
    """Yield a list that holds, after the block, what commands would have said of their files; notes are marked."""
    lines: list[str] = []
    said = io.StringIO()
    with contextlib.redirect_stderr(said), warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", DeconvolutionWarning)
        yield lines
    lines += said.getvalue().splitlines()
    lines += [f"{NOTE}{one.message}" for one in noted]
