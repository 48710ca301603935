"""Tables of numbers as text: profiles of position and value, and images as a matrix."""

from __future__ import annotations

import os
import re

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.even_axis import even_axis
from napari_deconvolve.formats.stored import Stored
from napari_deconvolve.formats.text import TextTable, read_text, unit_of
from napari_deconvolve.image import SampledArray

TABLES = (".csv", ".txt", ".tsv", ".dat")


def read_table(path: str | os.PathLike[str]) -> Stored:
    """Read one column of values, two of positions and values, or a matrix of three columns and more.

    Comments and a heading are skipped; columns are parted by commas, semicolons, tabs or blanks, with decimal points
    or commas (see `napari_deconvolve.formats.text`). A unit in the heading, as in ``E (meV)`` or
    ``position/nm``, is that of the positions. Where a heading names three columns and more over evenly spaced
    positions, as profilers write them, the second column is taken. The labels that a spreadsheet's matrix may have
    around it give its spacing.
    """
    table = read_text(path)
    values = table.values
    if values.shape[0] == 1 and table.labels is None:
        values = values.T
    count = values.shape[1]
    if count == 1:
        return Stored(SampledArray(values[:, 0], ("X",)))
    if table.labels is not None:
        return _labelled(path, table)
    named = len(table.heading) == count and any(table.heading)
    if count == 2 or (named and _even(values[:, 0]) > 0):
        return _profile(path, table)
    return Stored(SampledArray(values, ("Y", "X")))


def _profile(path: str | os.PathLike[str], table: TextTable) -> Stored:
    positions, data = table.values[:, 0], table.values[:, 1]
    if positions[-1] < positions[0]:
        positions, data = positions[::-1], data[::-1]
    notes: tuple[str, ...] = ()
    if table.values.shape[1] > 2:
        notes = (f"the column {table.heading[1]!r} was taken, of {', '.join(map(repr, table.heading[1:]))}",)
    comment = table.comments[0] if table.comments else ""
    unit = unit_of(table.heading[0] if table.heading else re.split(r"[,;\t]", comment)[0])
    image = SampledArray(np.ascontiguousarray(data), ("X",), (_step(path, positions),), (unit,), (float(positions[0]),))
    return Stored(image, notes=notes)


def _labelled(path: str | os.PathLike[str], table: TextTable) -> Stored:
    """Read a matrix with the positions of its columns above, and those of its rows before it."""
    across, down, values = table.labels, table.values[:, 0], table.values[:, 1:]
    if across is None or len(across) != values.shape[1]:
        raise FileError(
            f"{path} has {0 if across is None else len(across)} labels over {values.shape[1]} columns; make them equal."
        )
    steps = (_step(path, np.sort(down)), _step(path, np.sort(across)))
    return Stored(SampledArray(values, ("Y", "X"), () if steps == (1.0, 1.0) else steps))


def _even(positions: NDArray[np.float64]) -> float:
    """Return the step of positions that lie on an even axis, up or down, none missing; else 0."""
    axis = even_axis(positions if positions[-1] > positions[0] else positions[::-1])
    return 0.0 if axis is None or axis.missing else axis.step


def _step(path: str | os.PathLike[str], positions: NDArray[np.float64]) -> float:
    if len(positions) < 2:
        return 1.0
    step = _even(positions)
    if not step:
        raise FileError(f"{path} has positions that are not evenly spaced; resample it to equal steps.")
    return step
