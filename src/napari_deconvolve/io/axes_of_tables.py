"""From the positions in a table's column to an even axis: rows put where they belong, interpolated, or refused."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.even_axis import EvenAxis, even_axis
from napari_deconvolve.formats.text import TextTable

MAX_GROWTH = 10  # times as many samples as before, at most, on an axis that was made even
FEWEST = 8  # rows that are even but for the first

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OnAxis:
    """Values of rows x columns on an even axis, and what was done."""

    values: Values
    start: float
    step: float
    descending: bool
    notes: tuple[str, ...]


def on_even_axis(
    path: str | os.PathLike[str], table: TextTable, axis: Values, values: Values, resample: bool
) -> OnAxis:
    """Put rows on the even axis that their positions lie on; else that is refused, or one is made.

    Raise `FileError`, which names the line, for positions that go up and down or repeat, and for uneven ones that
    shall not be resampled.
    """
    notes: list[str] = []
    known = np.isfinite(axis)
    rows = np.flatnonzero(known)
    if not known.all():
        lost = [table.place(int(row)) for row in np.flatnonzero(~known)[:4]]
        count = int(np.count_nonzero(~known))
        more = ", ..." if count > len(lost) else ""
        notes.append(f"{count} row{'s' * (count > 1)} without a position left out ({', '.join(lost)}{more})")
        axis, values = axis[known], values[known]
    if len(axis) < 2:
        raise FileError(f"{path} has {len(axis)} row{'s' * (len(axis) != 1)} with a position; give at least 2.")
    _refuse_first(path, table, axis, rows)
    descending = bool(axis[-1] < axis[0])
    if descending:
        axis, values, rows = axis[::-1], values[::-1], rows[::-1]
        notes.append("the axis runs downwards: turned around")
    steps = np.diff(axis)
    if not (steps > 0).all():
        where = int(np.argmin(steps > 0))
        place = f"about {axis[where]:.6g}, {table.place(int(rows[where + 1]))}"
        raise FileError(
            f"{path} has positions that go up and down or repeat ({place}); sort them, name another column by "
            "--axis-column, or choose the first column as data if it is no axis."
        )
    start, step, values = _even(path, axis, values, resample, notes)
    return OnAxis(values, start, step, descending, tuple(notes))


def _refuse_first(path: str | os.PathLike[str], table: TextTable, axis: Values, rows: NDArray[np.int64]) -> None:
    """Refuse a first row that is off the axis of all others: numbers of a header, or names of columns."""
    rest = axis[1:]
    if len(rest) < FEWEST or _is_even(axis) or not _is_even(rest):
        return
    where = f"{axis[0]:.6g} in {table.place(int(rows[0]))}"
    raise FileError(
        f"{path} has a first row ({where}) that is off the even axis of all others; remove it if it is a header."
    )


def _is_even(axis: Values) -> bool:
    return even_axis(axis if axis[-1] > axis[0] else axis[::-1]) is not None


def _even(
    path: str | os.PathLike[str], axis: Values, values: Values, resample: bool, notes: list[str]
) -> tuple[float, float, Values]:
    """Return start and step of an even axis, and the values on it."""
    if (even := even_axis(axis)) is not None:
        if even.off > 0.01 * even.step:
            notes.append(f"the positions are off even steps by up to {even.off:.3g}: taken as even")
        return even.start, even.step, values if not even.missing else _with_holes(values, even, notes)
    steps = np.diff(axis)
    if not resample:
        how = ", evenly in their logarithm" if axis[0] > 0 and even_axis(np.log(axis)) is not None else ""
        raise FileError(
            f"{path} has positions that are not evenly spaced{how}: steps from {steps.min():.4g} to {steps.max():.4g}; "
            "resample it to equal steps (--resample)."
        )
    return _resampled(axis, values, notes)


def _with_holes(values: Values, even: EvenAxis, notes: list[str]) -> Values:
    notes.append(f"the axis leaves out {even.missing} of its {even.length} positions: put there, without a value")
    filled = np.full((even.length, *values.shape[1:]), np.nan)
    filled[even.places] = values
    return filled


def _resampled(axis: Values, values: Values, notes: list[str]) -> tuple[float, float, Values]:
    """Interpolate linearly at even steps, the median of those that were; about a missing value all is missing."""
    step = max(float(np.median(np.diff(axis))), (axis[-1] - axis[0]) / (MAX_GROWTH * len(axis)))
    count = int(np.floor((axis[-1] - axis[0]) / step + 1e-9)) + 1
    even = axis[0] + step * np.arange(count)
    notes.append(f"{len(axis)} uneven positions: resampled to {count} at even steps, by straight lines between them")
    columns = [np.interp(even, axis, column) for column in values.astype(np.float64).T]
    return float(axis[0]), step, np.stack(columns, axis=1)
