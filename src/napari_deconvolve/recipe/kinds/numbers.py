"""Numbers: one, or one per axis, or words that stand for them."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.kinds.base import NONE, Kind, is_none


@dataclass(frozen=True)
class Number(Kind):
    """A finite number, or a word such as "auto"."""

    low: float = -math.inf  # bounds that are allowed themselves
    high: float = math.inf
    above: float | None = None  # a lower bound that is not allowed itself
    whole: bool = False  # whether it has no fraction
    words: Collection[str] = ()  # that may stand for the number, such as names of rules by which it is found
    none: bool = False  # whether there may be no number
    span: tuple[float | None, float | None] = (None, None)  # that forms offer, where it is narrower
    usual: float = 1.0  # where forms go from a word

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

    @property
    def offered(self) -> tuple[float | None, float | None]:
        """The span, or else the bounds."""
        low, high = self.span
        return (
            _finite((self.low if self.above is None else self.above) if low is None else low),
            _finite(self.high if high is None else high),
        )

    def check(self, value: object, noun: str) -> Any:
        """Return a float, an int if it is a whole number, a word, or None."""
        if isinstance(value, str) and value in self.words:
            return value
        if self.none and is_none(value):
            return None
        if self._holds(value):
            return int(value) if self.whole else float(value)  # type: ignore[call-overload,arg-type]
        raise ParameterError(f"The {noun} is {value!r}; give {self._wanted(value)}.")

    def _holds(self, value: object) -> bool:
        """Return whether a value is a real, finite number within the bounds, and whole if need be; True is none."""
        kinds = (int, np.integer) if self.whole else (int, float, np.integer, np.floating)
        number = float(value) if isinstance(value, kinds) and not isinstance(value, bool) else math.nan
        within = self.low <= number <= self.high and (self.above is None or number > self.above)
        return within and math.isfinite(number)

    def _wanted(self, value: object) -> str:
        kind = "a whole number" if self.whole else "a number"
        if isinstance(value, (float, np.floating)) and not math.isfinite(value):
            kind = "a finite number"
        return _listed([f"{kind}{self._bounds}", *_quoted(self.words), *(["None"] if self.none else [])])

    def parse(self, text: str) -> object:
        """Read a number or a word."""
        return _number_or_text(text, self.whole)


@dataclass(frozen=True)
class PerAxis(Kind):
    """A number for all axes or one per axis, or a word such as "auto"."""

    most: int  # number of axes
    low: float = -math.inf  # bound that is allowed itself
    above: float | None = None  # a lower bound that is not allowed itself
    words: Collection[str] = ()  # that may stand for the numbers
    absent: float | None = None  # what None is kept as

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

    @property
    def offered(self) -> tuple[float | None, float | None]:
        """The bounds of each number."""
        return self._one.offered

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
            each = f"a number{self._one._bounds}"
            wanted = _listed([each, f"one per axis ({self.most} at most)", *_quoted(self.words)])
            raise ParameterError(f"The {noun} is {value!r}; give {wanted}.")
        return found if several else found[0]

    def parse(self, text: str) -> object:
        """Read numbers with commas between, or a word."""
        found = [_number_or_text(part, whole=False) for part in text.split(",")]
        if any(isinstance(one, str) for one in found):
            return text
        return found[0] if len(found) == 1 else tuple(found)

    def plain(self, value: Any) -> Any:
        """Return a list for a tuple."""
        return list(value) if isinstance(value, tuple) else value


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


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
