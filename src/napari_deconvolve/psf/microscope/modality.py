"""How excitation and emission make the image of a point, as a function of radius and focus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_deconvolve.psf.microscope.pupil import Pupil, pupil
from napari_deconvolve.psf.microscope.quadrature import Values
from napari_deconvolve.psf.microscope.sampling import LAGRANGE_POINTS, pinhole
from napari_deconvolve.psf.microscope.settings import PINHOLE, Settings

RADII_PER_WAVELENGTH = 16  # known radii per wavelength/NA; intensities have 2 periods in it
STEPS_OF_PRODUCTS = 24  # a product of two has twice as many


def frequency(settings: Settings) -> float:
    """Return the image's highest lateral spatial frequency per um."""
    aperture = settings.numerical_aperture
    if settings.modality in PINHOLE:
        return 2 * aperture * (1 / settings.emission_um + 1 / settings.excitation_um)
    if settings.modality == "two-photon":
        return 4 * aperture / settings.excitation_um
    return 2 * aperture / settings.emission_um


def radial_step(settings: Settings) -> float:
    """Return the distance of radii at which the light has to be known."""
    waves = {
        "two-photon": (settings.excitation_um,),
        "confocal": (settings.emission_um, settings.excitation_um),
        "spinning-disk": (settings.emission_um, settings.excitation_um),
    }.get(settings.modality, (settings.emission_um,))
    product = settings.modality in PINHOLE or settings.modality == "two-photon"
    return min(waves) / settings.numerical_aperture / (STEPS_OF_PRODUCTS if product else RADII_PER_WAVELENGTH)


@dataclass(frozen=True, slots=True)
class Light:
    """The image of a point, good up to a radius and a distance from the design's focus (um)."""

    settings: Settings
    radius: float
    defocus: float

    def on_axis(self, z: Values) -> Values:
        """Return its intensity on the axis; the pinhole is taken as a point."""
        settings = self.settings
        if settings.modality == "two-photon":
            return self._pupil(settings.excitation_um).on_axis(z) ** 2
        emitted = self._pupil(settings.emission_um).on_axis(z)
        return emitted * self._pupil(settings.excitation_um).on_axis(z) if settings.modality in PINHOLE else emitted

    def profile(self, count: int, z: Values, focus: float, step: float) -> Values:
        """Return (count, len(z)) intensities at the radii 0, step, 2 step, ...; a light sheet lies at the focus."""
        settings = self.settings
        radii = np.arange(count, dtype=np.float64) * step
        if settings.modality == "two-photon":
            return self._pupil(settings.excitation_um).intensity(radii, z) ** 2
        if settings.modality in PINHOLE:
            return self._through_pinhole(count, z, step) * self._pupil(settings.excitation_um).intensity(radii, z)
        emitted = self._pupil(settings.emission_um).intensity(radii, z)
        if settings.modality == "light-sheet":
            emitted *= np.exp(-2 * ((z - focus) / settings.sheet_um) ** 2)
        return emitted

    def _through_pinhole(self, count: int, z: Values, step: float) -> Values:
        settings = self.settings
        hole = settings.pinhole_um
        source = count + int(np.ceil(hole / step)) + LAGRANGE_POINTS
        emitted = self._pupil(settings.emission_um).intensity(
            np.arange(source if hole else count, dtype=np.float64) * step, z
        )
        if not hole:
            return emitted
        band = 2 * settings.numerical_aperture / settings.emission_um
        return np.asarray(pinhole(hole, band, step, count, source) @ emitted)

    def _pupil(self, wavelength: float) -> Pupil:
        reach = self.radius + self.settings.pinhole_um if self.settings.modality in PINHOLE else self.radius
        return pupil(self.settings.lens, wavelength, reach, self.defocus)
