"""Differences between neighbours, on a block of a volume with its surroundings.

A block is copied with a margin into one piece of memory. Then a difference along any axis is a shift of that
memory, and all arithmetic runs over plain lines of numbers that stay in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from napari_deconvolve.core.arrays import FloatArray, Shape

BLOCK_VOXELS = 1 << 17  # of a block; measured: 2^15 pays for the calls, 2^19 for the cache
MAX_ROW = 512  # voxels of a block along the last axis

Block = tuple[slice, ...]
Steps = tuple[int, ...]


class Scratch:
    """Lines of memory, reused for each block: allocating them costs more than the arithmetic."""

    def __init__(self, length: int, dtype: np.dtype[np.floating]) -> None:
        self._length, self._dtype = length, dtype
        self._lines: list[FloatArray] = []
        self._used, self._present = 0, 0

    def begin(self, length: int) -> None:
        """Take all lines back; the next ones have this length."""
        self._used, self._present = 0, length

    def line(self) -> FloatArray:
        """Return an unused line; it holds finite numbers."""
        if self._used == len(self._lines):
            self._lines.append(np.zeros(self._length, self._dtype))
        self._used += 1
        return self._lines[self._used - 1][: self._present]


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A block and its margin in one line of memory.

    Attributes
    ----------
    values : ndarray
        One axis; 0 beyond the volume.
    known : ndarray or None
        1 where a voxel takes part, 0 where it does not; None when all do.
    shape : tuple of int
        Of the block with its margin.
    margin : int
        On every side.
    scratch : Scratch
        Where the lines come from.
    """

    values: FloatArray
    known: FloatArray | None
    shape: Shape
    margin: int
    scratch: Scratch

    def stride(self, axis: int) -> int:
        """Return how far apart in memory neighbours along an axis are."""
        return math.prod(self.shape[axis + 1 :])

    def inside(self, line: FloatArray) -> FloatArray:
        """Return the block's part of a line, as a view."""
        return line.reshape(self.shape)[tuple(slice(self.margin, n - self.margin) for n in self.shape)]


@dataclass(frozen=True, slots=True)
class Grid:
    """The neighbours of the voxels of a volume.

    Attributes
    ----------
    shape : tuple of int
        1 to 3 axes.
    around : tuple of bool
        Per axis, whether the last voxel is the first one's neighbour.
    cuts : tuple of int
        Per axis, a plane that takes no part, since a wrapped object begins there; -1 for none.
    """

    shape: Shape
    around: tuple[bool, ...]
    cuts: Shape

    def blocks(self) -> list[Block]:
        """Cut the volume into blocks of about `BLOCK_VOXELS`."""
        return list(product(*(_cut(n, length) for n, length in zip(self.shape, _lengths(self.shape), strict=True))))

    def longest(self, margin: int) -> int:
        """Return the voxels of the largest block with its margin."""
        return max(math.prod(int(part.stop - part.start) + 2 * margin for part in block) for block in self.blocks())

    def patch(
        self, volume: FloatArray, weight: FloatArray | None, block: Block, margin: int, scratch: Scratch
    ) -> Patch:
        """Copy a block with its margin; voxels of no weight, and those beyond the border, are unknown."""
        shape = tuple(part.stop - part.start + 2 * margin for part in block)
        scratch.begin(math.prod(shape))
        runs = [self._runs(axis, part, margin) for axis, part in enumerate(block)]
        cut = [self._cut_places(axis, part, margin) for axis, part in enumerate(block)]
        inside = all(
            around or (part.start >= margin and part.stop + margin <= n)
            for around, part, n in zip(self.around, block, self.shape, strict=True)
        )
        line = scratch.line()
        known = None if inside and weight is None and not any(cut) else scratch.line()
        for empty in (line, known):
            if empty is not None and not inside:
                empty[...] = 0
        for pieces in product(*runs):
            to, out_of = tuple(piece[0] for piece in pieces), tuple(piece[1] for piece in pieces)
            line.reshape(shape)[to] = volume[out_of]
            if known is not None:
                known.reshape(shape)[to] = 1 if weight is None else weight[out_of] > 0
        if known is not None:
            for axis, places in enumerate(cut):
                np.moveaxis(known.reshape(shape), axis, 0)[places] = 0
            if known.min() > 0:
                known = None
        return Patch(line, known, shape, margin, scratch)

    def _cut_places(self, axis: int, part: slice, margin: int) -> list[int]:
        """Return where, in a block with its margin, the cut lies along one axis."""
        if self.cuts[axis] < 0:
            return []
        reach = range(part.start - margin, part.stop + margin)
        return [place for place, sample in enumerate(reach) if sample % self.shape[axis] == self.cuts[axis]]

    def _runs(self, axis: int, part: slice, margin: int) -> list[tuple[slice, slice]]:
        """Return the runs of a block with its margin along one axis: where to, and where from."""
        count = self.shape[axis]
        low, high = part.start - margin, part.stop + margin
        place, last = (low, high) if self.around[axis] else (max(low, 0), min(high, count))
        runs = []
        while place < last:
            source = place % count
            length = min(count - source, last - place)
            runs.append((slice(place - low, place - low + length), slice(source, source + length)))
            place += length
        return runs


def _lengths(shape: Shape) -> Shape:
    """Choose the length of a block along each axis."""
    last = min(shape[-1], BLOCK_VOXELS if len(shape) == 1 else MAX_ROW)
    rest = max(1, BLOCK_VOXELS // last)
    if len(shape) == 1:
        return (last,)
    if len(shape) == 2:
        return (rest, last)
    middle = min(shape[1], math.isqrt(rest))
    return (max(1, rest // middle), middle, last)


def _cut(count: int, length: int) -> list[slice]:
    """Cut a length into equal parts of at most `length`."""
    step = -(-count // -(-count // length))
    return [slice(low, min(low + step, count)) for low in range(0, count, step)]


def difference(line: FloatArray, steps: Steps, scratch: Scratch) -> FloatArray:
    """Take differences one after another: a step of s > 0 looks ahead, x(i+s) - x(i); s < 0 back, x(i) - x(i+s).

    At the ends of the line, where there is no partner, they are 0: the margin hides them.
    """
    for step in steps:
        line = _combined(np.subtract, line, step, scratch)
    return line


def together(known: FloatArray, steps: Steps, scratch: Scratch) -> FloatArray:
    """Return 1 where all voxels that a difference looks at are known, else 0."""
    for step in steps:
        known = _combined(np.multiply, known, step, scratch)
    return known


def add_transposed(line: FloatArray, steps: Steps, to: FloatArray, scratch: Scratch) -> None:
    """Add the transpose of `difference`, applied to a line, ends aside."""
    sign = 1
    for step in steps[:0:-1]:  # the transpose of looking ahead is looking back, with the other sign
        line = _combined(np.subtract, line, -step, scratch)
        sign = -sign
    step = steps[0]
    ahead = step > 0
    far, near = (to[step:], line[:-step]) if ahead else (to[:step], line[-step:])
    if (sign > 0) == ahead:
        far += near
        to -= line
    else:
        far -= near
        to += line


def add_spread(line: FloatArray, steps: Steps, to: FloatArray, scratch: Scratch) -> None:
    """Add the transpose with every coefficient's magnitude in its place, ends of the line aside."""
    for step in steps[:0:-1]:
        line = _combined(np.add, line, -step, scratch)
    step = steps[0]
    far, near = (to[step:], line[:-step]) if step > 0 else (to[:step], line[-step:])
    far += near
    to += line


def _combined(how: np.ufunc, line: FloatArray, step: int, scratch: Scratch) -> FloatArray:
    """Combine each voxel with the next one (step > 0) or the last one (step < 0); the later comes first."""
    out = scratch.line()
    if step > 0:
        how(line[step:], line[:-step], out=out[:-step])
        out[-step:] = 0
    else:
        how(line[-step:], line[:step], out=out[-step:])
        out[:-step] = 0
    return out


def relative(spacing: Sequence[float]) -> tuple[float, ...]:
    """Return spacings in units of the finest, so that a prior's strength means the same in any unit of length."""
    finest = min(spacing)
    return tuple(float(length) / finest for length in spacing)
