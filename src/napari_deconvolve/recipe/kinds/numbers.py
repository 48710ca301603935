"""Numbers: one, or one per axis, or words that stand for them."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.kinds.base import NONE, PlainKind, is_none


@dataclass(frozen=True)
class Number(PlainKind):
    """A finite number, or a word such as "auto".

    Attributes
    ----------
    low, high : float
        Bounds that are allowed themselves.
    above : float or None
        A lower bound that is not allowed itself.
    whole : bool
        Whether it has no fraction.
    words : collection of str
        Words that may stand for the number, such as names of rules by which it is found.
    none : bool
        Whether there may be no number.
    span : tuple of float, optional
        Range that forms offer, where it is narrower than what is allowed.
    usual : float
        Where forms go from a word.
    """

    low: float = -math.inf
    high: float = math.inf
    above: float | None = None
    whole: bool = False
    words: Collection[str] = ()
    none: bool = False
    span: tuple[float | None, float | None] = (None, None)
    usual: float = 1.0

    @property
    def metavar(self) -> str:
        """A letter, and the words."""
        return "|".join(("N" if self.whole else "X", *self.words, *([NONE] if self.none else [])))

    @property
    def range(self) -> str:
        """The bounds, and the words."""
        bounds = f"whole numbers{self._bounds}" if self.whole else self._bounds.strip().removeprefix("of ")
        return ", ".join((bounds or "any number", *self.words, *([NONE] if self.none else [])))

    @property
    def _bounds(self) -> str:
        """Return the bounds in words, with a space before them."""
        if self.above is not None:
            return f" above {self.above:g}" + (f" and at most {self.high:g}" if self.high < math.inf else "")
        if self.low == -math.inf:
            return ""
        return f" of at least {self.low:g}" if self.high == math.inf else f" from {self.low:g} to {self.high:g}"

    def check(self, value: object, noun: str) -> Any:
        """Return a float, an int if it is a whole number, a word, or None."""
        if isinstance(value, str) and value in self.words:
            return value
        if self.none and is_none(value):
            return None
        if is_number(value, self.whole) and self._within(float(value)):  # type: ignore[arg-type]
            return int(value) if self.whole else float(value)  # type: ignore[call-overload,arg-type]
        raise ParameterError(f"The {noun} is {value!r}; give {self._wanted(value)}.")

    def _within(self, value: float) -> bool:
        return self.low <= value <= self.high and (self.above is None or value > self.above)

    def _wanted(self, value: object) -> str:
        kind = "a whole number" if self.whole else "a number"
        if isinstance(value, (float, np.floating)) and not math.isfinite(value):
            kind = "a finite number"
        return _listed([f"{kind}{self._bounds}", *_quoted(self.words), *(["None"] if self.none else [])])

    def parse(self, text: str) -> object:
        """Read a number or a word."""
        return _number_or_text(text, self.whole)


@dataclass(frozen=True)
class PerAxis(PlainKind):
    """A number for all axes or one per axis, or a word such as "auto".

    Attributes
    ----------
    most : int
        How many axes there may be.
    low : float
        Bound that is allowed itself.
    above : float or None
        A lower bound that is not allowed itself.
    words : collection of str
        Words that may stand for the numbers.
    absent : float or None
        What None is kept as.
    """

    most: int
    low: float = -math.inf
    above: float | None = None
    words: Collection[str] = ()
    absent: float | None = None

    @property
    def metavar(self) -> str:
        """The axes, and the words."""
        return "|".join(("X", "Z,Y,X", *self.words))

    @property
    def range(self) -> str:
        """The bounds, and the words."""
        return ", ".join((f"{self._one.range}: one, or one per axis", *self.words, NONE))

    @property
    def _one(self) -> Number:
        return Number(low=self.low, above=self.above)

    def check(self, value: object, noun: str) -> Any:
        """Return a float, a tuple of floats, a word, or what None is kept as."""
        if isinstance(value, str) and value in self.words:
            return value
        if is_none(value):
            return self.absent
        several = isinstance(value, (list, tuple, np.ndarray))
        numbers: list[Any] = list(value) if several else [value]  # type: ignore[call-overload]
        try:
            found = tuple(self._one.check(number, noun) for number in numbers)
        except ParameterError:
            found = ()
        if not 1 <= len(found) <= self.most:
            raise ParameterError(f"The {noun} is {value!r}; give {self._wanted()}.")
        return found if several else found[0]

    def _wanted(self) -> str:
        each = f"a number{self._one._bounds}"
        return _listed([each, f"one per axis ({self.most} at most)", *_quoted(self.words)])

    def parse(self, text: str) -> object:
        """Read numbers with commas between, or a word."""
        found = [_number_or_text(part, whole=False) for part in text.split(",")]
        if any(isinstance(one, str) for one in found):
            return text
        return found[0] if len(found) == 1 else tuple(found)

    def plain(self, value: Any) -> Any:
        """Return a list for a tuple."""
        return list(value) if isinstance(value, tuple) else value


def is_number(value: object, whole: bool = False) -> bool:
    """Return whether a value is a real, finite number, and a whole one if that is asked for; True is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return isinstance(value, (int, np.integer)) if whole else math.isfinite(value)


def _number_or_text(text: str, whole: bool) -> float | str:
    for kind in (int, float) if whole else (float,):
        try:
            return kind(text)
        except ValueError:
            continue
    return text.strip()


def _quoted(words: Collection[str]) -> list[str]:
    """Return a single word in quotes, or several behind "one of"."""
    return [f"one of {', '.join(words)}"] if len(words) > 1 else [repr(word) for word in words]


def _listed(parts: Collection[str]) -> str:
    """Write several, the last after an "or": "a, b, or c"."""
    *first, last = parts
    return f"{', '.join(first)}, or {last}" if first else last
