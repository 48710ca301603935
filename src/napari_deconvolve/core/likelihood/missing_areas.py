"""Whether a connected area of one constant holds data, by the samples around it.

An area is missing where it ends abruptly, or where it is larger than chance allows: see `missing`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray

MIN_SIZE = 6  # samples: smaller areas are isolated defects
MAX_AREAS = 64  # the largest areas of each constant
RUN = 3  # samples for a second difference
SMALL = 30  # samples; smaller areas need more
LIMITS = 1.5, 2.7, 1.2  # sd from the constant: median of the first layer, median around, nearest ones around
SMALL_LIMITS = 3.0, 5.0, 3.0
NEAREST, NEAREST_WITHIN = 0.1, 0.35  # quantiles; the latter for constants between others, which some objects reach
MIN_STEPS = 3.0  # of integers, from the constant: with little noise single steps are many standard deviations
MIN_SOLID = 0.5  # samples of the second layer over those of the first
MAX_REACHED = 0.1  # share of the constant among the samples around
LAYERS, LAYERS_OF_LINES = 3, 12  # of samples around an area, in more than one axis and in one
MIN_AROUND = 6  # samples around, and second differences among them
TILE, LEAST_SCALE = 6, 0.05  # samples along an axis that share a scale, and its least value over the mean one
SD_PER_MEAN = math.sqrt(math.pi / 2) / math.sqrt(6)  # of a sample, over the mean absolute second difference
MAX_RISE = 0.03  # of the way to the constant, from the third layer around an area of the largest value to the first
MAX_SHARE, MAX_TREND = 0.3, 0.15  # of a constant within reach of the noise, and how much layers may differ
MIN_IN_SHARE = 20  # samples for a share
CERTAIN, MIN_RUN = 18.0, 10  # a run has the probability exp(-18) in an image, and at least so many samples


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """An area of a constant in a box, the layers of samples around it, and facts about the whole image."""

    box: NDArray[Any]
    value: float
    area: BoolArray
    layers: list[BoolArray]
    spikes: BoolArray | None
    total: int
    extremes: tuple[float, float]


def missing_areas(
    data: NDArray[Any], value: Any, extremes: tuple[float, float], spikes: BoolArray | None = None
) -> BoolArray | None:
    """Return those connected areas of a constant that are no data; None if all are.

    `extremes` are the least and the largest value of the image, and `spikes` are samples that say nothing of its noise.
    """
    from scipy import ndimage

    labels, count = ndimage.label(data == value)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    largest = np.argsort(-sizes, kind="stable")[:MAX_AREAS]
    largest = largest[sizes[largest] >= MIN_SIZE]
    if len(largest) == 0:
        return None
    rank = np.zeros(count + 1, np.int32)
    rank[largest] = np.arange(1, len(largest) + 1)
    labels = rank[labels]
    depth = LAYERS_OF_LINES if sum(n > 1 for n in data.shape) == 1 else LAYERS
    gone: BoolArray | None = None
    for label, place in enumerate(ndimage.find_objects(labels), start=1):
        box = tuple(slice(max(0, side.start - depth - 1), side.stop + depth + 1) for side in place)
        area: BoolArray = labels[box] == label
        apart = None if spikes is None else spikes[box]
        layers = _layers(area, depth, apart)
        around = _Around(data[box], float(value), area, layers, apart, data.size, extremes)
        part = area if _ends_abruptly(around) else _beyond_chance(around)
        if part is not None:
            gone = np.zeros(data.shape, bool) if gone is None else gone
            gone[box] |= part
    return gone


def _layers(area: BoolArray, depth: int, spikes: BoolArray | None) -> list[BoolArray]:
    """Return the samples at distance 1, 2, ... from an area, diagonals included, without spikes."""
    layers, inside = [], area
    for _ in range(depth):
        grown = _grown(inside)
        layer = grown & ~inside
        layers.append(layer if spikes is None else layer & ~spikes)
        inside = grown
    return layers


def _grown(area: BoolArray) -> BoolArray:
    grown = area
    for axis in range(area.ndim):
        before, grown = grown, grown.copy()
        low, high = part_of(axis, area.ndim, 1, None), part_of(axis, area.ndim, None, -1)
        grown[low] |= before[high]
        grown[high] |= before[low]
    return grown


def _long_runs(area: BoolArray, length: int) -> BoolArray:
    """Return the samples of an area that lie in straight runs of at least a length, along any axis."""
    core = np.zeros_like(area)
    for axis in range(area.ndim):
        starts, reached = area, 1  # where a run of the length reached begins
        while reached < length and starts.size:
            step = min(reached, length - reached)
            starts = starts[part_of(axis, area.ndim, step, None)] & starts[part_of(axis, area.ndim, None, -step)]
            reached += step
        if not starts.any():
            continue
        count = area.shape[axis] - length + 1
        for start in range(length):
            core[part_of(axis, area.ndim, start, start + count)] |= starts
    return core


def _ends_abruptly(one: _Around) -> bool:
    """Return whether the samples around an area lie far from its constant, in units of the noise near each."""
    first, second = one.layers[:2]
    if np.count_nonzero(second) < MIN_SOLID * np.count_nonzero(first):
        return False  # what lies around are single samples, as photons among zeros
    near_by = np.logical_or.reduce(one.layers[:LAYERS])
    if np.count_nonzero(near_by) < MIN_AROUND or np.mean(one.box[near_by] == one.value) > MAX_REACHED:
        return False
    extreme = one.value in one.extremes
    if one.value == one.extremes[1] and _rises_towards(one):
        return False
    scales = _scales(one.box, np.logical_or.reduce(one.layers) & (one.box != one.value), near_by)
    if scales is None:
        return False
    distances = np.abs(one.box[near_by].astype(np.float64) - one.value)
    if one.box.dtype.kind != "f" and np.median(distances) < MIN_STEPS:
        return False
    distances /= scales
    least, far, near = SMALL_LIMITS if np.count_nonzero(one.area) < SMALL else LIMITS
    reached = float(np.nanquantile(distances, NEAREST if extreme else NEAREST_WITHIN))
    edge = float(np.nanmedian(distances[first[near_by]]))
    return float(np.nanmedian(distances)) > far and reached > near and edge > least


def _rises_towards(one: _Around) -> bool:
    """Return whether the samples around an area come closer to its constant the nearer they are, as light does."""
    first, last = (np.nanquantile(one.box[layer].astype(np.float64), 0.75) for layer in (one.layers[0], one.layers[2]))
    return bool(abs(first - last) > MAX_RISE * abs(one.value - last))


def _scales(box: NDArray[Any], outside: BoolArray, at: BoolArray) -> NDArray[np.float64] | None:
    """Return the standard deviations that second differences outside an area have in the tiles of some samples.

    Tiles keep the noise of dark parts apart from the steep slopes of bright ones. None: too few.
    """
    places = np.zeros(box.shape, np.int32)
    for axis, length in enumerate(box.shape):
        tile = np.arange(length, dtype=np.int32) // TILE
        places *= tile[-1] + 1
        places += tile.reshape((-1,) + (1,) * (box.ndim - axis - 1))
    sums, counts = np.zeros(int(places.max()) + 1), np.zeros(int(places.max()) + 1)
    for axis in range(box.ndim):
        if box.shape[axis] < RUN:
            continue
        parts = [part_of(axis, box.ndim, start, stop) for start, stop in ((None, -2), (1, -1), (2, None))]
        known = outside[parts[0]] & outside[parts[1]] & outside[parts[2]]
        before, here, after = (box[part][known].astype(np.float64) for part in parts)
        rough = np.abs(before - 2 * here + after)
        finite = np.isfinite(rough)
        where = places[parts[1]][known][finite]
        sums += np.bincount(where, rough[finite], len(sums))
        counts += np.bincount(where, minlength=len(counts))
    if counts.sum() < MIN_AROUND or sums.sum() == 0:
        return None
    mean = sums.sum() / counts.sum()
    found = (sums + MIN_AROUND * mean * (counts < MIN_AROUND)) / (counts + MIN_AROUND * (counts < MIN_AROUND))
    return np.asarray(SD_PER_MEAN * np.maximum(found, LEAST_SCALE * mean)[places[at]])


def _beyond_chance(one: _Around) -> BoolArray | None:
    """Return the part of an area that consists of longer runs than equal samples make by chance; None if there is none.

    The chance of one more equal sample is read off the layers around, and has to be the same in each of them.
    """
    if one.value in one.extremes:
        return None  # values pile up where light fades out, where they are clipped, and at the top of the range
    equal: BoolArray = one.box == one.value
    core, length = _long_runs(one.area, MIN_SIZE), MIN_SIZE
    for _ in range(2):
        if not core.any():
            return None
        layers = _layers(core, len(one.layers), one.spikes)
        if min(np.count_nonzero(layer) for layer in layers[:LAYERS]) < (2 if len(layers) > LAYERS else MIN_AROUND):
            return None
        outside = np.logical_or.reduce(layers)
        scales = _scales(one.box, outside, core)
        if scales is None:
            return None
        share = max(_chance_of_next(equal, outside), _most_of(one, scales), 1 / np.count_nonzero(outside))
        if share > MAX_SHARE:
            return None
        length = max(MIN_RUN, math.ceil((CERTAIN + math.log(one.total)) / -math.log(share)))
        core = _long_runs(one.area, length)
    if not core.any():
        return None
    shares = [float(np.mean(equal[layer])) for layer in _layers(core, LAYERS, one.spikes)]
    flat = len(one.layers) > LAYERS or max(shares) - min(shares) < MAX_TREND
    return core if flat else None


def _most_of(one: _Around, scales: NDArray[np.float64]) -> float:
    """Return the largest share that one value can have in normal noise, values being steps apart."""
    steps = np.abs(one.box.astype(np.float64) - one.value)
    steps = steps[steps > 0]
    return math.erf(float(steps.min()) / (2 * math.sqrt(2) * float(np.min(scales)))) if len(steps) else 1.0


def _chance_of_next(equal: BoolArray, outside: BoolArray) -> float:
    """Return the share of equal samples, or that of those beside an equal sample if it is larger."""
    share = float(np.mean(equal[outside]))
    for axis in range(equal.ndim):
        low, high = part_of(axis, equal.ndim, None, -1), part_of(axis, equal.ndim, 1, None)
        known = outside[low] & outside[high] & equal[low]
        if np.count_nonzero(known) >= MIN_IN_SHARE:
            share = max(share, float(np.mean(equal[high][known])))
    return share


def part_of(axis: int, ndim: int, low: int | None, high: int | None) -> tuple[slice, ...]:
    """Return the index of a part along one axis, of the whole along the others."""
    return (slice(None),) * axis + (slice(low, high),) + (slice(None),) * (ndim - axis - 1)
