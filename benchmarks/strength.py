"""How close a prior's automatic strength comes to the best strength and iteration of all.

    python benchmarks/strength.py [--prior tv] [--axes 2] [--draws 2]

Balls, filaments, shells and beads at three light levels. Columns: the error of the automatic choice over the least
error of any strength and iteration; the same without any prior at its best iteration; the strength that was chosen; the
best. Below, geometric means. Where the prior does not fit the object, the automatic strength should be next to nothing.
"""

from __future__ import annotations

import argparse

import numpy as np
from phantoms import draw, error
from priors import KINDS, LEVELS, SHAPES, errors

import napari_deconvolve as nd
from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.tuning.search import TRIED_STRENGTHS


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--prior", default=next(iter(PRIORS)), choices=tuple(PRIORS))
    options.add_argument("--axes", type=int, default=2, choices=(1, 2, 3))
    options.add_argument("--draws", type=int, default=2)
    given = options.parse_args()
    print(f"{'case':>18} {'auto/best':>10} {'none/best':>10} {'auto':>8} {'best':>8}")
    rows = []
    for kind in KINDS:
        for level in LEVELS:
            for seed in range(given.draws):
                one = draw(kind, level, seed, ndim=given.axes, shape=SHAPES[given.axes])
                plain = min(errors(one))
                every = [(min(errors(one, given.prior, strength)), strength) for strength in TRIED_STRENGTHS[2:]]
                least, best = min(every)
                least = min(least, plain)
                recipe = nd.Recipe(background=one.background, prior=given.prior, target_fwhm=0.0)
                found = nd.deconvolve(one.counts, one.psf, recipe)
                rows.append((error(found.estimate, one.truth) / least, plain / least))
                chosen = found.choices[0].strength
                print(
                    f"{kind:>11} {level:4} {seed} {rows[-1][0]:10.3f} {rows[-1][1]:10.3f} {chosen:8.0e} {best:8.0e}",
                    flush=True,
                )
    means = np.exp(np.mean(np.log(rows), axis=0))
    print(f"{'mean':>18} {means[0]:10.3f} {means[1]:10.3f}")


if __name__ == "__main__":
    main()
