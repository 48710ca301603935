"""A run of an image of any size: as a whole where it fits into memory, else in tiles; into memory or into a store."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.ome_zarr.writer import open_level, write_zarr
from napari_deconvolve.formats.stored import Stored
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.naming import ending
from napari_deconvolve.run.cost import fits, require_memory
from napari_deconvolve.run.engine import Run
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.executor import Executor
from napari_deconvolve.run.tiles.keeper import JOB, PLAN
from napari_deconvolve.run.tiles.run import Share, TiledRun
from napari_deconvolve.run.tiles.store import Output, require_output
from napari_deconvolve.work import Work


class LargeRun:
    """A job that is run as a whole, with the same bits as ever, if it fits into memory, and else in tiles.

    Parameters
    ----------
    job : Job
        From `prepare`.
    output : Output, optional
        The store to write.
    memory : int, optional
        Bytes that this process may use in all.
    tile : sequence of int, optional
        Lengths of a tile: then it is run in tiles, whether it fits or not.
    share : Share, optional
        Of the tiles: then it is run in tiles, too.
    executor : Executor, optional
        Who runs tiles, if not this process: then it is run in tiles, too.
    keep_every, resumable
        See `deconvolve`; for runs as a whole.

    Attributes
    ----------
    tiled, run : TiledRun or None, Run or None
        The run in tiles, or that as a whole where the image fits.
    """

    def __init__(
        self,
        job: Job,
        output: Output | None,
        memory: int | None = None,
        *,
        tile: Sequence[int] | None = None,
        share: Share | None = None,
        keep_every: int | None = None,
        resumable: bool = False,
        executor: Executor | None = None,
    ) -> None:
        self._output = output
        if output is not None:
            require_output(output)
        begun = output is not None and output.begin == "resume" and (Path(output.path) / JOB / PLAN).exists()
        asked = tile is not None or share is not None or executor is not None or begun
        if not asked and output is None and memory is None:
            require_memory(job)
        self.tiled: TiledRun | None = None
        self.run: Run | None = None
        if asked or not fits(job, memory):
            _refuse_kept({"keep_every": keep_every, "resumable": resumable})
            how: dict[str, Any] = {"memory": memory, "output": output, "tile": tile, "executor": executor}
            self.tiled = TiledRun(job, share=share or Share(), **how)
        else:
            self.run = Run(job, keep_every=keep_every, resumable=resumable)

    def work(self) -> Work[Result]:
        """Run to the end."""
        if self.run is None:
            assert self.tiled is not None
            return (yield from self.tiled.work())
        output = self._output
        if output is not None and Path(output.path).is_dir() and output.begin != "restart":
            raise FileError(f"{output.path} is there already, and holds no run in tiles; give another name.")
        result = yield from self.run.work()
        return result if output is None else written(output, result)


def _refuse_kept(given: Mapping[str, object]) -> None:
    for name, value in given.items():
        if value:
            raise ParameterError(
                f"The image is run in tiles, and {name} is for runs as a whole; leave it out, or take a part of the "
                "image."
            )


def written(output: Output, result: Result) -> Result:
    """Write a result into a store; return it with the array on disk as its estimate."""
    name = f"{output.name} · {ending(result.recipe.to_dict(), result.iterations)}".lstrip(" ·")
    found = {"iterations": result.iterations, "background": result.background, "deviance": list(result.trace)}
    extra = {**output.extra, **found, **result.about_making, "recipe": result.recipe.to_dict()}
    if output.begin == "restart" and Path(output.path).is_dir():
        shutil.rmtree(output.path)
    write_zarr(output.path, Stored(output.image.with_data(result.estimate), name, output.channels, extra))
    return replace(result, estimate=open_level(output.path, 0))
