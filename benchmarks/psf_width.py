"""What the check of a PSF's width says of PSFs that are right, and 20 % too narrow or too wide.

    python benchmarks/psf_width.py [--axes 3] [--draws 3]

Fresh filaments, shells and beads at peaks of 100 and 1000 photons. Each cell: what fits best at fewer and at more
iterations, and the width that is told, all times the given width, so that 1 is the truth; then "wide" or "narrow" where
the check warns. The last lines count how many PSFs that are wrong were found, and how many that are right were called
wrong.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np
from phantoms import draw

import napari_deconvolve as nd
from napari_deconvolve.psf.scaling import scaled

GIVEN = (0.8, 1.0, 1.2)
KINDS = ("filaments", "shells", "beads")
LEVELS = (100, 1000)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--axes", type=int, default=3, choices=(2, 3))
    options.add_argument("--draws", type=int, default=3)
    options.add_argument("--peaks", type=int, nargs="+", default=LEVELS)
    given = options.parse_args()
    print(f"{'case':>18}" + "".join(f"{f'given {one:g}':>28}" for one in GIVEN))
    warned: dict[float, list[str]] = {one: [] for one in GIVEN}
    told: dict[float, list[float]] = {one: [] for one in GIVEN}
    for kind, peak, seed in itertools.product(KINDS, given.peaks, range(given.draws)):
        one = draw(kind, peak, seed, ndim=given.axes)
        cells = []
        for factor in GIVEN:
            found = nd.check_psf_width(one.counts, scaled(one.psf, factor), nd.Recipe(background=one.background))
            word = "wide" if "too wide" in found.warning else "narrow" if found.warning else ""
            warned[factor].append(word)
            told[factor].append(found.best * factor)
            low, high = (factor * width for width in found.between)
            cells.append(f"{low:9.2f} {high:5.2f} {told[factor][-1]:5.2f} {word:>6}")
        print(f"{kind:>11} {peak:4} {seed}" + "".join(f"{cell:>28}" for cell in cells), flush=True)
    for factor, right in zip(GIVEN, ("narrow", "", "wide"), strict=True):
        good = sum(word == right for word in warned[factor])
        mean, spread = np.mean(told[factor]), np.std(told[factor])
        print(f"given {factor:g}: {good} of {len(warned[factor])} judged rightly, width {mean:.2f} +- {spread:.2f}")


if __name__ == "__main__":
    main()
