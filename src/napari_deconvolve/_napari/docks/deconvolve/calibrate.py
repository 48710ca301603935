"""Giving an image a spacing that it has not."""

from __future__ import annotations

import re
from typing import Any

from napari_deconvolve._napari.layers.source import read, space_axes


def calibrate(image: Any, psf_axes: int, text: str) -> str:
    """Set an image layer's spacing in µm from what was typed; say what is wrong with that, or nothing.

    One number is for all its axes; as many as the PSF has are for those that it acts on, in its order.
    """
    steps, count = _numbers(text), image.ndim
    if len(steps) not in (1, count, psf_axes):
        return f"The spacing is {text!r}; give {count} positive numbers in µm, with commas."
    source = read(image)
    axes = range(count) if len(steps) in (1, count) else space_axes(source, psf_axes)
    given = dict(zip(axes, steps * count if len(steps) == 1 else steps, strict=True))
    image.scale = [given.get(axis, 1.0) for axis in range(count)]
    lengths = space_axes(source, min(3, count))
    image.units = ["um" if axis in lengths else "pixel" for axis in range(count)]
    return ""


def _numbers(text: str) -> list[float]:
    """Read positive numbers with anything between; nothing when one is not a positive number."""
    try:
        found = [float(word) for word in re.split(r"[\s,;×x]+", text.strip())]
    except ValueError:
        return []
    return found if all(0 < number < float("inf") for number in found) else []
