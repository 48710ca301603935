"""Samples that hold no data: areas filled with one constant.

Corners left by rotating or deskewing, gaps between detector modules, dead lines and blank frames are written as a
number: 0, -1, the largest of the type, or any other. A model that takes them for light bends its background and its
object to them. Zeros of photon counts are data, and so are saturated areas, masks and labels. Noise tells them apart:

- A filled area ends abruptly. The samples around it lie farther from the constant than their noise reaches. Where light
  fades into true zeros, the last samples before the zeros hold a photon or two, and where an edge is steep, neighbours
  differ as much as the edge is high; the scale below is that of differences between neighbours, so it contains both.
- Or, where the constant is within reach of the noise, the area is larger than chance allows: its share among the
  samples next to the area, to the power of the area's samples. That share must not change with distance from the area,
  as it does where light fades.

Images without noise are left alone: their areas of one value are what the object is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray
from napari_deconvolve.core.likelihood.missing_areas import MIN_SIZE, missing_areas, part_of

RUN = 3  # equal neighbours along an axis that make a value a candidate
MAX_CANDIDATES = 8  # constants that are looked at
MAX_COUNTED = 1 << 20  # samples of which values are counted by sorting, or noise is looked for
EXCESS = 3.0  # as many runs as chance would make of the value's share in the whole image
NOISY, MIN_TRIPLES = 0.2, 6  # share of samples above or below both neighbours: .67 in white noise, < .15 if smooth


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """Samples that hold a constant in place of data.

    Attributes
    ----------
    found : ndarray of bool
        True where there are no data.
    values : tuple of float
        The constants, from the one that fills most samples to the one that fills fewest.
    share : float
        Of the samples that are found, from 0 to 1.
    """

    found: BoolArray
    values: tuple[float, ...]
    share: float


def missing_samples(image: NDArray[np.generic], *, spikes: BoolArray | None = None) -> Missing | None:
    """Return the samples that hold a constant in place of data; None if there are none.

    The image has 1 to 3 axes, all of which relate neighbours, in any real type; samples that are not finite are not
    looked at, and neither are `spikes`, which would pass for noise beside an area. Time grows in proportion to the
    number of samples, and memory stays below ten times the image.
    """
    data: NDArray[Any] = np.asarray(image)
    if data.dtype.kind not in "uif" or data.size <= MIN_SIZE:
        return None
    found: BoolArray | None = None
    filled: dict[float, int] = {}
    candidates = _candidates(data)
    ends = _extremes(data, spikes) if candidates else ()
    for value in sorted(candidates, key=lambda value: float(value) not in ends):  # so that others may be extremes next
        if not _is_noisy(data, value):
            continue
        apart = spikes if found is None else found if spikes is None else found | spikes
        gone = missing_areas(data, value, _extremes(data, apart), spikes)
        if gone is not None:
            filled[float(value)] = int(np.count_nonzero(gone))
            found = gone if found is None else found | gone
    if found is None:
        return None
    values = tuple(sorted(filled, key=lambda value: -filled[value]))
    return Missing(found, values, float(np.count_nonzero(found)) / found.size)


def _extremes(data: NDArray[Any], apart: BoolArray | None) -> tuple[float, float]:
    """Return the least and the largest value of the samples that are finite and none of those apart."""
    known = np.isfinite(data) if data.dtype.kind == "f" else np.ones(data.shape, bool)
    if apart is not None:
        known &= ~apart
    if not known.any():
        return (math.inf, -math.inf)
    start = data[known].flat[0]
    return float(np.min(data, where=known, initial=start)), float(np.max(data, where=known, initial=start))


# ---- constants that may stand for missing samples


def _candidates(data: NDArray[Any]) -> list[Any]:
    """Return the values of which there are more runs than chance makes, those with most runs first."""
    runs = [data[part_of(axis, data.ndim, 1, -1)][run] for axis, run in _runs(data)]
    repeated = np.concatenate(runs) if runs else data[:0].ravel()
    if repeated.size == 0:
        return []
    thinned = max(1, repeated.size // MAX_COUNTED)
    values, counts = np.unique(repeated[::thinned], return_counts=True)
    order = np.argsort(-counts, kind="stable")[: 8 * MAX_CANDIDATES]
    some = data.ravel()[:: max(1, data.size // MAX_COUNTED)]
    chosen = []
    for value, count in zip(values[order], counts[order] * thinned, strict=True):
        if np.isfinite(value) and count >= MIN_SIZE - RUN + 1:
            share = np.count_nonzero(some == value) / some.size
            chance = len(runs) * data.size * share**RUN
            if count > EXCESS * chance or share > 1 / EXCESS:  # a third of an image is worth a look
                chosen.append((count - EXCESS * chance, value))
    chosen.sort(key=lambda one: -one[0])
    return [value for _, value in chosen[:MAX_CANDIDATES]]


def _runs(data: NDArray[Any]) -> Iterator[tuple[int, BoolArray]]:
    """Yield, for each axis, where a sample equals both of its neighbours."""
    for axis in range(data.ndim):
        if data.shape[axis] >= RUN:
            equal = data[part_of(axis, data.ndim, 1, None)] == data[part_of(axis, data.ndim, None, -1)]
            yield axis, equal[part_of(axis, data.ndim, 1, None)] & equal[part_of(axis, data.ndim, None, -1)]


def _is_noisy(data: NDArray[Any], value: Any) -> bool:
    """Return whether many samples other than a constant lie above or below both neighbours along some axis."""
    return any(_share_of_turns(data, value, axis) > NOISY for axis in range(data.ndim) if data.shape[axis] >= RUN)


def _share_of_turns(data: NDArray[Any], value: Any, axis: int) -> float:
    lines = np.moveaxis(data, axis, -1)
    step = max(1, data.size // MAX_COUNTED)
    if lines.flags.c_contiguous:
        lines = lines.reshape(-1, lines.shape[-1])[::step]
    elif lines.ndim > 1:
        lines = lines[..., ::step, :]
    if axis != data.ndim - 1 and lines.size > 2 * MAX_COUNTED:
        lines = lines[:: max(1, lines.size // MAX_COUNTED)]
    before, here, after = lines[..., :-2], lines[..., 1:-1], lines[..., 2:]
    known = (before != value) & (here != value) & (after != value)
    turns = ((here > before) & (here > after)) | ((here < before) & (here < after))
    count = int(np.count_nonzero(known))
    return float(np.count_nonzero(turns & known)) / count if count >= MIN_TRIPLES else 0.0
