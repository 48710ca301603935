"""Simulated measurements in one and two dimensions: a test chart, spectra along a line, and a gap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.phantoms.phantom import Phantom, measured
from napari_deconvolve.psf import from_formula, gaussian, lorentzian

CHART_LENGTH = 256
CHART_SPACING = 0.05  # um
CHART_FWHM = 0.3  # um
SPECTRUM_SHAPE = (32, 600)
SPECTRUM_STEP = 0.05  # nm
SPECTRUM_FWHM = 1.0  # nm
GAP_SAMPLES = 1001
GAP_STEP = 0.02  # meV
GAP_WIDTH, GAP_BROADENING, GAP_THERMAL = 1.0, 0.1, 0.04  # meV: Delta, Gamma, kT
GAP_COUNTS = 1000.0  # far from the gap


def chart(seed: int = 0) -> Phantom:
    """Simulate a chart: a Siemens star, bars that come closer, pairs of points, and a disc of even brightness."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((CHART_LENGTH, CHART_LENGTH))
    rows, columns = np.mgrid[:128, :128] - 63.5
    angle, radius = np.arctan2(rows, columns), np.hypot(rows, columns)
    truth[:128, :128] = 400.0 * (np.sin(24 * angle) > 0) * (radius < 56)
    truth[128:, 128:] = 400.0 * (radius < 34) + 400.0 * (radius < 12)
    for number, period in enumerate((12, 10, 8, 6, 5, 4)):
        top = 14 + 18 * number
        bars = np.arange(100) % period < period / 2
        truth[top : top + 12, 142:242] = 400.0 * bars
    for number in range(8):
        truth[140 + 14 * number, [36, 38 + number, 84, 88 + 2 * number]] = 6000.0
    psf = gaussian(CHART_FWHM, CHART_SPACING, ndim=2)
    return measured(truth, psf, (CHART_SPACING,) * 2, ("um",) * 2, ("y", "x"), 10.0, rng)


def spectra(seed: int = 0) -> Phantom:
    """Simulate spectra along a line: each row is one, and from row to row a pair of lines moves apart."""
    rng = np.random.default_rng(seed)
    rows, samples = SPECTRUM_SHAPE
    place = np.arange(samples) * SPECTRUM_STEP
    row = np.arange(rows)[:, np.newaxis] / (rows - 1)

    def line(position: float | NDArray[np.float64], height: float) -> NDArray[np.float64]:
        return np.asarray(height * np.exp(-0.5 * ((place - position) / 0.08) ** 2))

    truth = line(15 - row, 6000) + line(15 + row, 4000) + line(6.0, 2500) + line(7.2, 2500)
    truth = truth + line(23 + 2 * row**2, 3000) + 60.0 / (1 + np.exp((place - 12) / 2))
    psf = lorentzian(SPECTRUM_FWHM, SPECTRUM_STEP, ndim=1, unit="nm")
    return measured(truth, psf, (1.0, SPECTRUM_STEP), ("pixel", "nm"), ("position", "wavelength"), 15.0, rng)


def gap_spectrum(seed: int = 0) -> Phantom:
    """Simulate the spectrum of a superconductor's gap, as tunnelling measures it: 1D, blurred by temperature.

    The density of states is that of Dynes, Narayanamurti & Garno 1978 (Phys. Rev. Lett. 41:1509), the kernel the
    derivative of the Fermi function, ``1/cosh(E/(2 kT))^2``.
    """
    rng = np.random.default_rng(seed)
    energy = (np.arange(GAP_SAMPLES) - GAP_SAMPLES // 2) * GAP_STEP
    shifted = energy - 1j * GAP_BROADENING
    truth = GAP_COUNTS * np.abs((shifted / np.sqrt(shifted**2 - GAP_WIDTH**2)).real)
    psf = from_formula(f"B={GAP_THERMAL},0.25/B/cosh(x/(2*B))^2", 121, GAP_STEP, unit="meV")
    return measured(truth, psf, (GAP_STEP,), ("meV",), ("energy",), 0.0, rng, boundary="edge")
