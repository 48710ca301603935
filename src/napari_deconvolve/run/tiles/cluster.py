"""Workers of dask: started on this machine, or those of a scheduler that runs elsewhere."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_deconvolve.core.threads import at_once
from napari_deconvolve.core.transforms.fft import cpu_count
from napari_deconvolve.errors import ParameterError, ResourceError
from napari_deconvolve.formats.optional import optional_library
from napari_deconvolve.memory import USABLE_MEMORY
from napari_deconvolve.run.tiles.shipped import STOP, StopFile
from napari_deconvolve.run.tiles.space import SPARE_BYTES, Space, own_space

WORKER_BYTES = 160 << 20  # of a process with Python and all libraries, beside its tile; measured 130 MiB
CONNECT_S = 30
CLOSE_S = 10


def library() -> Any:
    """Import dask.distributed; raise `FileError` that says how to get it where it is missing."""
    return optional_library("A run by several workers", "distributed", "big", "run it by this process alone")


@dataclass(frozen=True, slots=True, eq=False)
class Connected:
    """Workers that can be given tasks.

    Attributes
    ----------
    client : Client
        Of dask.distributed.
    folder : Path or None
        Which all workers see, where they are on this machine.
    threads : int or None
        Of the transforms of a tile; by default the worker's share of its cores.
    """

    client: Any
    folder: Path | None = None
    threads: int | None = None

    def slots(self) -> int:
        """Return how many tiles the workers that are there run at a time."""
        return int(sum(self.client.nthreads().values()))


@dataclass(frozen=True, slots=True)
class LocalWorkers:
    """Processes of this machine, each of which runs a tile at a time.

    Raise `ParameterError` for more than there are cores, and `FileError` where the library is missing.
    """

    count: int

    def __post_init__(self) -> None:
        most = cpu_count()
        if not 1 <= self.count <= most:
            raise ParameterError(
                f"The number of workers is {self.count}, and this process may use {most} cores; give 1 to {most}."
            )
        library()

    @property
    def threads(self) -> int:
        """Threads of each worker's transforms, so that all workers together have as many as this process may."""
        return max(1, at_once(cpu_count()) // self.count)

    def space(self, memory: int | None, held: int = 0) -> Space:
        """Return what each worker's tile may take of the memory that all processes may use together."""
        each = own_space(memory, held).bytes // self.count - WORKER_BYTES - SPARE_BYTES
        return Space(max(0, each), self.count, self.threads)

    @contextmanager
    def connected(self) -> Iterator[Connected]:
        """Start the workers; when the block ends, tiles that are being run are broken off, and the workers end."""
        how: dict[str, Any] = {"n_workers": self.count, "threads_per_worker": 1, "processes": True, "memory_limit": 0}
        with tempfile.TemporaryDirectory(prefix="tiles-") as name, ExitStack() as open_now:
            folder = Path(name)
            how |= {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL, "local_directory": name}
            cluster = library().LocalCluster(**how)
            open_now.callback(cluster.close, timeout=CLOSE_S)
            client = library().Client(cluster, set_as_default=False)
            open_now.callback(client.close, timeout=CLOSE_S)
            open_now.callback(StopFile(str(folder / STOP)).make)
            yield Connected(client, folder, self.threads)


@dataclass(frozen=True, slots=True)
class Scheduler:
    """The workers of a scheduler of dask, by its address; they see the same files as this process.

    Raise `FileError` where the library is missing.
    """

    address: str

    def __post_init__(self) -> None:
        library()

    @contextmanager
    def connected(self) -> Iterator[Connected]:
        """Connect; when the block ends, tasks that no worker has begun are withdrawn."""
        try:
            client = library().Client(self.address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
            raise ResourceError(
                f"The scheduler {self.address} cannot be reached ({reason}); check its address, such as "
                "tcp://node7:8786, and that it runs."
            ) from error
        with client:
            yield Connected(client)


def space_of(connected: Connected, memory: int | None) -> Space:
    """Return what a tile may take on the workers of a scheduler: the least share of a worker's memory.

    Each of them uses at most so much memory in all.
    """
    each = []
    for one in connected.client.scheduler_info(n_workers=-1)["workers"].values():
        limits = [given for given in (one["memory_limit"], memory) if given]
        if limits:
            each.append((int(USABLE_MEMORY * min(limits)) - WORKER_BYTES) // one["nthreads"] - SPARE_BYTES)
    least = min(each) if each else own_space(memory).bytes
    return Space(max(0, least), max(1, connected.slots()))
