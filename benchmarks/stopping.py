"""How close the automatic choice comes to the best number of iterations.

    python benchmarks/stopping.py [--ndim 2] [--draws 5] [--csv TABLE.csv]

For fresh draws of the phantoms at three light levels: the error |u - t|/|t| of what was chosen, over the least error of
any accelerated iteration without a sieve on the same data with the true background. Mean and worst over the draws, of

* number     the number of iterations that the halves chose, without a sieve, background known
* sieve      the same with a sieve of its choice
* automatic  the default pipeline: number, sieve and background
* fixed      30 iterations, as many programs do
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass

import numpy as np
from phantoms import BACKGROUND, KINDS, Draw, draw, error

import napari_deconvolve as nd

PEAKS = (20, 100, 1000)
MOST = {1: 400, 2: 160, 3: 140}
COLUMNS = ("number", "sieve", "automatic", "fixed")


@dataclass(frozen=True)
class Row:
    """One draw: errors over the best one's."""

    kind: str
    peak: int
    seed: int
    best: int
    chosen: int
    sieve: float
    gain: float
    ratios: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ndim", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--csv")
    given = parser.parse_args()
    rows: list[Row] = []
    for ndim in given.ndim:
        here: list[Row] = []
        print(f"{ndim}D   best and chosen iterations of each draw; mean (worst) of {', '.join(COLUMNS)}")
        for peak in PEAKS:
            for kind in KINDS:
                some = [measure(kind, peak, seed, ndim) for seed in range(given.draws)]
                here += some
                numbers = " ".join(f"{row.best}/{row.chosen}" for row in some)
                print(
                    f"  {kind:10} {peak:5}  {'   '.join(summary(some, name) for name in COLUMNS)}   {numbers}",
                    flush=True,
                )
        print(f"  {'all':16}  {'   '.join(summary(here, name) for name in COLUMNS)}", flush=True)
        rows += here
    if given.csv:
        write(given.csv, rows)


def measure(kind: str, peak: int, seed: int, ndim: int) -> Row:
    """Run one draw."""
    one = draw(kind, peak, seed, ndim=ndim)
    errors = trajectory(one, MOST[ndim])
    known = nd.deconvolve(one.counts, one.psf, nd.Recipe(background=BACKGROUND))
    choice = known.choices[0]
    plain = next(curve for curve in choice.curves if curve.sieve == 0)
    number = plain.iterations[int(np.argmin(plain.scores))]
    automatic = nd.deconvolve(one.counts, one.psf)
    best = errors.min()
    ratios = {
        "number": errors[min(number, len(errors)) - 1] / best,
        "sieve": error(known.estimate, one.truth) / best,
        "automatic": error(automatic.estimate, one.truth) / best,
        "fixed": errors[29] / best,
    }
    return Row(kind, peak, seed, int(np.argmin(errors)) + 1, number, choice.sieve, choice.gain, ratios)


def trajectory(one: Draw, iterations: int) -> np.ndarray:
    """Give the error after each iteration."""
    states = nd.iterate(one.counts, one.psf, nd.Recipe(background=BACKGROUND))
    return np.array([error(next(states).estimate, one.truth) for _ in range(iterations)])


def summary(rows: list[Row], name: str) -> str:
    """Give mean and worst of one column."""
    values = [row.ratios[name] for row in rows]
    return f"{np.mean(values):.3f} ({max(values):.2f})"


def write(path: str, rows: list[Row]) -> None:
    """Write all draws to a CSV file."""
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["kind", "peak", "seed", "best", "chosen", "sieve", "gain", *COLUMNS])
        for row in rows:
            ratios = [f"{row.ratios[name]:.4f}" for name in COLUMNS]
            table.writerow([row.kind, row.peak, row.seed, row.best, row.chosen, row.sieve, f"{row.gain:.4g}", *ratios])


if __name__ == "__main__":
    main()
