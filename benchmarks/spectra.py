"""How close the automatic number of iterations comes to the best one on spectra.

    python benchmarks/spectra.py [--draws 8]

Error |u - t|/|t| of the default pipeline over the least error of any iteration on the same counts, mean and worst over
draws of the noise; with the background known, and with the automatic one, where estimate and background are taken
together, since light that is everywhere may be called either. The gap is the spectrum of
`phantoms.gap_spectrum`, lines stand on a slope, steps are those of photoelectrons: edges with lines on them.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

import napari_deconvolve as nd
from napari_deconvolve import phantoms

MOST = 400
Values = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=8)
    given = parser.parse_args()
    print("spectrum   counts    background known    background automatic   best/chosen")
    for name, make in KINDS.items():
        for counts in (100, 1000):
            truth, psf, background = make()
            rows = [measure(truth * counts, psf, background, seed) for seed in range(given.draws)]
            known, automatic = (np.array([row[column] for row in rows]) for column in (0, 1))
            numbers = " ".join(f"{row[2]}/{row[3]}" for row in rows)
            print(
                f"{name:9} {counts:7}    {known.mean():.3f} ({known.max():.2f})        "
                f"{automatic.mean():.3f} ({automatic.max():.2f})           {numbers}",
                flush=True,
            )


def gap() -> tuple[Values, nd.PSF, float]:
    """Give the forum's spectrum, about 1 everywhere but in the gap; nothing in it is background."""
    one = phantoms.gap_spectrum()
    return one.truth.astype(np.float64) / phantoms.GAP_COUNTS, one.psf, 0.0


def lines() -> tuple[Values, nd.PSF, float]:
    """Give narrow lines on a slope."""
    x = np.arange(600)
    truth = 0.1 + 0.1 * x / 600 + sum(h * np.exp(-0.5 * ((x - c) / 2) ** 2) for c, h in LINES)
    return truth, nd.psf.lorentzian(12.0, ndim=1), 5.0


def steps() -> tuple[Values, nd.PSF, float]:
    """Give edges with a line on each."""
    x = np.arange(500)
    truth = 0.2 + sum(0.3 / (1 + np.exp((x - c) / 1.5)) + np.exp(-0.5 * ((x - c) / 3) ** 2) for c in (130, 260, 285))
    return truth, nd.psf.gaussian(14.0, ndim=1), 0.0


LINES = ((80, 1.0), (95, 0.6), (200, 0.8), (330, 1.0), (339, 1.0), (460, 0.4), (520, 1.2))
KINDS = {"gap": gap, "lines": lines, "steps": steps}


def measure(truth: Values, psf: nd.PSF, background: float, seed: int) -> tuple[float, float, int, int]:
    """Give the two ratios of errors, the best number of iterations, and the one chosen with the background known."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(np.maximum(nd.convolve(truth, psf, boundary="edge"), 0) + background).astype(np.float64)
    states = nd.iterate(counts, psf, nd.Recipe(background=background))
    errors = [error(next(states).estimate, truth) for _ in range(MOST)]
    known = nd.deconvolve(counts, psf, nd.Recipe(background=background))
    automatic = nd.deconvolve(counts, psf)
    best = min(errors)
    return (
        error(known.estimate, truth) / best,
        error(automatic.estimate + float(np.mean(automatic.background)) - background, truth) / best,
        int(np.argmin(errors)) + 1,
        known.iterations,
    )


def error(estimate: NDArray[np.floating], truth: Values) -> float:
    """Give the relative error."""
    return float(np.linalg.norm(estimate - truth) / np.linalg.norm(truth))


if __name__ == "__main__":
    main()
