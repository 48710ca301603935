"""Two ways to a target resolution: the sieve, and smoothing afterwards.

    python benchmarks/partial.py [--axes 2] [--draws 2]

The wanted image is the truth, blurred by a Gaussian of the target's width. "sieve" iterates with the PSF widened by
that Gaussian and shows the estimate through it (`Recipe.target_fwhm`); "after" iterates with the PSF alone and smooths
the estimate. Errors are |estimate - wanted| / |wanted|: at the best number of iterations, which nobody knows, and at
100, each with acceleration. The last lines give geometric means of sieve over after.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np
from phantoms import Draw, Values, draw, error

import napari_deconvolve as nd
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.recipe.resolution import relative_fwhm

KINDS = ("filaments", "shells", "beads")
LEVELS = (20, 100, 1000)
WIDTHS = (0.4, 0.7, 1.0)  # of the PSF's
MOST = 100


def errors(one: Draw, target: tuple[float, ...], wanted: Values, after: Sieve | None) -> list[float]:
    """Give the error after each iteration, by one of the two ways."""
    recipe = nd.Recipe(background=one.background, target_fwhm=0 if after is not None else target)
    found = []
    for state in nd.iterate(one.counts, one.psf, recipe):
        shown = np.asarray(state.estimate, np.float64)
        found.append(error(shown if after is None else after.smooth(shown, "edge"), wanted))
        if state.iteration == MOST:
            return found
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--axes", type=int, default=2, choices=(1, 2, 3))
    options.add_argument("--draws", type=int, default=2)
    given = options.parse_args()
    print(f"{'case':>16} {'width':>6} {'sieve best':>12} {'after best':>12} {'sieve 100':>10} {'after 100':>10}")
    ratios: dict[tuple[int, float], list[tuple[float, float]]] = {}
    for kind, peak, width in itertools.product(KINDS, LEVELS, WIDTHS):
        rows = []
        for seed in range(given.draws):
            one = draw(kind, peak, seed, ndim=given.axes)
            target = relative_fwhm(one.psf, width)
            samples = tuple(wide / step for wide, step in zip(target, one.psf.spacing, strict=True))
            sieve = Sieve(samples)
            wanted = sieve.smooth(one.truth, "edge")
            ways = [errors(one, target, wanted, after) for after in (None, sieve)]
            rows.append([min(ways[0]), min(ways[1]), ways[0][-1], ways[1][-1]])
        best, best_after, late, late_after = np.mean(rows, axis=0)
        ratios.setdefault((peak, width), []).append((best / best_after, late / late_after))
        cells = f"{best:12.3f} {best_after:12.3f} {late:10.3f} {late_after:10.3f}"
        print(f"{kind:>11} {peak:4} {width:6g} {cells}", flush=True)
    for (peak, width), values in sorted(ratios.items()):
        best, late = np.exp(np.mean(np.log(values), axis=0))
        print(f"{peak:4} photons, width {width:g}: sieve over after {best:.3f} at the best, {late:.3f} at {MOST}")


if __name__ == "__main__":
    main()
