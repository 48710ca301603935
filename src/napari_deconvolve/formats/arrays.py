"""NPY files and tables of numbers."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.formats.stored import STANDARD_AXES, Stored
from napari_deconvolve.units import canonical

TABLES = (".csv", ".txt", ".tsv", ".dat")
UNEVEN = 0.01  # relative: positions whose steps differ by more are not on a grid


def read_npy(path: str | os.PathLike[str]) -> Stored:
    """Read an array of 1 to 5 axes; pickles are refused.

    Raises
    ------
    FileError
        When it is no NPY file, holds objects, or is cut off.
    """
    with reading(path, "an NPY array") as source, source.open("rb") as file:
        if file.read(6) != b"\x93NUMPY":
            raise FileError(f"{path} is not an NPY file; save it with numpy.save.")
        file.seek(0)
        data = np.lib.format.read_array(file, allow_pickle=False)
    if not 1 <= data.ndim <= 5 or data.size == 0:
        raise FileError(f"{path} holds an array of shape {data.shape}; give 1 to 5 axes with samples in them.")
    return Stored(data, STANDARD_AXES[data.ndim])


def write_npy(path: str | os.PathLike[str], data: NDArray[Any]) -> None:
    """Write the bare numbers; the file is complete or absent."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array(file, np.asanyarray(data), allow_pickle=False)


def read_table(path: str | os.PathLike[str]) -> Stored:
    """Read one column of values, or two of positions and values.

    Lines that begin with ``#`` and a header are skipped; columns are parted by commas, semicolons, tabs or blanks;
    with semicolons or tabs a comma may be the decimal point. A unit in brackets in the header, as in ``E (meV)``, is
    that of the positions.

    Raises
    ------
    FileError
        For other numbers of columns, words among the numbers, or positions that are not evenly spaced.
    """
    with reading(path, "a table of numbers") as source:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
    rows, header = _rows(path, lines)
    values = np.array(rows, np.float64)
    if values.shape[0] == 1:
        values = values.T
    if values.shape[1] == 1:
        return Stored(values[:, 0], "X")
    if values.shape[1] != 2:
        raise FileError(f"{path} has {values.shape[1]} columns; give one of values, or two of positions and values.")
    positions, data = values.T
    if positions[-1] < positions[0]:
        positions, data = positions[::-1], data[::-1]
    return Stored(np.ascontiguousarray(data), "X", (_step(path, positions),), (_unit(header),))


def _rows(path: str | os.PathLike[str], lines: list[str]) -> tuple[list[list[float]], str]:
    rows: list[list[float]] = []
    header = ""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            header = header or text
            continue
        row = _numbers(text)
        if row is None and rows:
            raise FileError(
                f"{path} has no numbers in line {number} ({text[:40]!r}); leave only numbers below the header."
            )
        if row is None:
            header = text
        elif rows and len(row) != len(rows[0]):
            raise FileError(
                f"{path} has {len(row)} numbers in line {number} and {len(rows[0])} before; make them equal."
            )
        else:
            rows.append(row)
    if not rows:
        raise FileError(f"{path} holds no numbers; give one column of values, or two of positions and values.")
    return rows, header


def _numbers(text: str) -> list[float] | None:
    decimal_comma = ";" in text or "\t" in text
    parted = re.split(r"\s*[;\t]\s*" if decimal_comma else r"\s*,\s*|\s+", text)
    try:
        return [float(part.replace(",", ".")) for part in parted if part]
    except ValueError:
        return None


def _step(path: str | os.PathLike[str], positions: NDArray[np.float64]) -> float:
    steps = np.diff(positions)
    step = float(np.mean(steps)) if len(steps) else 1.0
    if not np.isfinite(step) or step <= 0 or np.any(np.abs(steps - step) > UNEVEN * step):
        raise FileError(f"{path} has positions that are not evenly spaced; resample it to equal steps.")
    return step


def _unit(header: str) -> str:
    """Find the unit of the positions: in brackets in the first column's heading."""
    first = re.split(r"[,;\t]", header)[0]
    found = re.search(r"[(\[]\s*([^)\]]+?)\s*[)\]]", first)
    return canonical(found.group(1)) if found else "pixel"
