"""Jobs of parts of a large image, of which only the part is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.likelihood.maps import MAPS, MapSamples
from napari_deconvolve.errors import DeconvolutionError, FileError, ParameterError
from napari_deconvolve.formats.ome_zarr.samples import SamplesError
from napari_deconvolve.job.items import Items, alone
from napari_deconvolve.job.pixels import MAPPED
from napari_deconvolve.job.problem import Job, Workspace
from napari_deconvolve.job.test_region import shortened
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.tiles.survey import Region


class UnreadableError(FileError):
    """Samples of an image that cannot be read, as those of a damaged chunk."""


def read_part(job: Job, item: int, region: Region) -> Items:
    """Read a part of one item; raise `UnreadableError` where that fails."""
    try:
        return alone(job.items.part(item, region))
    except SamplesError as error:
        raise _unreadable(region, error.reason) from error
    except (DeconvolutionError, MemoryError):
        raise
    except Exception as error:  # a damaged chunk can make its decoder raise anything
        raise _unreadable(region, next(iter(str(error).splitlines()), type(error).__name__)) from error


def _unreadable(region: Region, reason: str) -> UnreadableError:
    place = ", ".join(f"{cut.start}-{cut.stop - 1}" for cut in region)
    return UnreadableError(f"the samples at {place} ({reason})")


def deciding_part(job: Job, item: int, region: Region) -> Job:
    """Return a job of a part of one item, of a size that settings can be found on; it is read here."""
    point = shortened(job.point(job.channel(item)), lengths_of(region))
    try:
        items = read_part(job, item, region)
    except UnreadableError as error:
        raise FileError(
            f"The part on which settings are found cannot be read: {error}. Repair the image, or give a part of it."
        ) from error
    known: dict[str, Any] = {"items": items, "psf": _within(point, region, job.frame)}
    offsets = job.offsets[item : item + 1]
    return replace(job, recipe=recipe_of_part(job, job.recipe, region), offsets=offsets, seen=Workspace(), **known)


def tile_part(job: Job, item: int, region: Region, recipe: Recipe) -> Job:
    """Return a job of a part of one item that is run with these settings; it is read here."""
    point = job.point(job.channel(item))
    known: dict[str, Any] = {"items": read_part(job, item, region), "psf": _within(point, region, job.frame)}
    return replace(job, recipe=recipe_of_part(job, recipe, region), offsets=(), seen=Workspace(), **known)


def unread(job: Job) -> Job:
    """Return a job that holds no samples any more, only their shape: its data are in a noise model already."""
    nothing = np.broadcast_to(np.zeros((), job.items.dtype), job.frame)
    return replace(job, items=Items(nothing, job.items.axes))


def recipe_of_part(job: Job, recipe: Recipe, region: Region) -> Recipe:
    """Return a recipe whose maps are those of a part of an item."""
    begin, shape = [cut.start for cut in region], lengths_of(region)
    maps = {name: getattr(recipe, name) for name in MAPPED}
    known = {name: one.part(begin, shape) for name, one in maps.items() if isinstance(one, MAPS)}
    return recipe.replace(**known) if known else recipe


def require_maps_of_planes(job: Job) -> None:
    """Refuse maps that lie on single items of an image: parts of these are not cut."""
    last = tuple(range(len(job.items.shape) - len(job.frame), len(job.items.shape)))
    for name in MAPPED:
        known = getattr(job.recipe, name)
        if isinstance(known, MapSamples) and (len(known.shape) > len(job.frame) or job.items.axes != last):
            noun = Recipe.parameter(name).noun or name
            raise ParameterError(
                f"The {noun} has shape {known.shape}, and an image larger than memory takes maps of its last "
                f"{len(job.frame)} axes alone; give a map of one plane."
            )


def lengths_of(region: Sequence[slice]) -> Shape:
    """Return the lengths of a part."""
    return tuple(cut.stop - cut.start for cut in region)


def within(region: Sequence[slice], outer: Sequence[slice]) -> Region:
    """Return a region as it lies in another that holds it."""
    return tuple(
        slice(cut.start - around.start, cut.stop - around.start) for cut, around in zip(region, outer, strict=True)
    )


def _within(point: Any, region: Region, frame: Shape) -> Any:
    return point.within(region[0].start, region[0].stop, frame[0])
