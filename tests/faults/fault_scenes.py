"""Scenes with known truth, blurred and counted, and how far an estimate is from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import numpy as np

import napari_deconvolve as nd

FWHM = 4.0  # samples
MOST = 150  # iterations among which the best is looked for
TO_A_DISC = {1: 32, 2: 600, 3: 5000}  # samples, by axes
LEAST_RADIUS, MOST_RADIUS = 1.5, 6.0  # samples


@dataclass(frozen=True, eq=False)
class Scene:
    """An object in photons, the PSF that blurs it, and what a detector would count on average."""

    truth: np.ndarray
    psf: nd.PSF
    light: np.ndarray

    def photons(self, background: float | np.ndarray = 0.0, seed: int = 1) -> np.ndarray:
        return np.random.default_rng(seed).poisson(self.light + background)

    def error(self, estimate: np.ndarray, counts_per_photon: float = 1.0) -> float:
        """Return the root mean square of an estimate's error over that of the truth."""
        return float(np.linalg.norm(estimate / counts_per_photon - self.truth) / np.linalg.norm(self.truth))

    def least_error(self, image: np.ndarray, background: float = 0.0, counts_per_photon: float = 1.0) -> float:
        """Return the error of the best iteration by somebody who knows background and truth."""
        recipe = nd.Recipe(background=background, offset=0.0, read_noise=0.0, defects="keep", target_fwhm=0.0)
        states = islice(nd.iterate(image, self.psf, recipe), MOST)
        return min(self.error(state.estimate, counts_per_photon) for state in states)

    def excess(self, image: np.ndarray, background: float = 0.0, recipe: nd.Recipe | None = None) -> float:
        """Return the error of the default over that of the best iteration."""
        return self.error(nd.deconvolve(image, self.psf, recipe).estimate) / self.least_error(image, background)

    def brighter(self, factor: float) -> Scene:
        return Scene(self.truth * factor, self.psf, self.light * factor)


@cache
def scene(kind: str, shape: tuple[int, ...], peak: float, seed: int = 0) -> Scene:
    """Return discs or points whose blurred image is so bright at its peak."""
    truth = {"discs": discs, "points": points}[kind](shape, np.random.default_rng(seed))
    blurred = seen(truth)
    return blurred.brighter(peak / blurred.light.max())


def seen(truth: np.ndarray, boundary: str = "zero") -> Scene:
    """Return a scene of an object."""
    psf = nd.psf.gaussian(FWHM, ndim=truth.ndim)
    return Scene(truth, psf, np.maximum(nd.convolve(truth, psf, boundary=boundary), 0))


def discs(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return discs, or balls, one over another."""
    truth, grid = np.zeros(shape), np.ogrid[tuple(slice(0, n) for n in shape)]
    for _ in range(max(6, int(np.prod(shape)) // TO_A_DISC[len(shape)])):
        distance = np.sqrt(sum((axis - rng.uniform(0, n)) ** 2 for axis, n in zip(grid, shape, strict=True)))
        radius = rng.uniform(LEAST_RADIUS, MOST_RADIUS)
        truth += rng.uniform(0.3, 1) * np.clip(radius - distance + 0.5, 0, 1)
    return truth


def points(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return single bright samples, far fewer than dark ones."""
    truth = np.zeros(shape)
    for _ in range(max(6, int(np.prod(shape)) // 400)):
        truth[tuple(int(rng.integers(3, n - 3)) for n in shape)] += rng.uniform(0.3, 1)
    return truth


def mean_of(ratios: list[float]) -> float:
    """Return the geometric mean of ratios of errors."""
    return float(np.exp(np.mean(np.log(ratios))))


def settings(result: nd.Result) -> dict[str, Any]:
    """Return what a run found, for the message of a test that fails."""
    return {"iterations": result.iterations, "gain": result.gain, "background": result.background}
