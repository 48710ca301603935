"""Who runs the tiles: this process, one after the other, or workers of dask, several at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from napari_deconvolve.job.problem import Job
from napari_deconvolve.memory import duration_text
from napari_deconvolve.run.tiles.keeper import Keeper
from napari_deconvolve.run.tiles.part import UnreadableError
from napari_deconvolve.run.tiles.setup import Setup
from napari_deconvolve.run.tiles.space import Space
from napari_deconvolve.work import Work

Failed = dict[int, UnreadableError]


class Executor(Protocol):
    """What runs tiles."""

    def space(self, memory: int | None, held: int = 0) -> Work[Space]:
        """Return what tiles may take, where this run may use so much memory and its result holds a part of that."""

    def tiles(self, job: Job, setup: Setup, keeper: Keeper, numbers: Sequence[int]) -> Work[Failed]:
        """Run the tiles of these numbers, and have them kept; return those whose samples could not be read."""


def left_text(seconds: float, done: int, count: int) -> str:
    """Return how long the rest of some tiles will take, in words, once one is done."""
    return f", about {duration_text(seconds / done * (count - done))} left" if done else ""
