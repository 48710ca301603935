"""Tables of numbers as text: profiles of position and value, and images as a matrix."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.even_axis import even_axis
from napari_deconvolve.formats.stored import Stored
from napari_deconvolve.formats.text import TextTable, axis_unit, names_of, read_text, roles_of
from napari_deconvolve.image import SampledArray

TABLES = (".csv", ".txt", ".tsv", ".dat")  # that are written, too
READ_ONLY = (".asc", ".prn", ".xy", ".dpt", ".msa", ".emsa", ".jdx", ".dx", ".jcamp", ".spc")  # instruments write them
ALL_TABLES = (*TABLES, *READ_ONLY)


def read_table(path: str | os.PathLike[str]) -> Stored:
    """Read one column of values, two of positions and values, or a matrix of three columns and more.

    For what texts may look like see `napari_deconvolve.formats.text`. A unit in the heading, as in ``E (meV)`` or
    ``position/nm``, is that of the positions. Where a heading names three columns and more over evenly spaced
    positions, as profilers write them, the first column of data is taken. The labels that a spreadsheet's matrix may
    have around it give its spacing.
    """
    table = read_text(path)
    values = table.values
    if values.shape[0] == 1 and table.labels is None and not table.named:
        values = values.T
    count = values.shape[1]
    if count == 1:
        return Stored(SampledArray(values[:, 0], ("X",)), notes=table.notes)
    if table.labels is not None:
        return _labelled(path, table)
    if count == 2 or (table.named and _profiled(table)):
        return _profile(path, table)
    return Stored(SampledArray(values, ("Y", "X")), notes=table.notes)


def _profiled(table: TextTable) -> bool:
    axis = roles_of(table.values, names_of(table)).axis
    return axis is not None and _even(table.values[:, axis]) > 0


def _profile(path: str | os.PathLike[str], table: TextTable) -> Stored:
    names = names_of(table)
    roles = roles_of(table.values, names)
    axis, chosen = roles.axis or 0, roles.data[0]
    positions, data = table.values[:, axis], table.values[:, chosen]
    if positions[-1] < positions[0]:
        positions, data = positions[::-1], data[::-1]
    notes = [*table.notes, *roles.notes]
    if table.columns > 2:
        others = [repr(name) for column, name in enumerate(names) if column != axis]
        notes.append(f"the column {names[chosen]!r} was taken, of {', '.join(others)}")
    known = axis_unit(table.headings[axis])
    unit = table.axis_unit or known if known == "pixel" else known
    image = SampledArray(np.ascontiguousarray(data), ("X",), (_step(path, positions),), (unit,), (float(positions[0]),))
    return Stored(image, notes=tuple(notes))


def _labelled(path: str | os.PathLike[str], table: TextTable) -> Stored:
    """Read a matrix with the positions of its columns above, and those of its rows before it."""
    across, down, values = table.labels, table.values[:, 0], table.values[:, 1:]
    if across is None or len(across) != values.shape[1]:
        raise FileError(
            f"{path} has {0 if across is None else len(across)} labels over {values.shape[1]} columns; make them equal."
        )
    steps = (_step(path, np.sort(down)), _step(path, np.sort(across)))
    return Stored(SampledArray(values, ("Y", "X"), () if steps == (1.0, 1.0) else steps), notes=table.notes)


def _even(positions: NDArray[np.float64]) -> float:
    """Return the step of positions that lie on an even axis, up or down, none missing; else 0."""
    if not np.isfinite(positions).all():
        return 0.0
    axis = even_axis(positions if positions[-1] > positions[0] else positions[::-1])
    return 0.0 if axis is None or axis.missing else axis.step


def _step(path: str | os.PathLike[str], positions: NDArray[np.float64]) -> float:
    if len(positions) < 2:
        return 1.0
    step = _even(positions)
    if not step:
        raise FileError(f"{path} has positions that are not evenly spaced; resample it to equal steps.")
    return step
