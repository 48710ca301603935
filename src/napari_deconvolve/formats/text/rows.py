"""Rows of numbers, one list after another in one piece of memory; numpy reads what needs no judgement."""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.formats.text.style import Style


class Run:
    """Rows of equal length that follow each other."""

    def __init__(self, width: int, line: int) -> None:
        self.width = width
        self.first = self.last = line  # numbers of lines, from 1
        self.rows = 0
        self.numbers = array("d")
        self.corner = False  # whether its first row has an empty first cell
        self.empty: list[int] = []  # lines without anything among the rows
        self.comments: list[int] = []  # lines of comment among them
        self.waiting: list[tuple[str, int]] = []  # what is among them only if another row comes

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.rows * self.width

    def add(self, row: Sequence[float], line: int) -> None:
        """Append a row."""
        self._settle()
        self.numbers.extend(row)
        self.rows += 1
        self.last = line

    def wait(self, what: str, line: int) -> None:
        """Note a line that is no row: "empty", "comment", or "gap" for a row of missing values."""
        self.waiting.append((what, line))

    def extend(self, values: NDArray[np.float64], last: int) -> None:
        """Append many rows."""
        self._settle()
        self.numbers.frombytes(np.ascontiguousarray(values).tobytes())
        self.rows += len(values)
        self.last = last

    def _settle(self) -> None:
        for what, line in self.waiting:
            if what == "gap":
                self.numbers.extend([float("nan")] * self.width)
                self.rows += 1
            else:
                (self.empty if what == "empty" else self.comments).append(line)
        self.waiting.clear()

    def values(self) -> NDArray[np.float64]:
        """Return all rows as an array that shares their memory."""
        return np.frombuffer(self.numbers, np.float64).reshape(self.rows, self.width)


def all_numbers(lines: Sequence[str], style: Style) -> NDArray[np.float64] | None:
    """Read lines of plain numbers by numpy; None where a line is anything else, which is then looked at by itself."""
    text = "\n".join(lines)
    if style.thousands or not text.isascii() or any(sign in text for sign in '"_#'):
        return None
    if style.decimal_comma:
        if "." in text:
            return None
        text = text.replace(",", ".")
    separator = None if style.separator == " " else style.separator
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = np.loadtxt(text.split("\n"), np.float64, comments=None, delimiter=separator, ndmin=2)
    except (ValueError, Warning):
        return None
    if found.shape != (len(lines), style.width) or not np.isfinite(found).all():
        return None
    return found
