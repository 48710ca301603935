"""How an image is cut into tiles, so that each is run within the memory there is, at the least extra work."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.errors import ParameterError, ResourceError
from napari_deconvolve.memory import size_text
from napari_deconvolve.run.tiles.needs import AxisCut, Needs
from napari_deconvolve.run.tiles.survey import Region

GRAIN = 16  # samples: lengths of tiles are multiples, as blocks in files are
MOST_LENGTHS = 40  # of tiles along an axis, that are tried


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of an item.

    Attributes
    ----------
    number : int
        Its place among all tiles of a run.
    item : int
        Of the image.
    inner, outer : tuple of slice
        What it writes, and what it reads: that and its halo.
    """

    number: int
    item: int
    inner: Region
    outer: Region

    def padded(self, frame: Shape) -> tuple[bool, ...]:
        """Return per axis whether one of its faces is the image's own, so that the object goes on beyond."""
        return tuple(cut.start == 0 or cut.stop == length for cut, length in zip(self.outer, frame, strict=True))

    @property
    def share(self) -> float:
        """The part of what it reads that it writes."""
        return _volume(self.inner) / _volume(self.outer)


@dataclass(frozen=True, slots=True)
class Plan:
    """A cut of all items of an image into tiles.

    Attributes
    ----------
    cuts : tuple of AxisCut
        The axes of an item, and how they are cut.
    items : int
        How many there are.
    bytes : int
        Memory for the largest tile.
    extra : float
        Work beyond that of whole items, as a share of it; below 0 where there is less padding.
    """

    cuts: tuple[AxisCut, ...]
    items: int
    bytes: int
    extra: float

    @property
    def frame(self) -> Shape:
        """Shape of an item."""
        return tuple(one.length for one in self.cuts)

    @property
    def lengths(self) -> Shape:
        """Shape of a tile; those at the ends may be smaller."""
        return tuple(one.own for one in self.cuts)

    @property
    def halo(self) -> Shape:
        """Samples that a tile sees beyond each cut face, at least."""
        return tuple(one.halo for one in self.cuts)

    @property
    def per_item(self) -> int:
        """How many tiles an item has."""
        return math.prod(len(one.inner) for one in self.cuts)

    def __len__(self) -> int:
        return self.items * self.per_item

    def tile(self, number: int) -> Tile:
        """Return a tile by its number, from 0."""
        item, place = divmod(number, self.per_item)
        places = np.unravel_index(place, [len(one.inner) for one in self.cuts])
        along = list(zip(self.cuts, map(int, places), strict=True))
        return Tile(number, item, tuple(one.inner[at] for one, at in along), tuple(one.outer[at] for one, at in along))

    def neighbour(self, number: int, axis: int) -> int | None:
        """Return the number of the next tile along an axis; None for the last one."""
        counts = [len(one.inner) for one in self.cuts]
        place = number % self.per_item
        if int(np.unravel_index(place, counts)[axis]) + 1 == counts[axis]:
            return None
        return number + math.prod(counts[axis + 1 :])

    def __str__(self) -> str:
        many = "1 tile" if len(self) == 1 else f"{len(self)} tiles"
        size, seen = " x ".join(map(str, self.lengths)), ", ".join(map(str, self.halo))
        return f"{many} of {size} samples, halo {seen}, {size_text(self.bytes)} of memory, {self.extra:+.0%} work"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        cuts = [[one.length, one.own, one.halo, one.reach, one.padded] for one in self.cuts]
        return {"cuts": cuts, "items": self.items, "bytes": self.bytes, "extra": self.extra}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned."""
        cuts = tuple(AxisCut(*one) for one in values["cuts"])
        return cls(cuts, int(values["items"]), int(values["bytes"]), float(values["extra"]))


def plan_for(needs: Needs, halo: Shape, items: int, room: int, uncut: Sequence[int] = (), slots: int = 1) -> Plan:
    """Return the cut with the least work whose tiles fit into so many bytes.

    Parameters
    ----------
    needs : Needs
        What a tile takes.
    halo : tuple of int
        See `halo_of`.
    items : int
        How many the image has.
    room : int
        Bytes for a tile.
    uncut : sequence of int
        Axes that are not cut.
    slots : int
        Tiles that are run at a time: there are as many, or a multiple of that, where it is worth the work.

    Raises
    ------
    ResourceError
        Where a tile would be smaller than its halo; with the memory that would do.
    """
    options = [_cuts(needs, axis, halo[axis], whole=axis in uncut) for axis in range(len(halo))]
    best: tuple[float, tuple[AxisCut, ...]] | None = None
    least = min(needs.bytes(cuts) for cuts in itertools.product(*(one[-1:] for one in options)))
    for cuts in itertools.product(*options):
        work = needs.work(cuts) * _idle(items * math.prod(len(one.inner) for one in cuts), slots)
        if (best is None or work < best[0]) and needs.bytes(cuts) <= room:
            best = work, cuts
    if best is None:
        raise ResourceError(
            f"A tile is at least as large as its halo of {', '.join(map(str, halo))} samples, which takes "
            f"{size_text(least)}, and there is room for {size_text(room)}; allow {size_text(least - room)} more "
            "memory, take fewer iterations, or switch acceleration off."
        )
    return _made(needs, best[1], halo, items)


def plan_of(needs: Needs, lengths: Sequence[int], halo: Shape, items: int) -> Plan:
    """Return the cut into tiles of given lengths; refuse, by `ParameterError`, those that are shorter than the halo."""
    if len(lengths) != len(halo) or min(lengths) < 1:
        raise ParameterError(f"The tile is {tuple(lengths)}; give {len(halo)} numbers of samples, one per axis.")
    cuts = tuple(
        needs.cut(axis, min(own, needs.frame[axis]), wide)
        for axis, (own, wide) in enumerate(zip(lengths, halo, strict=True))
    )
    short = [axis for axis, one in enumerate(cuts) if one.own < min(one.halo, one.length)]
    if short:
        raise ParameterError(
            f"The tile is {tuple(lengths)} samples and its halo {halo}; give at least the halo along each axis, take "
            "fewer iterations, or switch acceleration off."
        )
    return _made(needs, cuts, halo, items)


def _idle(tiles: int, slots: int) -> float:
    """Return by how much longer all take than if no slot were ever empty."""
    return slots * -(-tiles // slots) / tiles


def _made(needs: Needs, cuts: tuple[AxisCut, ...], halo: Shape, items: int) -> Plan:
    whole = [needs.cut(axis, length, halo[axis]) for axis, length in enumerate(needs.frame)]
    extra = needs.work(cuts) / needs.work(whole) - 1
    return Plan(cuts, items, needs.bytes(cuts), round(extra, 4))


def _cuts(needs: Needs, axis: int, halo: int, *, whole: bool) -> list[AxisCut]:
    """Return the cuts of an axis that are tried, from the whole to pieces as long as the halo."""
    length, found = needs.frame[axis], [needs.frame[axis]]
    for count in range(2, length // GRAIN + 2):
        own = GRAIN * -(-length // (count * GRAIN))
        if not whole and max(halo, GRAIN) <= own < found[-1]:
            found.append(own)
    if len(found) > MOST_LENGTHS:
        kept = sorted({round(place) for place in np.linspace(0, len(found) - 1, MOST_LENGTHS)})
        found = [found[place] for place in kept]
    return [needs.cut(axis, own, halo) for own in found]


def _volume(region: Sequence[slice]) -> int:
    return math.prod(cut.stop - cut.start for cut in region)
