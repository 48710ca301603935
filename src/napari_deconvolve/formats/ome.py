"""OME-XML: what it says of an image's axes, and how ours is written.

OME knows no 1D images, no axes beyond T, C, Z, Y, X, and few units. So the file carries, beside OME's own attributes
for other programs, a map annotation with one JSON text for this one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import numpy as np

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.ome_detector import read_detectors
from napari_deconvolve.formats.ome_optics import number_of, optics_elements, read_optics
from napari_deconvolve.formats.stored import STANDARD_AXES, TIMES, Stored, axis_unit, letters_of, positive, steps_of
from napari_deconvolve.schema import above_zero, listed, mapping, maybe, parsed, record, text, whole

ANNOTATION_KEY = "napari-deconvolve"
OME_UNITS = {
    "pm": "pm", "angstrom": "Å", "nm": "nm", "um": "µm", "mm": "mm", "cm": "cm", "m": "m", "inch": "in",
    "pixel": "pixel",
}  # fmt: skip
ARBITRARY = "reference frame"  # OME's name for a unit that it does not know


@dataclass(frozen=True, slots=True)
class OmeFacts:
    """The content of OME-XML about its first image."""

    steps: Mapping[str, tuple[float, str]] = field(default_factory=dict)  # distance and unit by an axis's letter
    name: str = ""
    channels: tuple[str, ...] = ()  # names; empty when none has one
    own: Mapping[str, Any] | None = None  # as this program wrote it
    damage: str = ""  # why that cannot be used
    optics: Mapping[str, Any] = field(default_factory=dict)  # see `read_optics` and `read_detectors`


def read_ome(xml: str, number: int = 0) -> OmeFacts:
    """Read what OME-XML says of one of its images, counted from 0; raise ``ParseError`` when it is none."""
    root = ElementTree.fromstring(xml)
    images = root.findall("{*}Image")
    image = images[min(number, len(images) - 1)] if images else None
    pixels = None if image is None else image.find("{*}Pixels")
    if image is None or pixels is None:
        return OmeFacts()
    steps = {}
    for letter in "XYZ":
        size = _distance(pixels, f"PhysicalSize{letter}")
        if size is not None:
            unit = pixels.get(f"PhysicalSize{letter}Unit", "µm")
            steps[letter] = (size, "pixel" if unit == ARBITRARY else axis_unit(letter, unit))
    interval = number_of(pixels, "TimeIncrement")
    if interval is not None:
        steps["T"] = (interval, axis_unit("T", pixels.get("TimeIncrementUnit", "s")))
    names = tuple(channel.get("Name", "") for channel in pixels.findall("{*}Channel"))
    own, damage = _own(root)
    return OmeFacts(steps, image.get("Name", ""), names if any(names) else (), own, damage, _facts(root, image))


def _distance(pixels: ElementTree.Element, attribute: str) -> float | None:
    """Return a distance of samples without its sign, as stacks from the top down have negative ones."""
    try:
        return positive(float(pixels.get(attribute, "nan")))
    except ValueError:
        return None


def _facts(root: ElementTree.Element, image: ElementTree.Element) -> dict[str, Any]:
    return {**read_optics(root, image), **read_detectors(root, image)}


def write_ome(stored: Stored) -> tuple[str, dict[str, Any]]:
    """Return the axes for OME, and the metadata from which tifffile writes its XML."""
    image = stored.image
    letters, spacing = ome_axes(letters_of(image)), steps_of(image)
    metadata: dict[str, Any] = {"axes": letters, "Name": _printable(stored.name)}
    if spacing is not None:
        for letter, step, unit in zip(letters[-image.ndim :], spacing, image.units, strict=True):
            metadata |= _step(letter, step, unit)
    channels = _channels(stored, letters)
    if channels:
        metadata["Channel"] = channels
    own = {
        "format": 1,
        "shape": list(image.shape),
        "dtype": image.dtype.name,
        "axes": letters_of(image),
        "spacing": None if spacing is None else list(spacing),
        "units": list(image.units),
        "name": stored.name,
        "channels": list(stored.channels),
        "extra": dict(stored.extra),
    }
    text = json.dumps(own, default=plain, separators=(",", ":"))
    metadata["MapAnnotation"] = {"Namespace": ANNOTATION_KEY, ANNOTATION_KEY: text}
    return letters, metadata


def ome_axes(axes: str) -> str:
    """Name axes as OME can: Y and X last, the others different letters of T, C and Z."""
    if not axes.endswith("YX"):
        return STANDARD_AXES[max(2, len(axes))]
    free = [letter for letter in "TCZ" if letter not in axes]
    return "".join(letter if letter in "TCZYX" else free.pop(0) for letter in axes)


def plain(value: object) -> Any:
    """Turn mappings and numpy's numbers into plain JSON types, for ``json.dumps(..., default=plain)``."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise ParameterError(f"A {type(value).__name__} cannot be stored beside an image; give plain JSON types.")


def _step(letter: str, step: float, unit: str) -> dict[str, Any]:
    if letter == "T":
        return {"TimeIncrement": step, "TimeIncrementUnit": unit} if unit in TIMES else {}
    if letter == "C" or (unit == "pixel" and step == 1):
        return {}
    return {f"PhysicalSize{letter}": step, f"PhysicalSize{letter}Unit": OME_UNITS.get(unit, ARBITRARY)}


def _channels(stored: Stored, letters: str) -> dict[str, Any]:
    """Return the attributes of the channels: names and wavelengths, as far as they are known."""
    optics = stored.extra.get("optics")
    axis = stored.image.find("C")
    count = 1 if axis is None else stored.image.shape[axis]
    plain_axes = axis is not None or "C" not in letters  # else OME's C is another axis of ours
    found = optics_elements(optics, count) if isinstance(optics, Mapping) and plain_axes else {}
    if stored.channels and "C" in letters:
        found["Name"] = [_printable(name) for name in stored.channels]
    return found


def _own(root: ElementTree.Element) -> tuple[Mapping[str, Any] | None, str]:
    """Return what this program wrote about the image, and why it cannot be used where it is damaged."""
    for entry in root.iterfind("{*}StructuredAnnotations/{*}MapAnnotation/{*}Value/{*}M"):
        if entry.get("K") == ANNOTATION_KEY:
            try:
                return OWN(parsed(entry.text or "", "annotation"), "annotation"), ""
            except ParameterError as error:
                return None, f"what this program wrote about it is damaged, and left out: {str(error).rstrip('.')}"
    return None, ""


def _dtype(value: object, noun: str) -> str:
    """Take the name of a type of numbers."""
    try:
        if np.dtype(text(value, noun)).kind in "buif":
            return str(value)
    except (TypeError, ValueError):
        pass
    raise ParameterError(f"The {noun} is {value!r}; it should be a type of numbers.")


OWN = record(
    {
        "shape": listed(whole(1, 1 << 62), 1, 5),
        "dtype": _dtype,
        "axes": text,
        "spacing": maybe(listed(above_zero, 1, 5)),
        "units": listed(text, 1, 5),
        "name": text,
        "channels": listed(text),
        "extra": mapping,
    }
)


def _printable(text: str) -> str:
    """Leave out what XML cannot hold; the JSON text has it all."""
    return "".join(letter for letter in text if letter.isprintable())
