"""What a result is called: by its method, and by how far that went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_deconvolve.recipe.method import traits_of


def ending(recipe: Mapping[str, Any], iterations: int | str) -> str:
    """Return the end of a result's name: "RL 20", "TV 10", "Wiener 1e-3"; see `MethodTraits.ending`."""
    return traits_of(recipe).ending(recipe, iterations)


def power_text(value: float, places: int = 1) -> str:
    """Write a positive number with few digits and its power of ten: "1e-3", "2.3e-10"."""
    digits, power = f"{value:.{places}e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"
