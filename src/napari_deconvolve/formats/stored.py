"""What a file says: an array, its axes, distances of samples and their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.image.axes import SPATIAL, letter
from napari_deconvolve.units import canonical, kind

STANDARD_AXES = {1: "X", 2: "YX", 3: "ZYX", 4: "TZYX", 5: "TCZYX"}
NAMELESS_IN_TIFF = "QI"  # what tifffile calls axes of which a file says nothing

Steps = Mapping[str, tuple[float, str]]  # distance of samples and its unit by an axis's letter
TIMES = {"s": "s", "ms": "ms", "sec": "s", "second": "s", "seconds": "s", "min": "min", "minute": "min", "h": "h"}


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """An image of 1 to 5 axes with what its file says of it.

    Each axis is called by one capital letter: T time, C channel, Z, Y, X; others are allowed.
    """

    image: SampledArray
    name: str = ""
    channels: tuple[str, ...] = ()  # names, or empty
    extra: Mapping[str, Any] = field(default_factory=dict)  # that this program stored beside, in plain JSON types
    notes: tuple[str, ...] = ()  # for the reader of the file, in words


def letters_of(image: SampledArray) -> str:
    """Return the axes of a file's image as one text, "TZYX"; those of colours are C."""
    return "".join(name if len(name) == 1 else letter(name) for name in image.axes)


def steps_of(image: SampledArray) -> tuple[float, ...] | None:
    """Return the distances of samples, 1 where only others are known; None when none is."""
    return None if all(step is None for step in image.spacing) else image.steps()


def described(
    data: NDArray[Any],
    axes: str | None,
    spacing: float | Sequence[float] | None,
    units: str | Sequence[str] | None,
    **more: Any,
) -> Stored:
    """Check and complete what a caller says of an array.

    Fewer numbers or units than axes belong to the last axes; a single unit belongs to the axes Z, Y and X.
    """
    letters = _checked_axes(axes, data.ndim)
    steps = None if spacing is None else _checked_spacing(spacing, data.ndim, letters)
    names = _checked_units(units, data.ndim, letters) if steps is not None else ("pixel",) * data.ndim
    return Stored(SampledArray(data, letters, steps or (), names), **more)


def standard_axes(letters: str, ndim: int) -> str:
    """Keep the names that a file gives its axes; those that it does not name get the usual letters for as many."""
    named = [letter for letter in letters if letter not in NAMELESS_IN_TIFF]
    if len(letters) != ndim or len(set(named)) < len(named):
        return STANDARD_AXES[ndim]
    unused = [letter for letter in "XYZTC" if letter not in named][: ndim - len(named)]
    missing = iter(sorted(unused, key="TCZYX".index))
    return "".join(letter if letter in named else next(missing, letter) for letter in letters)


def axis_unit(letter: str, unit: str) -> str:
    """Return the short name of a unit of length or, for T, of time."""
    text = _decoded(unit)
    return TIMES.get(text.strip().lower(), canonical(text)) if letter == "T" else canonical(text)


def known_steps(steps: Steps) -> tuple[Steps, tuple[str, ...]]:
    """Return the steps in units that are known, and notes on the others, which nobody can compare with a PSF's."""
    known = {name: step for name, step in steps.items() if step[1] == "pixel" or kind(step[1])}
    lost: dict[str, list[str]] = {}
    for name, (_, unit) in sorted(steps.items(), key=lambda one: one[0], reverse=True):
        if name not in known:
            lost.setdefault(unit, []).append(name)
    notes = [
        f"its spacing along {', '.join(names)} is left out, as its unit {unit[:40]!r} is not known"
        for unit, names in lost.items()
    ]
    return known, tuple(notes)


def positive(value: object) -> float | None:
    """Take a distance, without its sign, as stacks from the top down have negative ones; None for 0 and no numbers."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    number = abs(float(value))
    return number if np.isfinite(number) and number > 0 else None


def _decoded(unit: str) -> str:
    """Put right a text in UTF-8 that was read letter by letter, as "\u00c2\u00b5m" for "\u00b5m"."""
    try:
        return unit.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return unit


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
