"""Tables of numbers as text: profiles of position and value, and images as a matrix."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.formats.stored import Stored
from napari_deconvolve.units import canonical, is_length

TABLES = (".csv", ".txt", ".tsv", ".dat")
UNEVEN = 0.01  # relative: positions whose steps differ by more are not on a grid
LARGEST = 5e7  # bytes of text

_BRACKETED = re.compile(r"[(\[]\s*([^)\]]+?)\s*[)\]]")  # as in "E (meV)" and "Distance_[µm]"
_TRAILING = re.compile(r"[\s_/]([^\s_/]+)\s*$")  # as in "position/nm" and "x_um"


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of numbers, with the cells of the heading; a corner is an empty cell where rows and columns have labels."""

    values: NDArray[np.float64]
    heading: tuple[str, ...]
    comment: str
    labels: NDArray[np.float64] | None = None


def read_table(path: str | os.PathLike[str]) -> Stored:
    """Read one column of values, two of positions and values, or a matrix of three columns and more.

    Lines that begin with ``#`` and a heading are skipped; columns are parted by commas, semicolons, tabs or blanks;
    with semicolons or tabs a comma may be the decimal point. A unit in the heading, as in ``E (meV)`` or
    ``position/nm``, is that of the positions. Where a heading names three columns and more over evenly spaced
    positions, as profilers write them, the second column is taken. The labels that a spreadsheet's matrix may have
    around it give its spacing.

    Raises
    ------
    FileError
        For lines of different lengths, words among the numbers, or positions that are not evenly spaced.
    """
    with reading(path, "a table of numbers") as source:
        if source.stat().st_size > LARGEST:
            raise FileError(f"{path} is larger than {LARGEST:.0e} bytes of text; save it as TIFF or .npy.")
        table = _table(path, _decoded(source.read_bytes()).splitlines())
    values = table.values
    if values.shape[0] == 1 and table.labels is None:
        values = values.T
    count = values.shape[1]
    if count == 1:
        return Stored(values[:, 0], "X")
    if table.labels is not None:
        return _labelled(path, table)
    named = len(table.heading) == count and any(table.heading)
    if count == 2 or (named and _even(values[:, 0])):
        return _profile(path, table)
    return Stored(values, "YX")


def _decoded(raw: bytes) -> str:
    """Read text of any of the usual encodings; what spreadsheets write on Windows is the last resort."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252")


def _table(path: str | os.PathLike[str], lines: list[str]) -> _Table:
    rows: list[list[float]] = []
    heading: tuple[str, ...] = ()
    comment, labels = "", None
    for number, line in enumerate(lines, 1):
        text = line.strip("\r\n ")
        if not text.strip() or text.startswith("#") or re.fullmatch(r"sep=.", text):
            comment = comment or (text if text.startswith("#") else "")
            continue
        cells = _cells(text)
        row = _numbers(text, cells)
        if not rows and cells[0] == "" and len(cells) > 2 and row is not None and labels is None:
            labels = np.array(row)
        elif row is None and rows:
            raise FileError(
                f"{path} has no numbers in line {number} ({text[:40]!r}); leave only numbers below the header."
            )
        elif row is None:
            heading = tuple(cells)
        elif rows and len(row) != len(rows[0]):
            raise FileError(
                f"{path} has {len(row)} numbers in line {number} and {len(rows[0])} before; make them equal."
            )
        else:
            rows.append(row)
    if not rows:
        raise FileError(f"{path} holds no numbers; give a column of values, two of positions and values, or a matrix.")
    return _Table(*_without_count(np.array(rows, np.float64), heading), comment, labels)


def _without_count(
    values: NDArray[np.float64], heading: tuple[str, ...]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Leave out a first column without a name that counts the lines: a table of results in Fiji has one."""
    if len(heading) == values.shape[1] > 1 and heading[0] == "" and np.all(np.diff(values[:, 0]) == 1):
        return values[:, 1:], heading[1:]
    return values, heading


def _cells(text: str) -> list[str]:
    parted = re.split(r"[;\t]" if ";" in text or "\t" in text else r"," if "," in text else r"\s+", text)
    cells = [part.strip().strip('"').strip() for part in parted]
    return cells[:-1] if len(cells) > 1 and cells[-1] == "" else cells  # some write a separator at the end as well


def _numbers(text: str, cells: list[str]) -> list[float] | None:
    decimal_comma = ";" in text or "\t" in text
    parts = [part for cell in cells for part in ([cell] if decimal_comma else cell.split())]
    try:
        return [float(part.replace(",", ".") if decimal_comma else part) for part in parts if part]
    except ValueError:
        return None


def _profile(path: str | os.PathLike[str], table: _Table) -> Stored:
    positions, data = table.values[:, 0], table.values[:, 1]
    if positions[-1] < positions[0]:
        positions, data = positions[::-1], data[::-1]
    notes: tuple[str, ...] = ()
    if table.values.shape[1] > 2:
        notes = (f"the column {table.heading[1]!r} was taken, of {', '.join(map(repr, table.heading[1:]))}",)
    unit = _unit(table.heading[0] if table.heading else re.split(r"[,;\t]", table.comment)[0])
    return Stored(np.ascontiguousarray(data), "X", (_step(path, positions),), (unit,), notes=notes)


def _labelled(path: str | os.PathLike[str], table: _Table) -> Stored:
    """Read a matrix with the positions of its columns above, and those of its rows before it."""
    across, down, values = table.labels, table.values[:, 0], table.values[:, 1:]
    if across is None or len(across) != values.shape[1]:
        raise FileError(
            f"{path} has {0 if across is None else len(across)} labels over {values.shape[1]} columns; make them equal."
        )
    steps = (_step(path, np.sort(down)), _step(path, np.sort(across)))
    return Stored(values, "YX", None if steps == (1.0, 1.0) else steps, ("pixel", "pixel"))


def _even(positions: NDArray[np.float64]) -> bool:
    steps = np.diff(positions)
    step = float(np.mean(steps)) if len(steps) else 0.0
    return bool(np.isfinite(step) and step != 0 and np.all(np.abs(steps - step) <= UNEVEN * abs(step)))


def _step(path: str | os.PathLike[str], positions: NDArray[np.float64]) -> float:
    if len(positions) < 2:
        return 1.0
    if not _even(positions):
        raise FileError(f"{path} has positions that are not evenly spaced; resample it to equal steps.")
    return abs(float(np.mean(np.diff(positions))))


def _unit(heading: str) -> str:
    """Find the unit of the positions in their column's heading."""
    found = _BRACKETED.search(heading)
    if found:
        return canonical(found[1])
    last = _TRAILING.search(heading)
    return canonical(last[1]) if last and is_length(last[1]) else "pixel"
