"""Giving the axes of an image names: a PSF acts on z, y and x, wherever they lie."""

from __future__ import annotations

import re
from typing import Any


def name_axes(image: Any, text: str) -> str:
    """Name an image layer's axes as it was typed, "t, y, x" or "tyx"; say what is wrong with that, or nothing."""
    names = [name for name in re.split(r"[\s,;]+", text.strip()) if name]
    if len(names) == 1 and len(names[0]) == image.ndim:
        names = list(names[0])
    if len(names) != image.ndim:
        example = ", ".join("tczyx"[-image.ndim :])
        return f"The axes are {text!r}; give {image.ndim} names with commas, such as {example}."
    if len({name.lower() for name in names}) < len(names):
        return f"The axes are {text!r}; give each axis another name."
    image.axis_labels = tuple(names)
    return ""
