"""The names that a formula may use: coordinates, constants and functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

FORMULA_COORDINATES = ("x", "y", "z")
FORMULA_CONSTANTS = {"pi": np.pi, "e": np.e}


def _special(name: str) -> Callable[[Values], Values]:
    def function(values: Values) -> Values:
        from scipy import special

        return getattr(special, name)(values)  # type: ignore[no-any-return]

    return function


UNARY_FUNCTIONS: dict[str, Callable[[Values], Values]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "ln": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "erf": _special("erf"),
    "j0": _special("j0"),
    "j1": _special("j1"),
}
VARIADIC_FUNCTIONS: dict[str, Callable[[Values, Values], Values]] = {"min": np.minimum, "max": np.maximum}
FORMULA_FUNCTIONS = (*UNARY_FUNCTIONS, *VARIADIC_FUNCTIONS)
"""The functions that a formula may call: of one value, and ``min`` and ``max`` of two or more."""


def quoted(text: str) -> str:
    """Return a text in quotes for a message, cut after 40 characters."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
