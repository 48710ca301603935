"""What a worker does: one tile, unless it is done already."""

from __future__ import annotations

from dataclasses import replace

from napari_deconvolve.core.transforms.fft import cpu_count
from napari_deconvolve.memory import keep_no_large_blocks, let_go
from napari_deconvolve.run.tiles.cluster import library
from napari_deconvolve.run.tiles.halved import tile_work
from napari_deconvolve.run.tiles.keeper import OnDisk
from napari_deconvolve.run.tiles.shipped import Shipped
from napari_deconvolve.run.tiles.tile import TileDone
from napari_deconvolve.work import finish


def do_tile(given: Shipped, number: int) -> TileDone | None:
    """Run a tile; return it where there is no store to write it into.

    A task is done again where its worker was lost, maybe after all was written: so it looks for the marker first.
    """
    keeper = None if given.store is None else OnDisk(given.store, given.job.items)
    if keeper is not None and keeper.facts(number) is not None:
        return None
    keep_no_large_blocks()
    done = finish(tile_work(replace(given.job, workers=_threads(given)), given.setup, number))
    if keeper is not None:
        keeper.keep(given.setup.plan.tile(number), done)
    let_go()
    return done if keeper is None else None


def handed_over(given: Shipped) -> Shipped:
    """Return what was handed over: as the result of a task it is kept by workers, and made again where they are lost.

    Then other workers have it from the first, and not each time from the process that hands it over.
    """
    return given


def _threads(given: Shipped) -> int:
    """Return the threads of each tile's transforms: what was said, or this worker's share of its cores."""
    return given.threads or max(1, cpu_count() // library().get_worker().state.nthreads)
