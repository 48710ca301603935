"""Resolution tags of TIFF: pixel sizes, or how large somebody once wanted a picture printed."""

from __future__ import annotations

from typing import Any

import numpy as np

MICROMETRES = {2: 25_400.0, 3: 10_000.0, 4: 1_000.0, 5: 1.0}  # by ResolutionUnit: inch, centimetre, mm, um
PRINTED = (72, 75, 90, 96, 100, 120, 144, 150, 180, 200, 220, 240, 300, 350, 360, 400, 600, 720, 1200, 2400)  # per inch
SAME = 2e-3  # relative
PLAUSIBLE_UM = (1e-5, 20.0)  # pixels of plain files: larger ones are those of screens


def is_printed(per_unit: float) -> bool:
    """Return whether so many pixels per inch, or per a centimetre, are usual on screens and in print."""
    return any(abs(per_unit / usual - 1) < SAME for usual in PRINTED)


def printed_note(per_inch: float) -> str:
    """Say that a resolution is no pixel size."""
    return f"its resolution, {per_inch:.4g} pixels per inch, is one for printing and no pixel size"


def micrometres_of(page: Any) -> float | None:
    """Return the length of the unit of a page's resolution; None where it has none."""
    tag = page.tags.get("ResolutionUnit")
    value = None if tag is None else tag.value
    return MICROMETRES.get(int(value)) if isinstance(value, int) else None


def pixel_size(page: Any, name: str) -> float | None:
    """Return the size of a pixel in the unit of a page's resolution; None where it is not given."""
    tag = page.tags.get(name)
    if tag is None or not np.ndim(tag.value) or len(tag.value) != 2:
        return None
    samples, length = tag.value
    return length / samples if samples > 0 and length > 0 else None


def plain_steps(page: Any) -> tuple[dict[str, tuple[float, str]], tuple[str, ...]]:
    """Return the pixel size by the resolution tags along X and Y, and notes on those that are for printing."""
    micrometres = micrometres_of(page)
    steps: dict[str, tuple[float, str]] = {}
    notes: list[str] = []
    for letter, name in (("X", "XResolution"), ("Y", "YResolution")):
        size = pixel_size(page, name)
        if micrometres is None or size is None:
            continue
        um = size * micrometres
        per_inch = MICROMETRES[2] / um
        if is_printed(per_inch):
            notes.append(printed_note(per_inch))
        elif PLAUSIBLE_UM[0] <= um <= PLAUSIBLE_UM[1]:
            steps[letter] = (float(f"{um:.9g}"), "um")
        elif size != 1:
            notes.append(f"its resolution, pixels of {um:.4g} um, is taken for one for printing")
    return steps, tuple(dict.fromkeys(notes))
