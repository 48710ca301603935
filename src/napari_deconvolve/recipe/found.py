"""What a recipe keeps beside its numbers: on which image they were found, and what was asked in their place.

A recipe that repeats a run holds numbers where "auto" was asked. They are those of one image: `found_on` says of which,
by a digest, and what the recipe asks of any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.kinds import Source

IMAGE, ASKED = "image", "asked"


class FoundOn(Source):
    """A mapping with the digest of an image, `IMAGE`, and the values that were `ASKED`, by field; or None."""

    range = "a mapping, none"

    def check(self, value: object, noun: str) -> Mapping[str, Any] | None:
        """Return a mapping that cannot be changed; None also where nothing else was asked."""
        known = super().check(value, noun)
        if known is None:
            return None
        image, asked = known.get(IMAGE), known.get(ASKED)
        if set(known) != {IMAGE, ASKED} or not isinstance(image, str) or not isinstance(asked, Mapping):
            raise ParameterError(
                f"The {noun} does not hold the digest of an image and what was asked; leave it out to keep the numbers."
            )
        return MappingProxyType({IMAGE: image, ASKED: MappingProxyType(dict(asked))}) if asked else None

    def plain(self, value: Any) -> Any:
        """Return a dictionary."""
        return None if value is None else {IMAGE: value[IMAGE], ASKED: dict(value[ASKED])}


def without(known: Mapping[str, Any] | None, names: Collection[str]) -> Mapping[str, Any] | None:
    """Return what was found on an image apart from some fields, whose values are asked now."""
    if known is None:
        return None
    return {**known, ASKED: {name: value for name, value in known[ASKED].items() if name not in names}}
