"""Giving an image a spacing that it has not."""

from __future__ import annotations

import re
from typing import Any


def calibrate(image: Any, psf_axes: int, text: str) -> str:
    """Set an image layer's spacing in µm from what was typed; say what is wrong with that, or nothing.

    Parameters
    ----------
    image : napari layer
        One number is for all its axes; as many as the PSF has are for the last ones.
    psf_axes : int
        Axes of the PSF.
    text : str
        Positive numbers with anything between.
    """
    steps, count = _numbers(text), image.ndim
    if len(steps) not in (1, count, psf_axes):
        return f"The spacing is {text!r}; give {count} positive numbers in µm, with commas."
    steps = steps * count if len(steps) == 1 else [1.0] * (count - len(steps)) + steps
    image.scale = steps
    image.units = ["um" if index >= count - 3 else "pixel" for index in range(count)]
    return ""


def _numbers(text: str) -> list[float]:
    """Read positive numbers with anything between; nothing when one is not a positive number."""
    try:
        found = [float(word) for word in re.split(r"[\s,;×x]+", text.strip())]
    except ValueError:
        return []
    return found if all(0 < number < float("inf") for number in found) else []
