"""How much faster the spectra of a cube are deconvolved together than in a loop over its pixels, and how far apart.

    python benchmarks/cube.py [--shape 40 64 64] [--iterations 50] [--prior NAME:STRENGTH]

A cube of spectra along axis 0: seconds for `nd.deconvolve` with ``axes=(0,)``, seconds for a Python loop that calls it
for each pixel, their ratio, and the largest difference over the largest value. The loop is timed on some of the pixels.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.transforms.boundary import BOUNDARIES

LOOPED = 256  # pixels of the loop that are timed, and compared


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", type=int, nargs=3, default=[40, 64, 64])
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--prior", default="none", help="such as tv:0.003")
    given = parser.parse_args()
    name, _, strength = given.prior.partition(":")
    prior = {} if name == "none" else {"prior": name, "strength": float(strength)}
    cube, psf = simulated(tuple(given.shape))
    print(f"{'x'.join(map(str, cube.shape))}, {given.iterations} iterations")
    print("way             boundary    batch/s    loop/s    ratio    difference")
    ways: dict[str, dict[str, object]] = {
        "none": {"acceleration": "none", **prior},
        "accelerated": {"acceleration": DEFAULT_ACCELERATION, **prior},
        "Wiener filter": {"method": "wiener", "regularization": 1e-3},
    }
    for name, way in ways.items():
        for boundary in BOUNDARIES:
            recipe = nd.Recipe(iterations=given.iterations, background=5.0, boundary=boundary, target_fwhm=0)
            batch, loop, difference = measure(cube, psf, recipe.replace(**way))
            print(
                f"{name:14}  {boundary:10}  {batch:7.3f}  {loop:8.2f}  {loop / batch:7.1f}    {difference:.1e}",
                flush=True,
            )


def simulated(shape: tuple[int, ...]) -> tuple[np.ndarray, nd.PSF]:
    """Give counts of two lines per pixel, and the PSF along axis 0."""
    rng = np.random.default_rng(0)
    place = np.arange(shape[0])[:, None, None]
    centre, height = rng.uniform(0, shape[0], (2, *shape[1:])), rng.uniform(100, 2000, (2, *shape[1:]))
    truth = sum(h * np.exp(-((place - c) ** 2) / 2) for c, h in zip(centre, height, strict=True))
    psf = nd.psf.gaussian(5.0, ndim=1)
    return rng.poisson(nd.convolve(truth, psf, axes=(0,)) + 5).astype(np.uint16), psf


def measure(cube: np.ndarray, psf: nd.PSF, recipe: nd.Recipe) -> tuple[float, float, float]:
    """Give the seconds of both ways, and how far apart their results are."""
    begin = time.perf_counter()
    together = nd.deconvolve(cube, psf, recipe, axes=(0,)).estimate
    batch = time.perf_counter() - begin
    columns = cube.reshape(len(cube), -1)
    chosen = np.linspace(0, columns.shape[1] - 1, min(LOOPED, columns.shape[1])).astype(int)
    begin = time.perf_counter()
    alone = np.stack([nd.deconvolve(columns[:, pixel], psf, recipe).estimate for pixel in chosen], 1)
    loop = (time.perf_counter() - begin) / len(chosen) * columns.shape[1]
    difference = np.abs(together.reshape(columns.shape)[:, chosen] - alone).max() / together.max()
    return batch, loop, float(difference)


if __name__ == "__main__":
    main()
