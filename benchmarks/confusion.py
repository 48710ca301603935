"""Which faults are found: what a result's words, its residual and the check of the PSF's width say of faulty scenes.

    python benchmarks/confusion.py [--set develop|check] [--ndim 2 3] [--seeds 1] [--width] [--faults ...] [--csv FILE]

Twelve scenes in 2D (plane of focus of a wide field) and in 3D (confocal and wide-field stacks): six kinds of objects
at 100 and 1000 photons, on a flat background, through camera and lenses of `scenes`. Each is deconvolved by default
as it is, and with each fault of `confusion_cases`. Thresholds were set on the set "develop"; the set "check" has other
objects, PSFs and noise.

Columns: the error with the fault over that without it, median and largest; how many runs cost more than `COSTS` times;
how many are flagged, of all and of those that cost; and in how many of these the words name the cause. That nothing in
the image is empty, so that its background was guessed, is no fault, and is counted apart ("guess").
"""

from __future__ import annotations

import argparse
import csv
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from confusion_cases import FAULTS
from scenes import draw

import napari_deconvolve as nd

SCENES = ("discs", "nuclei", "filaments", "points", "mesh", "beads")
LEVELS = (100.0, 1000.0)
FIRST_SEED = {"develop": 0, "check": 1000}
COSTS = 1.3
GUESS = "No part of the image is empty"


@dataclass(frozen=True)
class Row:
    """What became of one scene with one fault."""

    fault: str
    scene: str
    peak: float
    seed: int
    error: float
    ratio: float
    words: tuple[str, ...]
    residual: tuple[str, ...]
    width: str

    @property
    def flagged(self) -> bool:
        """Whether the result has a warning, beside that its background is a guess."""
        return any(not word.startswith(GUESS) for word in self.words)

    @property
    def named(self) -> bool:
        """Whether the words name the cause."""
        return any(cause in word for cause in FAULTS[self.fault].causes for word in self.words)

    @property
    def costly(self) -> bool:
        """Whether the fault costs much."""
        return self.ratio > COSTS


def measure(case: tuple[str, float, int], ndim: int, faults: Sequence[str], width: bool) -> list[Row]:
    """Run one scene with each fault; the first is none."""
    warnings.simplefilter("ignore")
    kind, peak, seed = case
    scene, least, rows = draw(kind, peak, seed, ndim=ndim), np.nan, []
    for name in faults:
        if ndim not in FAULTS[name].axes:
            continue
        given = FAULTS[name].make(scene, kind, peak, seed)
        found = nd.deconvolve(given.counts, given.psf, given.recipe)
        error = given.scene.error(found.estimate)
        least = error if name == "right" else least
        left = nd.residual(given.counts, given.psf, found.estimate, found.recipe)
        wide = nd.check_psf_width(given.counts, given.psf, given.recipe).warning if width else ""
        rows.append(Row(name, kind, peak, seed, error, error / least, found.words, left.words, wide))
    return rows


def table(rows: Sequence[Row], faults: Iterable[str], width: bool) -> None:
    """Print a line for each fault."""
    columns = ("words", "residual", "width")[: 3 if width else 2]
    print(
        f"{'fault':24}{'n':>4}{'ratio':>12}{'cost':>6}" + "".join(f"{name:>18}" for name in columns) + f"{'named':>9}"
    )
    for fault in faults:
        some = [row for row in rows if row.fault == fault]
        if not some:
            continue
        costly = [row for row in some if row.costly]
        ratios = [row.ratio for row in some]
        flags = {name: [bool(getattr(row, "flagged" if name == "words" else name)) for row in some] for name in columns}
        cells = "".join(
            f"{sum(hits):>7}/{len(some):<3}{sum(hit for hit, row in zip(hits, some, strict=True) if row.costly):>3}/"
            f"{len(costly):<3}"
            for hits in flags.values()
        )
        named = f"{sum(row.named for row in costly):>5}/{len(costly):<3}" if FAULTS[fault].causes else ""
        print(f"{fault:24}{len(some):>4}{np.median(ratios):>6.2f}{max(ratios):>6.2f}{len(costly):>6}{cells} {named}")
    guesses = [row for row in rows if any(word.startswith(GUESS) for word in row.words)]
    print(f"guess: the background of {len(guesses)} of {len(rows)} runs", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", choices=FIRST_SEED, default="check", dest="which")
    parser.add_argument("--ndim", type=int, nargs="*", choices=(2, 3), default=(2, 3))
    parser.add_argument("--seeds", type=int, default=1, help="draws of each scene")
    parser.add_argument("--photons", type=float, nargs="*", default=LEVELS, help="peaks of the blurred image")
    parser.add_argument("--scenes", nargs="*", default=SCENES)
    parser.add_argument("--faults", nargs="*", choices=FAULTS, default=tuple(FAULTS))
    parser.add_argument("--width", action="store_true", help="check the PSF's width too, which takes far longer")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--csv", help="write every run to this file")
    given = parser.parse_args()
    faults = ["right", *(name for name in given.faults if name != "right")]
    first, everything = FIRST_SEED[given.which], []
    for ndim in given.ndim:
        cases = list(product(given.scenes, given.photons, range(first, first + given.seeds)))
        with ProcessPoolExecutor(given.jobs) as pool:
            found = pool.map(partial(measure, ndim=ndim, faults=faults, width=given.width), cases)
            rows = [row for some in found for row in some]
        print(f"\n{ndim}D, {len(cases)} scenes, set {given.which}; flagged: of all, and of those that cost > {COSTS} x")
        table(rows, faults, given.width)
        everything += [(ndim, row) for row in rows]
    if given.csv:
        with open(given.csv, "w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["ndim", *Row.__dataclass_fields__])
            lines.writerows(
                [ndim, *(getattr(row, name) for name in Row.__dataclass_fields__)] for ndim, row in everything
            )


if __name__ == "__main__":
    main()
