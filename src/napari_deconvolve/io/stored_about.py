"""What a file of this program says of its image, checked: another program or a bad disk may have changed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.run.made import MADE, Made
from napari_deconvolve.schema import Check, listed, mapping, maybe, number, record, text, whole

MOST_ITERATIONS = 1_000_000_000


def _background(value: object, noun: str) -> Any:
    """Take one number, or one for each item."""
    return list(listed(number())(value, noun)) if isinstance(value, list) else number()(value, noun)


KNOWN: Mapping[str, Check] = {
    "iterations": maybe(whole(0, MOST_ITERATIONS)),
    "background": maybe(_background),
    "optics": mapping,
    "branched_from": listed(record({"recipe": mapping, "iterations": whole(0, MOST_ITERATIONS)})),
    "psf": record({}, {"info": mapping, "notes": listed(text)}),
    "image": maybe(text),
    MADE: lambda value, noun: Made.from_dict(value).to_dict(),
}


def sound(extra: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what can be used of the values stored beside an image, and notes on those that are left out."""
    kept, notes = {}, []
    for name, value in extra.items():
        try:
            kept[name] = KNOWN[name](value, f"stored {name}") if name in KNOWN else value
        except ParameterError as error:
            notes.append(f"{str(error).rstrip('.')}, so it is left out")
    return kept, tuple(notes)
