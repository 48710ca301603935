"""What a worker needs to run tiles, handed to it once: the job, all settings, and the name of the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.job.items import Items
from napari_deconvolve.job.problem import Job, Workspace
from napari_deconvolve.run.tiles.setup import Setup

IMAGE, STOP = "image.npy", "stop"  # files in a folder that all workers of this machine see


@dataclass(frozen=True, slots=True, eq=False)
class Shipped:
    """What a worker needs.

    Attributes
    ----------
    job, setup : Job, Setup
        As they are here, less what is known to this process alone.
    store : str or None
        Where tiles are written; None where they are returned.
    threads : int or None
        Of the transforms; by default the worker's share of its cores.
    """

    job: Job
    setup: Setup
    store: str | None
    threads: int | None


@dataclass(frozen=True, slots=True)
class StopFile:
    """A request to stop that all processes of a machine see: a file that is made."""

    path: str

    def __call__(self) -> bool:
        """Return whether to stop."""
        return os.path.exists(self.path)

    def make(self) -> None:
        """Ask all to stop."""
        Path(self.path).touch()


class MappedFile:
    """An array in a file without structure, mapped into memory; in another process it is mapped again, not copied."""

    def __init__(self, path: str, dtype: np.dtype[Any], shape: tuple[int, ...], offset: int, order: str) -> None:
        self._how = (path, dtype, shape, offset, order)
        self.dtype, self.shape, self.ndim = dtype, shape, len(shape)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        path, dtype, shape, offset, order = self._how
        mapped = np.memmap(path, dtype, "r", offset, shape, order)  # type: ignore[call-overload]
        part: NDArray[Any] = mapped[index]
        return part


def shipped(job: Job, setup: Setup, store: str | None, threads: int | None, folder: Path | None) -> Shipped:
    """Return what workers need.

    An image in memory becomes a file where they see this machine's `folder`, so that they do not hold copies of it; the
    same folder holds the request to stop.
    """
    stop: Callable[[], bool] | None = None if folder is None else StopFile(str(folder / STOP))
    items = Items(_lasting(job.items.source, folder), job.items.axes, job.items.carried)
    bare = replace(job, items=items, cancelled=stop, workers=threads, seen=Workspace())
    decided = tuple(replace(one, trial=None) for one in setup.decided)
    return Shipped(bare, replace(setup, decided=decided), store and os.path.abspath(store), threads)


def _lasting(data: Any, folder: Path | None) -> Any:
    """Return an image as it is handed over: what is mapped as the name of its file, arrays as they are or as a file."""
    known = _mapped(data) if isinstance(data, np.memmap) else None
    if known is not None or not isinstance(data, np.ndarray):
        return data if known is None else known
    if folder is None:
        return np.asarray(data)
    np.save(folder / IMAGE, data, allow_pickle=False)
    return _mapped(np.load(folder / IMAGE, mmap_mode="r", allow_pickle=False))


def _mapped(data: Any) -> MappedFile | None:
    """Return a mapped file as its name; None for a part of one, whose place is not known."""
    whole = data.filename is not None and isinstance(data.base, mmap)
    order = "C" if data.flags.c_contiguous else "F"
    return MappedFile(os.path.abspath(data.filename), data.dtype, data.shape, data.offset, order) if whole else None
