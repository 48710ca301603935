"""What OME-XML says of the optics: objective, immersion, the light of each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.objectives import INDICES, MOST_APERTURE, medium_of, optics_of_objective
from napari_deconvolve.formats.stored import axis_unit
from napari_deconvolve.units import factor

Element = ElementTree.Element

OME_MODES = {
    "WideField": "widefield",
    "LaserScanningConfocalMicroscopy": "confocal",
    "SlitScanConfocal": "confocal",
    "SpinningDiskConfocal": "spinning-disk",
    "SweptFieldConfocal": "spinning-disk",
    "MultiPhotonMicroscopy": "two-photon",
    "SPIM": "light-sheet",
}
WAVELENGTHS_UM = (0.1, 20.0)
PER_CHANNEL = ("emission_um", "excitation_um", "pinhole_um", "detector_offset", "detector_gain")


def read_optics(root: Element, image: Element) -> dict[str, Any]:
    """Return what the XML says of an image's optics, in plain JSON types; only plausible values.

    These are ``numerical_aperture``, ``immersion_index``, ``magnification``, ``objective`` (its name), ``modality`` (as
    `psf.microscope` names it), and per channel, None where one is unknown: ``emission_um``, ``excitation_um``,
    ``pinhole_um``.
    """
    found = _objective(root, image)
    channels = image.findall("{*}Pixels/{*}Channel")
    modes = {OME_MODES.get(channel.get("AcquisitionMode", "")) for channel in channels} - {None}
    if len(modes) == 1:  # of transmitted light beside it nothing is known, and it has no emission
        found["modality"] = modes.pop()
    for name, attribute, unit, bounds in (
        ("emission_um", "EmissionWavelength", "nm", WAVELENGTHS_UM),
        ("excitation_um", "ExcitationWavelength", "nm", WAVELENGTHS_UM),
        ("pinhole_um", "PinholeSize", "um", (1e-3, 1e5)),
    ):
        values = [_length(channel, attribute, unit, bounds) for channel in channels]
        if any(value is not None for value in values):
            found[name] = values
    return found


def optics_of_channel(optics: Mapping[str, Any], channel: int) -> dict[str, Any]:
    """Return the optics of one channel: single values in place of those per channel."""
    found = {name: value for name, value in optics.items() if name not in PER_CHANNEL}
    for name in PER_CHANNEL:
        value = optics.get(name)
        if isinstance(value, Sequence):
            value = value[channel] if channel < len(value) else None
        if value is not None:
            found[name] = value
    return found


def optics_elements(optics: Mapping[str, Any], channels: int) -> dict[str, Any]:
    """Return the attributes of OME's channels that say the optics, one list per attribute; empty without any."""
    found: dict[str, Any] = {}
    for name, attribute in (("emission_um", "EmissionWavelength"), ("excitation_um", "ExcitationWavelength")):
        each = optics.get(name)
        values = list(each) if isinstance(each, Sequence) else [each] * channels
        numbers = [float(value) for value in values if isinstance(value, (int, float))]
        if len(values) == channels == len(numbers):
            found[attribute] = [float(f"{number * 1000:.9g}") for number in numbers]
            found[f"{attribute}Unit"] = ["nm"] * channels
    return found


def _objective(root: Element, image: Element) -> dict[str, Any]:
    """Read the objective that the image refers to; where it refers to none, the only one there is."""
    objectives = root.findall("{*}Instrument/{*}Objective")
    settings = image.find("{*}ObjectiveSettings")
    if settings is None:
        settings = image.find("{*}ObjectiveRef")
    wanted = None if settings is None else settings.get("ID")
    named = [one for one in objectives if wanted is not None and one.get("ID") == wanted]
    lens = named[0] if named else (objectives[0] if len(objectives) == 1 else None)
    model = "" if lens is None else lens.get("Model", "")
    by_name = optics_of_objective(model)
    found: dict[str, Any] = {}
    if lens is not None:
        found |= {
            "numerical_aperture": number_of(lens, "LensNA", (0.0, MOST_APERTURE)) or by_name.get("numerical_aperture"),
            "magnification": number_of(lens, "NominalMagnification", (0.0, 1000.0)),
            "objective": model or None,
        }
    found["immersion_index"] = _immersion(lens, settings) or by_name.get("immersion_index")
    return {name: value for name, value in found.items() if value is not None}


def _immersion(lens: Element | None, settings: Element | None) -> float | None:
    """Return the index of the medium: as set, else of the medium that was set, else of the one the lens is made for."""
    if settings is not None:
        index = number_of(settings, "RefractiveIndex", INDICES)
        if index is not None:
            return index
    words = [None if settings is None else settings.get("Medium"), None if lens is None else lens.get("Immersion")]
    for word in words:
        known = medium_of(word or "")
        if known is not None:
            return known
    return None


def number_of(element: Element, attribute: str, bounds: tuple[float, float] = (0.0, np.inf)) -> float | None:
    """Return a positive, finite number within bounds; None for anything else."""
    try:
        value = float(element.get(attribute) or "nan")
    except ValueError:
        return None
    return value if np.isfinite(value) and value > 0 and bounds[0] <= value <= bounds[1] else None


def _length(element: Element, attribute: str, default: str, bounds: tuple[float, float]) -> float | None:
    value = number_of(element, attribute, (0.0, 1e12))
    if value is None:
        return None
    try:
        micrometres = value * factor(axis_unit("X", element.get(f"{attribute}Unit", default)), "um")
    except ParameterError:
        return None
    rounded = float(f"{micrometres:.9g}")
    return rounded if bounds[0] <= rounded <= bounds[1] else None
