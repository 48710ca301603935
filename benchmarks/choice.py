"""What "prior auto" gains, and whether it ever loses: plain runs, sieves and priors compete by one held-out score.

    python benchmarks/choice.py [--ndim 2] [--seeds 1] [--first-seed 0] [--photons 20 100 1000]

Fresh draws of the scenes, on a camera's counts and on clean photons in turn. Columns: the error of the default recipe;
that of the recipe with the prior "auto" over it; what that took; by how many standard deviations the best prior was
ahead of the best without, a prior being taken from `CLEAR` on; how much longer it took; and the score of the best
without a prior, which half of the photons tell, over the default's squared error, which it stands for. Below, the
geometric mean of the second, best and worst.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
from objects import KINDS
from scenes import CLEAN, Camera, Scene, draw

import napari_deconvolve as nd
from napari_deconvolve.core.model_selection.references import CLEAR


def timed(scene: Scene, recipe: nd.Recipe) -> tuple[nd.Result, float]:
    """Return a result and its seconds."""
    begin = time.perf_counter()
    found = nd.deconvolve(scene.counts, scene.psf, recipe)
    return found, time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ndim", type=int, default=2, choices=(2, 3))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--photons", type=float, nargs="*", default=[20, 100, 1000])
    parser.add_argument("--scenes", nargs="*", choices=KINDS, default=list(KINDS))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'':32} default  auto/default  chosen{'':14} lead  time/default  score/error²")
    ratios: list[float] = []
    for kind in given.scenes:
        for photons in given.photons:
            for seed in range(given.first_seed, given.first_seed + given.seeds):
                clean = (seed + len(ratios)) % 2 == 1
                scene = draw(kind, photons, seed, ndim=given.ndim, camera=CLEAN if clean else Camera())
                default, seconds = timed(scene, nd.Recipe())
                found, longer = timed(scene, nd.Recipe(prior="auto"))
                choice, error = found.choices[0], scene.error(default.estimate)
                ratios.append(scene.error(found.estimate) / error)
                lowest = min(min(curve.scores) for curve in choice.curves if curve.prior is None)
                what = f"{choice.prior} {choice.strength:.0e}" if choice.prior else f"none, sieve {choice.sieve:g}"
                print(
                    f"{scene.name:24} {'clean' if clean else 'camera':7} {error:7.3f} {ratios[-1]:13.3f}  {what:20} "
                    f"{choice.lead:4.1f} {longer / seconds:8.1f} {lowest / error**2:14.2f}",
                    flush=True,
                )
    mean = float(np.exp(np.mean(np.log(ratios))))
    print(f"auto/default {mean:.3f} ({min(ratios):.2f} to {max(ratios):.2f}), priors from {CLEAR:g} sd on")


if __name__ == "__main__":
    main()
