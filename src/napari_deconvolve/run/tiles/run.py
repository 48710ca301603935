"""A run over an image that does not fit into memory: tile by tile, into an array or a store, resumed at any tile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from napari_deconvolve.errors import FileError, ResourceError
from napari_deconvolve.job.problem import Job
from napari_deconvolve.memory import keep_no_large_blocks, size_text
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.executor import Executor
from napari_deconvolve.run.tiles.keeper import InMemory, Keeper, OnDisk
from napari_deconvolve.run.tiles.part import UnreadableError
from napari_deconvolve.run.tiles.result import result_of
from napari_deconvolve.run.tiles.seams import seams_of
from napari_deconvolve.run.tiles.serial import Serial
from napari_deconvolve.run.tiles.setup import Setup, find_setup
from napari_deconvolve.run.tiles.store import Output, finish_store, open_store, publish
from napari_deconvolve.work import Work

NAMED = 5  # tiles in a sentence


@dataclass(frozen=True, slots=True)
class Share:
    """Which tiles one of several processes runs: those of a number, from 1, of as many as there are processes."""

    number: int = 1
    count: int = 1

    def of(self, total: int) -> range:
        """Return the numbers of the tiles."""
        return range(self.number - 1, total, self.count)


class TiledRun:
    """A job that is run in tiles.

    Parameters
    ----------
    job : Job
        From `prepare`; no pixel of a lazy image is read there.
    memory : int, optional
        Bytes that this process may use in all; by default what is free.
    output : Output, optional
        The store to write; by default the estimate is an array in memory.
    tile : sequence of int, optional
        Lengths of a tile along the PSF's axes, in place of those that fit.
    share : Share
        Of the tiles; whoever finds all of them done finishes the store.
    executor : Executor, optional
        Who runs them; by default this process.

    Attributes
    ----------
    setup : Setup or None
        Settings and cut, once they are known.
    """

    def __init__(
        self,
        job: Job,
        *,
        memory: int | None = None,
        output: Output | None = None,
        tile: Sequence[int] | None = None,
        share: Share = Share(),
        executor: Executor | None = None,
    ) -> None:
        self.job, self._memory, self._output, self._tile, self._share = job, memory, output, tile, share
        self._executor = executor or Serial()
        self.setup: Setup | None = None

    def plan(self) -> Work[Setup]:
        """Find settings and cut, or read those of the run that is resumed; nothing is written."""
        found = None if self._output is None else open_store(self._output, self.job)
        if found is None:
            size = np.dtype(self.job.recipe.dtype).itemsize
            held = 0 if self._output is not None else math.prod(self.job.items.shape) * size
            space = partial(self._executor.space, self._memory, held)
            found = yield from find_setup(self.job, self._memory, self._tile, space)
        self.setup = found
        return found

    def work(self) -> Work[Result]:
        """Run the tiles that are not done yet, and finish."""
        keep_no_large_blocks()
        setup = yield from self.plan()
        yield from self._require_room(setup)
        setup, keeper = self._keeper(setup)
        numbers = [number for number in self._share.of(len(setup.plan)) if keeper.facts(number) is None]
        failed = yield from self._executor.tiles(self.job, setup, keeper, numbers)
        if failed:
            raise _unread(failed, len(setup.plan))
        complete = all(keeper.facts(number) is not None for number in range(len(setup.plan)))
        result = result_of(self.job, setup, keeper, seams_of(setup.plan, keeper) if complete else None)
        if complete and isinstance(keeper, OnDisk) and self._output is not None:
            seams = yield from finish_store(self._output, keeper, result, setup.plan.to_dict())
            result = result_of(self.job, setup, keeper, seams)
        return result

    def _keeper(self, setup: Setup) -> tuple[Setup, Keeper]:
        """Return what keeps the tiles, and the settings with which a store was begun."""
        if self._output is None:
            return setup, InMemory(self.job.items, self.job.recipe.dtype)
        same = publish(self._output, self.job, setup)
        trials = [one.trial for one in setup.decided]
        decided = tuple(replace(one, trial=trial) for one, trial in zip(same.decided, trials, strict=True))
        return replace(same, decided=decided), OnDisk(self._output.path, self.job.items)

    def _require_room(self, setup: Setup) -> Work[None]:
        """Refuse tiles of a resumed run that do not fit into the memory there is now."""
        left = (yield from self._executor.space(self._memory)).bytes
        if self._tile is None and setup.plan.bytes > left * 1.25:
            raise ResourceError(
                f"The tiles take {size_text(setup.plan.bytes)} and there is room for {size_text(left)}; allow "
                "more memory, or begin again with smaller tiles."
            )


def _unread(failed: Mapping[int, UnreadableError], total: int) -> FileError:
    numbers = ", ".join(map(str, list(failed)[:NAMED])) + " and others" * (len(failed) > NAMED)
    first = str(next(iter(failed.values()))).rstrip(".")
    return FileError(
        f"{len(failed)} of {total} tiles could not be read ({numbers}): {first}. All others are done; repair the image "
        "and resume the run."
    )
