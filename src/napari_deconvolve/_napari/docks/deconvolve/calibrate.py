"""The pixel size of an image, shown in µm and set in place."""

from __future__ import annotations

import re
from typing import Any

from napari_deconvolve._napari.layers.source import read, refusal, space_axes
from napari_deconvolve.units import factor, is_length


def calibrate(image: Any, psf_axes: int, text: str) -> str:
    """Set an image layer's spacing in µm from what was typed; say what is wrong with that, or nothing.

    One number is for all its axes; as many as the PSF has are for those that it acts on, in its order.
    """
    steps, count = _numbers(text), image.ndim
    if len(steps) not in (1, count, psf_axes):
        return f"The pixel size is {text!r}; give {count} positive numbers in µm, with commas."
    source = read(image)
    lengths = space_axes(source, min(3, count))
    axes = range(count) if len(steps) == count else lengths if len(steps) == 1 else space_axes(source, psf_axes)
    given = dict(zip(axes, steps * len(axes) if len(steps) == 1 else steps, strict=True))
    image.scale = [given.get(axis, scale) for axis, scale in enumerate(image.scale)]
    image.units = ["um" if axis in lengths else str(unit) for axis, unit in enumerate(image.units)]
    return ""


def pixel_size(image: Any) -> str:
    """Return the pixel size along z, y and x in µm, as it is typed; empty where the image has none."""
    if image is None or refusal(image):
        return ""
    source = read(image)
    axes = space_axes(source, min(3, image.ndim))
    if source.image.is_uncalibrated(axes) or not all(is_length(source.units[axis]) for axis in axes):
        return ""
    return ", ".join(f"{source.spacing[axis] * factor(source.units[axis], 'um'):.4g}" for axis in axes)


def pixel_axes(image: Any) -> str:
    """Return what the axes of an image's pixel size are called, in its order: "zyx"; empty where there are none."""
    if image is None or refusal(image):
        return ""
    axes = space_axes(read(image), min(3, image.ndim))
    named = [str(image.axis_labels[axis]) for axis in axes]
    return "".join(named) if all(len(name) == 1 for name in named) else "zyx"[-len(axes) :]


def _numbers(text: str) -> list[float]:
    """Read positive numbers with anything between; nothing when one is not a positive number."""
    try:
        found = [float(word) for word in re.split(r"[\s,;×x]+", text.strip())]
    except ValueError:
        return []
    return found if all(0 < number < float("inf") for number in found) else []
