"""The metadata of OME-Zarr 0.5: axes, levels with their scales, and how channels are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.ome_zarr.library import library

# The long names that OME-Zarr has for units of length and time.
LONG_NAMES = {
    "pm": "picometer", "angstrom": "angstrom", "nm": "nanometer", "um": "micrometer", "mm": "millimeter",
    "cm": "centimeter", "m": "meter", "inch": "inch", "as": "attosecond", "fs": "femtosecond", "ps": "picosecond",
    "ns": "nanosecond", "us": "microsecond", "ms": "millisecond", "s": "second", "min": "minute", "h": "hour",
}  # fmt: skip
KINDS = {"T": "time", "C": "channel", "Z": "space", "Y": "space", "X": "space"}
ORDER = "TCZYX"
COLOURS = ("FFFFFF", "00FF00", "FF00FF", "00FFFF", "FFFF00", "FF0000", "0000FF")


@dataclass(frozen=True, slots=True)
class Shown:
    """How one channel is shown.

    Attributes
    ----------
    name : str
        Of the channel; may be empty.
    low, high : float
        Counts that are black and white.
    """

    name: str = ""
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Described:
    """What the metadata of an image say.

    Attributes
    ----------
    axes : str
        One letter each, of T, C, Z, Y, X in this order.
    spacing, units : tuple
        Per axis; "pixel" where no unit is known.
    name : str
        Of the image.
    channels : tuple of Shown
        One per place along C, or a single one.
    """

    axes: str
    spacing: tuple[float, ...]
    units: tuple[str, ...]
    name: str = ""
    channels: tuple[Shown, ...] = field(default_factory=tuple)


def require_order(path: str, axes: str) -> None:
    """Refuse axes that OME-Zarr does not hold in their order."""
    known = [ORDER.find(letter) for letter in axes]
    if -1 in known or known != sorted(known) or not axes.endswith("YX"):
        raise FileError(
            f"{path} cannot hold the axes {axes}: OME-Zarr has T, C, Z, Y and X in this order; name them by --axes, "
            "or turn the image."
        )


def metadata_of(path: str, about: Described, scales: Sequence[Shape]) -> dict[str, Any]:
    """Return the attribute "ome" of an image whose levels are binned so many times along each axis."""
    v05 = library(path, "yaozarrs.v05")
    axes = [_axis(letter, unit) for letter, unit in zip(about.axes, about.units, strict=True)]
    levels = [
        {"path": str(level), "coordinateTransformations": _placed(about, bins)} for level, bins in enumerate(scales)
    ]
    scale = {"name": about.name or None, "axes": axes, "datasets": levels, "type": "mean"}
    image: dict[str, Any] = {"multiscales": [scale]}
    if about.channels:
        image["omero"] = {"channels": [_channel(number, one) for number, one in enumerate(about.channels)]}
    checked = v05.Image.model_validate({"version": "0.5", **image})
    found: dict[str, Any] = checked.model_dump(mode="json", exclude_none=True)
    return found


def _axis(letter: str, unit: str) -> dict[str, str]:
    known = {"name": letter.lower(), "type": KINDS[letter]}
    return known if letter == "C" or unit not in LONG_NAMES else {**known, "unit": LONG_NAMES[unit]}


def _placed(about: Described, bins: Shape) -> list[dict[str, Any]]:
    """Return scale and place of a level: a bin's middle lies half-way between those of its samples."""
    scale = [step * size for step, size in zip(about.spacing, bins, strict=True)]
    shift = [step * (size - 1) / 2 for step, size in zip(about.spacing, bins, strict=True)]
    placed: list[dict[str, Any]] = [{"type": "scale", "scale": scale}]
    return [*placed, {"type": "translation", "translation": shift}] if any(shift) else placed


def _channel(number: int, one: Shown) -> dict[str, Any]:
    window = {"start": one.low, "end": one.high, "min": min(0.0, one.low), "max": one.high}
    colour = COLOURS[number % len(COLOURS)]
    return {"label": one.name or f"channel {number}", "color": colour, "window": window, "active": True}
