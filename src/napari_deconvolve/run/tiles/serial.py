"""Tiles one after the other, in this process."""

from __future__ import annotations

import time
from collections.abc import Sequence

from napari_deconvolve.job.problem import Job
from napari_deconvolve.memory import let_go
from napari_deconvolve.run.tiles.executor import Failed, left_text
from napari_deconvolve.run.tiles.halved import tile_work
from napari_deconvolve.run.tiles.keeper import Keeper
from napari_deconvolve.run.tiles.part import UnreadableError
from napari_deconvolve.run.tiles.setup import Setup
from napari_deconvolve.run.tiles.space import Space, own_space
from napari_deconvolve.run.tiles.tile import TileDone
from napari_deconvolve.work import Progress, Work


class Serial:
    """See `Executor`."""

    def space(self, memory: int | None, held: int = 0) -> Work[Space]:
        """See `Executor`."""
        yield from ()
        return own_space(memory, held)

    def tiles(self, job: Job, setup: Setup, keeper: Keeper, numbers: Sequence[int]) -> Work[Failed]:
        """See `Executor`."""
        begin, failed = time.perf_counter(), Failed()
        for place, number in enumerate(numbers):
            if keeper.facts(number) is not None:  # another process was quicker
                continue
            stage = f"tile {place + 1} of {len(numbers)}"
            stage += left_text(time.perf_counter() - begin, place, len(numbers))
            try:
                done = yield from _one(job, setup, number, stage, (place, len(numbers)))
                keeper.keep(setup.plan.tile(number), done)
                yield _written(job, setup, number, (place + 1, len(numbers)))
            except UnreadableError as error:
                failed[number] = error
            let_go()
        return failed


def _written(job: Job, setup: Setup, number: int, counted: tuple[int, int]) -> Progress:
    """Return where a run stands once a tile is written: whoever shows it need not wait for the next one."""
    count = setup.of(job, setup.plan.tile(number))[0].recipe.expected_iterations
    return Progress(counted[0] * count, counted[1] * count, stage=f"tile {counted[0]} of {counted[1]} is written")


def _one(job: Job, setup: Setup, number: int, stage: str, counted: tuple[int, int]) -> Work[TileDone]:
    count = setup.of(job, setup.plan.tile(number))[0].recipe.expected_iterations
    work = tile_work(job, setup, number)
    while True:
        try:
            step = next(work)
        except StopIteration as end:
            done: TileDone = end.value
            return done
        yield Progress(counted[0] * count + step.done, counted[1] * count, step.deviance, stage)
