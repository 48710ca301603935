"""What the JSON that tifffile writes says of an image: distances of samples, under any of their usual names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from napari_deconvolve.formats.printed import micrometres_of, pixel_size
from napari_deconvolve.formats.stored import Steps, axis_unit, positive
from napari_deconvolve.units import is_length

LONGEST = 1_000_000  # characters
ACROSS, ALL = "YX", "ZYX"
EACH = ("physicalsize", "pixelsize", "voxelsize", "spacing", "step", "scale", "d")  # before the letter of an axis
WHOLE = {
    "spacing": "Z",
    "pixelsize": ACROSS,
    "pixelspacing": ACROSS,
    "voxelsize": ALL,
    "voxelspacing": ALL,
    "scale": ALL,
}
TIMES = ("finterval", "timeincrement", "frameinterval", "interval", "dt")
HINTS = ("size", "spacing", "scale", "resolution", "step", "interval", "unit", "pixel", "voxel", "fps", "px")
KNOWN = ("shape", "axes", "unit", "units", "truncated")


def json_of(page: Any) -> Mapping[str, Any]:
    """Return the JSON in the description of a page as tifffile writes it; empty where it has none."""
    text = str(getattr(page, "description", "") or "")
    if not text.startswith('{"shape"') or len(text) > LONGEST:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def json_steps(page: Any, axes: str) -> tuple[Steps, tuple[str, ...]]:
    """Return the steps along axes that the JSON of a page says, and notes on what was assumed or not understood.

    Several numbers belong to all axes in their order, or to those in space. A single one called spacing is that of
    planes, as in ImageJ, and of rows and columns where there are no planes.
    """
    found = {_plain(name): (name, value) for name, value in json_of(page).items()}
    steps: dict[str, tuple[float, str]] = {}
    notes: list[str] = []
    for plain, (name, value) in found.items():
        if plain in KNOWN or (plain.endswith("unit") and plain != "unit"):
            continue
        read = {letter: size for letter, size in _sizes(plain, value, axes) if letter in axes}
        for letter, size in read.items():
            steps[letter] = (size, _unit(found, plain, letter, axes))
        if read and plain == "spacing" and positive(value) is not None:
            along = " and ".join(sorted(read))
            notes.append(f"its spacing, {value:g}, is taken for that along {along}")
        if not read and any(hint in plain for hint in HINTS):
            notes.append(f"its description says {name[:20]!r}: {str(value)[:40]}, which is not understood: left out")
    if any(unit == "pixel" for letter, (_, unit) in steps.items() if letter != "T"):
        notes.append("its description gives distances without a unit")
    return {**_by_tags(page, found), **steps}, tuple(notes)


def json_channels(page: Any) -> tuple[str, ...]:
    """Return the names of channels that the JSON of a page says, as OME-XML has them."""
    channel = json_of(page).get("Channel")
    names = channel.get("Name") if isinstance(channel, Mapping) else None
    return tuple(map(str, names)) if isinstance(names, Sequence) and not isinstance(names, str) else ()


def _plain(name: object) -> str:
    return "".join(filter(str.isalnum, str(name)[:60])).lower()


def _sizes(plain: str, value: object, axes: str) -> Iterator[tuple[str, float]]:
    """Yield axes and distances that one entry says."""
    size = positive(value)
    bare = plain.removesuffix("um") if plain.endswith("sizeum") else plain
    if bare in TIMES and size is not None:
        yield "T", size
    elif bare == "fps" and size is not None:
        yield "T", 1 / size
    elif bare[:-1] in EACH and bare[-1].upper() in ALL and size is not None:
        yield bare[-1].upper(), size
    elif bare in WHOLE and size is not None:
        letters = WHOLE[bare]
        yield from ((letter, size) for letter in (letters if letters[0] in axes or len(letters) > 1 else ACROSS))
    elif bare in WHOLE and isinstance(value, Mapping):
        yield from _known((str(letter).upper(), one) for letter, one in value.items())
    elif bare in WHOLE and isinstance(value, Sequence) and not isinstance(value, str):
        yield from _known(zip(_axes_of(value, axes), value, strict=False))


def _axes_of(values: Sequence[Any], axes: str) -> str:
    """Return the axes of as many entries: all, or those in space; none where they are neither as many."""
    inside = "".join(letter for letter in axes if letter in ALL)
    return next((letters for letters in (axes, inside) if len(letters) == len(values)), "")


def _known(pairs: Any) -> Iterator[tuple[str, float]]:
    yield from ((letter, size) for letter, one in pairs if (size := positive(one)) is not None)


def _unit(found: Mapping[str, tuple[str, Any]], plain: str, letter: str, axes: str) -> str:
    """Return the unit of an entry: its own, that of all, or the axis's in a list of them."""
    if plain.endswith("sizeum"):
        return "um"
    if letter == "T" and plain in (*TIMES, "fps"):
        return axis_unit("T", str(found.get(f"{plain}unit", ("", "s"))[1]))
    for name in (f"{plain}unit", "unit", "units"):
        given = found.get(name, ("", None))[1]
        if isinstance(given, str):
            return axis_unit(letter, given)
        if isinstance(given, Sequence) and letter in (letters := _axes_of(given, axes)):
            return axis_unit(letter, str(given[letters.index(letter)]))
    return "pixel"


def _by_tags(page: Any, found: Mapping[str, tuple[str, Any]]) -> Steps:
    """Return the pixel size by resolution tags that have no unit, in that of the JSON."""
    unit = _unit(found, "", "X", ACROSS)
    sizes = {"X": pixel_size(page, "XResolution"), "Y": pixel_size(page, "YResolution")}
    if micrometres_of(page) is not None or not is_length(unit):
        return {}
    return {letter: (float(f"{size:.9g}"), unit) for letter, size in sizes.items() if size is not None and size != 1}
