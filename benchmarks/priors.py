"""What priors gain: the least error of any strength and iteration, over that of any iteration without a prior.

    python benchmarks/priors.py [--axes 2] [--draws 2]

Fresh filaments, shells, points (beads) and balls of 5 samples' diameter, at three light levels. Below 1, the prior
helps at its best; the strength and the iteration of the best are printed beside, as geometric means over the draws.
"""

from __future__ import annotations

import argparse
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from phantoms import KINDS, Draw, draw, error

import napari_deconvolve as nd
from napari_deconvolve.core.priors.prior import PRIORS

LEVELS = (20, 100, 1000)
STRENGTHS = (1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2)
ITERATIONS = 60
SHAPES = {1: (400,), 2: (80, 80), 3: (24, 48, 48)}
RADIUS = 2.0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--axes", type=int, default=2, choices=(1, 2, 3))
    options.add_argument("--draws", type=int, default=2)
    given = options.parse_args()
    print(f"{'case':>16} {'best':>7}  " + "".join(f"{name:>26}" for name in PRIORS))
    print(f"{'':>16} {'RL':>7}  " + "".join(f"{'ratio  strength   stop':>26}" for _ in PRIORS))
    ratios: dict[str, list[float]] = {name: [] for name in PRIORS}
    for kind in KINDS:
        for level in LEVELS:
            draws = [draw(kind, level, seed, ndim=given.axes, shape=SHAPES[given.axes]) for seed in range(given.draws)]
            plain = np.array([min(errors(one)) for one in draws])
            cells = []
            for name in PRIORS:
                found = np.array([best(one, name) for one in draws])
                ratio = np.exp(np.mean(np.log(found[:, 0] / plain)))
                strength, stop = np.exp(np.mean(np.log(found[:, 1:]), axis=0))
                ratios[name].append(ratio)
                cells.append(f"{ratio:10.3f}  {strength:8.1e} {stop:5.0f}")
            print(
                f"{kind:>11} {level:4} {np.mean(plain):7.3f}  " + "".join(f"{cell:>26}" for cell in cells), flush=True
            )
    means = (np.exp(np.mean(np.log(values))) for values in ratios.values())
    print(f"{'mean':>16} {'':7}  " + "".join(f"{mean:10.3f}{'':16}" for mean in means))


def best(one: Draw, name: str) -> tuple[float, float, float]:
    """Give the least error with a prior, its strength, and its iteration."""
    found = []
    for strength in STRENGTHS:
        trace = errors(one, name, strength)
        found.append((min(trace), strength, float(np.argmin(trace) + 1)))
    return min(found)


def errors(one: Draw, prior: str | None = None, strength: float = 1e-2) -> list[float]:
    """Give the error after each iteration, looking ahead."""
    recipe = nd.Recipe(background=one.background, prior=prior, strength=strength, iterations=ITERATIONS)
    states = islice(nd.iterate(one.counts, one.psf, recipe), ITERATIONS)
    return [error(state.estimate, one.truth) for state in states]


def balls(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw solid balls of equal light."""
    out = np.zeros(shape)
    grids = np.ogrid[tuple(slice(0, n) for n in shape)]
    for _ in range(max(3, int(np.prod(shape) / (8 * RADIUS) ** len(shape)))):
        middle = [rng.uniform(0, n) for n in shape]
        distance = np.sqrt(sum((grid - place) ** 2 for grid, place in zip(grids, middle, strict=True)))
        out += np.clip(RADIUS + 0.5 - distance, 0, 1)
    return out


KINDS["balls"] = balls


if __name__ == "__main__":
    main()
