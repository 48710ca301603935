"""What a sweep found."""

from __future__ import annotations

import os
from dataclasses import dataclass

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.sweep.table import Row, best_of, write_csv


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """What a sweep found.

    Attributes
    ----------
    table : tuple of Row
        One row per setting: by strength, then by iterations.
    estimates : tuple of ndarray
        In step with the table; read-only, perhaps on disk.
    base : Recipe
        What all settings share.
    note : str
        A sentence on where the estimates are, if that is not in memory.
    """

    table: tuple[Row, ...]
    estimates: tuple[FloatArray, ...]
    base: Recipe
    note: str = ""

    @property
    def best(self) -> Row | None:
        """The row of least error, of least score without a truth, or None where neither is known."""
        return best_of(self.table)

    def estimate(self, row: Row) -> FloatArray:
        """Return the estimate of a row."""
        return self.estimates[self._place(row)]

    def recipe(self, row: Row) -> Recipe:
        """Return the recipe that makes a row's estimate again."""
        self._place(row)
        return self.base.replace(iterations=row.iterations, **row.setting.changes)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table; the file is complete or absent."""
        write_csv(self.table, path)

    def _place(self, row: Row) -> int:
        for place, one in enumerate(self.table):
            if one is row:
                return place
        raise ParameterError("The row is not one of this sweep; take one from its table.")


@dataclass(frozen=True, slots=True, eq=False)
class SweepStep:
    """Where a sweep stands: the detail of its progress.

    Attributes
    ----------
    run, runs : int
        The number of the present run, from 1, and how many there are.
    iteration : int
        Of this run and item; 0 while the score is prepared.
    row : Row or None
        One that has just been finished.
    """

    run: int
    runs: int
    iteration: int
    row: Row | None = None
