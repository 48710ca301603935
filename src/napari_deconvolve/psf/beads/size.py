"""Taking the size of a bead out of its image: a solid sphere, evenly filled with dye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.beads.find import SIGMA_PER_FWHM

Values = NDArray[np.float64]

LEAST_NOISE = 1e-7  # of the light's power: even a perfect measurement is interpolated


def sphere_otf(shape: Sequence[int], spacing: Sequence[float], diameter: float) -> Values:
    """Return the Fourier transform of a solid sphere of unit light, for `numpy.fft.rfftn`.

    ``3 (sin q - q cos q)/q^3`` with ``q = pi diameter |f|``. For 2D it is that of the sphere's projection, by the
    projection-slice theorem the same function.
    """
    q = np.pi * diameter * np.sqrt(_squares(shape, spacing, [1.0] * len(shape)))
    safe = np.where(q < 1e-2, 1.0, q)
    exact = 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3
    return np.where(q < 1e-2, 1 - q**2 / 10, exact)  # the series, where the difference would cancel


def cleared(values: Values, spacing: Sequence[float], diameter: float, widths: Sequence[float], noise: float) -> Values:
    """Divide a bead's image by its sphere, with a Wiener term for frequencies that noise hides.

    The image is centred, its background off; `noise` is the standard deviation of a sample. The result is
    ``B S/(S^2 + N/P^2)``: B the image's spectrum, S the sphere's, N the noise's power, and P a Gaussian guess of the
    PSF's
    spectrum, whose variance is the image's less the sphere's (diameter^2/20 per axis). With a diameter of 0 nothing is
    divided, and the Wiener filter takes away the noise at frequencies that hold no light.
    """
    from scipy import fft

    shape = [fft.next_fast_len(2 * length) for length in values.shape]
    before = [(full - length) // 2 for full, length in zip(shape, values.shape, strict=True)]
    pad = [(b, n - m - b) for b, n, m in zip(before, shape, values.shape, strict=True)]
    sphere = sphere_otf(shape, spacing, diameter)
    variances = [
        max((width * SIGMA_PER_FWHM) ** 2 - diameter**2 / 20, (0.3 * width * SIGMA_PER_FWHM) ** 2) for width in widths
    ]
    guess = np.exp(-4 * np.pi**2 * _squares(shape, spacing, variances))  # the square of the spectrum
    power = max(noise**2 * values.size / float(values.sum()) ** 2, LEAST_NOISE)
    # Mirrored at its borders, a window that cuts the light off makes no step there.
    spectrum = fft.rfftn(np.pad(values, pad, mode="symmetric"))
    # guess/(guess S^2 + N) is 1/(S^2 + N/guess) without dividing by a guess that has vanished
    filtered = spectrum * sphere * guess / (guess * sphere**2 + power)
    inside = tuple(slice(low, low + length) for low, length in zip(before, values.shape, strict=True))
    return np.asarray(fft.irfftn(filtered, shape)[inside])


def _squares(shape: Sequence[int], spacing: Sequence[float], weights: Sequence[float]) -> Values:
    """Return the weighted sum of squared frequencies."""
    total = np.zeros(())
    for axis, (length, step, weight) in enumerate(zip(shape, spacing, weights, strict=True)):
        last = axis == len(shape) - 1
        frequency = np.fft.rfftfreq(length, step) if last else np.fft.fftfreq(length, step)
        total = np.add.outer(total, weight * frequency**2)
    return total
