"""Keys of recipes that earlier versions wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_deconvolve.recipe.defects import KEEP
from napari_deconvolve.recipe.kinds import AUTO, Number


def without_dark_noise(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read counts that were added to data and background, the opposite of an offset."""
    if "dark_noise" not in values:
        return values
    rest = {name: value for name, value in values.items() if name != "dark_noise"}
    dark = values["dark_noise"]
    found = {} if dark == AUTO else {"offset": 0.0 - Number().check(dark, "camera offset"), "read_noise": 0.0}
    return {"defects": KEEP, **rest, **found}  # which nobody looked for
