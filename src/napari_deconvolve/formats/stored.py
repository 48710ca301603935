"""What a file says: an array, its axes, distances of samples and their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.units import canonical

STANDARD_AXES = {1: "X", 2: "YX", 3: "ZYX", 4: "TZYX", 5: "TCZYX"}
SPATIAL = "ZYX"
TIMES = {"s": "s", "ms": "ms", "sec": "s", "second": "s", "seconds": "s", "min": "min", "minute": "min", "h": "h"}


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """An array with what a file tells of it.

    Attributes
    ----------
    data : ndarray
        Of 1 to 5 axes.
    axes : str
        One capital letter per axis: T time, C channel, Z, Y, X; others are allowed.
    spacing : tuple of float or None
        Distance of samples per axis, 1 where it is not known; None when the file says nothing.
    units : tuple of str
        One per axis, "pixel" where nothing is known.
    name : str
        Of the image, or empty.
    channels : tuple of str
        Names of channels, or empty.
    extra : mapping
        What this program stored beside the image, in plain JSON types.
    notes : tuple of str
        What the reader of the file should know, in words.
    """

    data: NDArray[Any]
    axes: str
    spacing: tuple[float, ...] | None = None
    units: tuple[str, ...] = ()
    name: str = ""
    channels: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.units:
            object.__setattr__(self, "units", ("pixel",) * self.data.ndim)


def described(
    data: NDArray[Any],
    axes: str | None,
    spacing: float | Sequence[float] | None,
    units: str | Sequence[str] | None,
    **more: Any,
) -> Stored:
    """Check and complete what a caller says of an array.

    Fewer numbers or units than axes belong to the last axes; a single unit belongs to the axes Z, Y and X.

    Raises
    ------
    ParameterError
        When numbers of axes do not agree, or a distance is not positive.
    """
    letters = _checked_axes(axes, data.ndim)
    steps = None if spacing is None else _checked_spacing(spacing, data.ndim, letters)
    names = _checked_units(units, data.ndim, letters) if steps is not None else ("pixel",) * data.ndim
    return Stored(data, letters, steps, names, **more)


def standard_axes(letters: str, ndim: int) -> str:
    """Keep letters that are all known and different; else name the axes as is usual for as many."""
    known = len(letters) == ndim and len(set(letters)) == ndim and set(letters) <= set("TCZYX")
    return letters if known else STANDARD_AXES[ndim]


def axis_unit(letter: str, unit: str) -> str:
    """Return the short name of a unit of length or, for T, of time."""
    return TIMES.get(unit.strip().lower(), canonical(unit)) if letter == "T" else canonical(unit)


def _checked_axes(axes: str | None, ndim: int) -> str:
    if not 1 <= ndim <= 5:
        raise ParameterError(f"The image has {ndim} axes; a file holds 1 to 5.")
    if axes is None:
        return STANDARD_AXES[ndim]
    letters = axes.upper()
    if len(letters) != ndim or len(set(letters)) != ndim or not (letters.isascii() and letters.isalpha()):
        raise ParameterError(f"The axes are {axes!r}; give {ndim} different letters, such as {STANDARD_AXES[ndim]!r}.")
    return letters


def _checked_spacing(spacing: float | Sequence[float], ndim: int, letters: str) -> tuple[float, ...]:
    given = [float(value) for value in np.atleast_1d(np.asarray(spacing, np.float64))]
    if np.ndim(spacing) == 0:
        given = [given[0] if letter in SPATIAL else 1.0 for letter in letters]
    if len(given) > ndim or not all(np.isfinite(value) and value > 0 for value in given):
        raise ParameterError(f"The spacing is {spacing!r}; give at most {ndim} positive numbers, one per axis.")
    return (1.0,) * (ndim - len(given)) + tuple(given)


def _checked_units(units: str | Sequence[str] | None, ndim: int, letters: str) -> tuple[str, ...]:
    if units is None:
        return ("pixel",) * ndim
    if isinstance(units, str):
        return tuple(canonical(units) if letter in SPATIAL else "pixel" for letter in letters)
    if len(units) > ndim:
        raise ParameterError(f"The units are {tuple(units)!r}; give at most {ndim}, one per axis.")
    given = ("pixel",) * (ndim - len(units)) + tuple(units)
    return tuple(axis_unit(letter, unit) for letter, unit in zip(letters, given, strict=True))
