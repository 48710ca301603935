"""Blurred objects as a microscope shows them, without noise; the brightest sample is 1."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter

AREA_OF_DISC = {2: 550, 3: 8000}  # samples to one object
AREA_OF_FILAMENT = {2: 2500, 3: 25_000}


@cache
def blurred(kind: str, shape: tuple[int, ...], seed: int = 0, sigma: float = 2.0) -> np.ndarray:
    scene = {"discs": _discs, "filaments": _filaments}[kind](shape, np.random.default_rng(seed))
    light = gaussian_filter(scene, sigma)
    light /= light.max()
    light.flags.writeable = False
    return light


def _discs(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Discs or balls, one over another, each evenly bright."""
    scene, grid = np.zeros(shape), np.ogrid[tuple(slice(0, n) for n in shape)]
    for _ in range(int(np.prod(shape)) // AREA_OF_DISC[len(shape)]):
        distance = np.sqrt(sum((axis - rng.uniform(0, n)) ** 2 for axis, n in zip(grid, shape, strict=True)))
        scene += rng.uniform(0.3, 1) * np.clip(rng.uniform(1.5, 6) - distance + 0.5, 0, 1)
    return scene


def _filaments(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Threads that bend at random, with half a sample from place to place."""
    scene = np.zeros(shape)
    for _ in range(int(np.prod(shape)) // AREA_OF_FILAMENT[len(shape)]):
        bends = np.cumsum(rng.normal(size=(500, len(shape))) * 0.07, axis=0) + rng.normal(size=len(shape))
        steps = 0.5 * bends / np.linalg.norm(bends, axis=1, keepdims=True)
        places = np.round(rng.uniform(0, shape) + np.cumsum(steps, axis=0)).astype(int)
        inside = places[np.all((places >= 0) & (places < shape), axis=1)]
        np.add.at(scene, tuple(inside.T), 1)
    return scene
