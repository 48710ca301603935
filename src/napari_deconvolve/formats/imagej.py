"""What ImageJ writes beside an image: pixel size, units, and what its numbers mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.formats.printed import is_printed, micrometres_of, pixel_size, printed_note
from napari_deconvolve.formats.stored import Steps, axis_unit, positive
from napari_deconvolve.units import factor, is_length

STRAIGHT_LINE, NO_CALIBRATION = 0, 20  # ImageJ's numbers of functions from raw to calibrated grey values
OF_TAGS = ("inch", "cm")  # units of TIFF's resolution, which ImageJ takes over from files for printing
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")


def imagej_steps(metadata: Mapping[str, Any], page: Any) -> tuple[Steps, tuple[str, ...]]:
    """Return the steps along X, Y, Z and T by an axis's letter, and notes on what is left out.

    ImageJ leaves out a distance of planes of exactly 1, in the unit of the others. A resolution without a unit, in
    inches or centimetres, that is usual on screens and printers is no pixel size.
    """
    unit = unit_of("X", metadata.get("unit", ""))
    steps: dict[str, tuple[float, str]] = {}
    notes: list[str] = []
    for letter, tag in (("X", "XResolution"), ("Y", "YResolution")):
        size, own = pixel_size(page, tag), unit_of(letter, metadata.get(f"{letter.lower()}unit", unit))
        per_inch = 0.0 if size is None else 1 / size * (factor("inch", own) if own in OF_TAGS else 1.0)
        if size is not None and own in ("pixel", *OF_TAGS) and is_printed(per_inch):
            notes.append(printed_note(per_inch))
        elif size is not None and own == "pixel" and micrometres_of(page) is not None:
            steps |= _by_tags(letter, page, size)
        elif size is not None and (own != "pixel" or size != 1):
            steps[letter] = (size, own)
    own = unit_of("Z", metadata.get("zunit", unit))
    if "spacing" in metadata:
        depth = _depth(metadata["spacing"])
        if depth is None:
            notes.append(f"its distance of planes, {str(metadata['spacing'])!r:.20}, is no length, and is left out")
    else:
        depth = 1.0 if is_length(own) and not (own in OF_TAGS and "X" not in steps) else None
    if depth is not None:
        steps["Z"] = (depth, own)
    interval = positive(metadata.get("finterval"))
    if interval is not None:
        steps["T"] = (interval, unit_of("T", metadata.get("tunit", "s")))
    return steps, tuple(dict.fromkeys(notes))


def _depth(given: object) -> float | None:
    """Return a distance of planes, also one that is written with a decimal comma."""
    try:
        return positive(float(given.replace(",", ".")) if isinstance(given, str) else given)
    except ValueError:
        return None


def _by_tags(letter: str, page: Any, size: float) -> Steps:
    """Return a step in micrometres by the tags' unit, inch or centimetre, where ImageJ's own is not given."""
    micrometres = micrometres_of(page)
    known = micrometres is not None and size * micrometres <= factor("inch", "um")
    return {letter: (size * (micrometres or 1.0), "um")} if known else {}


def unit_of(letter: str, text: object) -> str:
    r"""Return the short name of a unit; ImageJ writes letters beyond ASCII as "\u00B5"."""
    return axis_unit(letter, _ESCAPE.sub(lambda found: chr(int(found[1], 16)), str(text)))


def calibrated(data: NDArray[Any], metadata: Mapping[str, Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return the grey values that ImageJ shows, and a note where they are not those in the file.

    Signed numbers of 16 bits lie in files of ImageJ as unsigned ones and a line with the offset -32768. Other straight
    lines are applied too; other functions are only named.
    """
    function, offset, slope = metadata.get("cf"), metadata.get("c0"), metadata.get("c1")
    if function is None or function == NO_CALIBRATION:
        return data, ()
    line = function == STRAIGHT_LINE and _is_number(offset) and _is_number(slope) and slope
    if not line:
        return data, (f"its grey values' calibration, ImageJ's function {function!s:.20}, is not applied",)
    assert isinstance(offset, (int, float))
    assert isinstance(slope, (int, float))
    if slope == 1 and offset == 0:
        return data, ()
    data = np.asarray(data)  # which may have been lazy
    if data.dtype == np.uint16 and slope == 1 and offset == -32768:
        return (data.astype(np.int32) - 32768).astype(np.int16), ("signed numbers: 32768 is taken off, as ImageJ says",)
    shown = data.astype(np.result_type(data.dtype, np.float32)) * slope + offset
    return shown, (f"its grey values are {offset:g} + {slope:g} times the numbers in the file, as ImageJ says",)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and bool(np.isfinite(value))
