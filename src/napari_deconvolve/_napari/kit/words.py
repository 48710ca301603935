"""How docks write numbers, times and units."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from napari_deconvolve.recipe.fields import parameters
from napari_deconvolve.recipe.recipe import Recipe

_MICRONS = re.compile(r"(?<=\d )um\b|(?<=\d\N{NO-BREAK SPACE})um\b|(?<=\bin )um\b|(?<=\bper )um\b|(?<=\b1/)um\b")
_PARAMETER = re.compile(r"(?:\bthe parameter |--)(?P<name>[a-z][a-z_-]*)")


def in_window(text: str) -> str:
    """Write a sentence of the core as docks do.

    "um" is "µm" where it is a unit: after a number, or after "in", "per" and "1/". A parameter, "the parameter defects"
    or "--iterations", is called as its control.
    """
    return _PARAMETER.sub(_control, _MICRONS.sub("µm", text))


def _control(found: re.Match[str]) -> str:
    known = parameters(Recipe).get(found["name"].replace("-", "_"))
    return found[0] if known is None else f"“{known.label}”"


def duration(seconds: float) -> str:
    """Write a time for people: "less than 1 s", "12 s", "3 min", "1.5 h"."""
    if seconds < 1:
        return "less than 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def backgrounds(values: Iterable[float]) -> str:
    """Write one background, or the range of several, with its unit."""
    known = list(values)
    if not known:
        return "unknown"
    low, high = min(known), max(known)
    text = f"{low:.4g}" if math.isclose(low, high, rel_tol=1e-3) else f"{low:.4g} to {high:.4g}"
    return f"{text} counts"


def number(value: float) -> str:
    """Write a number for people, with three digits that count: "3,810,000", "104", "0.00123"."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}" if digits < 6 else f"{value:.3g}"
