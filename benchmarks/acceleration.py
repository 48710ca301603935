"""How many accelerated iterations reach the deviance of 50, 100 and 200 plain ones.

    python benchmarks/acceleration.py

Simulated cells (2D, 3D), filaments (2D) and a spectrum with Poisson noise at three light levels, background 10.
"""

from __future__ import annotations

import numpy as np

import napari_deconvolve as nd

LEVELS = (20, 100, 1000)
PLAIN = (50, 100, 200)


def filaments(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw straight lines of one sample's width."""
    truth = np.zeros(shape)
    for _ in range(12):
        begin, end = (np.array([rng.uniform(0, n - 1) for n in shape]) for _ in range(2))
        steps = np.linspace(begin, end, 400).round().astype(int)
        truth[tuple(steps.T)] = 1
    return truth


def shells(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw hollow balls."""
    truth = np.zeros(shape)
    grids = np.ogrid[tuple(slice(0, n) for n in shape)]
    for _ in range(6):
        centre, radius = [rng.uniform(0, n) for n in shape], rng.uniform(4, min(shape) / 3)
        distance = np.sqrt(sum((grid - place) ** 2 for grid, place in zip(grids, centre, strict=True)))
        truth[np.abs(distance - radius) < 1] = 1
    return truth


CASES = {
    "filaments 128^2": (filaments, (128, 128), (4.7, 4.7)),
    "shells 128^2": (shells, (128, 128), (4.7, 4.7)),
    "shells 32x64x64": (shells, (32, 64, 64), (6.0, 3.5, 3.5)),
    "filaments 32x64x64": (filaments, (32, 64, 64), (6.0, 3.5, 3.5)),
    "peaks 1000": (filaments, (1000,), (25.0,)),
}


def main() -> None:
    rng = np.random.default_rng(0)
    print(f"{'case':20} {'photons':>8}  " + "  ".join(f"{count:>5} plain" for count in PLAIN))
    for name, (make, shape, fwhm) in CASES.items():
        for level in LEVELS:
            psf = nd.psf.gaussian(fwhm)
            blurred = nd.convolve(make(shape, rng), psf)
            image = rng.poisson(blurred / blurred.max() * level + 10)
            plain = trace(image, psf, None, max(PLAIN))
            fast = trace(image, psf, "biggs-andrews", 120)
            counts = [int(np.argmax(fast <= plain[count - 1])) + 1 for count in PLAIN]
            print(f"{name:20} {level:8}  " + "  ".join(f"{count:11}" for count in counts), flush=True)


def trace(image: np.ndarray, psf: nd.PSF, acceleration: str | None, iterations: int) -> np.ndarray:
    """Give the deviance after each iteration."""
    recipe = nd.Recipe(iterations=iterations, acceleration=acceleration, background=10.0, dtype="float64")
    return np.array(nd.deconvolve(image, psf, recipe).trace)


if __name__ == "__main__":
    main()
