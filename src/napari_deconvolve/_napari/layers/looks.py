"""How a layer is drawn, in plain JSON types, so that a file can keep it and a new layer take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NUMBERS = ("gamma", "opacity")


def stored_looks(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return colours, contrast and blending of a layer's attributes, as they are stored in files."""
    looks: dict[str, Any] = {name: float(meta[name]) for name in NUMBERS if meta.get(name) is not None}
    if meta.get("contrast_limits") is not None:
        looks["contrast_limits"] = [float(limit) for limit in meta["contrast_limits"]]
    if meta.get("blending") is not None:
        looks["blending"] = str(meta["blending"])
    colormap = meta.get("colormap")
    name = colormap.get("name") if isinstance(colormap, Mapping) else getattr(colormap, "name", colormap)
    return {**looks, "colormap": str(name)} if name else looks


def keywords_of(looks: object) -> dict[str, Any]:
    """Return what was stored as keywords for a new layer; what this napari does not know is left out."""
    from napari.layers.base._base_constants import Blending
    from napari.utils.colormaps import AVAILABLE_COLORMAPS

    if not isinstance(looks, Mapping):
        return {}
    found = {name: looks[name] for name in NUMBERS if isinstance(looks.get(name), (int, float))}
    limits = looks.get("contrast_limits")
    if isinstance(limits, list) and len(limits) == 2 and all(isinstance(one, (int, float)) for one in limits):
        found |= {"contrast_limits": tuple(limits)} if limits[0] < limits[1] else {}
    if looks.get("blending") in {str(one) for one in Blending}:
        found["blending"] = looks["blending"]
    if looks.get("colormap") in AVAILABLE_COLORMAPS:
        found["colormap"] = looks["colormap"]
    return found
