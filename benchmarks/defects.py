"""What is found of samples that hold no data, by kind of defect.

    python benchmarks/defects.py [--seeds 1] [--first-seed 0] [--ndim 2 3] [--kinds WORD ...] [--by-scene]

All scenes of `scenes.draw` at 20 and 1000 photons, counts of a camera in 16 bits, with one kind of defect at a time.

* found    share of the samples with a defect that is masked; some differ too little to be seen
* harmful  the same of those that are more than `HARM` standard deviations of their noise from what they would be
* false    masked samples without a defect, per image
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from objects import KINDS
from scenes import Scene, draw

from napari_deconvolve.job.defects import defects
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.recipe.recipe import Recipe

PHOTONS = (20.0, 1000.0)
HARM = 8.0  # standard deviations
FULL = 65535.0

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
Random = np.random.Generator
Spoiled = tuple[Values, Mask]


@dataclass(frozen=True, eq=False)
class Image:
    """Counts of a scene, and what they stand on."""

    counts: Values
    sd: Values
    peak: float
    rng: Random

    def somewhere(self, number: int, margin: int = 0) -> Iterator[tuple[int, ...]]:
        """Yield random places."""
        for _ in range(number):
            yield tuple(int(self.rng.integers(margin, n - margin)) for n in self.counts.shape)

    def empty(self) -> Mask:
        """Return no sample."""
        return np.zeros(self.counts.shape, bool)

    def scattered(self, share: float) -> Mask:
        """Return a share of all samples."""
        return self.rng.random(self.counts.shape) < share

    def brighter(self, where: Mask, low: float = 0.5, high: float = 10.0) -> Spoiled:
        """Return counts with light added to some samples, as parts of the peak, evenly in log."""
        added = self.peak * np.exp(self.rng.uniform(np.log(low), np.log(high), self.counts.shape))
        return np.where(where, self.counts + added, self.counts), where

    def filled(self, where: Mask, value: float | Values) -> Spoiled:
        """Return counts with some samples set to a value."""
        return np.where(where, value, self.counts), where


# ---- defects


def moderate(one: Image) -> Spoiled:
    """Brighten single samples by 10 to 30 standard deviations of their noise."""
    where = one.scattered(0.002)
    added = one.sd * one.rng.uniform(10, 30, one.counts.shape)
    return np.where(where, one.counts + added, one.counts), where


def at_borders(one: Image) -> Mask:
    """Choose samples of the outermost rows, columns and planes."""
    where, shape = one.empty(), one.counts.shape
    for place in one.somewhere(20):
        moved, axis = list(place), one.rng.integers(len(shape))
        moved[axis] = int(one.rng.choice([0, shape[axis] - 1]))
        where[tuple(moved)] = True
    return where


def clusters(one: Image, sizes: tuple[int, int], border: bool = False) -> Mask:
    """Choose groups of samples that touch, diagonals included, each in a box of 2 samples along y and x."""
    where, (rows, columns) = one.empty(), one.counts.shape[-2:]
    for place in one.somewhere(12, 1):
        y, x = place[-2:]
        if border:
            y, x = (0, x) if one.rng.random() < 0.5 else (y, columns - 2)
        y, x = min(y, rows - 2), min(x, columns - 2)
        for corner in one.rng.permutation(4)[: one.rng.integers(sizes[0], sizes[1] + 1)]:
            where[(*place[:-2], y + corner // 2, x + corner % 2)] = True
    return where


def lines(one: Image, number: int, length: tuple[int, int]) -> Mask:
    """Choose parts of rows and columns."""
    where, shape = one.empty(), one.counts.shape
    for place in one.somewhere(number):
        axis = int(one.rng.choice([-1, -2]))
        extent = min(int(one.rng.integers(length[0], length[1] + 1)), shape[axis])
        start = int(one.rng.integers(0, shape[axis] - extent + 1))
        index: list[int | slice] = list(place)
        index[axis] = slice(start, start + extent)
        where[tuple(index)] = True
    return where


def tracks(one: Image) -> Mask:
    """Choose samples along straight lines of 3 to 10 in any direction of a plane."""
    where, shape = one.empty(), one.counts.shape
    for place in one.somewhere(6):
        angle, length = one.rng.uniform(0, np.pi), one.rng.integers(3, 11)
        for step in range(length):
            y, x = (round(p + step * f(angle)) for p, f in zip(place[-2:], (np.sin, np.cos), strict=True))
            if 0 <= y < shape[-2] and 0 <= x < shape[-1]:
                where[(*place[:-2], y, x)] = True
    return where


def through(one: Image, number: int = 6) -> Mask:
    """Choose samples of the camera, the same in all planes."""
    where = one.empty()
    for place in one.somewhere(number):
        where[..., place[-2], place[-1]] = True
    return where


def small_areas(one: Image) -> Mask:
    """Choose areas of 2 to 5 samples."""
    where = one.empty()
    for place in one.somewhere(8, 2):
        y, x = place[-2:]
        width = int(one.rng.integers(1, 3))
        where[(*place[:-2], y)][x : x + width] = True
        where[(*place[:-2], y + 1)][x : x + width] = True
    return where


def corner(one: Image) -> Mask:
    y, x = np.indices(one.counts.shape)[-2:]
    return np.asarray(x + y < one.counts.shape[-1] // 3)


def footprint(one: Image) -> Mask:
    """Choose what a rotation, or in 3D the deskewing of a stack, leaves empty."""
    *z, y, x = np.indices(one.counts.shape)
    size = one.counts.shape[-1]
    if z:
        return np.asarray((x < z[0]) | (x >= size - one.counts.shape[0] + z[0]))
    return np.asarray(np.abs(x - size / 2) + np.abs(y - size / 2) > 0.8 * size)


def gaps(one: Image) -> Mask:
    y, x = np.indices(one.counts.shape)[-2:]
    size = one.counts.shape[-1]
    return np.asarray((np.abs(x - size // 2) < 2) | (np.abs(y - size // 3) < 2))


def planes(one: Image) -> Mask:
    """Choose two planes of a stack, or two rows."""
    where = one.empty()
    where[one.rng.choice(one.counts.shape[0], 2, replace=False)] = True
    return where


def middle(one: Image) -> float:
    return float(np.median(one.counts))


KINDS_OF_DEFECTS: dict[str, Callable[[Image], Spoiled]] = {
    "nothing": lambda one: (one.counts, one.empty()),
    "hot .05 %": lambda one: one.brighter(one.scattered(0.0005)),
    "hot .2 %": lambda one: one.brighter(one.scattered(0.002)),
    "hot 1 %": lambda one: one.brighter(one.scattered(0.01)),
    "hot 10-30 sd": moderate,
    "hot at borders": lambda one: one.brighter(at_borders(one)),
    "hot pairs": lambda one: one.brighter(clusters(one, (2, 2))),
    "hot clusters of 3, 4": lambda one: one.brighter(clusters(one, (3, 4))),
    "hot clusters at borders": lambda one: one.brighter(clusters(one, (2, 4), border=True)),
    "hot columns and rows": lambda one: one.brighter(lines(one, 2, (9999, 9999))),
    "hot parts of lines": lambda one: one.brighter(lines(one, 4, (10, 30))),
    "hot through all planes": lambda one: one.brighter(through(one)),
    "tracks of 3 to 10": lambda one: one.brighter(tracks(one)),
    "dead of 0": lambda one: one.filled(one.scattered(0.002), 0),
    "dead of a constant": lambda one: one.filled(one.scattered(0.002), 50),
    "dead at borders": lambda one: one.filled(at_borders(one), 0),
    "dead pairs": lambda one: one.filled(clusters(one, (2, 2)), 0),
    "dead through all planes": lambda one: one.filled(through(one), 0),
    "full through all planes": lambda one: one.filled(through(one), FULL),
    "dead parts of lines": lambda one: one.filled(lines(one, 4, (10, 30)), 0),
    "areas of 2 to 5 of 0": lambda one: one.filled(small_areas(one), 0),
    "areas of 2 to 5 full": lambda one: one.filled(small_areas(one), FULL),
    "corner of 0": lambda one: one.filled(corner(one), 0),
    "corner of the median": lambda one: one.filled(corner(one), middle(one)),
    "footprint of 0": lambda one: one.filled(footprint(one), 0),
    "footprint of -1": lambda one: one.filled(footprint(one), -1),
    "footprint full": lambda one: one.filled(footprint(one), FULL),
    "footprint of 2^32-1": lambda one: one.filled(footprint(one), 2.0**32 - 1),
    "gaps of 0": lambda one: one.filled(gaps(one), 0),
    "gaps full": lambda one: one.filled(gaps(one), FULL),
    "planes of 0": lambda one: one.filled(planes(one), 0),
    "planes of 37": lambda one: one.filled(planes(one), 37),
    "planes of the median": lambda one: one.filled(planes(one), middle(one)),
    "gaps of 0 and hot .2 %": lambda one: _both(one),
}


def _both(one: Image) -> Spoiled:
    bright, hot = one.brighter(one.scattered(0.002))
    return np.where(gaps(one), 0, bright), gaps(one) | hot


# ---- what is found


@dataclass
class Tally:
    """How many samples are spoiled, harmfully so, found of both, and found without a defect."""

    spoiled: int = 0
    harmful: int = 0
    found: int = 0
    found_harmful: int = 0
    false: int = 0
    images: int = 0

    def add(self, taken: Mask, where: Mask, harmful: Mask) -> None:
        """Count the samples of one image."""
        self.spoiled += int(np.count_nonzero(where))
        self.harmful += int(np.count_nonzero(harmful))
        self.found += int(np.count_nonzero(taken & where))
        self.found_harmful += int(np.count_nonzero(taken & harmful))
        self.false += int(np.count_nonzero(taken & ~where))
        self.images += 1

    def __str__(self) -> str:
        shares = (
            f"{part / whole:7.3f}" if whole else f"{'':7}"
            for part, whole in ((self.found, self.spoiled), (self.found_harmful, self.harmful))
        )
        return f"{next(shares)}{next(shares)}{self.false / max(1, self.images):8.2f}"


def tallied(name: str, scene: Scene, seed: int, tally: Tally) -> None:
    """Spoil a scene, and count what is found."""
    rng = np.random.default_rng([seed, *name.encode()])
    camera = scene.camera
    light = scene.expected + scene.background
    clean = np.round(np.clip(scene.counts, 0, FULL))
    one = Image(clean, camera.gain * np.sqrt(light + camera.read_noise**2), camera.gain * float(np.max(light)), rng)
    counts, where = KINDS_OF_DEFECTS[name](one)
    counts = np.round(counts)
    if (counts.min() > -1 and counts.max() <= FULL) or "hot" in name:
        counts = np.clip(counts, 0, FULL).astype(np.uint16)
    taken = defects(prepare(counts, scene.psf, Recipe()), 0).found
    tally.add(
        one.empty() if taken is None else taken, where, where & (np.abs(counts.astype(float) - clean) > HARM * one.sd)
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1, help="draws of each scene")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--ndim", type=int, nargs="*", choices=(2, 3), default=(2, 3))
    parser.add_argument("--kinds", nargs="*", default=[""], help="words in the names of defects")
    parser.add_argument("--by-scene", action="store_true")
    given = parser.parse_args()
    for ndim in given.ndim:
        print(f"{ndim}D{'':32}  found harmful false")
        for name in KINDS_OF_DEFECTS:
            if not any(word in name for word in given.kinds) or (ndim == 2 and "through" in name):
                continue
            total, parts = Tally(), {(kind, peak): Tally() for kind in KINDS for peak in PHOTONS}
            for (kind, peak), part in parts.items():
                for seed in range(given.first_seed, given.first_seed + given.seeds):
                    scene = draw(kind, peak, seed, ndim=ndim)
                    for tally in (part, total):
                        tallied(name, scene, seed, tally)
            print(f"{name:34}{total}", flush=True)
            if given.by_scene:
                for (kind, peak), part in parts.items():
                    print(f"    {kind:10}{peak:6g}{'':14}{part}", flush=True)


if __name__ == "__main__":
    main()
