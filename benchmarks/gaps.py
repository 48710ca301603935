"""What a guessed background costs between large flat objects, as cells in a dish are.

    python benchmarks/gaps.py [--seeds 3] [--first-seed 0] [--photons 20 100 1000] [--backgrounds flat vignetted]

Cells cover a share of 128 x 128 samples; each has another level, and most a nucleus. Camera and background are those of
`scenes`. Each row: the error of the default over that of a run that is given the true background, mean and worst.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray
from scenes import BACKGROUNDS, MIN_BACKGROUND, Camera

import napari_deconvolve as nd

SHAPE, BORDER = (128, 128), 24
COVERED = (0.3, 0.5, 0.7, 0.85)
PSF = nd.psf.gaussian(4.0, ndim=2)
SHARE = 0.1  # of the peak: the mean background
CAMERA = Camera()

Values = NDArray[np.float64]


def cells(covered: float, rng: np.random.Generator) -> Values:
    """Return flat ellipses, one over another, until they cover a share of the image."""
    whole = tuple(length + 2 * BORDER for length in SHAPE)
    inside = tuple(slice(BORDER, -BORDER) for _ in SHAPE)
    y, x = np.indices(whole)
    out = np.zeros(whole)
    while np.mean(out[inside] > 0) < covered:
        down, across, turn = rng.uniform(0, whole[0]), rng.uniform(0, whole[1]), rng.uniform(0, np.pi)
        length = rng.uniform(10, 28)
        along = (x - across) * np.cos(turn) + (y - down) * np.sin(turn)
        beside = (y - down) * np.cos(turn) - (x - across) * np.sin(turn)
        away = np.hypot(along / length, beside / (length * rng.uniform(0.6, 1)))
        out = np.where(away < 1, np.maximum(out, rng.uniform(0.3, 1)), out)
        if rng.random() < 0.7:
            out = np.where(away < 0.4, out * rng.uniform(0.3, 2.5), out)
    return out


def ratio(covered: float, peak: float, background: str, seed: int) -> float:
    """Return the error of the default over that with the true background."""
    rng = np.random.default_rng([seed, round(100 * covered)])
    inside = tuple(slice(BORDER, -BORDER) for _ in SHAPE)
    truth = cells(covered, rng)
    light = np.maximum(nd.convolve(truth, PSF, boundary="zero")[inside].astype(np.float64), 0)
    truth, light = truth[inside] * peak / light.max(), light * peak / light.max()
    under = max(SHARE * peak, MIN_BACKGROUND) * BACKGROUNDS[background](SHAPE)
    photons = rng.poisson(light + under) + CAMERA.read_noise * rng.normal(size=SHAPE)
    counts = CAMERA.offset + CAMERA.gain * photons
    known = np.asarray(CAMERA.offset + CAMERA.gain * under, np.float32)
    runs = (nd.deconvolve(counts, PSF, nd.Recipe(background=one)) for one in ("auto", known))
    found, given = (float(np.linalg.norm(run.estimate / CAMERA.gain - truth)) for run in runs)
    return found / given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--photons", type=float, nargs="+", default=(20, 100, 1000))
    parser.add_argument("--backgrounds", nargs="+", choices=tuple(BACKGROUNDS), default=("flat", "vignetted"))
    given = parser.parse_args()
    print(f"{'background':>12}{'covered':>9}" + "".join(f"{peak:>16g}" for peak in given.photons))
    for background in given.backgrounds:
        for covered in COVERED:
            words = []
            for peak in given.photons:
                seeds = range(given.first_seed, given.first_seed + given.seeds)
                ratios = [ratio(covered, peak, background, seed) for seed in seeds]
                words.append(f"{np.mean(ratios):.2f} ({max(ratios):.2f})")
            print(f"{background:>12}{covered:9.2f}" + "".join(f"{word:>16}" for word in words), flush=True)


if __name__ == "__main__":
    main()
