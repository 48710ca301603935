"""Names of axes that a person gives an image in place of its file's: frames that are really planes, say."""

from __future__ import annotations

import dataclasses

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.image.axes import SPATIAL
from napari_deconvolve.units import kind

PIXEL = "pixel"


def renamed(image: SampledArray, axes: str) -> tuple[SampledArray, tuple[str, ...]]:
    """Return an image under other names of its axes, and notes on spacings that no longer fit them.

    A step in seconds is none of planes, nor one in micrometres one of time; it is left out.

    Raises
    ------
    ParameterError
        When there are not as many different letters as axes.
    """
    letters = axes.strip().upper()
    different = len(set(letters)) == len(letters) == image.ndim
    if not (different and letters.isascii() and letters.isalpha()):
        now = "".join(one[:1] or "?" for one in image.letters)
        shape = " x ".join(map(str, image.shape))
        raise ParameterError(
            f"The axes are given as {axes!r:.40}, and the image has {image.ndim} ({now}, {shape}); give a different "
            "letter for each, such as ZYX or TZYX."
        )
    spacing, units, notes = list(image.spacing), list(image.units), []
    for axis, name in enumerate(letters):
        if name == image.letters[axis] or spacing[axis] is None or _fits(name, units[axis]):
            continue
        notes.append(f"the {spacing[axis]:.4g} {units[axis]} along {name} are no {_meaning(name)} and are left out")
        spacing[axis], units[axis] = None, PIXEL
    return dataclasses.replace(image, axes=tuple(letters), spacing=tuple(spacing), units=tuple(units)), tuple(notes)


def _fits(name: str, unit: str) -> bool:
    if unit == PIXEL:
        return True
    return kind(unit) == {"T": "time", "C": ""}.get(name, "length" if name in SPATIAL else kind(unit))


def _meaning(name: str) -> str:
    return "step in space" if name in SPATIAL else "step in time" if name == "T" else "step of channels"
