"""What OME-XML says of the detector of each channel: offset and gain.

OME's gain may be counts per photon, decibels or a knob's position; nothing in the file tells which. A value of 0 stands
in many files for one that nobody has set, and counts as missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from napari_deconvolve.formats.ome_optics import number_of

Element = ElementTree.Element

OFFSET, GAIN = "detector_offset", "detector_gain"


def read_detectors(root: Element, image: Element) -> dict[str, Any]:
    """Return ``detector_offset`` and ``detector_gain``, one value per channel, None where one is unknown.

    What was set for a channel goes before what the detector has by itself.
    """
    channels = image.findall("{*}Pixels/{*}Channel")
    known = {one.get("ID"): one for one in root.findall("{*}Instrument/{*}Detector")}
    found: dict[str, Any] = {}
    for name, attribute in ((OFFSET, "Offset"), (GAIN, "Gain")):
        values = [_value(channel.find("{*}DetectorSettings"), known, attribute) for channel in channels]
        if any(value is not None for value in values):
            found[name] = values
    return found


def _value(settings: Element | None, known: Mapping[str | None, Element], attribute: str) -> float | None:
    if settings is None:
        return None
    detector = known.get(settings.get("ID"))
    own = number_of(settings, attribute)
    return own if own is not None or detector is None else number_of(detector, attribute)


def detector_offsets(facts: Mapping[str, Any]) -> tuple[float | None, ...]:
    """Return the detector's offset by channel, or one for all, of what a file says; only numbers above 0."""
    given = facts.get(OFFSET, ())
    values = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    return tuple(float(one) if isinstance(one, (int, float)) and 0 < one < float("inf") else None for one in values)
