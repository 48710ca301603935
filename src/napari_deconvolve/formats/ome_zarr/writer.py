"""OME-Zarr 0.5 out: a new store whose metadata are complete, pieces that are written into it, and its pyramid.

One writer writes a shard, as a whole. What a store is made of appears at once, by the renaming of its folder.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.atomic import check_target, refused, replacing
from napari_deconvolve.formats.ome_zarr.levels import (
    bins_of_levels,
    chunk_for,
    shape_of,
    shard_for,
    shard_of_level,
)
from napari_deconvolve.formats.ome_zarr.library import library
from napari_deconvolve.formats.ome_zarr.metadata import Described, Shown, metadata_of, require_order
from napari_deconvolve.formats.ome_zarr.reader import OWN
from napari_deconvolve.formats.parts import in_use, part_of
from napari_deconvolve.formats.stored import STANDARD_AXES, Stored, letters_of


@dataclass(frozen=True, slots=True)
class NewImage:
    """A store that is to be made.

    Attributes
    ----------
    shape, dtype : tuple of int, dtype
        Of the finest level.
    about : Described
        Its metadata.
    pieces : tuple of int
        Lengths of what is written at a time: the shards of the finest level hold as much.
    extra : mapping
        More to store, in plain JSON types.
    """

    shape: Shape
    dtype: np.dtype[Any]
    about: Described
    pieces: Shape
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bins(self) -> list[Shape]:
        """How many samples of the finest level make one of each level."""
        return bins_of_levels(self.about.axes, self.shape, self.about.spacing)


def described_image(stored: Stored, pieces: Shape = ()) -> NewImage:
    """Return the store for an image, which may be lazy: nothing is read."""
    image = stored.image
    axes = letters_of(image) if all(image.axes) else STANDARD_AXES[image.ndim]
    channels = stored.channels if "C" in axes else ()
    about = Described(axes, image.steps(), image.units, stored.name, tuple(Shown(name) for name in channels))
    return NewImage(image.shape, image.dtype, about, pieces or _usual_pieces(axes, image.shape), stored.extra)


def _usual_pieces(axes: str, shape: Shape) -> Shape:
    return shard_of_level(axes, shape)[1]


@contextmanager
def new_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Return a folder in which a store is made; it gets its name when the block ends well, and else is removed.

    Raise `FileError` where nothing can be made, or something has that name then.
    """
    target = check_target(path)
    temporary = part_of(target)
    try:
        temporary.mkdir()
        with in_use(temporary):
            yield temporary
        os.rename(temporary, target)
    except FileError:
        raise
    except OSError as error:
        raise refused(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def make_store(folder: Path, name: str, new: NewImage) -> None:
    """Write all but samples: arrays of all levels, and their metadata; `name` is for errors."""
    zarr = library(name)
    require_order(name, new.about.axes)
    bins = new.bins
    attributes = {"ome": metadata_of(name, new.about, bins), OWN: plain(new.extra)}
    zarr.create_group(str(folder), zarr_format=3, attributes=attributes, overwrite=False)
    for level, size in enumerate(bins):
        shape = shape_of(new.shape, size)
        if level == 0:
            chunk = chunk_for(new.about.axes, new.pieces)
            shard = shard_for(new.pieces, chunk)
        else:
            chunk, shard = shard_of_level(new.about.axes, shape)
        zarr.create_array(
            str(folder),
            name=str(level),
            shape=shape,
            chunks=chunk,
            shards=shard,
            dtype=new.dtype,
            compressors=zarr.codecs.BloscCodec(cname="lz4", clevel=3, shuffle="shuffle"),
            fill_value=0,
            dimension_names=[letter.lower() for letter in new.about.axes],
        )


def open_level(folder: str | os.PathLike[str], level: int, mode: str = "r") -> Any:
    """Return the array of a level, of which parts are read and written."""
    return library(folder).open_array(str(folder), path=str(level), mode=mode)


def set_extra(folder: str | os.PathLike[str], extra: Mapping[str, Any], shown: Sequence[Shown] = ()) -> None:
    """Store more beside an image, in place of what was there, and how its channels are shown."""
    path = Path(folder) / "zarr.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    known["attributes"][OWN] = plain(extra)
    windows = [{"start": one.low, "end": one.high, "min": min(0.0, one.low), "max": one.high} for one in shown]
    for channel, window in zip(known["attributes"]["ome"].get("omero", {}).get("channels", ()), windows, strict=False):
        channel["window"] = window
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(known, indent=2), encoding="utf-8")


def build_pyramid(folder: str | os.PathLike[str]) -> Iterator[float]:
    """Write all levels below the finest, each from the one before; yield the share that is done."""
    count = 0
    while (Path(folder) / str(count)).is_dir():
        count += 1
    for level in range(1, count):
        fine, coarse = open_level(folder, level - 1), open_level(folder, level, "r+")
        ratio = tuple(2 if own > half else 1 for own, half in zip(fine.shape, coarse.shape, strict=True))
        regions = list(_boxes(coarse.shape, coarse.shards or coarse.chunks))
        for number, region in enumerate(regions, start=1):
            read = tuple(
                slice(cut.start * size, min(cut.stop * size, length))
                for cut, size, length in zip(region, ratio, fine.shape, strict=True)
            )
            coarse[region] = binned(np.asarray(fine[read]), ratio)
            yield (level - 1 + number / len(regions)) / (count - 1)


def binned(values: NDArray[Any], ratio: Sequence[int]) -> NDArray[Any]:
    """Return means of so many samples along each axis; those at the ends may be of fewer."""
    found = values
    for axis, size in enumerate(ratio):
        if size > 1:
            begins = np.arange(0, found.shape[axis], size)
            sums = np.add.reduceat(found, begins, axis=axis, dtype=np.float64 if found.dtype.kind != "f" else None)
            counts = np.minimum(begins + size, found.shape[axis]) - begins
            found = sums / counts.reshape([-1 if one == axis else 1 for one in range(found.ndim)]).astype(sums.dtype)
    return found.astype(values.dtype, copy=False)


def write_zarr(path: str | os.PathLike[str], stored: Stored) -> None:
    """Write an image with its pyramid; the store is complete or absent. Raise `FileError` where one is there."""
    new = described_image(stored)
    with new_folder(path) as folder:
        make_store(folder, str(path), new)
        level = open_level(folder, 0, "r+")
        for region in _boxes(level.shape, level.shards or level.chunks):
            level[region] = np.asarray(stored.image.data[region])
        for _ in build_pyramid(folder):
            pass


def plain(value: Any) -> Any:
    """Return plain JSON types."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def _boxes(shape: Sequence[int], step: Sequence[int]) -> Iterator[tuple[slice, ...]]:
    counts = [-(-length // size) for length, size in zip(shape, step, strict=True)]
    for place in np.ndindex(*counts):
        yield tuple(
            slice(at * size, min((at + 1) * size, length)) for at, size, length in zip(place, step, shape, strict=True)
        )
