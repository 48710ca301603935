"""Plain values from outside, checked: a file, an annotation or a settings file may hold anything.

A check takes a value and the noun for it in sentences. It returns the value in the type it should have, or raises
`ParameterError`. `record` makes the check of a whole mapping from those of its entries, so that what a stored value may
be is written down once, beside the code that writes it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from napari_deconvolve.errors import ParameterError, shortened

Check: TypeAlias = Callable[[object, str], Any]

LARGEST = 1e300  # of distances and counts: what is larger overflows with the next product
SMALLEST = 1e-300


def parsed(text: str | bytes, noun: str) -> Any:
    """Return what a JSON text holds; raise `ParameterError` for one that is no JSON, or nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"The {noun} is not JSON ({error}).") from None


def text(value: object, noun: str) -> str:
    """Take a text."""
    if isinstance(value, str):
        return value
    raise _refusal(value, noun, "a text")


def flag(value: object, noun: str) -> bool:
    """Take true or false."""
    if isinstance(value, bool):
        return value
    raise _refusal(value, noun, "true or false")


def mapping(value: object, noun: str) -> dict[str, Any]:
    """Take a mapping whose keys are texts."""
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return dict(value)
    raise _refusal(value, noun, "a mapping")


def number(low: float = -LARGEST, high: float = LARGEST) -> Check:
    """Make the check of a finite number in a range."""

    def check(value: object, noun: str) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        raise _refusal(value, noun, f"a number from {low:g} to {high:g}")

    return check


def whole(low: int, high: int) -> Check:
    """Make the check of a whole number in a range."""

    def check(value: object, noun: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise _refusal(value, noun, f"a whole number from {low} to {high}")

    return check


above_zero = number(SMALLEST)


def maybe(check: Check) -> Check:
    """Make the check of a value that may be missing: None stays None."""
    return lambda value, noun: None if value is None else check(value, noun)


def number_or_nan(value: object, noun: str) -> float:
    """Take a number that may be unknown; NaN stands for None, as JSON has no NaN."""
    return math.nan if value is None else float(number()(value, noun))


def plain(value: Any) -> Any:
    """Return plain JSON types: lists for tuples, and None for numbers that are not finite, as JSON has none."""
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def listed(check: Check, least: int = 0, most: int = 1_000_000) -> Check:
    """Make the check of a list whose entries pass a check; it returns a tuple."""

    def checked(value: object, noun: str) -> tuple[Any, ...]:
        if isinstance(value, list | tuple) and least <= len(value) <= most:
            return tuple(check(one, noun) for one in value)
        raise _refusal(value, noun, f"a list of at least {least} entries" if least else "a list")

    return checked


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Make the check of a mapping by name; names beyond those are left as they are, for later versions."""
    known = {**required, **(optional or {})}

    def check(value: object, noun: str) -> dict[str, Any]:
        found = mapping(value, noun)
        missing = sorted(set(required) - set(found))
        if missing:
            raise ParameterError(f"The {noun} holds no {', '.join(missing)}.")
        return {key: known[key](one, f"{noun}'s {key}") if key in known else one for key, one in found.items()}

    return check


def _refusal(value: object, noun: str, wanted: str) -> ParameterError:
    return ParameterError(f"The {noun} is {shortened(repr(value))}; it should be {wanted}.")
