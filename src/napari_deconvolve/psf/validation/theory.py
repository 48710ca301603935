"""The theory of a lens: the widths of its perfect PSF, and the sampling that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from napari_deconvolve.psf.microscope.modality import Light
from napari_deconvolve.psf.microscope.nyquist import nyquist
from napari_deconvolve.psf.microscope.settings import Settings, checked
from napari_deconvolve.psf.profile import fwhm

LATERAL_FWHM = 0.5145  # FWHM in wavelengths over NA, scalar theory
AXIAL_FWHM = 0.886  # FWHM in wavelengths over n (1 - cos a)
USUAL_INDEX = 1.515  # where none is known, for the lateral width alone
STEPS_PER_WIDTH = 40  # per FWHM
NAMES_IN_INFO = {  # by their names in a microscope's PSF
    "modality": "modality",
    "aperture": "numerical_aperture",
    "emission_um": "emission_um",
    "index": "immersion_index",
    "excitation_um": "excitation_um",
    "pinhole_airy": "pinhole_airy",
    "sheet_um": "sheet_um",
}


@dataclass(frozen=True, slots=True)
class Optics:
    """A lens and its light; None is not known."""

    aperture: float | None = None
    emission_um: float | None = None
    index: float | None = None
    modality: str = "widefield"
    excitation_um: float | None = None
    pinhole_airy: float | None = None
    sheet_um: float | None = None

    @classmethod
    def of_info(cls, info: Mapping[str, Any]) -> Optics:
        """Return the optics that a microscope's PSF holds; none for other sources."""
        if info.get("source") != "microscope":
            return cls()
        return cls(**{own: info[name] for own, name in NAMES_IN_INFO.items() if name in info})

    @property
    def known(self) -> bool:
        """Whether there is enough to compare with."""
        return self.aperture is not None and self.emission_um is not None

    @property
    def assumed_index(self) -> float:
        """The index, or one that the aperture allows."""
        if self.index is not None:
            return self.index
        return USUAL_INDEX if self.aperture is None else max(USUAL_INDEX, 1.05 * self.aperture)


def perfect_widths(optics: Optics) -> tuple[float, float]:
    """Return the FWHM (um) along and across the axis of a perfect lens; 0 along it where the index is not known.

    Wide field by the formulas of scalar theory; the others by the light itself, with excitation, pinhole and sheet.
    """
    aperture, emission = optics.aperture, optics.emission_um
    if aperture is None or emission is None:
        return 0.0, 0.0
    focal = optics.assumed_index - np.sqrt(optics.assumed_index**2 - aperture**2)
    if optics.modality == "widefield":
        axial, lateral = AXIAL_FWHM * emission / focal, LATERAL_FWHM * emission / aperture
    else:
        axial, lateral = _widths_of_light(optics)
    known = optics.index is not None and not (optics.modality == "light-sheet" and optics.sheet_um is None)
    return float(axial) if known else 0.0, float(lateral)


def sampling_limits(optics: Optics) -> tuple[float, float]:
    """Return Nyquist's distances (um) along and across the axis; 0 along it where the index is not known."""
    if optics.aperture is None or optics.emission_um is None:
        return 0.0, 0.0
    axial, lateral = nyquist(
        optics.modality,
        numerical_aperture=optics.aperture,
        emission_um=optics.emission_um,
        excitation_um=optics.excitation_um,
        immersion_index=optics.assumed_index,
    )
    return (axial if optics.index is not None else 0.0), lateral


def settings_of(optics: Optics) -> Settings:
    """Return a perfect microscope of that kind; raise `ParameterError` where there can be none."""
    return checked(
        {
            "modality": optics.modality,
            "numerical_aperture": optics.aperture,
            "emission_um": optics.emission_um,
            "excitation_um": optics.excitation_um,
            "immersion_index": optics.assumed_index,
            "sample_index": None,
            "coverslip_index": None,
            "coverslip_um": 170.0,
            "design_immersion_index": None,
            "design_coverslip_index": 1.515,
            "design_coverslip_um": 170.0,
            "working_distance_um": 150.0,
            "depth_um": 0.0,
            "pinhole_airy": 1.0 if optics.pinhole_airy is None else optics.pinhole_airy,
            "sheet_um": optics.sheet_um,
            "sampling": "point",
            "model": "scalar",
            "zernike": None,
            "zernike_order": "noll",
        }
    )


@lru_cache(maxsize=32)
def _widths_of_light(optics: Optics) -> tuple[float, float]:
    settings = settings_of(optics)
    wave, aperture, index = settings.emission_um, settings.numerical_aperture, settings.immersion_index
    if settings.modality == "two-photon":
        wave = settings.excitation_um
    step = LATERAL_FWHM * wave / aperture / STEPS_PER_WIDTH
    count = 2 * STEPS_PER_WIDTH
    across = Light(settings, count * step, 0.0).profile(count, np.zeros(1), 0.0, step)[:, 0]
    rise = AXIAL_FWHM * wave / (index - np.sqrt(index**2 - aperture**2)) / STEPS_PER_WIDTH
    z = np.arange(-2 * STEPS_PER_WIDTH, 2 * STEPS_PER_WIDTH + 1) * rise
    along = Light(settings, 2 * step, float(z[-1])).profile(2, z, 0.0, step)[0]
    return fwhm(along, rise), fwhm(np.concatenate([across[:0:-1], across]), step)
