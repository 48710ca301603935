"""Choices: one of several names, yes or no; and what is neither, a mapping."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from napari_deconvolve.core.arrays import as_float_dtype
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.kinds.base import NONE, Kind, is_none


@dataclass(frozen=True)
class Choice(Kind):
    """One of several names. Where a name itself is "none", None is kept as it."""

    names: Collection[str]  # or a registry, which is read when it is needed
    none: bool = False  # whether there may be none of them
    words: Collection[str] = ()  # that may stand for a name, such as "auto"

    @property
    def choices(self) -> tuple[str, ...]:
        """All names, "none" and words among them."""
        return (*([NONE] if self.none else []), *self.words, *self.names)

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
        if self.none and is_none(value):
            return None
        name = NONE if value is None and NONE in self.names else value
        if not isinstance(name, str) or (name not in self.names and name not in self.words):
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
class Flag(Kind):
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
class Source(Kind):
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
