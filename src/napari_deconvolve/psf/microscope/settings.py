"""The settings of a microscope, and their checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf.microscope.layers import Layers
from napari_deconvolve.psf.microscope.pupil import Lens

MODALITIES = ("widefield", "confocal", "spinning-disk", "two-photon", "light-sheet")
SCANNED = ("confocal", "two-photon")  # a detector without pixels: the sample is a point
PINHOLE = ("confocal", "spinning-disk")
LIGHT_MODELS = ("vectorial", "scalar", "born-wolf")
SAMPLINGS = ("pixel", "point")
STOKES = 0.94  # excitation / emission of common dyes
TWO_PHOTON = 1.75
SHEET_UM = 2.0
WAVELENGTHS_UM = (0.1, 20.0)
REFRACTIVE_INDICES = (1.0, 4.5)
INDICES_HELP = "refractive indices are about 1.00 in air, 1.33 in water and 1.52 in glass and oil"
MOST_PINHOLE = 20.0
MAX_LENGTHS_UM = {
    "depth_um": 500.0,
    "coverslip_um": 2000.0,
    "design_coverslip_um": 2000.0,
    "working_distance_um": 50000.0,
}

_SPELLINGS = {
    "wide-field": "widefield",
    "lightsheet": "light-sheet",
    "spinningdisk": "spinning-disk",
    "spinning-disc": "spinning-disk",
    "twophoton": "two-photon",
    "2-photon": "two-photon",
    "multiphoton": "two-photon",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """One microscope: the arguments of `microscope` without the grid, none of them left open."""

    modality: str
    numerical_aperture: float
    emission_um: float
    excitation_um: float
    immersion_index: float
    sample_index: float
    coverslip_index: float | None
    coverslip_um: float
    design_immersion_index: float
    design_coverslip_index: float
    design_coverslip_um: float
    working_distance_um: float
    depth_um: float
    pinhole_airy: float
    sheet_um: float
    sampling: str
    model: str
    zernike: tuple[tuple[int, float], ...] | None
    zernike_order: str
    assumed: tuple[str, ...]

    @property
    def lens(self) -> Lens:
        """The objective and its layers."""
        layers = Layers(
            self.immersion_index,
            self.sample_index,
            self.coverslip_index,
            self.coverslip_um,
            self.depth_um,
            self.design_immersion_index,
            self.design_coverslip_index,
            self.design_coverslip_um,
            self.working_distance_um,
            paraxial=self.model == "born-wolf",
        )
        return Lens(self.numerical_aperture, layers, self.model == "vectorial")

    @property
    def pinhole_um(self) -> float:
        """The pinhole's radius, seen in the sample."""
        return self.pinhole_airy * 0.61 * self.emission_um / self.numerical_aperture


def checked(given: Mapping[str, Any]) -> Settings:
    """Check the arguments of `microscope`, and fill in the defaults; raise `ParameterError` for one that cannot be."""
    assumed: list[str] = []
    values = dict(given)
    values["modality"] = named_modality(given["modality"])
    values["model"] = _named("model", given["model"], LIGHT_MODELS)
    scanned = values["modality"] in SCANNED
    sampling = given["sampling"] or ("point" if scanned else "pixel")
    values["sampling"] = _named("sampling", sampling, SAMPLINGS)
    _check_indices(values)
    _check_lengths(values)
    values["emission_um"] = wavelength("emission_um", given["emission_um"])
    values["excitation_um"] = _excitation(values, assumed)
    values["numerical_aperture"] = _aperture(values)
    values["pinhole_airy"] = _between(
        "pinhole_airy", given["pinhole_airy"], 0.0, MOST_PINHOLE, "0 is a point, and a wider one is as good as none"
    )
    values["sheet_um"] = _sheet(values, assumed)
    if given["zernike_order"] not in ("noll", "osa"):
        raise ParameterError(f"zernike_order is {given['zernike_order']!r}; choose noll or osa.")
    values["zernike"] = _zernike(values)
    return Settings(**values, assumed=tuple(assumed))


def basics(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check modality, numerical_aperture, emission_um, excitation_um and immersion_index alone, as `checked` does."""
    values = dict(given)
    values["modality"] = named_modality(given["modality"])
    values["immersion_index"] = _between("immersion_index", given["immersion_index"], *REFRACTIVE_INDICES, INDICES_HELP)
    values["design_immersion_index"] = values["immersion_index"]
    values["emission_um"] = wavelength("emission_um", given["emission_um"])
    values["excitation_um"] = _excitation(values, [])
    values["numerical_aperture"] = _aperture(values)
    return values


def named_modality(value: Any) -> str:
    """Return a modality's name as it stands in `MODALITIES`; raise `ParameterError` for another."""
    return _named("modality", value, MODALITIES)


def wavelength(name: str, value: Any) -> float:
    """Check a wavelength in um; tell of nanometres and metres."""
    low, high = WAVELENGTHS_UM
    number = _number(name, value)
    if low <= number <= high:
        return number
    text = f"{name} is {number:g}; give the wavelength in micrometres"
    for unit, factor in (("nanometres", 1e-3), ("metres", 1e6)):
        if low <= number * factor <= 3:
            raise ParameterError(f"{text}, {number * factor:.3f}: it seems to be in {unit}.")
    raise ParameterError(f"{text}, from {low:g} to {high:g}.")


def _named(name: str, value: Any, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise ParameterError(f"The {name} is {value!r}; choose one of {', '.join(choices)}.")
    word = value.strip().lower().replace("_", "-").replace(" ", "-")
    word = _SPELLINGS.get(word, word)
    if word not in choices:
        raise ParameterError(f"The {name} {value!r} is not known; choose one of {', '.join(choices)}.")
    return word


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} is {value!r}; give a number.") from None
    if not np.isfinite(number):
        raise ParameterError(f"{name} is {number}; give a finite number.")
    return number


def _between(name: str, value: Any, low: float, high: float, why: str) -> float:
    number = _number(name, value)
    if not low <= number <= high:
        raise ParameterError(f"{name} is {number:g}; give a number from {low:g} to {high:g}: {why}.")
    return number


def _check_indices(values: dict[str, Any]) -> None:
    for name in ("immersion_index", "sample_index", "design_immersion_index", "design_coverslip_index"):
        if values[name] is None and name in ("sample_index", "design_immersion_index"):
            values[name] = values["immersion_index"]
        values[name] = _between(name, values[name], *REFRACTIVE_INDICES, INDICES_HELP)
    if values["coverslip_index"] is not None:
        values["coverslip_index"] = _between(
            "coverslip_index", values["coverslip_index"], *REFRACTIVE_INDICES, INDICES_HELP
        )


def _check_lengths(values: dict[str, Any]) -> None:
    for name, highest in MAX_LENGTHS_UM.items():
        values[name] = _between(name, values[name], 0.0, highest, "lengths are in micrometres")


def _aperture(values: dict[str, Any]) -> float:
    number = _number("numerical_aperture", values["numerical_aperture"])
    index: float = values["immersion_index"]
    if number <= 0:
        raise ParameterError(f"numerical_aperture is {number:g}; give a number above 0, such as 1.4.")
    if number >= index:
        raise ParameterError(
            f"The numerical aperture {number:g} is not below the immersion index {index:g}, "
            "which no lens reaches; give the immersion's index (oil 1.515, water 1.33, air 1), or a smaller aperture."
        )
    if number >= values["design_immersion_index"]:
        raise ParameterError(
            f"The numerical aperture {number:g} is not below the design's immersion index "
            f"{values['design_immersion_index']:g}; give the index the lens is made for."
        )
    return number


def _excitation(values: dict[str, Any], assumed: list[str]) -> float:
    """Take the excitation's wavelength, or the usual one for the emission."""
    modality, emission = values["modality"], values["emission_um"]
    if values["excitation_um"] is None:
        number: float = round(emission * (TWO_PHOTON if modality == "two-photon" else STOKES), 3)
        if modality in PINHOLE or modality == "two-photon":
            assumed.append(f"excitation assumed at {number:g} um")
        return number
    given = wavelength("excitation_um", values["excitation_um"])
    if modality == "two-photon" and given <= emission:
        raise ParameterError(
            f"excitation_um is {given:g} and emission_um {emission:g}; "
            "two photons excite at a longer wavelength than that emitted, such as 0.9 for 0.52."
        )
    return given


def _sheet(values: dict[str, Any], assumed: list[str]) -> float:
    if values["sheet_um"] is None:
        if values["modality"] == "light-sheet":
            assumed.append(f"sheet assumed with a 1/e2 half width of {SHEET_UM:g} um")
        return SHEET_UM
    return _between("sheet_um", values["sheet_um"], 0.05, 1000.0, "it is the sheet's 1/e2 half width in micrometres")


def _zernike(values: dict[str, Any]) -> tuple[tuple[int, float], ...] | None:
    given = values["zernike"]
    if not given:
        return None
    pairs = given.items() if isinstance(given, Mapping) else given
    first = 1 if values["zernike_order"] == "noll" else 0
    try:
        terms = tuple(sorted((int(index), float(amount)) for index, amount in pairs))
    except (TypeError, ValueError):
        raise ParameterError(f"zernike is {given!r}; give waves by index, such as {{11: 0.1}}.") from None
    for index, amount in terms:
        if not first <= index <= 200:
            raise ParameterError(
                f"The Zernike index is {index}; {values['zernike_order']} indices go from {first} to 200."
            )
        if not abs(amount) <= 5:
            raise ParameterError(f"The Zernike coefficient {index} is {amount:g} waves; give at most 5 either way.")
    if values["modality"] != "widefield":
        raise ParameterError(
            f"Zernike aberrations are for wide field only, not for {values['modality']}; leave them out."
        )
    return terms
