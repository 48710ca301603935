"""Names of axes: what files, layers and people call them, and the letter that each stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable

SPATIAL = "ZYX"
OTHER_MEANINGS = {"T": "time", "C": "channels"}
SYNONYMS = {"DEPTH": "Z", "TIME": "T", "CHANNEL": "C", "CHANNELS": "C", "RGB": "C", "RGBA": "C", "LA": "C"}
COLOUR_CHANNELS = ("red", "green", "blue", "alpha")
OPACITY = ("RGBA", "LA")  # names of axes of colours whose last sample is how opaque a pixel is

# What programs put where nobody gave a name: "-3" and "0" (napari), "axis 0", "dim_1" (xarray), "Q" (TIFF).
_NAMELESS = re.compile(r"-?\d+|(?:axis|dim)[ _]?-?\d+|[qQ]|\?")


def letter(name: str) -> str:
    """Return the capital letter or word that a name stands for; empty for an axis without a name.

    "z", "Z" and "depth" are "Z", "time" is "T", "channel" is "C"; any other word is kept, in capitals.
    """
    word = name.strip()
    if not word or _NAMELESS.fullmatch(word):
        return ""
    return SYNONYMS.get(word.upper(), word.upper())


def opacity(name: str, length: int) -> bool:
    """Return whether the last of so many samples along an axis of this name is how opaque a pixel is."""
    word = name.strip().upper()
    return word in OPACITY and length == len(word)


def written(names: Iterable[str], indices: Iterable[int] | None = None) -> str:
    """Write names for a sentence, "T, Y, X", with the number of an axis where it has no name."""
    found = [name or f"axis {number}" for number, name in enumerate(names)]
    return ", ".join(found if indices is None else [found[axis] for axis in indices])
