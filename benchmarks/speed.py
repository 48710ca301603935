"""Speed of one Richardson-Lucy iteration, as ratios against four real FFTs and scikit-image in the same run.

    python benchmarks/speed.py [--repeats 7] [--fft scipy|ducc0]

Per case: the median over interleaved repeats of

* ``iteration``   one plain iteration: (time of 9 iterations - time of 3)/6 of the public loop, deviance included
* ``accelerated`` the same with Biggs-Andrews
* ``4 FFTs``      two scipy.fft.rfftn and two irfftn of the padded size, float32, all cores
* ``scikit``      one iteration of skimage.restoration.richardson_lucy, from the same difference (fewer repeats)
"""

from __future__ import annotations

import argparse
import os
import time
from itertools import islice

import numpy as np
import scipy.fft

CASES = {
    "3D 64x256x256, PSF 31^3": ((64, 256, 256), (31, 31, 31)),
    "2D 2048^2, PSF 65^2": ((2048, 2048), (65, 65)),
    "3D 32x512x512, PSF 25x65x65": ((32, 512, 512), (25, 65, 65)),
    "2D 128^2, PSF 21^2": ((128, 128), (21, 21)),
    "1D 1000, PSF 121": ((1000,), (121,)),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeats", type=int, default=7)
    options.add_argument("--fft", choices=("scipy", "ducc0"), default="scipy")
    options.add_argument("--only", default="", help="part of a case's name")
    options.add_argument("--no-peers", action="store_true", help="leave scikit-image out")
    given = options.parse_args()
    os.environ["NAPARI_DECONVOLVE_FFT"] = given.fft
    print(f"transform: {given.fft}; medians of {given.repeats}, ms")
    print(f"{'case':30} {'iteration':>9} {'accel.':>8} {'4 FFTs':>8} {'scikit':>8} | iter/4FFTs accel/iter scikit/iter")
    for name, (shape, psf_shape) in CASES.items():
        if given.only in name:
            measure(name, shape, psf_shape, given.repeats, peers=not given.no_peers)


def measure(name: str, shape: tuple[int, ...], psf_shape: tuple[int, ...], repeats: int, *, peers: bool) -> None:
    from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
    from napari_deconvolve.core.operators.blur import Blur
    from napari_deconvolve.job.iteration import richardson_lucy
    from napari_deconvolve.job.prepare import prepare
    from napari_deconvolve.psf import gaussian
    from napari_deconvolve.recipe.recipe import Recipe

    rng = np.random.default_rng(0)
    image = rng.poisson(100, shape).astype(np.float32)
    psf = gaussian(tuple(length / 4 for length in psf_shape), shape=psf_shape)
    box = Blur(psf.data, shape).layout.box
    rounds = max(1, int(2e5 / np.prod(shape)))  # short iterations are timed in bulk

    def loop(acceleration: str | None) -> float:
        job = prepare(image, psf, Recipe(acceleration=acceleration, background=1.0))
        iteration = richardson_lucy(job, 0)
        states = iteration.states()
        next(states), next(states), next(states)
        begin = time.perf_counter()
        for _ in islice(states, 6 * rounds):
            pass
        taken = (time.perf_counter() - begin) / (6 * rounds)
        iteration.blur.close()
        return taken

    def transforms() -> float:
        real = rng.random(box, dtype=np.float32)
        scipy.fft.rfftn(real, workers=os.cpu_count())
        begin = time.perf_counter()
        for _ in range(rounds):
            for _ in range(2):
                spectrum = scipy.fft.rfftn(real, workers=os.cpu_count())
                scipy.fft.irfftn(spectrum, box, workers=os.cpu_count())
        return (time.perf_counter() - begin) / rounds

    times = np.array([(loop(None), loop(DEFAULT_ACCELERATION), transforms()) for _ in range(repeats)])
    plain, ahead, four = np.median(times, axis=0) * 1e3
    ratios = np.median(times[:, 0] / times[:, 2]), np.median(times[:, 1] / times[:, 0])
    peer = scikit_image(image, psf.data) * 1e3 if peers else np.nan
    print(
        f"{name:30} {plain:9.2f} {ahead:8.2f} {four:8.2f} {peer:8.2f} | "
        f"{ratios[0]:10.2f} {ratios[1]:10.2f} {peer / plain:11.1f}",
        flush=True,
    )


def scikit_image(image: np.ndarray, psf: np.ndarray) -> float:
    """Time one iteration of scikit-image; its `num_iter` loop has no other way in."""
    from skimage.restoration import richardson_lucy

    counts = (1, 4) if image.size > 1e5 else (10, 110)
    taken = []
    for _ in range(3):
        spans = []
        for count in counts:
            begin = time.perf_counter()
            richardson_lucy(image, psf, num_iter=count, clip=False)
            spans.append(time.perf_counter() - begin)
        taken.append((spans[1] - spans[0]) / (counts[1] - counts[0]))
    return float(np.median(taken))


if __name__ == "__main__":
    main()
