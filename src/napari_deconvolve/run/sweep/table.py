"""The table of a sweep: a row for each setting, with all that is known of its estimate."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari_deconvolve.core.arrays import FloatArray, as_iterations
from napari_deconvolve.core.priors.prior import DEFAULT_STRENGTH, PRIORS, as_prior, as_strength
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.recipe.recipe import Recipe

MOST_SETTINGS = 10_000
MOST_ITERATIONS = 100_000


@dataclass(frozen=True, slots=True)
class Setting:
    """The setting of one run of a sweep: the prior's name, None for none, and its strength, 0 for none."""

    prior: str | None = None
    strength: float = 0.0

    @property
    def changes(self) -> dict[str, Any]:
        """What to replace in a recipe."""
        return {"prior": None} if self.prior is None else {"prior": self.prior, "strength": self.strength}

    def __str__(self) -> str:
        return "no prior" if self.prior is None else f"{self.prior} {self.strength:g}"


@dataclass(frozen=True, slots=True, eq=False)
class Row(Mapping[str, Any]):
    """One setting and how good its estimate is; a mapping of column to value, too."""

    prior: str | None
    strength: float  # of the prior; 0 without
    iterations: int
    mse: float | None = None  # mean squared error against the truth
    psnr: float | None = None  # peak signal-to-noise ratio against the truth, in dB
    ssim: float | None = None  # structural similarity to the truth
    deviance: float = math.nan  # Poisson deviance of the estimate against the data, in counts
    score: float | None = None  # squared error, relative, from the data alone by held-out splits; lower is better
    whiteness: float = math.nan  # of the residual: 0 for white noise, negative where neighbours agree
    flux: float = math.nan  # light of the estimate over that of the data above background

    def __getitem__(self, column: str) -> Any:
        if column not in SWEEP_COLUMNS:
            raise KeyError(column)
        return getattr(self, column)

    def __iter__(self) -> Iterator[str]:
        return iter(SWEEP_COLUMNS)

    def __len__(self) -> int:
        return len(SWEEP_COLUMNS)

    @property
    def setting(self) -> Setting:
        """The setting of the run."""
        return Setting(self.prior, self.strength)


SWEEP_COLUMNS = tuple(one.name for one in dataclasses.fields(Row))


def best_of(rows: Sequence[Row]) -> Row | None:
    """Choose the row of least error, of least score where no truth is known, or none where there is neither."""
    for column in ("mse", "score"):
        known = [row for row in rows if row[column] is not None and math.isfinite(row[column])]
        if known:
            return min(known, key=lambda row: float(row[column]))
    return None


def write_csv(rows: Iterable[Row], path: str | os.PathLike[str]) -> None:
    """Write a table with one line per row; the file is complete or absent."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SWEEP_COLUMNS)
    writer.writerows([_cell(column, row[column]) for column in SWEEP_COLUMNS] for row in rows)
    with replacing(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")


def as_counts(iterations: object) -> tuple[int, ...]:
    """Return a number of iterations or several (a list, a range) in order, each once.

    `ParameterError` is raised for none or too many, and for one that is no whole number from 1 to the most.
    """
    several = [iterations] if isinstance(iterations, (int, str)) or not isinstance(iterations, Iterable) else iterations
    if isinstance(several, range) and several and max(several[0], several[-1]) > MOST_ITERATIONS:
        several = several[-1:]  # not to count them one by one, only to refuse them
    counts = sorted({as_iterations(one) for one in several})
    if not 1 <= len(counts) <= MOST_SETTINGS:
        raise ParameterError(f"There are {len(counts)} numbers of iterations; give 1 to {MOST_SETTINGS} of them.")
    if counts[-1] > MOST_ITERATIONS:
        raise ParameterError(f"The number of iterations is {counts[-1]}; give at most {MOST_ITERATIONS:,}.")
    return tuple(counts)


def as_settings(prior: object, strengths: object) -> tuple[Setting, ...]:
    """Return the settings of all runs: of a prior or its name, and of a strength or several.

    A strength of None or 0 is a run without prior; without strengths it is the prior's own, or the default.
    `ParameterError` is raised for strengths without a prior, and for values that are no prior or no strength.
    """
    own = getattr(prior, "strength", DEFAULT_STRENGTH)
    name = as_prior(getattr(prior, "name", prior))
    many = isinstance(strengths, Iterable) and not isinstance(strengths, str)
    given: list[Any] = list(strengths) if many else [strengths]  # type: ignore[call-overload]
    if name is None:
        if any(one is not None and one != 0 for one in given):
            raise ParameterError(
                f"The strengths are {given!r}, but there is no prior; choose one, such as {next(iter(PRIORS))!r}."
            )
        return (Setting(),)
    absent = [one is None or (not isinstance(one, (str, bool)) and one == 0) for one in given]
    settings = [Setting() if none else Setting(name, as_strength(one)) for one, none in zip(given, absent, strict=True)]
    return tuple(dict.fromkeys(settings)) or (Setting(name, as_strength(own)),)


def _cell(column: str, value: Any) -> str:
    if value is None:
        return "none" if column == "prior" else ""
    return repr(float(value)) if isinstance(value, float) else str(value)


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
    """Where a sweep stands: the detail of its progress."""

    run: int  # from 1
    runs: int
    iteration: int  # of this run and item; 0 while the score is prepared
    row: Row | None = None  # one that has just been finished
