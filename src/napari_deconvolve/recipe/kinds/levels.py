"""A level under an image: a number, a word that stands for it, or a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from napari_deconvolve.core.likelihood.maps import Knots, Surface, as_map
from napari_deconvolve.recipe.kinds.numbers import Number


@dataclass(frozen=True)
class Level(Number):
    """A number, a word such as "auto", or one number per sample."""

    @property
    def takes_file(self) -> bool:
        """Return True: one number per sample comes from a file."""
        return True

    @property
    def metavar(self) -> str:
        """A letter, a file, and the words."""
        return "|".join(("X", "FILE", *self.words))

    @property
    def range(self) -> str:
        """The numbers, the words, and a map."""
        return f"{super().range}, a map"

    def check(self, value: object, noun: str) -> Any:
        """Return the number, the word or the map."""
        several = isinstance(value, (Mapping, list, tuple, Surface, Knots)) or len(getattr(value, "shape", ())) > 0
        return as_map(value) if several else super().check(value, noun)

    def plain(self, value: Any) -> Any:
        """Return a dictionary for a map."""
        return value.to_dict() if hasattr(value, "to_dict") else value

    def text(self, value: Any) -> str:
        """Return the number or the word; a map has no short text."""
        return "a map" if hasattr(value, "to_dict") else super().text(value)
