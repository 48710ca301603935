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

import numpy as np

from napari_deconvolve.core.arrays import FloatArray, as_iterations
from napari_deconvolve.core.model_selection.references import CLEAR
from napari_deconvolve.core.priors.prior import DEFAULT_STRENGTH, PRIORS, as_prior, as_strength
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.image.shown import page
from napari_deconvolve.psf import PSF
from napari_deconvolve.recipe.kinds import AUTO
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.resolution import relative_fwhm
from napari_deconvolve.run.made import ACCOUNT, Made, account

MOST_SETTINGS = 10_000
MOST_ITERATIONS = 100_000
MAX_SIEVE = 3.0  # over the PSF's width


@dataclass(frozen=True, slots=True)
class Setting:
    """The setting of one run of a sweep: the prior's name, its strength, and a sieve over the PSF's width.

    None and 0 stand for none.
    """

    prior: str | None = None
    strength: float = 0.0
    sieve: float = 0.0

    def changes(self, psf: PSF) -> dict[str, Any]:
        """Return what to replace in a recipe, for a sieve over the width of this PSF."""
        changes: dict[str, Any] = {"prior": self.prior}
        if self.prior is not None:
            changes["strength"] = self.strength
        if self.sieve:
            changes["target_fwhm"] = relative_fwhm(psf, self.sieve)
        return changes

    def __str__(self) -> str:
        parts = [] if self.prior is None else [f"{self.prior} {self.strength:g}"]
        parts += [f"sieve {self.sieve:g}"] if self.sieve else []
        return ", ".join(parts) or "no prior"


@dataclass(frozen=True, slots=True, eq=False)
class Row(Mapping[str, Any]):
    """One setting and how good its estimate is; a mapping of column to value, too."""

    prior: str | None
    strength: float  # of the prior; 0 without
    iterations: int
    sieve: float = 0.0  # over the PSF's width; 0 without
    mse: float | None = None  # mean squared error against the truth
    psnr: float | None = None  # peak signal-to-noise ratio against the truth, in dB
    ssim: float | None = None  # structural similarity to the truth
    deviance: float = math.nan  # Poisson deviance of the estimate against the data, in counts
    score: float | None = None  # squared error over the object's square, from the data alone; lower is better
    score_sd: float | None = None  # standard deviation of its difference from the lowest score
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
        return Setting(self.prior, self.strength, self.sieve)


SWEEP_COLUMNS = tuple(one.name for one in dataclasses.fields(Row))


def best_of(rows: Sequence[Row]) -> Row | None:
    """Choose the row of least error, of least score where no truth is known, or none where there is neither.

    By scores, a row with a prior has to be clearly better than all without.
    """
    by_error, by_score = _known(rows, "mse"), _known(rows, "score")
    if by_error or not by_score:
        return by_error[0] if by_error else None
    lowest = by_score[0]
    return next((row for row in by_score if row.prior is None and not _clearly_above(row, lowest)), lowest)


def _known(rows: Sequence[Row], column: str) -> list[Row]:
    """Return the rows where a column has a number, the least first."""
    known = [row for row in rows if row[column] is not None and math.isfinite(row[column])]
    return sorted(known, key=lambda row: float(row[column]))


def _clearly_above(row: Row, lowest: Row) -> bool:
    """Return whether the score of a row is higher than the lowest one by more than chance."""
    return float(row["score"]) - float(lowest["score"]) > CLEAR * float(row["score_sd"] or 0.0)


def recipe_of(row: Row, base: Recipe, psf: PSF) -> Recipe:
    """Return the recipe of a row, for the base of its sweep and the PSF whose width sieves are a share of."""
    return base.replace(iterations=row.iterations, **row.setting.changes(psf))


def write_csv(
    rows: Iterable[Row], path: str | os.PathLike[str], base: Recipe, psf: PSF, made: Made | None = None
) -> None:
    """Write a table with one line per row, and how each was made at its end; the file is complete or absent."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*SWEEP_COLUMNS, *ACCOUNT))
    for row in rows:
        how = account(made, recipe_of(row, base, psf))
        writer.writerow([*(_cell(column, row[column]) for column in SWEEP_COLUMNS), *how.values()])
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


def as_settings(prior: object, strengths: object = (), sieves: object = ()) -> tuple[Setting, ...]:
    """Return the settings of all runs: of priors, of strengths and of sieves, each with each.

    A prior is one or its name, or several; "auto" stands for none and for all that an automatic choice tries. A
    strength or a sieve is one or several; None or 0 is none. Without strengths it is a prior's own, or the default.
    `ParameterError` is raised for strengths without a prior, and for values that are no prior, strength or sieve.
    """
    widths = [_as_sieve(one) for one in _several(sieves)] or [0.0]
    automatic = isinstance(prior, str) and prior == AUTO
    competing = [name for name, kind in PRIORS.items() if kind.competes]
    penalties = [Setting()] if automatic else []
    for one in competing if automatic else _several(prior) or [None]:
        penalties += _penalties(one, _several(strengths))
    return tuple(dict.fromkeys(dataclasses.replace(one, sieve=width) for one in penalties for width in widths))


def _several(given: object) -> list[Any]:
    """Return one value, or each of several."""
    many = isinstance(given, Iterable) and not isinstance(given, str)
    return list(given) if many else [given]  # type: ignore[call-overload]


def _penalties(prior: object, strengths: list[Any]) -> list[Setting]:
    """Return the settings of one prior, or none of it, and of several strengths."""
    own = getattr(prior, "strength", DEFAULT_STRENGTH)
    name = as_prior(getattr(prior, "name", prior))
    if name is None:
        if any(one is not None and one != 0 for one in strengths):
            raise ParameterError(
                f"The strengths are {strengths!r}, but there is no prior; choose one, such as {next(iter(PRIORS))!r}."
            )
        return [Setting()]
    absent = [one is None or (not isinstance(one, (str, bool)) and one == 0) for one in strengths]
    found = [Setting() if no else Setting(name, as_strength(one)) for one, no in zip(strengths, absent, strict=True)]
    return found or [Setting(name, as_strength(own))]


def _as_sieve(value: object) -> float:
    """Accept None, or a width over the PSF's from 0 to `MAX_SIEVE`."""
    number = 0.0 if value is None else value
    real = isinstance(number, (int, float, np.number)) and not isinstance(number, bool)
    if not real or not 0 <= float(number) <= MAX_SIEVE:  # type: ignore[arg-type]
        raise ParameterError(f"The sieve is {value!r}; give a width over the PSF's from 0, none, to {MAX_SIEVE:g}.")
    return float(number)  # type: ignore[arg-type]


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
        One row per setting: by prior, strength and sieve, then by iterations.
    estimates : tuple of ndarray
        In step with the table; read-only, perhaps on disk.
    base : Recipe
        What all settings share.
    note : str
        A sentence on where the estimates are, if that is not in memory.
    psf : PSF
        Whose width sieves are a share of.
    made : Made or None
        By what its rows were made; None where there are none.
    """

    table: tuple[Row, ...]
    estimates: tuple[FloatArray, ...]
    base: Recipe
    note: str
    psf: PSF
    made: Made | None = None

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
        return recipe_of(row, self.base, self.psf)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table, and how each row was made; the file is complete or absent."""
        write_csv(self.table, path, self.base, self.psf, self.made)

    def __repr__(self) -> str:
        """Return it in one line."""
        best = self.best
        good = "" if best is None else f", best {best.setting} at {best.iterations}"
        return f"Sweep({len(self.table)} settings, {self.base.method}{good})"

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        best = self.best
        return page(repr(self), None if best is None else self.estimate(best))

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
