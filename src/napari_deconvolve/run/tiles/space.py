"""How many tiles are run at a time, and what each of them may take."""

from __future__ import annotations

from dataclasses import dataclass

from napari_deconvolve.memory import room

SPARE_BYTES = 64 << 20  # libraries and threads that begin on the way, chunks that are read and written


@dataclass(frozen=True, slots=True)
class Space:
    """What the tiles of a run have.

    Attributes
    ----------
    bytes : int
        Memory for each tile that is run.
    slots : int
        Tiles at a time.
    threads : int or None
        Of the transforms of each tile; by default all cores.
    """

    bytes: int
    slots: int = 1
    threads: int | None = None


def own_space(memory: int | None, held: int = 0) -> Space:
    """Return the space for one tile at a time in this process, which may use so much memory in all.

    So many bytes of that are `held` by the result.
    """
    return Space(max(0, room(memory) - SPARE_BYTES - held))
