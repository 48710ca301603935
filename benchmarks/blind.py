"""How close blind deconvolution comes when the PSF that is given is 20 % too narrow or too wide.

    python benchmarks/blind.py [--axes 3] [--draws 2] [--ways width alternate]

Fresh filaments, shells and beads. Each cell: the width of the PSF found, the truth being 1, and the error of the
result over that with the right PSF; then, in brackets, that of the PSF as it was given. All by the default pipeline:
background, number of iterations and sieve are found from each image.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np
from phantoms import Draw, draw, error

import napari_deconvolve as nd
from napari_deconvolve.psf.scaling import scaled

GIVEN = (0.8, 1.2)
KINDS = ("filaments", "shells", "beads")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--axes", type=int, default=2, choices=(2, 3))
    options.add_argument("--draws", type=int, default=2)
    options.add_argument("--peaks", type=int, nargs="+", default=(100, 1000))
    options.add_argument("--kinds", nargs="+", default=KINDS)
    options.add_argument("--ways", nargs="+", default=("width",))
    given = options.parse_args()
    cells = list(itertools.product(given.ways, GIVEN))
    print(f"{'case':>18}" + "".join(f"{f'{way} from {factor:g}':>26}" for way, factor in cells))
    ratios: dict[tuple[str, float], list[float]] = {cell: [] for cell in cells}
    for kind, peak, seed in itertools.product(given.kinds, given.peaks, range(given.draws)):
        one = draw(kind, peak, seed, ndim=given.axes)
        right = error(nd.deconvolve(one.counts, one.psf).estimate, one.truth)
        words = []
        for way, factor in cells:
            width, found, untold = _blind(one, way, factor)
            ratios[way, factor].append(found / right)
            words.append(f"{width:8.2f} {found / right:5.2f} ({untold / right:.2f})")
        print(f"{kind:>11} {peak:4} {seed}" + "".join(f"{word:>26}" for word in words), flush=True)
    for (way, factor), values in ratios.items():
        good = f"{sum(value <= 1.10 for value in values)} of {len(values)} within 1.10"
        print(f"{way} from {factor:g}: mean {np.mean(values):.2f}, worst {max(values):.2f}, {good}")


def _blind(one: Draw, way: str, factor: float) -> tuple[float, float, float]:
    """Give the width that was found, the error with it, and the error with the PSF as it was given."""
    psf = scaled(one.psf, factor)
    found = nd.deconvolve(one.counts, psf, nd.Recipe(method="blind", blind=way, symmetry="rotation"))
    given = nd.deconvolve(one.counts, psf)
    return factor * found.found[0].factor, error(found.estimate, one.truth), error(given.estimate, one.truth)


if __name__ == "__main__":
    main()
