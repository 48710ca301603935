"""A run in tiles in a worker: into a store on disk, with a small copy of what is done for the window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.lazy_levels import LazyView, levels_of
from napari_deconvolve._napari.work.plan import Plan, known_of
from napari_deconvolve._napari.work.task import Task
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.ome_zarr.writer import open_level
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.keeper import DONE, JOB, PLAN
from napari_deconvolve.run.tiles.large import LargeRun
from napari_deconvolve.run.tiles.plan import Tile
from napari_deconvolve.run.tiles.store import Output
from napari_deconvolve.work import Progress, Work

LARGEST_COPY = 1 << 26  # samples of the small copy


@dataclass(frozen=True, slots=True, eq=False)
class TilesPlan:
    """All that decides a run in tiles.

    Attributes
    ----------
    base : Plan
        Of a run of the whole image.
    path : str
        The store to write, or to go on with.
    """

    base: Plan
    path: str

    @property
    def recipe(self) -> Recipe:
        """Of the run."""
        return self.base.recipe


class TilesSession(Task[TilesPlan, Result]):
    """A run in tiles. The worker drives it; the window reads.

    Attributes
    ----------
    done, total : int
        Tiles; 0 while they are not known.
    """

    noun: ClassVar[str] = "run"

    def __init__(self, number: int, plan: TilesPlan) -> None:
        super().__init__(number, plan)
        self.total = 0
        self._seen: set[str] = set()  # markers
        self._copy: NDArray[np.floating] | None = None
        self._stage = ""

    @property
    def done(self) -> int:
        """How many tiles are written."""
        return len(self._seen)

    @property
    def begun(self) -> bool:
        """Whether its store is there, with what is looked at."""
        return self.total > 0

    def levels(self) -> list[Any]:
        """Return what napari shows: the finest level, and the small copy as far as it is filled."""
        found: list[Any] = list(levels_of(self.plan.path))
        if self.value is not None or len(found) == 1:
            return found
        return [found[0], found[-1] if self._copy is None else self._copy]

    def window(self) -> tuple[float, float]:
        """Return the counts that are black and white."""
        said: Mapping[str, Any] = json.loads((Path(self.plan.path) / "zarr.json").read_text(encoding="utf-8"))
        channels = said["attributes"]["ome"].get("omero", {}).get("channels") or [{}]
        window = channels[0].get("window", {})
        low, high = float(window.get("start", 0.0)), float(window.get("end", 1.0))
        return low, high if high > low else low + 1.0

    def _work(self) -> Work[Result]:
        plan = self.plan.base
        job = whole_job(plan)
        output = Output(self.plan.path, plan.source.image, name=plan.source.name, begin="resume")
        run = LargeRun(job, output)
        with closing(run.work()) as work:
            while True:
                try:
                    step = next(work)
                except StopIteration as end:
                    found: Result = end.value
                    return found
                if run.tiled is not None and step.stage != self._stage:
                    self._stage = step.stage
                    self._look(job, run.tiled.setup)
                yield Progress(step.done, step.total, step.deviance, step.stage)

    def _look(self, job: Job, setup: Any) -> None:
        """Take the tiles that have been written since into the small copy."""
        job_folder = Path(self.plan.path) / JOB
        if setup is None or not (job_folder / PLAN).exists():
            return
        new = {one.stem for one in (job_folder / DONE).glob("*.json")} - self._seen
        finest = open_level(self.plan.path, 0)
        if not self.total:
            shape = tuple(levels_of(self.plan.path)[-1].shape)
            small = np.prod(shape, dtype=np.int64) <= LARGEST_COPY
            self._copy = np.zeros(shape, finest.dtype) if small else None
        for name in sorted(new, key=int):
            tile: Tile = setup.plan.tile(int(name))
            if self._copy is not None:
                take_samples(self._copy, finest, job.items.index(tile.item, tile.inner))
        self._seen |= new
        self.total = len(setup.plan)


def take_samples(copy: NDArray[Any], finest: Any, index: tuple[Any, ...]) -> None:
    """Take every so manyth sample of a part of an array into a smaller copy of it."""
    read, written = [], []
    for cut, length, small in zip(index, finest.shape, copy.shape, strict=True):
        step = 1
        while -(-length // step) > small:
            step *= 2
        if not isinstance(cut, slice):
            read.append(slice(cut, cut + 1))
            written.append(slice(cut // step, cut // step + 1))
            continue
        first = -(-cut.start // step)
        count = len(range(first * step, cut.stop, step))
        read.append(slice(first * step, cut.stop, step))
        written.append(slice(first, first + count))
    if all(cut.stop > cut.start for cut in written):
        copy[tuple(written)] = np.asarray(LazyView(finest)[tuple(read)])


def whole_job(plan: Plan) -> Job:
    """Return the job over a whole image, of which nothing is read; raise `ParameterError` for what tiles cannot do."""
    refused = why_not_in_tiles(plan)
    if refused:
        raise ParameterError(refused)
    psf = plan.psf if plan.spacing is None else plan.psf.resampled(plan.spacing)
    recipe = plan.recipe.replace(**known_of(plan))
    return prepare(plan.source.image.data, psf, recipe, axes=plan.axes, offsets=plan.source.offsets)


def why_not_in_tiles(plan: Plan) -> str:
    """Say why a plan cannot be run in tiles; nothing if it can."""
    if plan.crop.shape != plan.source.shape:
        return "In tiles the whole image is run; choose it as the region."
    if plan.start is not None or plan.origin is not None:
        return "In tiles a run begins without a start estimate; choose none."
    if plan.keep_every:
        return "In tiles no iterates are kept; keep none."
    return ""
