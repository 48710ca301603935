"""1/sensitivity of a large object, in which most places are alike, in a hundredth of its memory.

How much of the light of a place is recorded depends on nothing but how far the frame's ends are: from the midst all of
the PSF is seen, and along each axis only places as near to an end as the PSF reaches differ. So one number is kept for
each of these distances, along all axes. Where samples are missing, or the PSF changes with depth, every place has its
own number.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.boundary import Layout
from napari_deconvolve.core.transforms.fft import PIECE_VOXELS, Index

LARGE = 1 << 20  # samples of an object, of which another array matters
ROUNDING = 1e-6  # of the transforms: where all light is recorded, its share is 1
MOST_KEPT = 0.25  # of the samples, up to which it is worth to keep one number for many places

Kinds = NDArray[np.intp]  # of the places along an axis: equal ones are equally far from the frame's ends


class Inverse(Protocol):
    """1/sensitivity of an object's rows (see `Blur.rows`), 0 where next to nothing is recorded."""

    def scale(self, index: Index, values: FloatArray) -> None:
        """Multiply a piece by it, in place."""

    def clear(self, estimate: FloatArray) -> None:
        """Set an object to 0, in place, where next to nothing is recorded."""


class Whole:
    """A number for each place."""

    def __init__(self, rows: FloatArray) -> None:
        self.rows = rows

    def scale(self, index: Index, values: FloatArray) -> None:
        """See `Inverse`."""
        values *= self.rows[index]

    def clear(self, estimate: FloatArray) -> None:
        """See `Inverse`."""
        estimate[self.rows == 0] = 0


class Repeated:
    """A number for each kind of places; rows have a middle of one kind, between two ends."""

    def __init__(self, table: FloatArray, kinds: list[Kinds]) -> None:
        *self._kinds, last = kinds
        begin, end = _longest_run(last)
        self._columns = slice(0, begin), slice(begin, end), slice(end, len(last))
        middle = table[..., last[begin] : last[begin] + 1].copy()
        middle[np.abs(middle - 1) < ROUNDING] = 1
        left, right = (np.ascontiguousarray(table[..., columns]) for columns in (last[:begin], last[end:]))
        self._tables = left, middle, right

    def scale(self, index: Index, values: FloatArray) -> None:
        """See `Inverse`."""
        places = index + (slice(None),) * (len(self._kinds) - len(index))
        rows = np.ix_(*(kinds[place] for kinds, place in zip(self._kinds, places, strict=True)))
        for columns, table in zip(self._columns, self._tables, strict=True):
            factors = table[rows]
            if not (factors == 1).all():
                values[..., columns] *= factors

    def clear(self, estimate: FloatArray) -> None:
        """See `Inverse`."""
        step = max(1, PIECE_VOXELS // max(1, estimate[0].size))
        for low in range(0, len(estimate), step):
            part = slice(low, low + step)
            known = np.ones(estimate[part].shape, estimate.dtype)
            self.scale((part,), known)
            estimate[part][known == 0] = 0


def inverse_of(blur: Blur, valid: NDArray[np.bool_] | None) -> Inverse:
    """Return 1/sensitivity of a blur's object where `valid` samples are recorded, in as little memory as may be."""
    whole = blur.inverse_sensitivity(valid)
    if valid is not None or whole.size <= LARGE or whole.ndim < 2 or blur.layout.folded or not blur.alike:
        return Whole(blur.rows(whole))
    kinds, first = zip(*(_kinds(blur.layout, axis, length) for axis, length in enumerate(whole.shape)), strict=True)
    table = whole[np.ix_(*first)]
    return Whole(whole) if table.size > MOST_KEPT * whole.size else Repeated(table, list(kinds))


def _kinds(plan: Layout, axis: int, length: int) -> tuple[Kinds, Kinds]:
    """Return the kind of each place along an axis, and a place of each kind."""
    places, reach = plan.positions(axis)[:length], plan.reach[axis]
    before = np.clip(places, -reach - 1, reach)
    behind = np.clip(plan.frame[axis] - 1 - places, -reach - 1, reach)
    if plan.boundary == "periodic":
        before = behind = np.zeros_like(places)
    _, first, kinds = np.unique(before * (4 * reach + 4) + behind, return_index=True, return_inverse=True)
    return kinds.reshape(-1), first


def _longest_run(kinds: Kinds) -> tuple[int, int]:
    """Return where the longest run of equal kinds begins and ends."""
    ends = np.append(np.flatnonzero(np.diff(kinds)) + 1, len(kinds))
    begins = np.append(0, ends[:-1])
    longest = int(np.argmax(ends - begins))
    return int(begins[longest]), int(ends[longest])
