"""Inputs that lie hidden beneath their results: layers that add up would show both at once."""

from __future__ import annotations

import weakref
from typing import Any

ADDING = ("additive", "minimum")  # blendings under which what lies beneath goes on shining through

_COVERED: weakref.WeakSet[Any] = weakref.WeakSet()


def cover(layer: Any, result: Any) -> bool:
    """Hide an input beneath its result where both would add up, and say whether it was hidden just now."""
    hides = str(result.blending) in ADDING and bool(layer.visible)
    if hides:
        _COVERED.add(layer)
        layer.visible = False
    return hides


def uncover(layer: Any) -> None:
    """Show an input again whose result is gone; one that somebody else hid stays hidden."""
    if layer in _COVERED:
        _COVERED.discard(layer)
        layer.visible = True


def is_covered(layer: Any) -> bool:
    """Return whether a layer is hidden by its result alone."""
    if layer.visible:
        _COVERED.discard(layer)
    return layer in _COVERED
