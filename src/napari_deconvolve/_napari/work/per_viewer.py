"""What belongs to a viewer and outlives the docks: one object of a kind for each viewer."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_OF: dict[int, dict[Callable[[Any], Any], Any]] = {}  # by id: models of viewers cannot be hashed


def unwrapped(thing: Any) -> Any:
    """Return the object behind the proxy that napari hands to plugins: of a viewer, and of its layers."""
    return getattr(thing, "__wrapped__", thing)


def of_viewer(viewer: Any, kind: Callable[[Any], T]) -> T:
    """Return a viewer's object of a kind: always the same one, which is forgotten with the viewer."""
    model = unwrapped(viewer)
    key = id(model)
    if key not in _OF:
        _OF[key] = {}
        weakref.finalize(model, _OF.pop, key, None)
    kept = _OF[key]
    if kind not in kept:
        kept[kind] = kind(model)
    found: T = kept[kind]
    return found
