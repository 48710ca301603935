"""The theory of a lens: the widths of its perfect PSF, and the sampling that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

from napari_deconvolve.psf.microscope.microscope import default_optics
from napari_deconvolve.psf.microscope.modality import Light
from napari_deconvolve.psf.microscope.nyquist import nyquist
from napari_deconvolve.psf.microscope.settings import Settings, checked
from napari_deconvolve.psf.values import fwhm

LATERAL_FWHM = 0.5145  # FWHM in wavelengths over NA, scalar theory
AXIAL_FWHM = 0.886  # FWHM in wavelengths over n (1 - cos a)
USUAL_INDEX = 1.515  # where none is known, for the lateral width alone
STEPS_PER_WIDTH = 40  # per FWHM
PERFECT = {"sampling": "point", "model": "scalar"}


@dataclass(frozen=True, slots=True)
class Optics:
    """A lens and its light, as `microscope` names them; None is not known."""

    numerical_aperture: float | None = None
    emission_um: float | None = None
    immersion_index: float | None = None
    modality: str = "widefield"
    excitation_um: float | None = None
    pinhole_airy: float | None = None
    sheet_um: float | None = None

    @classmethod
    def of_info(cls, info: Mapping[str, Any]) -> Optics:
        """Return the optics that a microscope's PSF holds; none for other sources."""
        if info.get("source") != "microscope":
            return cls()
        return cls(**{one.name: info[one.name] for one in fields(cls) if one.name in info})

    @property
    def known(self) -> bool:
        """Whether there is enough to compare with."""
        return self.numerical_aperture is not None and self.emission_um is not None

    @property
    def assumed_index(self) -> float:
        """The index, or one that the aperture allows."""
        if self.immersion_index is not None:
            return self.immersion_index
        return USUAL_INDEX if self.numerical_aperture is None else max(USUAL_INDEX, 1.05 * self.numerical_aperture)


def perfect_widths(optics: Optics) -> tuple[float, float]:
    """Return the FWHM (um) along and across the axis of a perfect lens; 0 along it where the index is not known.

    Wide field by the formulas of scalar theory; the others by the light itself, with excitation, pinhole and sheet.
    """
    aperture, emission = optics.numerical_aperture, optics.emission_um
    if aperture is None or emission is None:
        return 0.0, 0.0
    focal = optics.assumed_index - np.sqrt(optics.assumed_index**2 - aperture**2)
    if optics.modality == "widefield":
        axial, lateral = AXIAL_FWHM * emission / focal, LATERAL_FWHM * emission / aperture
    else:
        axial, lateral = _widths_of_light(optics)
    known = optics.immersion_index is not None and not (optics.modality == "light-sheet" and optics.sheet_um is None)
    return float(axial) if known else 0.0, float(lateral)


def sampling_limits(optics: Optics) -> tuple[float, float]:
    """Return Nyquist's distances (um) along and across the axis; 0 along it where the index is not known."""
    if optics.numerical_aperture is None or optics.emission_um is None:
        return 0.0, 0.0
    axial, lateral = nyquist(
        optics.modality,
        numerical_aperture=optics.numerical_aperture,
        emission_um=optics.emission_um,
        excitation_um=optics.excitation_um,
        immersion_index=optics.assumed_index,
    )
    return (axial if optics.immersion_index is not None else 0.0), lateral


def settings_of(optics: Optics) -> Settings:
    """Return a perfect microscope of that kind; raise `ParameterError` where there can be none."""
    given = {name: value for name, value in asdict(optics).items() if value is not None}
    return checked({**default_optics(), **given, "immersion_index": optics.assumed_index, **PERFECT})


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
