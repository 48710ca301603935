"""What looking ahead costs and gains, each acceleration against plain Richardson-Lucy on the same images.

    python benchmarks/acceleration.py [--ndim 2 3] [--photons 20 100 1000] [--scenes ...] [--seeds 1] [--first-seed 0]

The scenes are those of `scenes`, on a flat background, as clean photons and through a camera. All runs know background
and camera. For each scene

* error   least error of any iteration over the least of plain iteration
* at      the iteration of that least error, and that of plain iteration
* flat    the share of these iterations around the best number over which the error stays within 5 %

The last lines give mean and worst, and how many iterations an acceleration needs over those of Biggs and Andrews.
"""

from __future__ import annotations

import argparse
import itertools
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from objects import KINDS
from scenes import CLEAN, Camera, Scene, draw

from napari_deconvolve.core.accelerations.acceleration import ACCELERATIONS
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.operators.blur import Blur

MOST = {None: 400}  # iterations; plain ones need more
MOST_AHEAD = 120
RISEN, FEWEST = 1.1, 40  # where the error has risen by so much, and so many are done, the best has been passed
FLAT = 1.05
OLDEST = "biggs-andrews"


@dataclass(frozen=True)
class Way:
    """What one kind of iteration makes of a scene."""

    least: float
    at: int
    flat: float


@dataclass(frozen=True)
class Case:
    """One scene."""

    kind: str
    peak: float
    seed: int
    ndim: int
    camera: Camera

    def draw(self) -> Scene:
        """Make the image."""
        return draw(self.kind, self.peak, self.seed, ndim=self.ndim, background="flat", camera=self.camera)

    def __str__(self) -> str:
        return f"{self.ndim}D {self.kind} {self.peak:g} #{self.seed} {'clean' if self.camera is CLEAN else 'camera'}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ndim", type=int, nargs="*", choices=(2, 3), default=(2, 3))
    parser.add_argument("--photons", type=float, nargs="*", default=(20.0, 100.0, 1000.0))
    parser.add_argument("--scenes", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seeds", type=int, default=1, help="draws of each scene")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    kinds = itertools.product(given.scenes, given.photons, seeds, given.ndim, (CLEAN, Camera()))
    cases = [Case(*one) for one in kinds]
    with ProcessPoolExecutor(given.jobs) as pool:
        show(cases, pool.map(measure, cases))


def measure(case: Case) -> dict[str | None, Way]:
    """Return what each kind of iteration makes of a scene; None is the plain one."""
    warnings.simplefilter("ignore")
    one = case.draw()
    return {name: way(one, name) for name in (None, *ACCELERATIONS)}


def way(one: Scene, name: str | None) -> Way:
    """Iterate until the best is passed."""
    errors: list[float] = []
    for error in errors_of(one, name):
        errors.append(error)
        passed = len(errors) > FEWEST and error > RISEN * min(errors)
        if passed or len(errors) == MOST.get(name, MOST_AHEAD):
            break
    at = 1 + int(np.argmin(errors))
    return Way(min(errors), at, sum(error < FLAT * min(errors) for error in errors) / at)


def errors_of(one: Scene, name: str | None) -> Iterator[float]:
    """Yield the error |u - t| / |t| after each iteration, where camera and background are known."""
    camera, shift = one.camera, one.camera.read_noise**2
    data = ((one.counts - camera.offset) / camera.gain + shift).astype(np.float32)
    noise = poisson_data(data, background=np.float32(one.background + shift), dtype=np.dtype("float32"))
    run = RichardsonLucy(Blur(np.asarray(one.psf.data), data.shape, workers=1), noise, acceleration=name)
    for _ in run.states():
        yield one.error(run.snapshot() * camera.gain)


def show(cases: list[Case], rows: Iterator[dict[str | None, Way]]) -> None:
    """Print the table."""
    ratios: dict[str, list[float]] = {name: [] for name in ACCELERATIONS}
    lengths: dict[str, list[float]] = {name: [] for name in ACCELERATIONS}
    print(f"{'scene':34} {'plain at':>8}  " + "  ".join(f"{name:>13}  at flat" for name in ACCELERATIONS))
    for case, row in zip(cases, rows, strict=True):
        for name in ACCELERATIONS:
            ratios[name].append(row[name].least / row[None].least)
            lengths[name].append(row[name].at / row[OLDEST].at)
        cells = [f"{ratios[name][-1]:13.3f} {row[name].at:3d} {row[name].flat:4.2f}" for name in ACCELERATIONS]
        print(f"{case!s:34} {row[None].at:8d}  " + "  ".join(cells), flush=True)
    for name in ACCELERATIONS:
        mean, worst, least = np.mean(ratios[name]), np.max(ratios[name]), np.min(ratios[name])
        needed = np.mean(lengths[name])
        print(f"{name}: error {mean:.3f} ({least:.3f} to {worst:.3f}), iterations over {OLDEST} {needed:.2f}")


if __name__ == "__main__":
    main()
