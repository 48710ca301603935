"""Columns of the files that spectra are read from, and what they are taken for."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.arrays import read_npy
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import ALL_TABLES
from napari_deconvolve.formats.text import Roles, TextTable, index_of, is_even, names_of, read_text, roles_of

SPECTRUM_SUFFIXES = (*ALL_TABLES, ".npy")
SHORT = 4  # times as many columns as rows: lines are spectra

Path_ = str | os.PathLike[str]


def column_names(path: Path_) -> tuple[str, ...]:
    """Return the headings of the columns that may be chosen as data; those without one are "column 2" and so on."""
    return tuple(name for _, name in data_columns(path))


def all_columns(path: Path_) -> tuple[str, ...]:
    """Return the headings of all columns, in their order."""
    return names_of(open_table(path))


def data_columns(path: Path_, axis_column: int | str | None = None) -> tuple[tuple[int, str], ...]:
    """Return number, from 1, and heading of the columns that may be chosen as data, the one taken by default first.

    `axis_column` is the column of positions, by its number or heading, where another one would be taken for them.
    """
    names, _, roles = _read(path, axis_column)
    axes = {roles.axis, *roles.own.values()}
    others = [place for place in range(len(names)) if place not in axes and place not in roles.data]
    return tuple((place + 1, names[place]) for place in (*roles.data, *others))


def count_of_spectra(path: Path_) -> int:
    """Return how many columns are data by themselves: the first so many of `data_columns`."""
    return len(_read(path, None)[2].data)


def _read(path: Path_, axis_column: int | str | None) -> tuple[tuple[str, ...], NDArray[np.float64], Roles]:
    """Return names and values of all columns, and what they are taken for."""
    table = open_table(path)
    names = names_of(table)
    axis = None if axis_column is None else index_of(path, names, axis_column, "axis column")
    return names, table.values, roles_of(table.values, names, axis)


def described_columns(path: Path_, axis_column: int | str | None = None) -> tuple[str, ...]:
    """Return a line on each column: number, heading, what it is taken for, range, and missing values."""
    names, all_values, roles = _read(path, axis_column)
    return tuple(
        f"{place + 1} {name!r}: {_part(roles, place)}, {_range(values)}"
        for place, (name, values) in enumerate(zip(names, all_values.T, strict=True))
    )


def _part(roles: Roles, place: int) -> str:
    if place == roles.axis or place in roles.own.values():
        return "axis"
    return "data" if place == roles.data[0] else "more data" if place in roles.data else "not data"


def _range(values: NDArray[np.float64]) -> str:
    known = values[np.isfinite(values)]
    missing = f", {values.size - known.size} missing" if known.size < values.size else ""
    return (f"{known.min():.6g} to {known.max():.6g}" if known.size else "no number") + missing


def open_table(path: Path_) -> TextTable:
    """Read the columns of a file; lines of spectra become columns. Raise `FileError` for what is no spectrum."""
    if suffix_of(path) == ".npy":
        return _from_npy(path)
    if suffix_of(path) not in ALL_TABLES:
        raise FileError(f"{path} is not a spectrum that can be read; give a {', '.join(SPECTRUM_SUFFIXES)} file.")
    table = read_text(path)
    rows, count = table.values.shape
    if rows == 1 and count > 1 and not table.named:
        return TextTable(table.values.T, ("",), False, words=table.words, notes=table.notes)
    if rows * SHORT <= count and table.labels is None and is_even(table.values[0]):
        turned = (*table.notes, f"{rows} lines of {count} numbers, the first of which are positions: turned around")
        return TextTable(table.values.T, ("",) * rows, False, words=table.words, notes=turned)
    return table


def _from_npy(path: Path_) -> TextTable:
    data = np.asarray(read_npy(path).image.data)
    if data.dtype.kind not in "buif":
        raise FileError(f"{path} holds {data.dtype}; give real numbers.")
    values = data if data.ndim > 1 else data[:, np.newaxis]
    if values.ndim != 2 or 2 not in (*values.shape, *([2] if data.ndim == 1 else [])):
        raise FileError(f"{path} has shape {data.shape}; give one axis, or two columns or rows of positions and data.")
    rows = data.ndim == 2 and values.shape[1] != 2
    values = values.T if rows else values
    names = ("", "") if data.ndim == 2 else (Path(path).stem,)
    understood = f"two {'rows' if rows else 'columns'} of {len(values)} numbers" if data.ndim == 2 else ""
    return TextTable(values, names, False, words=understood or f"{len(data)} values")
