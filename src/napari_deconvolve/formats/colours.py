"""Colour as channels: which samples of a pixel are light, and which are how opaque it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from napari_deconvolve.image.axes import COLOUR_CHANNELS

ALPHA = "alpha"
COUNTED = ("MINISBLACK", "MINISWHITE", "PALETTE", "RGB", "CFA", "LINEAR_RAW")  # whose samples are amounts of light
DECODED = ("JPEG", "OJPEG", "JPEG2000", "JPEGXL", "WEBP", "JPEGXR")  # compressions that give RGB, whatever they hold
OPAQUE = ("ASSOCALPHA", "UNASSALPHA")


def channels_of_samples(page: Any) -> tuple[str, ...]:
    """Return the names of the samples of a TIFF page's pixels; empty for one, or for several that have no names.

    The fourth sample beside red, green and blue is how opaque a pixel is, where the file does not say either.
    """
    count = int(page.samplesperpixel)
    extra = [getattr(one, "name", "") for one in page.extrasamples or ()]
    if is_colour(page):
        return COLOUR_CHANNELS[:count] if count in (3, 4) else ()
    return ("grey", ALPHA) if count == 2 and extra and extra[-1] in OPAQUE else ()


def is_colour(page: Any) -> bool:
    """Return whether a page's pixels have red, green and blue, as they are read."""
    kind = photometric(page)
    return page.samplesperpixel >= 3 and (kind == "RGB" or (kind == "YCBCR" and _compression(page) in DECODED))


def unusable(page: Any) -> str:
    """Name a way to hold colours in which no sample is an amount of light, such as CMYK; empty for others."""
    kind = photometric(page)
    return "" if kind in COUNTED or is_colour(page) or not kind else kind


def notes_on_samples(page: Any, *, imagej: bool) -> tuple[str, ...]:
    """Say in words where numbers are no plain amounts of light."""
    kind = photometric(page)
    if kind == "MINISWHITE":
        return ("it shows 0 as white; its numbers are read as they stand, so what looks dark in it is bright here",)
    if kind == "PALETTE" and not imagej:
        return ("its colours come from a table; the numbers that choose from it are read",)
    if kind == "CFA":
        return ("its pixels lie behind a mosaic of colour filters, and are read as they stand",)
    return ()


def colour_axis(channels: Sequence[str]) -> str:
    """Return the name of an axis of channels: "rgb", "rgba" or "la" for colours, "C" for others.

    The last sample of "rgba" and "la" is how opaque a pixel is, which no run changes.
    """
    known = {COLOUR_CHANNELS[:3]: "rgb", COLOUR_CHANNELS: "rgba", ("grey", ALPHA): "la"}
    return known.get(tuple(channels), "C")


def photometric(page: Any) -> str:
    """Return TIFF's word for what a page's samples mean."""
    return str(getattr(page.photometric, "name", ""))


def _compression(page: Any) -> str:
    return str(getattr(page.compression, "name", ""))
