"""Tiles by workers of dask: each is a task, and one whose worker is lost is done again by another."""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Sequence
from typing import Any

from napari_deconvolve.errors import Cancelled, ParameterError, ResourceError
from napari_deconvolve.job.problem import Job
from napari_deconvolve.run.tiles.cluster import Connected, LocalWorkers, Scheduler, library, space_of
from napari_deconvolve.run.tiles.executor import Failed, left_text
from napari_deconvolve.run.tiles.keeper import Keeper
from napari_deconvolve.run.tiles.part import UnreadableError
from napari_deconvolve.run.tiles.setup import Setup
from napari_deconvolve.run.tiles.shipped import Shipped, shipped
from napari_deconvolve.run.tiles.space import Space
from napari_deconvolve.run.tiles.task import do_tile, handed_over
from napari_deconvolve.run.tiles.tile import TileDone
from napari_deconvolve.work import Progress, Work

POLL_S = 0.1  # between two looks at the tasks
AHEAD = 2  # tasks that are handed out for each tile that can be run at a time, so that no worker waits for its next


class Spread:
    """See `Executor`.

    Parameters
    ----------
    workers : LocalWorkers or Scheduler
        Who runs the tiles.
    """

    def __init__(self, workers: LocalWorkers | Scheduler) -> None:
        self._workers = workers

    def space(self, memory: int | None, held: int = 0) -> Work[Space]:
        """See `Executor`; of a scheduler, `memory` is what each of its workers may use."""
        if isinstance(self._workers, LocalWorkers):
            return self._workers.space(memory, held)
        with self._workers.connected() as there:
            yield from _workers_are_there(there)
            return space_of(there, memory)

    def tiles(self, job: Job, setup: Setup, keeper: Keeper, numbers: Sequence[int]) -> Work[Failed]:
        """See `Executor`."""
        if not numbers:
            return Failed()
        with self._workers.connected() as there:
            given = shipped(job, setup, keeper.store, there.threads, there.folder)
            return (yield from _Tasks(there, given, keeper).work(job, numbers))


class _Tasks:
    """The tasks of a run, a few of which are handed out at a time."""

    def __init__(self, there: Connected, given: Shipped, keeper: Keeper) -> None:
        self._there, self._given, self._keeper = there, given, keeper
        self._running: dict[Any, int] = {}
        self._failed = Failed()

    def work(self, job: Job, numbers: Sequence[int]) -> Work[Failed]:
        yield from _workers_are_there(self._there)
        known = self._hand_over()
        waiting, begin, each = deque(numbers), time.perf_counter(), self._iterations()
        while waiting or self._running:
            while waiting and len(self._running) < AHEAD * max(1, self._there.slots()):
                number = waiting.popleft()
                self._running[self._there.client.submit(do_tile, known, number, pure=False)] = number
            ended = [task for task in self._running if task.done()]
            for task in ended:
                self._take(task, self._running.pop(task))
            if job.cancelled is not None and job.cancelled():
                raise Cancelled("The run was stopped.")
            done = len(numbers) - len(waiting) - len(self._running)
            stage = f"{done} of {len(numbers)} tiles{left_text(time.perf_counter() - begin, done, len(numbers))}"
            yield Progress(done * each, len(numbers) * each, stage=stage)
            if not ended:
                time.sleep(POLL_S)
        return self._failed

    def _iterations(self) -> int:
        return max(one.recipe.expected_iterations for one in self._given.setup.decided)

    def _hand_over(self) -> Any:
        """Hand over what all tasks need, once."""
        try:
            with warnings.catch_warnings():  # an image in memory has to be sent to workers that see no file of it
                warnings.filterwarnings("ignore", "Sending large graph")
                return self._there.client.submit(handed_over, self._given, pure=False)
        except Exception as error:  # whatever hinders the library from writing it
            kind = type(self._given.job.items.source).__name__
            raise ParameterError(
                f"The image is a {kind}, which other processes cannot open ({type(error).__name__}); give a Zarr "
                "array, a dask array, or a file that is NPY, TIFF or OME-Zarr."
            ) from error

    def _take(self, task: Any, number: int) -> None:
        """Take the result of a task that has ended; raise what ends the run."""
        if task.status == "finished":
            done: TileDone | None = task.result()
            if done is not None:
                self._keeper.keep(self._given.setup.plan.tile(number), done)
            return
        if task.status != "error":
            raise ResourceError("The scheduler was lost; tiles that are done stay done. Resume the run.")
        error = task.exception()
        if not isinstance(error, UnreadableError):
            raise _ended_by(error, number) from error
        self._failed[number] = error


def _ended_by(error: BaseException, number: int) -> BaseException:
    """Return the error of a task as an error of the run."""
    if isinstance(error, library().KilledWorker):
        return ResourceError(
            f"Tile {number} has ended several workers, most likely for want of memory; take fewer workers or smaller "
            "tiles. Tiles that are done stay done."
        )
    if isinstance(error, ModuleNotFoundError):
        return ResourceError(f"The workers lack a library ({error}); install the same packages there as here.")
    return error


def _workers_are_there(there: Connected) -> Work[None]:
    """Wait for the first worker: on a cluster its job may be queued."""
    while not there.slots():
        yield Progress(0, 1, stage="waiting for a worker")
        time.sleep(POLL_S)


def executor_for(workers: int | None, scheduler: str | None) -> Spread | None:
    """Return who runs tiles, if that is not this process; refuse, by `ParameterError`, two of them."""
    if workers is not None and scheduler is not None:
        raise ParameterError("Workers and a scheduler are both given; give one of them.")
    if workers is not None:
        return Spread(LocalWorkers(workers))
    return None if scheduler is None else Spread(Scheduler(scheduler))
