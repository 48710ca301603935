"""A table as it was read: numbers in columns, their names, and what was left out on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class TextTable:
    """Rows of numbers with their headings.

    Attributes
    ----------
    values : ndarray of float64, rows x columns
        NaN where a value is missing.
    headings : tuple of str
        One per column, empty where it has none.
    named : bool
        Whether a line above names the columns.
    labels : ndarray or None
        Numbers over the columns but the first.
    axis_unit : str
        What the header says of the axis, or empty.
    words : str
        How the file was understood: its style.
    notes : tuple of str
        What was left out or changed.
    first : int
        The number of the first row's line, from 1; 0 where rows have no lines.
    skipped : tuple of int
        The lines among the rows that are none.
    """

    values: NDArray[np.float64]
    headings: tuple[str, ...]
    named: bool
    labels: NDArray[np.float64] | None = None
    axis_unit: str = ""
    words: str = ""
    notes: tuple[str, ...] = ()
    first: int = 0
    skipped: tuple[int, ...] = ()

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return int(self.values.shape[1])

    def place(self, row: int) -> str:
        """Name a row in sentences: "line 7", or "row 7" where it has no line."""
        if not self.first:
            return f"row {row + 1}"
        line = self.first + row
        for skipped in self.skipped:
            line += skipped <= line
        return f"line {line}"
