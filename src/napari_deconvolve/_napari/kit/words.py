"""How what the core says is written in docks, where units are those that people write."""

from __future__ import annotations

import re

_MICRONS = re.compile(r"(?<=\d )um\b|(?<=\d\N{NO-BREAK SPACE})um\b|(?<=\bin )um\b|(?<=\bper )um\b|(?<=\b1/)um\b")


def in_microns(text: str) -> str:
    """Write "um" as "µm" where it is a unit: after a number, or after "in", "per" and "1/"."""
    return _MICRONS.sub("µm", text)
