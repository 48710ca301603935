"""What a result is called: by its method, and what says how far that went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_deconvolve.core.priors.prior import PRIORS

METHOD_NAMES = {"rl": "RL", "rl-gc": "RL-GC", "wiener": "Wiener", "blind": "Blind RL"}


def method_name(method: str, prior: str | None = None) -> str:
    """Return a short name for a layer: "RL", "TV", "RL-GC", "Wiener"."""
    if method == "rl" and prior is not None and prior != "none":
        return PRIORS[prior].short
    return METHOD_NAMES[method]


def ending(recipe: Mapping[str, Any], iterations: int | str) -> str:
    """Say what was done: "RL 20", "TV 10", "Wiener 1e-3".

    Parameters
    ----------
    recipe : mapping
        As `Recipe.to_dict` gives it.
    iterations : int or str
        How many were done, or a word such as "running".
    """
    name, strength = method_name(recipe["method"], recipe.get("prior")), recipe.get("regularization")
    if recipe["method"] != "wiener" or isinstance(iterations, str):
        return f"{name} {iterations}"
    return name if strength is None or isinstance(strength, str) else f"{name} {power_text(strength)}"


def power_text(value: float, places: int = 1) -> str:
    """Write a positive number with few digits and its power of ten: "1e-3", "2.3e-10"."""
    digits, power = f"{value:.{places}e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"
