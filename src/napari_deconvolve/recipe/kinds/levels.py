"""A quantity of each sample of an image: a number, a word that stands for it, or a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve.core.likelihood.maps import Knots, Map, MapSamples, Surface, as_map
from napari_deconvolve.errors import ParameterError
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
        return self._within(as_map(value, noun), noun) if several else super().check(value, noun)

    def _within(self, given: Map, noun: str) -> Map:
        """Refuse a map of numbers that are not allowed."""
        values = given.data if isinstance(given, MapSamples) else given.values(given.lengths)
        least = float(np.min(values))
        if self._holds(least):
            return given
        many = int(np.count_nonzero(values <= least))
        where = "1 sample" if many == 1 else f"{many} samples"
        raise ParameterError(f"The {noun} is {least:.4g} in {where}; give a number{self._bounds} in each.")

    def plain(self, value: Any) -> Any:
        """Return a dictionary for a map."""
        return value.to_dict() if hasattr(value, "to_dict") else value

    def text(self, value: Any) -> str:
        """Return the number or the word; a map has no short text."""
        return "a map" if hasattr(value, "to_dict") else super().text(value)
