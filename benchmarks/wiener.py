"""The Wiener filter: how near each rule comes to the best strength, and how long a live preview takes.

    python benchmarks/wiener.py [--draws 2] [--boundary extended]

For the objects of `phantoms.py`, background found from the image: the error of the best strength, and of each rule the
error over that, mean (worst) over the draws. Then the time of a preview of 1024 x 1024 samples: the first strength,
with all that is made once for all of them, and the next ones.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator

import numpy as np
from phantoms import KINDS, Draw, draw, error

import napari_deconvolve as nd
from napari_deconvolve.core.algorithms.wiener_rules import RULES
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.wiener import ready_filter

PEAKS = (20, 100, 1000)
STRENGTHS = np.logspace(-6, 0, 61)
SIDE, REPEATS = 1024, 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--boundary", default="extended")
    given = parser.parse_args()
    print(f"error over the best strength's, {given.boundary}, mean (worst) of {given.draws} draws")
    print(f"{'':20}{'error':>8}{'strength':>10}" + "".join(f"{rule:>14}" for rule in RULES))
    worst = dict.fromkeys(RULES, 1.0)
    for ndim, kind, peak in itertools.product((1, 2, 3), KINDS, PEAKS):
        found = [ratios(draw(kind, peak, seed, ndim=ndim), given.boundary) for seed in range(given.draws)]
        table = np.array([[one[2][rule] for rule in RULES] for one in found])
        words = [f"{column.mean():.2f} ({column.max():.2f})" for column in table.T]
        least, best = np.mean([one[0] for one in found]), np.exp(np.mean(np.log([one[1] for one in found])))
        line = f"{ndim}D {kind:10}{peak:5}  {least:8.3f}{best:10.1e}"
        print(line + "".join(f"{word:>14}" for word in words), flush=True)
        worst = {rule: max(before, column.max()) for (rule, before), column in zip(worst.items(), table.T, strict=True)}
    print("worst of all: " + ", ".join(f"{rule} {value:.2f}" for rule, value in worst.items()))
    preview(given.boundary)


def ratios(one: Draw, boundary: str) -> tuple[float, float, dict[str, float]]:
    """Give the least error, the strength that has it, and each rule's error over it."""
    job = prepare(one.counts, one.psf, nd.Recipe(method="wiener", boundary=boundary))
    noise = noise_model(job, 0)
    ready = ready_filter(job, 0, noise)

    def wrong(strength: float) -> float:
        return error(ready.estimate(strength) * noise.scale, one.truth)

    errors = [wrong(strength) for strength in STRENGTHS]
    return (
        min(errors),
        float(STRENGTHS[np.argmin(errors)]),
        {name: wrong(rule(ready)) / min(errors) for name, rule in RULES.items()},
    )


def preview(boundary: str) -> None:
    """Print how long strengths take, the best of some."""
    counts = draw("shells", 300, 0, ndim=2, shape=(SIDE, SIDE))
    recipe = nd.Recipe(method="wiener", boundary=boundary)
    print(f"preview of {SIDE} x {SIDE}, seconds on the clock (of processors: what a busy machine cannot spoil)")
    steps = zip(*timed(counts, recipe), strict=True)
    for name, times in zip(("first strength", "each further one", "a rule"), steps, strict=True):
        clock, processors = (min(one) for one in zip(*times, strict=True))
        print(f"  {name:18}{clock:.3f} ({processors:.3f})")


Times = tuple[float, float]


def timed(one: Draw, recipe: nd.Recipe) -> Iterator[tuple[Times, Times, Times]]:
    """Give the times of the first strength, background and transforms included, of another, and of the rule."""
    image = one.counts.astype(np.float32)
    for _ in range(REPEATS):
        moments = [now()]
        job: Job = prepare(image, one.psf, recipe)
        ready = ready_filter(job, 0, noise_model(job, 0))
        ready.estimate(1e-3)
        moments.append(now())
        ready.estimate(1e-2)
        moments.append(now())
        RULES["auto"](ready)
        moments.append(now())
        first, second, third = (
            (after[0] - before[0], after[1] - before[1]) for before, after in itertools.pairwise(moments)
        )
        yield first, second, third


def now() -> Times:
    """Give the time on the clock, and that of all processors on this."""
    return time.perf_counter(), time.process_time()


if __name__ == "__main__":
    main()
