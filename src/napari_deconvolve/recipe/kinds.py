"""Kinds of parameters: which values one takes, how they are kept, written as text and read from it.

"auto" and None are spelt in one way everywhere: the words "auto" and "none" as text, `"auto"` and None as values. A
kind whose None is a value of its own (a width of 0, the symmetry "none") names it as `absent`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

import numpy as np

from napari_deconvolve.core.arrays import as_float_dtype
from napari_deconvolve.errors import ParameterError

AUTO = "auto"
NONE = "none"  # None as text

Auto: TypeAlias = str  # the word "auto", which no signature tells from other words


class Kind(Protocol):
    """What a parameter needs to know of its values."""

    @property
    def metavar(self) -> str:
        """What stands for the value in the help of the command line; empty where there is no option."""

    @property
    def range(self) -> str:
        """All values, for tables."""

    @property
    def meanings(self) -> str:
        """What each choice means, for help texts; empty where there is none."""

    def check(self, value: object, noun: str) -> Any:
        """Return a value as it is kept; raise `ParameterError` in a sentence on "the noun" if it does not fit."""

    def parse(self, text: str) -> object:
        """Return the value that a text means; what cannot be read is returned as it is, for `check` to refuse."""

    def text(self, value: Any) -> str:
        """Return the text that means a value."""

    def plain(self, value: Any) -> Any:
        """Return a value that fits in JSON types."""


class _Kind:
    """What most kinds do."""

    @property
    def meanings(self) -> str:
        """Nothing."""
        return ""

    def parse(self, text: str) -> object:
        """Return the text."""
        return text

    def text(self, value: Any) -> str:
        """Return the value's own text, or "none"."""
        return NONE if value is None else str(value)

    def plain(self, value: Any) -> Any:
        """Return the value."""
        return value


@dataclass(frozen=True)
class Number(_Kind):
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
        if self.none and _is_none(value):
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
class PerAxis(_Kind):
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
        if _is_none(value):
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


@dataclass(frozen=True)
class Choice(_Kind):
    """One of several names.

    Attributes
    ----------
    names : collection of str
        Those there are: also a registry, which is read when it is needed.
    none : bool
        Whether there may be none of them. Where a name itself is "none", None is kept as it.
    """

    names: Collection[str]
    none: bool = False

    @property
    def choices(self) -> tuple[str, ...]:
        """All names, "none" among them."""
        return (NONE, *self.names) if self.none else tuple(self.names)

    @property
    def meanings(self) -> str:
        """What each name of a registry means: "tikhonov, smooth; hessian, slopes and threads"."""
        known = self.names.items() if isinstance(self.names, Mapping) else ()
        return "; ".join(f"{name}, {one.meaning}" for name, one in known)

    @property
    def metavar(self) -> str:
        """A word, and "none"."""
        return f"NAME|{NONE}" if self.none else "NAME"

    @property
    def range(self) -> str:
        """The names."""
        return ", ".join(self.choices)

    def check(self, value: object, noun: str) -> Any:
        """Return the name, or None."""
        if self.none and _is_none(value):
            return None
        name = NONE if value is None and NONE in self.names else value
        if not isinstance(name, str) or name not in self.names:
            raise ParameterError(f"The {noun} is {value!r}; choose one of {', '.join(self.choices)}.")
        return name


@dataclass(frozen=True)
class Precision(Choice):
    """The name of a type of floating numbers; numpy's types may stand for their names."""

    names: Collection[str] = ("float32", "float64")

    def check(self, value: object, noun: str) -> str:
        """Return the name."""
        return as_float_dtype(value).name


@dataclass(frozen=True)
class Flag(_Kind):
    """Yes or no."""

    metavar: str = "YES"
    range: str = "yes or no"

    def check(self, value: object, noun: str) -> bool:
        """Return True or False."""
        if not isinstance(value, (bool, np.bool_)):
            raise ParameterError(f"The {noun} is {value!r}; give True or False.")
        return bool(value)

    def parse(self, text: str) -> object:
        """Read yes or no."""
        return {"yes": True, "no": False}.get(text, text)

    def text(self, value: Any) -> str:
        """Return yes or no."""
        return "yes" if value else "no"


@dataclass(frozen=True)
class Source(_Kind):
    """How something can be made again, as a mapping; or None."""

    metavar: str = ""
    range: str = "a mapping, none"

    def check(self, value: object, noun: str) -> Mapping[str, Any] | None:
        """Return a mapping that cannot be changed, or None."""
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise ParameterError(f"The {noun} is a {type(value).__name__}; give a mapping, or None (null in JSON).")
        return MappingProxyType(dict(value))

    def plain(self, value: Any) -> Any:
        """Return a dictionary."""
        return None if value is None else dict(value)


def is_number(value: object, whole: bool = False) -> bool:
    """Return whether a value is a real, finite number, and a whole one if that is asked for; True is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return isinstance(value, (int, np.integer)) if whole else math.isfinite(value)


def _is_none(value: object) -> bool:
    return value is None or (isinstance(value, str) and value == NONE)


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
