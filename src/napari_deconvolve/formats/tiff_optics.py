"""What makers of microscopes and programs write of lens and light into TIFF, as far as tifffile reads it.

Each has a function from an open file to pairs of names and values, which `optics_words` understands. Scanners of
which it is known are confocal, or of two photons, whatever is said; what a file does not say otherwise is not guessed.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from napari_deconvolve.formats.optics_words import flat, lines_of, optics_of_pairs

Pair = tuple[str, object]

MOST_PAIRS = 20_000
INFRARED_UM = 0.69  # excitation beyond is by two photons where the light that comes back is shorter
_BAND = re.compile(r"\bBP\s*(\d{3})\s*-\s*(\d{3})", re.IGNORECASE)


def optics_in_tiff(tif: Any, channels: int) -> dict[str, Any]:
    """Return what a file says of its optics beside OME-XML, by the names of `ome_optics.read_optics`."""
    found: dict[str, Any] = {}
    for is_theirs, read, modality in SOURCES:
        try:
            if not is_theirs(tif):
                continue
            pairs = [pair for pair, _ in zip(read(tif), range(MOST_PAIRS), strict=False)]
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError):
            pairs = []  # of a version that writes it in another way
        told = optics_of_pairs(pairs, channels)
        if modality:
            told.setdefault("modality", modality)
        found = {**told, **found}
    return _by_two_photons(found)


def _by_two_photons(found: dict[str, Any]) -> dict[str, Any]:
    """Return optics whose modality is that of two photons where the light says so."""
    lights = list(zip(found.get("excitation_um", ()), found.get("emission_um", ()), strict=False))
    by_two = bool(lights) and all(
        excited is not None and emitted is not None and excited > max(INFRARED_UM, emitted)
        for excited, emitted in lights
    )
    return {**found, "modality": "two-photon"} if by_two and found.get("modality") == "confocal" else found


def _imagej(tif: Any) -> Iterator[Pair]:
    """Yield what ImageJ keeps of the file that an image was opened from: Bio-Formats' lines, or a maker's JSON."""
    text = str((tif.imagej_metadata or {}).get("Info", ""))
    if text.lstrip().startswith("{"):
        with contextlib.suppress(ValueError):
            yield from flat(json.loads(text))
            return
    yield from lines_of(text)


def _micromanager(tif: Any) -> Iterator[Pair]:
    """Yield the properties of the first plane, and what the summary in the head of the file says."""
    value = tif.pages.first.tags.valueof(51123)
    if isinstance(value, (str, bytes)):
        value = json.loads(value)
    yield from flat(value if isinstance(value, Mapping) else {})
    with contextlib.suppress(ValueError):
        yield from flat((tif.micromanager_metadata or {}).get("Summary") or {})


def _lsm(tif: Any) -> Iterator[Pair]:
    """Yield the objective, and of each channel that was taken the middle of its band, its laser and its pinhole."""
    facts = tif.lsm_metadata
    scan = facts.get("ScanInformation") or {}
    yield "Objective", scan.get("Objective", "")
    tracks = [track for track in scan.get("Tracks", ()) if track.get("Acquire", 1)]
    taken = [
        (channel, track)
        for track in tracks
        for channel in track.get("DetectionChannels", ())
        if channel.get("Acquire", 1)
    ]
    for number, (channel, track) in enumerate(taken, start=1):
        yield f"EmissionWavelength #{number}", _middle(channel)
        lasers = [one for one in track.get("IlluminationChannels", ()) if one.get("Aquire", 1)]  # as tifffile writes it
        yield f"ExcitationWavelength #{number}", lasers[0].get("Wavelength", 0) if len(lasers) == 1 else 0
        yield f"PinholeDiameter #{number}", channel.get("PinholeDiameter", 0)


def _middle(channel: Mapping[str, Any]) -> float:
    """Return the middle of a channel's band in nm, of its spectral detector or its filter; 0 where it has no end."""
    ends = float(channel.get("SpiWavelengthStart", 0)), float(channel.get("SpiWavelengthStop", 0))
    if not 0 < ends[0] < ends[1]:
        band = _BAND.search(str(channel.get("FilterName", "")))
        ends = (float(band[1]), float(band[2])) if band else (0.0, 0.0)
    return sum(ends) / 2


def _fluoview(tif: Any) -> Iterator[Pair]:
    yield from lines_of(tif.pages.first.description)


def _metaseries(tif: Any) -> Iterator[Pair]:
    yield from flat(tif.metaseries_metadata)


def _nothing(tif: Any) -> Iterator[Pair]:
    yield from ()


Source = tuple[Callable[[Any], bool], Callable[[Any], Iterator[Pair]], str]
SOURCES: tuple[Source, ...] = (
    (lambda tif: tif.is_lsm, _lsm, "confocal"),
    (lambda tif: tif.is_mmstack or tif.is_micromanager, _micromanager, ""),
    (lambda tif: tif.is_scanimage, _nothing, "two-photon"),
    (lambda tif: tif.is_fluoview, _fluoview, "confocal"),
    (lambda tif: tif.is_metaseries, _metaseries, ""),
    (lambda tif: tif.is_imagej, _imagej, ""),
)
