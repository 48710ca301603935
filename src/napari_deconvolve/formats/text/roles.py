"""Which column of a table is the axis, and which one holds the data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.even_axis import even_axis
from napari_deconvolve.formats.text.column_names import (
    QUANTITY,
    names_axis,
    names_count,
    names_data,
    names_error,
    names_surroundings,
)
from napari_deconvolve.formats.text.heading_units import axis_unit, name_of
from napari_deconvolve.formats.text.table import TextTable

Values = NDArray[np.float64]

FEWEST = 5  # rows that say whether they are even
SAME = 1e-3  # of its range: how far a column may be from one that is computed from the axis


@dataclass(frozen=True, slots=True)
class Roles:
    """The axis, the columns of data over it, and why.

    Attributes
    ----------
    axis : int or None
        Its column, from 0; None where the table has but one.
    data : tuple of int
        All columns that may be data over this axis, the one that is taken by default first.
    own : dict
        The axis of those columns that have another one, in tables of pairs x1, y1, x2, y2.
    """

    axis: int | None
    data: tuple[int, ...]
    own: dict[int, int]
    notes: tuple[str, ...] = ()

    def axis_of(self, column: int) -> int | None:
        """Return the axis of a column of data."""
        return self.own.get(column, self.axis)


def names_of(table: TextTable) -> tuple[str, ...]:
    """Return the headings of all columns; those without one are "column 2" and so on."""
    labels = [] if table.labels is None else ["position", *(f"{label:g}" for label in table.labels)]
    headings = labels if len(labels) == table.columns else table.headings
    return tuple(name or f"column {place}" for place, name in enumerate(headings, 1))


def index_of(path: str | os.PathLike[str], names: Sequence[str], column: int | str, what: str = "column") -> int:
    """Find a column by its number, from 1, or its heading with or without the unit; raise `FileError` if none is it."""
    if isinstance(column, str):
        wanted = column.strip().lower()
        for known in (names, [name_of(name) for name in names]):
            found = [place for place, name in enumerate(known) if name.lower() == wanted]
            if found:
                return found[0]
    number = int(column) if not isinstance(column, str) or column.strip().isdecimal() else 0
    if not 1 <= number <= len(names):
        raise FileError(
            f"{path} has no {what} {column!r}; give a number from 1 to {len(names)} or a name: {', '.join(names)}."
        )
    return number - 1


def roles_of(values: Values, names: Sequence[str], axis: int | None = None) -> Roles:
    """Return what the columns are; an axis that is given is taken."""
    count = values.shape[1]
    if count == 1:
        return Roles(None, (0,), {})
    own = _pairs(values, names) if axis is None else {}
    if own:
        data = tuple(own)
        pairs = f"{len(own)} pairs of axis and data: {', '.join(repr(names[one]) for one in own)} over their own"
        return Roles(0, data, own, (pairs,))
    chosen = _axis(values, names) if axis is None else axis
    notes = (
        [] if chosen == 0 or axis is not None else [f"the axis is {names[chosen]!r}, not {names[0]!r}: {_why(values)}"]
    )
    others = [column for column in (*range(chosen + 1, count), *range(chosen)) if column != chosen]
    whole = [column for column in others if not _is_dull(values, names, column)]
    good = _data(values, names, chosen, whole)
    for why, left in (
        ("constant, empty, a count or beside data", whole),
        ("another axis, or measured beside data", good),
    ):
        dull = [column for column in others if column not in left]
        others = left or others
        if left and dull:
            said = ", ".join(f"{names[column]!r}" for column in dull)
            notes.append(f"{said} {'is' if len(dull) == 1 else 'are'} {why}: not taken")
    return Roles(chosen, tuple(others), {}, tuple(notes))


def _axis(values: Values, names: Sequence[str]) -> int:
    """Return the first column, unless it only counts the rows, or is no axis, beside one that clearly is one."""
    count = values.shape[1]
    first = values[:, 0]
    steady = _rises(first)
    if count < 3 or len(values) < FEWEST or (steady and not _is_count(first, names[0])):
        return 0
    candidates = [column for column in range(1, count) if _rises(values[:, column])]
    bare = all(map(_numbered, names))
    for wanted in (_has_unit, _is_even) if bare else (_has_unit,):
        for column in candidates:
            if wanted(values[:, column], names[column]):
                return column
    return 0


def _why(values: Values) -> str:
    return "that only counts" if _rises(values[:, 0]) else "that does not rise or fall steadily"


def _rises(column: Values) -> bool:
    """Return whether positions rise or fall all the time."""
    steps = np.diff(column[np.isfinite(column)])
    return len(steps) > 0 and bool((steps > 0).all() or (steps < 0).all())


def _is_count(column: Values, name: str) -> bool:
    """Return whether a column counts rows: whole numbers, one by one, from 0 or 1; or at equal steps, by its name."""
    known = column[np.isfinite(column)]
    steps = np.diff(known)
    if axis_unit(name) != "pixel" or len(steps) == 0 or steps[0] != np.rint(steps[0]) or not np.all(steps == steps[0]):
        return False
    return bool(abs(steps[0]) == 1 and (known[0] in (0, 1) or known[-1] in (0, 1))) or names_count(name)


def _has_unit(column: Values, name: str) -> bool:
    """Return whether a steady column is called as axes are, and does not count."""
    return not _is_count(column, name) and (axis_unit(name) != "pixel" or QUANTITY.search(name) is not None)


def _is_even(column: Values, name: str) -> bool:
    """Return whether a column has equal steps and does not count: data have not."""
    rising = column if column[-1] > column[0] else column[::-1]
    return not _is_count(column, name) and bool(np.isfinite(column).all()) and even_axis(rising) is not None


def _data(values: Values, names: Sequence[str], axis: int, columns: Sequence[int]) -> list[int]:
    """Return those of columns that are no second axis, and not the surroundings of what is called data."""
    found = [column for column in columns if not _is_axis_too(values, names, column, axis)] or list(columns)
    if any(names_data(names[column]) for column in found):
        found = [column for column in found if names_data(names[column]) or not _surrounds(names[column])]
    return found


def _surrounds(name: str) -> bool:
    return names_axis(name) or names_surroundings(name)


def _is_axis_too(values: Values, names: Sequence[str], column: int, axis: int) -> bool:
    """Return whether a column is steady and called as axes are; or has no name, as all, and is computed from the axis.

    Wavelengths, wave numbers and energies are straight lines over each other, or over one over the other.
    """
    whole = np.isfinite(values[:, [axis, column]]).all(axis=1)
    positions, known = values[whole][:, [axis, column]].T
    steps = np.diff(known)
    if len(known) < FEWEST or not ((steps >= 0).all() or (steps <= 0).all()):
        return False
    if not all(map(_numbered, names)):
        return names_axis(names[column])
    lines = [positions] if (positions == 0).any() else [positions, 1 / positions]
    return any(_is_line(line, known) for line in lines)


def _is_line(positions: Values, values: Values) -> bool:
    scaled = (positions - positions.mean()) / np.ptp(positions)
    slope = float(scaled @ (values - values.mean()) / (scaled @ scaled))
    return bool(np.abs(values - values.mean() - slope * scaled).max() < SAME * np.ptp(values))


def _is_dull(values: Values, names: Sequence[str], column: int) -> bool:
    """Return whether a column is constant, empty, counts the rows, or is called as errors of data are."""
    if names_error(names[column]):
        return True
    known = values[np.isfinite(values[:, column]), column]
    if len(known) == 0 or (len(values) >= FEWEST and np.ptp(known) == 0):
        return True
    return len(values) >= FEWEST and _is_count(values[:, column], names[column])


def _pairs(values: Values, names: Sequence[str]) -> dict[int, int]:
    """Return the axis of each second column, where all first ones are axes of one kind: x1, y1, x2, y2."""
    count = values.shape[1]
    if count < 4 or count % 2 or len(values) < FEWEST:
        return {}
    axes, data = values[:, ::2], values[:, 1::2]
    if not all(_rises(axes[:, place]) for place in range(count // 2)):
        return {}
    if all(_rises(data[:, place]) for place in range(count // 2)):
        return {}
    heads = [name_of(name).rstrip("0123456789 _.-").lower() for name in names[::2]]
    units = {axis_unit(name) for name in names[::2]}
    same = all(np.array_equal(axes[:, place], axes[:, 0], equal_nan=True) for place in range(1, count // 2))
    alike = len(units) == 1 and (len(set(heads)) == 1 or all(map(_numbered, names)) or units != {"pixel"})
    like_even = all(is_even(axes[:, place]) for place in range(count // 2))
    if same or (alike and like_even):
        return {place + 1: place for place in range(0, count, 2)}
    return {}


def _numbered(name: str) -> bool:
    return name.startswith("column ")


def is_even(column: Values) -> bool:
    """Return whether a column, or a line, has equal steps, up or down; missing positions count nothing."""
    known = column[np.isfinite(column)]
    return (
        len(known) >= FEWEST
        and known[0] != known[-1]
        and even_axis(known if known[-1] > known[0] else known[::-1]) is not None
    )
