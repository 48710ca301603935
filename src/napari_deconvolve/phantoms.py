"""Simulated measurements whose answer is known: for teaching, for the demo, and for tests.

All of it is drawn by formulae and a random generator with a fixed seed, so that everybody sees the same samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf import PSF, from_formula, gaussian, lorentzian

Array = NDArray[np.float32]

CELL_SHAPE = (32, 128, 128)
CELL_SPACING = (0.3, 0.1, 0.1)  # um
CELL_FWHM = (1.0, 0.35, 0.35)  # um
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
FOUR_PI_SHAPE = (64, 96, 96)
FOUR_PI_SPACING = (0.05, 0.08, 0.08)  # um
FOUR_PI_FWHM = (0.13, 0.24, 0.24)  # um, of each of the three peaks
LOBE_DISTANCE = 0.27  # um
LOBE_HEIGHT = 0.6  # of the main peak


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """A simulated measurement.

    Attributes
    ----------
    truth : ndarray
        Expected counts without blur, noise and background, float32.
    counts : ndarray
        The truth, blurred, on a background, with Poisson noise; uint16.
    psf : PSF
        What it was blurred with; acts on the last axes.
    spacing, units, axis_labels : tuple
        One per axis.
    background : float
        Expected counts per sample that did not come from the object.
    """

    truth: Array
    counts: NDArray[np.uint16]
    psf: PSF
    spacing: tuple[float, ...]
    units: tuple[str, ...]
    axis_labels: tuple[str, ...]
    background: float


def cell(seed: int = 0) -> Phantom:
    """Simulate a cell: nucleus with foci, membrane, vesicles, and filaments that grow from beside the nucleus.

    Parameters
    ----------
    seed : int
        Another one gives another cell.
    """
    rng = np.random.default_rng(seed)
    nucleus = _ellipsoid((0.2, 0.6, 0.8), (2.2, 2.7, 2.9))
    truth = 120.0 * _shell(_ellipsoid((0.0, 0.0, 0.0), (3.9, 5.4, 5.6)), 4.5)
    truth += 60.0 * (nucleus < 1) * (0.6 + 0.4 * _texture(rng)) + 100.0 * _shell(nucleus, 2.5)
    truth += 20000.0 * _splat(_points(rng, 14, (0.2, 0.6, 0.8), (2.0, 2.5, 2.7), 0.0))
    truth += 6000.0 * _splat(_points(rng, 40, (0.0, 0.0, 0.0), (3.7, 5.0, 5.2), 0.75))
    truth += 350.0 * _splat(np.concatenate([_filament(rng) for _ in range(60)]))
    psf = gaussian(CELL_FWHM, CELL_SPACING)
    return _measured(truth, psf, CELL_SPACING, ("um",) * 3, ("z", "y", "x"), 20.0, rng)


def chart(seed: int = 0) -> Phantom:
    """Simulate a chart: a Siemens star, bars that come closer, pairs of points, and a disc of even brightness.

    Parameters
    ----------
    seed : int
        Of the noise.
    """
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
    return _measured(truth, psf, (CHART_SPACING,) * 2, ("um",) * 2, ("y", "x"), 10.0, rng)


def spectra(seed: int = 0) -> Phantom:
    """Simulate spectra along a line: each row is one, and from row to row a pair of lines moves apart.

    Parameters
    ----------
    seed : int
        Of the noise.
    """
    rng = np.random.default_rng(seed)
    rows, samples = SPECTRUM_SHAPE
    place = np.arange(samples) * SPECTRUM_STEP
    row = np.arange(rows)[:, np.newaxis] / (rows - 1)

    def line(position: float | NDArray[np.float64], height: float) -> NDArray[np.float64]:
        return np.asarray(height * np.exp(-0.5 * ((place - position) / 0.08) ** 2))

    truth = line(15 - row, 6000) + line(15 + row, 4000) + line(6.0, 2500) + line(7.2, 2500)
    truth = truth + line(23 + 2 * row**2, 3000) + 60.0 / (1 + np.exp((place - 12) / 2))
    psf = lorentzian(SPECTRUM_FWHM, SPECTRUM_STEP, ndim=1, unit="nm")
    return _measured(truth, psf, (1.0, SPECTRUM_STEP), ("pixel", "nm"), ("position", "wavelength"), 15.0, rng)


def four_pi(seed: int = 0, peak: float = 400.0) -> Phantom:
    """Simulate a 4Pi image: beads and filaments, each with a fainter copy before and behind along z.

    The lobes lie `LOBE_DISTANCE` from the main peak, between two samples, and are `LOBE_HEIGHT` of its height.

    Parameters
    ----------
    seed : int
        Another one gives other beads and filaments.
    peak : float
        Expected counts at the brightest sample, without background.
    """
    rng = np.random.default_rng(seed)
    low = np.array((12.0, 6.0, 6.0))
    high = np.array(FOUR_PI_SHAPE) - low - 1
    truth = np.zeros(FOUR_PI_SHAPE)
    for place in rng.uniform(low, high, (25, 3)):
        _share(truth, place[np.newaxis], rng.uniform(0.5, 1.0))
    for _ in range(6):
        _share(truth, _wire(rng, low, high), 0.025)
    psf = four_pi_psf()
    truth *= peak / _blurred(truth, psf).max()
    return _measured(truth, psf, FOUR_PI_SPACING, ("um",) * 3, ("z", "y", "x"), 5.0, rng)


def four_pi_psf(distance: float = LOBE_DISTANCE, height: float = LOBE_HEIGHT) -> PSF:
    """Return a main peak with two lobes along z, each a Gaussian wherever between the samples it lies.

    Parameters
    ----------
    distance : float
        Of the lobes from the main peak, in um.
    height : float
        Of the lobes, relative to the main peak.
    """
    step, sigma = FOUR_PI_SPACING[0], FOUR_PI_FWHM[0] / 2.3548
    reach = int(np.ceil((distance + 4 * sigma) / step))
    z = step * np.arange(-reach, reach + 1)
    peaks = ((height, -distance), (1.0, 0.0), (height, distance))
    along = sum(share * np.exp(-0.5 * ((z - place) / sigma) ** 2) for share, place in peaks)
    across = gaussian(FOUR_PI_FWHM[1:], FOUR_PI_SPACING[1:])
    return PSF(np.asarray(along)[:, np.newaxis, np.newaxis] * across.data, FOUR_PI_SPACING)


def _wire(
    rng: np.random.Generator, low: NDArray[np.float64], high: NDArray[np.float64], step: float = 0.25
) -> NDArray[np.float64]:
    """Return places, in samples, on a smooth line that lies nearly across z, from a random one to the border."""
    place = rng.uniform(low, high)
    heading = rng.normal(size=3) * (0.15, 1.0, 1.0)
    places: list[NDArray[np.float64]] = []
    while len(places) < 400 and np.all((place > low - 5) & (place < high + 5)):
        places.append(place)
        heading = heading / np.linalg.norm(heading) + rng.normal(scale=(0.01, 0.05, 0.05))
        place = place + step * heading / np.linalg.norm(heading)
    return np.array(places)


def _blurred(truth: NDArray[np.float64], psf: PSF, boundary: str = "zero") -> NDArray[np.float64]:
    from napari_deconvolve.run.simulate.convolve import convolve

    return np.asarray(np.maximum(convolve(truth, psf, boundary=boundary), 0), np.float64)


def gap_spectrum(seed: int = 0) -> Phantom:
    """Simulate the spectrum of a superconductor's gap, as tunnelling measures it: 1D, blurred by temperature.

    The density of states is that of Dynes, Narayanamurti & Garno 1978 (Phys. Rev. Lett. 41:1509), the kernel the
    derivative of the Fermi function, ``1/cosh(E/(2 kT))^2``.

    Parameters
    ----------
    seed : int
        Of the noise.
    """
    rng = np.random.default_rng(seed)
    energy = (np.arange(GAP_SAMPLES) - GAP_SAMPLES // 2) * GAP_STEP
    shifted = energy - 1j * GAP_BROADENING
    truth = GAP_COUNTS * np.abs((shifted / np.sqrt(shifted**2 - GAP_WIDTH**2)).real)
    psf = from_formula(f"B={GAP_THERMAL},0.25/B/cosh(x/(2*B))^2", 121, GAP_STEP, unit="meV")
    return _measured(truth, psf, (GAP_STEP,), ("meV",), ("energy",), 0.0, rng, boundary="edge")


def _measured(
    truth: NDArray[np.float64],
    psf: PSF,
    spacing: tuple[float, ...],
    units: tuple[str, ...],
    axis_labels: tuple[str, ...],
    background: float,
    rng: np.random.Generator,
    boundary: str = "zero",
) -> Phantom:
    expected = _blurred(truth, psf, boundary) + background
    counts = np.minimum(rng.poisson(expected), np.iinfo(np.uint16).max).astype(np.uint16)
    return Phantom(truth.astype(np.float32), counts, psf, spacing, units, axis_labels, background)


def _grid() -> list[NDArray[np.float64]]:
    """Return the places of the cell's voxels along each axis, in um from the middle, ready to be broadcast."""
    axes = [(np.arange(n) - (n - 1) / 2) * step for n, step in zip(CELL_SHAPE, CELL_SPACING, strict=True)]
    return list(np.meshgrid(*axes, indexing="ij", sparse=True))


def _ellipsoid(middle: Sequence[float], radii: Sequence[float]) -> NDArray[np.float64]:
    """Return the distance from the middle, 1 on the surface; the surface is a little uneven, as a cell's is."""
    z, y, x = (axis - place for axis, place in zip(_grid(), middle, strict=True))
    angle = np.arctan2(y, x)
    uneven = 1 + 0.06 * np.cos(3 * angle + 0.5) + 0.03 * np.sin(5 * angle + z / 2)
    squares = (z / radii[0]) ** 2 + (y / radii[1]) ** 2 + (x / radii[2]) ** 2
    return np.asarray(np.sqrt(squares) / uneven)


def _shell(distance: NDArray[np.float64], radius: float, thickness: float = 0.12) -> NDArray[np.float64]:
    """Return a thin layer about the surface; `radius` turns the distance into about um."""
    return np.asarray(np.exp(-(((distance - 1) * radius / thickness) ** 2)))


def _texture(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return smooth random numbers of about -1 to 1: waves of 0.8 to 3 um in random directions."""
    total = np.zeros(CELL_SHAPE)
    waves = 24
    for _ in range(waves):
        direction = rng.normal(size=3)
        direction *= 2 * np.pi / (np.linalg.norm(direction) * rng.uniform(0.8, 3.0))
        phase = sum(k * axis for k, axis in zip(direction, _grid(), strict=True))
        total += np.cos(phase + rng.uniform(0, 2 * np.pi))
    return np.asarray(np.clip(total / np.sqrt(waves), -1.4, 1.4))


def _points(
    rng: np.random.Generator, count: int, middle: Sequence[float], radii: Sequence[float], inner: float
) -> NDArray[np.float64]:
    """Return places inside an ellipsoid, but not within its inner part, in um from the middle of the cell."""
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    reach = 0.9 * rng.uniform(inner**3, 1, (count, 1)) ** (1 / 3)
    return np.asarray(directions * reach * radii + middle)


def _filament(rng: np.random.Generator, step: float = 0.05) -> NDArray[np.float64]:
    """Grow a filament from beside the nucleus, bending at random, until it meets the membrane or the nucleus."""
    place = np.array((-0.4, -2.4, -2.2)) + rng.normal(scale=(0.3, 0.4, 0.4))
    heading = rng.normal(size=3) * (0.3, 1.0, 1.0)
    heading /= np.linalg.norm(heading)
    places = []
    for _ in range(int(rng.uniform(100, 300))):
        places.append(place.copy())
        heading += rng.normal(scale=(0.02, 0.06, 0.06))
        inside = (place - (0.2, 0.6, 0.8)) / (2.4, 2.9, 3.1)
        if np.sum(inside**2) < 1.1:  # slide along the nucleus
            heading += 0.2 * inside
        heading /= np.linalg.norm(heading)
        place = place + step * heading
        if np.sum((place / (3.6, 5.0, 5.2)) ** 2) > 1:
            break
    return np.array(places)


def _splat(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share out a unit of light at each place (um from the middle) over the eight voxels around it."""
    out = np.zeros(CELL_SHAPE)
    _share(out, places / CELL_SPACING + (np.array(CELL_SHAPE) - 1) / 2, 1.0)
    return out


def _share(out: NDArray[np.float64], places: NDArray[np.float64], light: float) -> None:
    """Add light at each place, in samples, to the eight around it."""
    low = np.floor(places).astype(int)
    part = places - low
    for corner in np.ndindex(2, 2, 2):
        share = light * np.prod(np.where(corner, part, 1 - part), axis=1)
        np.add.at(out, tuple((low + corner).T), share)
