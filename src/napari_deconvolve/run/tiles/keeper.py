"""Where tiles go: into an array in memory, or into a store on a disk with a marker for each tile that is done."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.arrays import read_npy, write_npy
from napari_deconvolve.formats.atomic import refused, replacing
from napari_deconvolve.formats.ome_zarr.writer import open_level
from napari_deconvolve.job.items import Items
from napari_deconvolve.run.tiles.plan import Tile
from napari_deconvolve.run.tiles.tile import TileDone, TileFacts

JOB = ".job"
PLAN, FINISHED, DONE, RIMS = "plan.json", "finished.json", "done", "rims"


class Keeper(Protocol):
    """What holds the tiles that are done."""

    def facts(self, number: int) -> TileFacts | None:
        """Return what is known of a tile that is done; None for another."""

    def keep(self, tile: Tile, done: TileDone) -> None:
        """Keep a tile."""

    def rim(self, number: int, axis: int, side: int) -> FloatArray | None:
        """Return the planes at a cut face of a tile, see `TileDone`."""

    @property
    def estimate(self) -> Any:
        """The whole estimate, of the image's shape; may be lazy."""

    @property
    def store(self) -> str | None:
        """Where other processes may keep tiles too; None where that is this process alone."""


class InMemory:
    """Tiles in an array."""

    def __init__(self, items: Items, dtype: str) -> None:
        self._items = items
        self._whole: FloatArray = np.zeros(items.shape, dtype)
        self._facts: dict[int, TileFacts] = {}
        self._rims: dict[tuple[int, int, int], FloatArray] = {}

    def facts(self, number: int) -> TileFacts | None:
        """See `Keeper`."""
        return self._facts.get(number)

    def keep(self, tile: Tile, done: TileDone) -> None:
        """See `Keeper`."""
        self._whole[self._items.index(tile.item, tile.inner)] = self._items.turned_back(done.estimate)
        self._rims.update({(tile.number, *face): planes for face, planes in done.rims.items()})
        self._facts[tile.number] = done.facts

    def rim(self, number: int, axis: int, side: int) -> FloatArray | None:
        """See `Keeper`."""
        return self._rims.get((number, axis, side))

    @property
    def estimate(self) -> FloatArray:
        """The array."""
        return self._whole

    @property
    def store(self) -> None:
        """See `Keeper`."""
        return None


class OnDisk:
    """Tiles in the finest level of a store: each is whole shards, written and synchronised before its marker is."""

    def __init__(self, folder: str | os.PathLike[str], items: Items) -> None:
        self.folder, self._items = Path(folder), items
        self._level = open_level(self.folder, 0, "r+")
        self.job = self.folder / JOB

    def facts(self, number: int) -> TileFacts | None:
        """Read the marker."""
        values = read_json(self.job / DONE / f"{number}.json")
        if values is None:
            return None
        return TileFacts(**{**values, "trace": tuple(values["trace"]), "words": tuple(values.get("words", ()))})

    def keep(self, tile: Tile, done: TileDone) -> None:
        """Write samples, planes at cut faces, and the marker."""
        index = self._items.index(tile.item, tile.inner)
        try:
            for path in self._shards(index):  # zarr would read one that was broken off
                path.unlink(missing_ok=True)
            self._level[index] = self._items.turned_back(done.estimate)
            (self.job / RIMS).mkdir(exist_ok=True)  # it is gone where all were done once
            for (axis, side), planes in done.rims.items():
                write_npy(self._rim(tile.number, axis, side), planes)
            for path in self._shards(index):
                with contextlib.suppress(FileNotFoundError):  # those of dark parts are no files
                    synchronise(path)
        except OSError as error:
            raise error if isinstance(error, FileError) else refused(self.folder, error) from error
        write_json(self.job / DONE / f"{tile.number}.json", asdict(done.facts))

    def rim(self, number: int, axis: int, side: int) -> FloatArray | None:
        """Read the planes of a face; None where there are none, or another run of the same store has removed them."""
        path = self._rim(number, axis, side)
        try:
            return np.asarray(read_npy(path).image.data)
        except FileError:
            if path.exists():
                raise
            return None

    @property
    def estimate(self) -> Any:
        """The finest level, of which parts are read when they are asked for."""
        return open_level(self.folder, 0)

    @property
    def store(self) -> str:
        """See `Keeper`."""
        return str(self.folder)

    def forget_rims(self) -> None:
        """Remove the planes at cut faces."""
        shutil.rmtree(self.job / RIMS, ignore_errors=True)

    def _rim(self, number: int, axis: int, side: int) -> Path:
        return self.job / RIMS / f"{number}.{axis}.{side}.npy"

    def _shards(self, index: tuple[Any, ...]) -> Iterator[Path]:
        """Yield the files of a part's shards."""
        shards = self._level.shards or self._level.chunks
        spans = [
            range(cut.start // size, -(-cut.stop // size)) if isinstance(cut, slice) else [cut // size]
            for cut, size in zip(index, shards, strict=True)
        ]
        for place in np.ndindex(*map(len, spans)):
            numbers = [str(span[at]) for span, at in zip(spans, place, strict=True)]
            yield self.folder.joinpath("0", "c", *numbers)


def synchronise(path: Path) -> None:
    """Bring a file to the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_json(path: Path, values: Any) -> None:
    """Write plain JSON types; the file is complete, and on the disk, or absent."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(values), encoding="utf-8")
        synchronise(temporary)


def read_json(path: Path) -> Any:
    """Read what `write_json` wrote; None where there is no such file, or another one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
