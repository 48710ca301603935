"""Spectra out of files: columns of text in whatever style, or NPY."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.arrays import read_npy
from napari_deconvolve.formats.even_axis import EvenAxis, even_axis
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import TABLES
from napari_deconvolve.formats.text import TextTable, name_of, read_text, unit_of
from napari_deconvolve.io.spectrum import Spectrum

SPECTRUM_SUFFIXES = (*TABLES, ".npy")

MAX_GROWTH = 10  # times as many samples as before, at most, on an axis that was made even

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """A file's columns with their headings, and what was understood."""

    values: Values
    headings: tuple[str, ...]
    notes: tuple[str, ...]


def read_spectrum(path: str | os.PathLike[str], *, column: int | str | None = None, resample: bool = False) -> Spectrum:
    """Read a spectrum.

    Parameters
    ----------
    path : path
        ``.csv``, ``.tsv``, ``.txt`` or ``.dat``, in columns parted by commas, semicolons, tabs or blanks, with decimal
        points or commas; or ``.npy``, one axis or two rows or columns. The first column is the axis, unless it is the
        only one. A descending axis is turned around.
    column : int or str, optional
        Which column holds the data: its number, from 1, or its heading; by default the second. Where the first
        one is chosen, there is no axis.
    resample : bool
        Take values at even steps between the samples, where the axis is uneven; else that is refused.

    Raises
    ------
    FileError
        When the file cannot be read, has no such column, or its axis goes up and down or in uneven steps.
    """
    columns = _columns(path)
    if columns.values.shape[1] == 1 or (column is not None and _index(path, columns, column) == 0):
        return _without_axis(path, columns)
    return _with_axis(path, columns, 1 if column is None else _index(path, columns, column), resample)


def column_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the headings of the columns that may be chosen as data; those without one are "column 2" and so on."""
    columns = _columns(path)
    return columns.headings if columns.values.shape[1] == 1 else columns.headings[1:]


def _columns(path: str | os.PathLike[str]) -> _Columns:
    if suffix_of(path) == ".npy":
        return _from_npy(path)
    if suffix_of(path) not in TABLES:
        raise FileError(f"{path} is not a spectrum that can be read; give a {', '.join(SPECTRUM_SUFFIXES)} file.")
    table = read_text(path)
    values = table.values.T if table.values.shape[0] == 1 else table.values
    count = values.shape[1]
    headings = _headings(table, count)
    understood = f"{len(values)} rows of {count} column{'s' * (count > 1)}, {table.style.words}"
    return _Columns(values, headings, (understood if count > 1 else f"{len(values)} values in one column",))


def _headings(table: TextTable, count: int) -> tuple[str, ...]:
    """Name each column: by the line above, by numbers above a matrix, by a comment with as many words, or by number."""
    if table.labels is not None and len(table.labels) == count - 1:
        return ("position", *(f"{label:g}" for label in table.labels))
    found: Sequence[str] = table.heading
    if len(found) != count:
        cut = [cells for comment in table.comments if len(cells := table.style.cells(comment)) == count]
        found = cut[-1] if cut else found[:1] if found and unit_of(found[0]) != "pixel" else ()
    if not found and table.comments and unit_of(table.comments[0]) != "pixel":
        found = (table.comments[0],)  # words that cannot be separated, but say the unit of the axis
    names = [found[place] if place < len(found) else "" for place in range(count)]
    return tuple(name or f"column {place}" for place, name in enumerate(names, 1))


def _from_npy(path: str | os.PathLike[str]) -> _Columns:
    data = np.asarray(read_npy(path).image.data)
    if data.dtype.kind not in "buif":
        raise FileError(f"{path} holds {data.dtype}; give real numbers.")
    values = data if data.ndim > 1 else data[:, np.newaxis]
    if values.ndim != 2 or 2 not in (*values.shape, *([2] if data.ndim == 1 else [])):
        raise FileError(f"{path} has shape {data.shape}; give one axis, or two columns or rows of positions and data.")
    rows = data.ndim == 2 and values.shape[1] != 2
    values = values.T if rows else values
    names = ("column 1", "column 2") if data.ndim == 2 else (Path(path).stem,)
    understood = (
        f"two {'rows' if rows else 'columns'} of {len(values)} numbers" if data.ndim == 2 else f"{len(data)} values"
    )
    return _Columns(values, names, (understood,))


def _index(path: str | os.PathLike[str], columns: _Columns, column: int | str) -> int:
    """Find a column by its number, from 1, or its heading with or without the unit."""
    names = list(columns.headings)
    if isinstance(column, str):
        wanted = column.strip().lower()
        for known in (names, [name_of(name) for name in names]):
            found = [place for place, name in enumerate(known) if name.lower() == wanted]
            if found:
                return found[0]
    number = int(column) if not isinstance(column, str) or column.strip().isdecimal() else 0
    if not 1 <= number <= len(names):
        raise FileError(
            f"{path} has no column {column!r}; give a number from 1 to {len(names)} or a name: {', '.join(names)}."
        )
    return number - 1


def _without_axis(path: str | os.PathLike[str], columns: _Columns) -> Spectrum:
    values, heading = columns.values[:, 0], columns.headings[0]
    unit = unit_of(heading)
    notes = (*columns.notes, "no axis: the samples are numbered from 0", *_missing(values))
    return Spectrum(
        _masked(path, values),
        name=_named(heading, path),
        value_unit="" if unit == "pixel" else unit,
        notes=notes,
    )


def _with_axis(path: str | os.PathLike[str], columns: _Columns, place: int, resample: bool) -> Spectrum:
    axis, values = columns.values[:, 0].astype(np.float64), columns.values[:, place]
    heading, title = columns.headings[0], columns.headings[place]
    notes = list(columns.notes)
    others = [name for number, name in enumerate(columns.headings) if number not in (0, place)]
    if others:
        notes.append(f"the column {title!r} was taken, not {', '.join(map(repr, others))}")
    known = np.isfinite(axis)
    if not known.all():
        count = int(np.count_nonzero(~known))
        notes.append(f"{count} row{'s' * (count > 1)} without a position left out")
        axis, values = axis[known], values[known]
    descending = len(axis) > 1 and axis[-1] < axis[0]
    if descending:
        axis, values = axis[::-1], values[::-1]
        notes.append("the axis runs downwards: turned around")
    start, step, values = _even(path, axis, values, resample, notes)
    unit, value_unit = unit_of(heading), unit_of(title)
    end = start + step * (len(values) - 1)
    notes.append(
        f"axis {name_of(heading) or 'position'} from {start:.6g} to {end:.6g}"
        + (" without a unit" if unit == "pixel" else f" {unit}")
        + f" in steps of {step:.6g}"
    )
    return Spectrum(
        _masked(path, values),
        step,
        unit,
        start,
        _named(title, path),
        "" if heading.startswith("column ") else name_of(heading),
        "" if value_unit == "pixel" else value_unit,
        bool(descending),
        (*notes, *_missing(values)),
    )


def _named(heading: str, path: str | os.PathLike[str]) -> str:
    return Path(path).stem if heading.startswith("column ") else name_of(heading) or heading


def _missing(values: NDArray[Any]) -> tuple[str, ...]:
    count = int(values.size - np.count_nonzero(np.isfinite(values)))
    return (f"{count} of {values.size} values are missing: they are left out of a run",) if count else ()


def _masked(path: str | os.PathLike[str], values: NDArray[Any]) -> NDArray[Any]:
    if not np.isfinite(values).any():
        raise FileError(f"{path} holds no finite value in that column; choose another.")
    return np.ascontiguousarray(values)


def _even(
    path: str | os.PathLike[str], axis: Values, values: NDArray[Any], resample: bool, notes: list[str]
) -> tuple[float, float, NDArray[Any]]:
    """Return start and step of the even axis that the positions lie on; else that is refused, or one is made."""
    if len(axis) < 2:
        raise FileError(f"{path} has {len(axis)} rows with a position; give at least 2.")
    steps = np.diff(axis)
    if not (steps > 0).all():
        where = int(np.argmin(steps > 0))
        raise FileError(
            f"{path} has positions that go up and down or repeat (about {axis[where]:.6g}); sort them, or choose the "
            "first column as data if it is no axis."
        )
    if (even := even_axis(axis)) is not None:
        if even.off > 0.01 * even.step:
            notes.append(f"the positions are off even steps by up to {even.off:.3g}: taken as even")
        return even.start, even.step, values if not even.missing else _with_holes(values, even, notes)
    if not resample:
        raise FileError(
            f"{path} has positions that are not evenly spaced: steps from {steps.min():.4g} to {steps.max():.4g}; "
            "resample it to equal steps."
        )
    return _resampled(axis, values, notes)


def _with_holes(values: NDArray[Any], even: EvenAxis, notes: list[str]) -> Values:
    notes.append(f"the axis leaves out {even.missing} of its {even.length} positions: put there, without a value")
    filled = np.full(even.length, np.nan)
    filled[even.places] = values
    return filled


def _resampled(axis: Values, values: NDArray[Any], notes: list[str]) -> tuple[float, float, NDArray[Any]]:
    """Interpolate linearly at even steps, the median of those that were; about a missing value all is missing."""
    step = max(float(np.median(np.diff(axis))), (axis[-1] - axis[0]) / (MAX_GROWTH * len(axis)))
    count = int(np.floor((axis[-1] - axis[0]) / step + 1e-9)) + 1
    even = axis[0] + step * np.arange(count)
    notes.append(f"{len(axis)} uneven positions: resampled to {count} at even steps")
    return float(axis[0]), step, np.interp(even, axis, values.astype(np.float64))
