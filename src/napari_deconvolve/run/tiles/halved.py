"""A tile, and what becomes of one that does not fit into the memory of a GPU: two halves, and else the CPU."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from napari_deconvolve.core.device import DeviceMemoryError
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.job.device import CPU
from napari_deconvolve.job.problem import Job
from napari_deconvolve.run.tiles.decide import Decided
from napari_deconvolve.run.tiles.plan import Tile
from napari_deconvolve.run.tiles.setup import UNCUT, Setup
from napari_deconvolve.run.tiles.survey import Region
from napari_deconvolve.run.tiles.tile import TileDone, run_tile
from napari_deconvolve.work import Work

HALVED = "A tile did not fit into the GPU's memory: it was run in two halves."
SUMMED = ("light", "given", "samples", "hot", "dead", "missing", "seconds")
LEFT = "A tile did not fit into the GPU's memory: it was run on the CPU."


def tile_work(job: Job, setup: Setup, number: int) -> Work[TileDone]:
    """Run a tile, as a whole if its memory does."""
    tile = setup.plan.tile(number)
    decided, shared = setup.of(job, tile)
    try:
        return (yield from run_tile(job, tile, decided, shared))
    except DeviceMemoryError:
        first, second = halves_of(tile, setup)
    try:
        if as_boundary(job.recipe.boundary) not in UNCUT:
            low = yield from run_tile(job, first, decided, shared)
            high = yield from run_tile(job, second, decided, shared)
            return said(joined(low, high, _longest(tile)), HALVED)
    except DeviceMemoryError:
        pass
    here: Decided = replace(decided, recipe=decided.recipe.replace(device=CPU))
    return said((yield from run_tile(job, tile, here, shared)), LEFT)


def halves_of(tile: Tile, setup: Setup) -> tuple[Tile, Tile]:
    """Return a tile cut across its longest axis; both halves see a halo beyond the cut."""
    axis = _longest(tile)
    inner, outer, frame, halo = tile.inner[axis], tile.outer[axis], setup.plan.frame[axis], setup.plan.halo[axis]
    middle = (inner.start + inner.stop) // 2
    low = slice(inner.start, middle), slice(outer.start, min(middle + halo, frame))
    high = slice(middle, inner.stop), slice(max(middle - halo, 0), outer.stop)
    first, second = (
        replace(tile, inner=_with(tile.inner, axis, own), outer=_with(tile.outer, axis, seen))
        for own, seen in (low, high)
    )
    return first, second


def joined(first: TileDone, second: TileDone, axis: int) -> TileDone:
    """Return two halves, cut across an axis, as one."""
    rims = {}
    for face in first.rims.keys() | second.rims.keys():
        along, side = face
        parts = [one.rims[face] for one in (first, second) if face in one.rims]
        if along == axis and face in (half := second if side else first).rims:
            rims[face] = half.rims[face]
        elif along != axis and len(parts) == 2:  # a dark half has none; planes lie first, before the axes
            rims[face] = np.concatenate(parts, axis=axis + 1 if axis < along else axis)
    one, other = first.facts, second.facts
    sums = {name: getattr(one, name) + getattr(other, name) for name in SUMMED}
    trace = tuple(math.fsum(pair) for pair in zip(one.trace, other.trace, strict=True))
    words = tuple(dict.fromkeys((*one.words, *other.words)))
    estimate = np.concatenate([first.estimate, second.estimate], axis=axis)
    return TileDone(estimate, rims, replace(one, trace=trace, words=words, **sums))


def said(done: TileDone, words: str) -> TileDone:
    """Return a tile with a sentence more."""
    return replace(done, facts=replace(done.facts, words=(*done.facts.words, words)))


def _longest(tile: Tile) -> int:
    return int(np.argmax([cut.stop - cut.start for cut in tile.inner]))


def _with(region: Region, axis: int, cut: slice) -> Region:
    return (*region[:axis], cut, *region[axis + 1 :])
