"""A simulated cell: nucleus with foci, membrane, vesicles and filaments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.phantoms.phantom import Phantom, measured, share_light
from napari_deconvolve.psf import gaussian

CELL_SHAPE = (32, 128, 128)
CELL_SPACING = (0.3, 0.1, 0.1)  # um
CELL_FWHM = (1.0, 0.35, 0.35)  # um


def cell(seed: int = 0) -> Phantom:
    """Simulate a cell: nucleus with foci, membrane, vesicles, and filaments that grow from beside the nucleus."""
    rng = np.random.default_rng(seed)
    nucleus = _ellipsoid((0.2, 0.6, 0.8), (2.2, 2.7, 2.9))
    truth = 120.0 * _shell(_ellipsoid((0.0, 0.0, 0.0), (3.9, 5.4, 5.6)), 4.5)
    truth += 60.0 * (nucleus < 1) * (0.6 + 0.4 * _texture(rng)) + 100.0 * _shell(nucleus, 2.5)
    truth += 20000.0 * _splat(_points(rng, 14, (0.2, 0.6, 0.8), (2.0, 2.5, 2.7), 0.0))
    truth += 6000.0 * _splat(_points(rng, 40, (0.0, 0.0, 0.0), (3.7, 5.0, 5.2), 0.75))
    truth += 350.0 * _splat(np.concatenate([_filament(rng) for _ in range(60)]))
    psf = gaussian(CELL_FWHM, CELL_SPACING)
    return measured(truth, psf, CELL_SPACING, ("um",) * 3, ("z", "y", "x"), 20.0, rng)


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
    """Distribute a unit of light at each place (um from the middle) over the eight voxels around it."""
    out = np.zeros(CELL_SHAPE)
    share_light(out, places / CELL_SPACING + (np.array(CELL_SHAPE) - 1) / 2, 1.0)
    return out
