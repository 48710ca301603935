"""The modulus of a PSF's transfer function against spatial frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf.microscope.nyquist import nyquist
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.units import factor, is_length

Values = NDArray[np.float64]

MIN_TRANSFORM_LENGTH = 256  # at least, so that the curve is smooth
CUTOFF_HEIGHT = 1e-3  # of the height at frequency 0: below, nothing stands out from noise


@dataclass(frozen=True, slots=True, eq=False)
class Transfer:
    """The lateral transfer function, averaged over all directions: its modulus is 1 at frequency 0.

    Frequencies are in periods per unit of the PSF, from 0 to half of the sampling frequency.
    """

    frequency: Values
    height: Values
    unit: str

    @property
    def cutoff(self) -> float:
        """The lowest frequency from which on less than a thousandth passes; NaN where it never falls so far."""
        above = np.flatnonzero(self.height >= CUTOFF_HEIGHT)
        last = int(above[-1]) if len(above) else 0
        if last + 1 >= len(self.height):
            return float("nan")
        high, low = np.log(self.height[last]), np.log(max(self.height[last + 1], CUTOFF_HEIGHT * 1e-6))
        share = (high - np.log(CUTOFF_HEIGHT)) / (high - low)
        step = self.frequency[last + 1] - self.frequency[last]
        return float(self.frequency[last] + share * step)


def transfer(psf: PSF) -> Transfer:
    """Return the transfer function of a PSF along its lateral axes, y and x, or along its only one.

    A PSF of three axes is added up along z: that is the transfer of objects that do not change along z.
    """
    plane: Values = np.asarray(psf.data.sum(axis=0) if psf.ndim == 3 else psf.data, np.float64)
    spacing = psf.spacing[-plane.ndim :]
    lengths = [max(MIN_TRANSFORM_LENGTH, length) for length in plane.shape]
    modulus = np.abs(np.fft.rfftn(plane, lengths, range(plane.ndim)))
    axes = [np.fft.fftfreq(n, step) for n, step in zip(lengths[:-1], spacing[:-1], strict=True)]
    axes.append(np.fft.rfftfreq(lengths[-1], spacing[-1]))
    radius = np.sqrt(sum(np.square(axis) for axis in np.meshgrid(*axes, indexing="ij", sparse=True)))
    highest = 1 / (2 * max(spacing))  # beyond, not all directions have samples
    step = max(1 / (n * each) for n, each in zip(lengths, spacing, strict=True))
    bins = np.floor(radius / step + 0.5).astype(np.int64)
    count = int(highest / step + 1e-9) + 1
    inside = bins < count
    samples = np.bincount(bins[inside], minlength=count)
    height = np.bincount(bins[inside], modulus[inside], count) / np.maximum(samples, 1)
    place = np.bincount(bins[inside], radius[inside], count) / np.maximum(samples, 1)
    return Transfer(place, height / height[0], psf.unit)


def theoretical_cutoff(psf: PSF) -> float | None:
    """Return the highest lateral frequency that the PSF's lens passes, per its unit; None where it tells no optics."""
    steps = lens_steps(psf)
    return None if steps is None else 1 / (2 * steps[1])


def lens_steps(psf: PSF) -> tuple[float, float] | None:
    """Return the axial and lateral distances of samples, in the PSF's unit, that just record all that its lens passes.

    None where the PSF does not tell its optics.
    """
    info = psf.info
    if info.get("source") != "microscope" or not is_length(psf.unit):
        return None
    names = ("modality", "numerical_aperture", "emission_um", "excitation_um", "immersion_index")
    try:
        axial, lateral = nyquist(**{name: info[name] for name in names})
    except (KeyError, TypeError, ParameterError):
        return None  # impossible optics have no theory
    return axial * factor("um", psf.unit), lateral * factor("um", psf.unit)
