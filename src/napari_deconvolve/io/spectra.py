"""Spectra out of files: columns of text in whatever style, or NPY."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.text import (
    Roles,
    TextTable,
    axis_unit,
    index_of,
    name_of,
    names_of,
    roles_of,
    unit_of,
)
from napari_deconvolve.io.axes_of_tables import OnAxis, on_even_axis
from napari_deconvolve.io.columns import open_table
from napari_deconvolve.io.spectrum import Spectrum

ALL = "all"  # columns

Path_ = str | os.PathLike[str]


def read_spectrum(
    path: Path_, *, column: int | str | None = None, resample: bool = False, axis_column: int | str | None = None
) -> Spectrum:
    """Read a spectrum.

    Parameters
    ----------
    path : path
        ``.csv``, ``.tsv``, ``.txt``, ``.dat`` and what instruments write (``.asc``, ``.prn``, ``.xy``, JCAMP-DX,
        EMSA), in columns parted by commas, semicolons, tabs or blanks, with decimal points or commas; ``.spc`` with the
        library spc-io; or ``.npy``, one axis or two rows or columns. The first column is the axis, unless it is the
        only one, or counts the rows beside a column that is clearly an axis. A descending axis is turned around.
    column : int or str, optional
        Which column holds the data: its number, from 1, or its heading; by default the first behind the axis that
        is neither constant nor a count. Where the axis itself is chosen, there is none.
    resample : bool
        Take values at even steps between the samples, where the axis is uneven; else that is refused.
    axis_column : int or str, optional
        Which column is the axis, in the same way.

    Raises
    ------
    FileError
        When the file cannot be read, has no such column, or its axis goes up and down or in uneven steps.
    """
    columns = None if column is None else (column,)
    return read_spectra(path, columns=columns, resample=resample, axis_column=axis_column)[0]


def read_spectra(
    path: Path_,
    *,
    columns: Sequence[int | str] | str | None = None,
    resample: bool = False,
    axis_column: int | str | None = None,
) -> tuple[Spectrum, ...]:
    """Read several spectra over one axis.

    Parameters
    ----------
    path, resample, axis_column
        As those of `read_spectrum`.
    columns : sequence of int or str, or str, optional
        Numbers, from 1, or headings; or a text: "all" for all columns of data, "2,4" or "2-5". By default one.

    Raises
    ------
    FileError
        As `read_spectrum`, and where the columns have different axes.
    """
    table = open_table(path)
    names = names_of(table)
    axis = None if axis_column is None else index_of(path, names, axis_column, "axis column")
    roles = roles_of(table.values, names, axis)
    chosen = _chosen(path, names, roles, columns)
    if roles.axis is None or (chosen == (roles.axis,)):
        return (_without_axis(path, table, names, chosen[0]),)
    return _with_axis(path, table, names, roles, chosen, resample)


def _chosen(
    path: Path_, names: Sequence[str], roles: Roles, columns: Sequence[int | str] | str | None
) -> tuple[int, ...]:
    """Return the places of the columns that are meant."""
    if columns is None:
        return roles.data[:1]
    if isinstance(columns, str):
        given = columns.strip()
        alone = {given.lower()} & {name.lower() for one in names for name in (one, name_of(one))}
        if given.lower() == ALL and not alone:
            return tuple(sorted(roles.data))
        columns = [given] if alone else list(_listed(given))
    found = tuple(dict.fromkeys(index_of(path, names, one) for one in columns))
    if len(found) > 1 and roles.axis in found:
        raise FileError(f"{path} has its axis in the column {names[roles.axis or 0]!r}; leave it out of the data.")
    return found


def _listed(text: str) -> Iterator[str]:
    """Yield the parts of "2,4" and of "2-5"; anything else is one heading."""
    if not re.fullmatch(r"\d+(?:-\d+)?(?:\s*,\s*\d+(?:-\d+)?)*", text):
        yield from [part.strip() for part in text.split(",")] if "," in text else [text]
        return
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        yield from map(str, range(int(first), min(int(last or first), int(first) + 9999) + 1))


def _understood(path: Path_, table: TextTable) -> str:
    if suffix_of(path) == ".npy":
        return table.words
    if table.columns == 1:
        return f"{len(table.values)} values in one column"
    return f"{len(table.values)} rows of {table.columns} columns, {table.words}"


def _without_axis(path: Path_, table: TextTable, names: Sequence[str], place: int) -> Spectrum:
    values, heading = table.values[:, place], names[place]
    unit = unit_of(heading)
    numbered = "no axis: the samples are numbered from 0"
    return Spectrum(
        _known(path, values),
        name=_named(heading, path),
        value_unit="" if unit == "pixel" else unit,
        notes=(_understood(path, table), *table.notes, numbered, *_missing(values)),
    )


def _with_axis(
    path: Path_, table: TextTable, names: Sequence[str], roles: Roles, chosen: tuple[int, ...], resample: bool
) -> tuple[Spectrum, ...]:
    axis = _one_axis(path, table, names, roles, chosen)
    found = on_even_axis(path, table, table.values[:, axis].astype(np.float64), table.values[:, list(chosen)], resample)
    unit, said = _unit(table, names[axis])
    return tuple(
        Spectrum(
            _known(path, values),
            found.step,
            unit,
            found.start,
            _named(names[place], path, place + 1 if len(chosen) > 1 else 0),
            "" if names[axis].startswith("column ") else name_of(names[axis]),
            "" if unit_of(names[place]) == "pixel" else unit_of(names[place]),
            found.descending,
            (
                _understood(path, table),
                *table.notes,
                *roles.notes,
                *_taken(names, axis, roles, chosen),
                *found.notes,
                *said,
                _axis_words(names[axis], found, unit),
                *_missing(values),
            ),
        )
        for place, values in zip(chosen, found.values.T, strict=True)
    )


def _one_axis(path: Path_, table: TextTable, names: Sequence[str], roles: Roles, chosen: tuple[int, ...]) -> int:
    """Return the column of the axis of all chosen columns; refuse those that have different ones."""
    axes = [roles.axis_of(place) for place in chosen]
    first = axes[0]
    assert first is not None, "a table of several columns has an axis"
    for other, place in zip(axes, chosen, strict=True):
        if other != first and not np.array_equal(table.values[:, other], table.values[:, first], equal_nan=True):
            raise FileError(
                f"{path} has {names[chosen[0]]!r} and {names[place]!r} over different axes; run them one by one."
            )
    return first


def _unit(table: TextTable, heading: str) -> tuple[str, tuple[str, ...]]:
    """Return the unit of an axis, and what there is to say of it."""
    known, said = axis_unit(heading), unit_of(heading)
    if known != "pixel":
        return known, ()
    unknown = (f"the unit {said!r} of the axis is not known: left out",) if said != "pixel" else ()
    if table.axis_unit:
        return table.axis_unit, (*unknown, f"the unit {table.axis_unit} is the header's")
    return "pixel", unknown


def _taken(names: Sequence[str], axis: int, roles: Roles, chosen: tuple[int, ...]) -> Iterator[str]:
    apart = {axis, *chosen, *roles.own.values()}
    others = [name for place, name in enumerate(names) if place not in apart]
    if len(chosen) > 1:
        yield f"{len(chosen)} columns were taken: {', '.join(repr(names[place]) for place in chosen)}"
    elif others:
        shown = ", ".join(map(repr, others[:20])) + (", ..." if len(others) > 20 else "")
        yield f"the column {names[chosen[0]]!r} was taken, not {shown}"


def _axis_words(heading: str, found: OnAxis, unit: str) -> str:
    end = found.start + found.step * (len(found.values) - 1)
    called = "position" if heading.startswith("column ") else name_of(heading) or "position"
    return (
        f"axis {called} from {found.start:.6g} to {end:.6g}"
        + (" without a unit" if unit == "pixel" else f" {unit}")
        + f" in steps of {found.step:.6g}"
    )


def _named(heading: str, path: Path_, number: int = 0) -> str:
    """Return a column's heading, else the file's name, with the column's number among several."""
    if heading.startswith("column "):
        return f"{Path(path).stem} {number}" if number else Path(path).stem
    return name_of(heading) or heading


def _missing(values: NDArray[np.float64]) -> tuple[str, ...]:
    count = int(values.size - np.count_nonzero(np.isfinite(values)))
    return (f"{count} of {values.size} values are missing: they are left out of a run",) if count else ()


def _known(path: Path_, values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite(values).any():
        raise FileError(f"{path} holds no finite value in that column; choose another.")
    return np.ascontiguousarray(values)
