"""What entries of any header tell of lens and light, by their names: pairs of a name and a value.

Programs write the same few facts under different names, "Information|Instrument|Objective|LensNA #1",
"Objective NAValue" or "_MagNA_"; the ends of these names say what they are. Where there is no aperture or medium, the
name of the objective is asked, such as "Plan-Apochromat 63x/1.40 Oil" or "UPLSAPO60XW". Only plausible values count.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from napari_deconvolve.formats.objectives import (
    INDICES,
    LEAST_APERTURE,
    LONGEST,
    MOST_APERTURE,
    medium_of,
    optics_of_objective,
)
from napari_deconvolve.formats.ome_optics import OME_MODES, WAVELENGTHS_UM
from napari_deconvolve.units import canonical, factor, is_length

Pairs = Iterable[tuple[str, object]]

APERTURES = ("numericalaperture", "lensna", "objectivena", "navalue", "magna")
INDEXES = ("refractiveindex", "refractionindex", "immersionindex", "magri")
MEDIA = ("immersion", "immersionmedium", "immersiontype", "immersionliquid")
OBJECTIVES = (
    "objective",
    "objectivename",
    "objectivelabel",
    "objectivemodel",
    "objectivelens",
    "objectivemanufacturermodel",
    "nosepiecelabel",
    "lensname",
    "lensmodel",
)
EMISSIONS = ("emissionwavelength", "emwavelength", "wavelengthinnm")  # the last is DeltaVision's
EXCITATIONS = ("excitationwavelength", "exwavelength")
PINHOLES = ("pinholesize", "pinholediameter", "settingdefinitionpinhole")  # the last is Leica's, in metres
MODES = ("acquisitionmode",)
NOT_OF_THE_LENS = ("sample", "mounting", "embedding", "coverslip", "coverglass")  # whose index is another one

_NUMBER = re.compile(r"\s*([-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s]\S*)?\s*")
_PLACE = re.compile(r"\d+")


def optics_of_pairs(pairs: Pairs, channels: int = 1) -> dict[str, Any]:
    """Return what pairs tell, by the names of `ome_optics.read_optics`; an image has so many channels."""
    entries = [(_bare(name), name[:LONGEST], value) for name, value in pairs if isinstance(value, (str, int, float))]
    names = [_objective(value) for bare, _, value in entries if bare.endswith(OBJECTIVES)]
    lens = next((name for name in names if name and optics_of_objective(name)), next(filter(None, names), None))
    by_name = {} if lens is None else optics_of_objective(lens)
    found: dict[str, Any] = {
        "numerical_aperture": _first(entries, APERTURES, lambda value: _within(value, LEAST_APERTURE, MOST_APERTURE)),
        "immersion_index": _first(entries, INDEXES, lambda value: _within(value, *INDICES), NOT_OF_THE_LENS)
        or _first(entries, MEDIA, medium_of),
        "objective": lens,
        "modality": _mode(entries),
        "emission_um": _per_channel(entries, EMISSIONS, micrometres_of, channels),
        "excitation_um": _per_channel(entries, EXCITATIONS, micrometres_of, channels),
        "pinhole_um": _per_channel(entries, PINHOLES, _pinhole, channels),
    }
    return {**by_name, **{name: value for name, value in found.items() if value is not None}}


def micrometres_of(value: object) -> float | None:
    """Return a wavelength; without a unit it is in nm from 100 on, in um below 20, in metres below 1e-4."""
    found = _NUMBER.fullmatch(str(value)[:LONGEST])
    if found is None:
        return None
    number, unit = float(found[1].replace(",", ".")), canonical(found[2] or "")
    if found[2]:
        scale = factor(unit, "um") if is_length(unit) else 0.0
    else:
        scale = 1e-3 if number >= 100 else 1e6 if number < 1e-4 else 1.0
    rounded = float(f"{number * scale:.9g}")
    return rounded if WAVELENGTHS_UM[0] <= rounded <= WAVELENGTHS_UM[1] else None


def lines_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a text with lines such as "name = value" and "name: value"."""
    for line in text.splitlines():
        name, sign, value = line.partition("=")
        if not sign:
            name, sign, value = line.partition(": ")
        if sign and name.strip() and value.strip():
            yield name.strip()[:LONGEST], value.strip()[:LONGEST]


def flat(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Yield the pairs within mappings and lists in each other; a name is that of all that it lies in."""
    waiting = deque[tuple[str, object]]([(name, value)])
    while waiting:
        path, one = waiting.popleft()
        if isinstance(one, Mapping):
            if "PropVal" in one:  # as Micro-Manager 2 writes each property
                waiting.append((path, one["PropVal"]))
                continue
            waiting += [(f"{path}|{key}" if path else str(key), part) for key, part in one.items()]
        elif isinstance(one, (list, tuple)):
            waiting += [(f"{path} #{number}", part) for number, part in enumerate(one, start=1)]
        elif path:
            yield path, one


def _bare(name: str) -> str:
    return re.sub(r"[^a-z]", "", name[:LONGEST].lower())


def _objective(value: object) -> str | None:
    text = str(value).strip()[:LONGEST]
    return text if text and not text.replace(".", "").isdecimal() else None


def _first(
    entries: Sequence[tuple[str, str, object]],
    ends: Sequence[str],
    read: Callable[[object], Any],
    without: Sequence[str] = (),
) -> Any:
    """Return the first value that can be read under names with one of the ends, those that come first before others."""
    for end in ends:
        for bare, _, value in entries:
            if bare.endswith(end) and not any(word in bare for word in without):
                found = read(value)
                if found is not None:
                    return found
    return None


def _per_channel(
    entries: Sequence[tuple[str, str, object]], ends: Sequence[str], read: Callable[[object], Any], channels: int
) -> list[Any] | None:
    """Return a value per channel: of entries whose names differ by a number alone, as many as there are channels.

    One value, or several that are equal, is that of a single channel, as an image may be cut out of others.
    """
    alike: dict[str, dict[int, Any]] = {}
    for bare, name, value in entries:
        if bare.endswith(tuple(ends)):
            places = _PLACE.findall(name)
            alike.setdefault(bare, {}).setdefault(int(places[-1]) if places else 0, read(value))
    for found in alike.values():
        values = [found[place] for place in sorted(found)]
        if len(values) == channels and any(value is not None for value in values):
            return values
        if channels == 1 and len(set(values)) == 1 and values[0] is not None:
            return values[:1]
    return None


def _mode(entries: Sequence[tuple[str, str, object]]) -> str | None:
    found = {OME_MODES.get(str(value).strip()) for bare, _, value in entries if bare.endswith(MODES)} - {None}
    return found.pop() if len(found) == 1 else None


def _pinhole(value: object) -> float | None:
    """Return a diameter in um, which is in metres where it is below 0.01."""
    number = _within(value, 1e-9, 1e5)
    return None if number is None else float(f"{number * (1e6 if number < 0.01 else 1):.9g}")


def _within(value: object, low: float, high: float) -> float | None:
    found = _NUMBER.fullmatch(str(value)[:LONGEST])
    if found is None or found[2]:
        return None
    number = float(found[1].replace(",", "."))
    return number if low <= number <= high else None
