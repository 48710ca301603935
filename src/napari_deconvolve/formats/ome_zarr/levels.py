"""The levels of a pyramid: how often each axis is halved, and in which chunks and shards samples lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

from napari_deconvolve.core.arrays import Shape

CHUNK_LENGTHS = {2: 512, 3: 64}  # along the axes in space, by their number
SHARD_SAMPLES = 1 << 19  # of levels below the first
SMALLEST = 256  # samples along Y and X: a level of at most as many is the last
ALIKE = 1.5  # times the finest spacing, up to which an axis is halved with it
SPACE = "ZYX"


def bins_of_levels(axes: str, shape: Shape, spacing: Sequence[float]) -> list[Shape]:
    """Return for each level how many samples of the first make one of it, along each axis.

    Y, X and Z are halved as long as their spacing is about the finest, so that voxels become cubes.
    """
    places = [axis for axis, letter in enumerate(axes) if letter in SPACE]
    levels = [(1,) * len(axes)]
    while True:
        bins = levels[-1]
        lengths = [-(-shape[axis] // bins[axis]) for axis in range(len(axes))]
        if max(lengths[axis] for axis in places[-2:]) <= SMALLEST:
            return levels
        steps = {axis: spacing[axis] * bins[axis] for axis in places if lengths[axis] > 1}
        finest = min(steps.values())
        halved = [axis for axis, step in steps.items() if step <= ALIKE * finest]
        levels.append(tuple(size * (2 if axis in halved else 1) for axis, size in enumerate(bins)))


def shape_of(shape: Shape, bins: Shape) -> Shape:
    """Return the shape of a level."""
    return tuple(-(-length // size) for length, size in zip(shape, bins, strict=True))


def chunk_for(axes: str, lengths: Sequence[int]) -> Shape:
    """Return the chunks of a level whose shards have about these lengths: divisors of them, or nearly."""
    most = CHUNK_LENGTHS[2 if "Z" not in axes else 3]
    return tuple(
        1 if letter not in SPACE else _divisor(length, most) for letter, length in zip(axes, lengths, strict=True)
    )


def shard_for(lengths: Sequence[int], chunk: Shape) -> Shape:
    """Return the shards that hold pieces of these lengths: whole chunks."""
    return tuple(size * -(-length // size) for length, size in zip(lengths, chunk, strict=True))


def shard_of_level(axes: str, shape: Shape) -> tuple[Shape, Shape]:
    """Return chunk and shard of a level below the first."""
    chunk = chunk_for(axes, shape)
    shard = list(chunk)
    while True:
        able = [axis for axis, letter in enumerate(axes) if letter in SPACE and shard[axis] < shape[axis]]
        if not able or 2 * math.prod(shard) > SHARD_SAMPLES:
            return chunk, tuple(shard)
        shard[min(able, key=lambda axis: shard[axis])] *= 2


def _divisor(length: int, most: int) -> int:
    """Return the largest divisor of a length that is at most so large, or that number if there is none near it."""
    if length <= most:
        return length
    found = next(size for size in range(most, 0, -1) if length % size == 0)
    return found if 2 * found >= most else most
