"""How the default does on a camera's spectra: offset, gain, and baselines that are no constant.

    python benchmarks/spectra_of_cameras.py [--seeds 3] [--first-seed 0]

Error |u - t| / |t| of ``nd.deconvolve(counts, psf)``, in photons, over the least error of any iteration that knows
baseline and camera; geometric mean and worst over peaks of 30, 300 and 5000 photons and the seeds. And level and gain
that were found, as median. Lines are single samples, bands have edges, Raman lines are Lorentzians; absorption lines
lie in a continuum of the peak, without a baseline. "off" is an even baseline from which more than its mean was
subtracted. Each seed has another spectrum, and every second one a Lorentzian PSF.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.level import find_level

SAMPLES, BEYOND = 360, 40
PEAKS = (30.0, 300.0, 5000.0)
OFFSET, GAIN, READ_NOISE = 140.0, 1.7, 1.3
SHARE, MOST = 0.1, 200  # of the peak, the mean baseline; and iterations
X = np.linspace(-1, 1, SAMPLES)
BASELINES = {"even": 1 + 0 * X, "tilted": 1 + 0.7 * X, "curved": 1.3 - 0.9 * X**2, "off": 1 + 0 * X}

Values = NDArray[np.float64]
Place = NDArray[np.float64]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--first-seed", type=int, default=0)
    given = options.parse_args()
    print(f"right: level {OFFSET - GAIN * READ_NOISE**2:.0f} (less where it was taken off), gain {GAIN}")
    print("spectrum    baseline   mean (worst)   level   gain")
    for kind, make in KINDS.items():
        for name in BASELINES if kind != "absorption" else ("even",):
            seeds = range(given.first_seed, given.first_seed + given.seeds)
            rows = np.array([measure(make, name, peak, seed, kind) for peak in PEAKS for seed in seeds])
            mean, worst = np.exp(np.mean(np.log(rows[:, 0]))), rows[:, 0].max()
            level, gain = np.nanmedian(rows[:, 1:], axis=0)
            print(f"{kind:11} {name:9} {mean:6.2f} ({worst:.2f}) {level:9.0f} {gain:6.2f}", flush=True)


def measure(make: Callable[..., Values], name: str, peak: float, seed: int, kind: str) -> tuple[float, float, float]:
    """Return the error over the least one, and the level and the gain that were found."""
    rng = np.random.default_rng([seed, *kind.encode(), *name.encode()])
    psf = nd.psf.lorentzian(6.5, ndim=1) if seed % 2 else nd.psf.gaussian(4.0, ndim=1)
    whole = make(rng, np.arange(SAMPLES + 2 * BEYOND, dtype=float))
    light, part = np.maximum(nd.convolve(whole, psf), 0), slice(BEYOND, -BEYOND)
    truth, light = whole[part] * peak / light[part].max(), light[part] * peak / light[part].max()
    ground = (0.0 if kind == "absorption" else SHARE * peak) * BASELINES[name]
    offset = -GAIN * SHARE * peak - 30 if name == "off" else OFFSET
    counts = offset + GAIN * (rng.poisson(light + ground) + READ_NOISE * rng.normal(size=SAMPLES))
    known = nd.Recipe(background=ground + READ_NOISE**2, offset=0.0, read_noise=0.0, defects="keep", target_fwhm=0.0)
    states = islice(nd.iterate((counts - offset) / GAIN + READ_NOISE**2, psf, known), MOST)
    least = min(np.linalg.norm(state.estimate - truth) for state in states)
    found = find_level(counts, psf.data)
    error = np.linalg.norm(nd.deconvolve(counts, psf).estimate / GAIN - truth)
    return error / least, found.counts, found.gain


def lines(rng: np.random.Generator, x: Place) -> Values:
    """Draw single bright samples."""
    found = np.zeros_like(x)
    np.add.at(found, rng.integers(5, len(x) - 5, 16), rng.uniform(0.3, 1, 16))
    return found


def bands(rng: np.random.Generator, x: Place) -> Values:
    """Draw bands with sharp edges."""
    middles, halves = rng.uniform(30, len(x) - 30, 6), rng.uniform(4, 14, 6)
    return np.sum([rng.uniform(0.3, 1) * (np.abs(x - m) < h) for m, h in zip(middles, halves, strict=True)], axis=0)


def raman(rng: np.random.Generator, x: Place) -> Values:
    """Draw Lorentzian lines."""
    middles, halves = rng.uniform(30, len(x) - 30, 9), rng.uniform(1.2, 4, 9)
    return np.sum(
        [rng.uniform(0.2, 1) / (1 + ((x - m) / h) ** 2) for m, h in zip(middles, halves, strict=True)], axis=0
    )


def absorption(rng: np.random.Generator, x: Place) -> Values:
    """Draw dark lines in a continuum."""
    middles, sigmas = rng.uniform(30, len(x) - 30, 9), rng.uniform(1.2, 3, 9)
    depths = [rng.uniform(0.3, 0.9) * np.exp(-0.5 * ((x - m) / s) ** 2) for m, s in zip(middles, sigmas, strict=True)]
    return np.prod([1 - depth for depth in depths], axis=0)


KINDS = {"lines": lines, "bands": bands, "raman": raman, "absorption": absorption}


if __name__ == "__main__":
    main()
