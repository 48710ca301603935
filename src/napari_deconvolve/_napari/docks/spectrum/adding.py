"""New rows of the list: of files, whose columns are rows each, and of layers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from napari_deconvolve._napari.docks.spectrum.data import (
    AXIS,
    FILE,
    LINE,
    DataChoice,
    Files,
    default_axis,
    take,
)
from napari_deconvolve._napari.docks.spectrum.rows import Row
from napari_deconvolve.errors import DeconvolutionError, FileError
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.formats.tables import ALL_TABLES
from napari_deconvolve.formats.text import names_of
from napari_deconvolve.io.columns import SPECTRUM_SUFFIXES, count_of_spectra, open_table

MOST_COLUMNS = 100  # of one file that become rows by themselves
OF_NAPARI = ("axis-0", "index", "vertex-index")  # columns of points and shapes that napari has written


def rows_of_file(path: str, files: Files) -> list[Row]:
    """Return a row for each column of data in a file; one, whose problem says why, for a file that cannot be read."""
    columns, numbers = files.columns(path), files.numbers(path)
    try:
        count = min(count_of_spectra(path), MOST_COLUMNS)
    except FileError:
        count = 1
    several = count > 1
    rows = []
    for place in range(max(1, count)):
        row = Row({"source": FILE, "data": path, "column": place, "axis_column": 0, "touched": True})
        row.heading = columns[place] if several else ""
        row.take(DataChoice(path=path, column=numbers[place] if len(numbers) > 1 else 0))
        rows.append(filled(row, files))
    return rows


def row_of_layer(layer: Any, *, line: bool = False, shapes: Any = None) -> Row:
    """Return a row of an image layer: the spectrum in its middle, or one along a line."""
    axis = default_axis(layer)
    source = LINE if line else AXIS
    row = Row({"source": source, "axis": axis, "at": "", "touched": True}, settled=True)
    row.take(DataChoice(source=source, layer=layer, axis=axis, shapes=shapes))
    return row


def moved(row: Row, at: str) -> Row:
    """Return a row of the same layer at another place."""
    new = Row({**row.values, "at": at, "touched": True}, settled=True)
    choice = row.choice
    new.take(DataChoice(source=AXIS, layer=choice.layer, axis=choice.axis, at=at))
    return new


def filled(row: Row, files: Files, viewer: Any = None) -> Row:
    """Read the data of a row that is not shown."""
    try:
        row.spectrum, row.problem = take(row.choice, files, viewer), ""
    except DeconvolutionError as error:
        row.spectrum, row.problem = None, str(error)
    return row


def is_spectrum(path: str) -> bool:
    """Return whether a file holds a spectrum, and not an image, or points and shapes that napari has written."""
    if not os.path.isfile(path) or suffix_of(path) not in SPECTRUM_SUFFIXES:
        return False
    try:
        table = open_table(path)
    except FileError:
        # A table that has a fault is the dock's, which says what it is; an array of more axes is an image.
        return suffix_of(path) in ALL_TABLES and Path(path).suffix.lower() != ".npy"
    return not any(name.strip().lower() in OF_NAPARI for name in names_of(table)[:2])
