"""How the default does on the counts of real cameras: offset, gain, read noise, uneven background, hot pixels.

    python benchmarks/cameras.py [--quick] [--seeds 1] [--ndim 2 3] [--table backgrounds offsets hot full]

"default" is the error |u - t| / |t| of ``nd.deconvolve(counts, psf)``, in photons and over the whole image; "best" is
the least error of any iteration of Richardson-Lucy that knows camera and background (`oracle.best`).

* backgrounds  default / best, mean and worst, on each kind of background, on a field that the object fills, and on
               clean photons; "wanted" stands beside it
* offsets      the error by offset, the largest spread of one image's errors, and level and gain that were found. The
               level is what the run takes off, as mean: a background in counts, and an offset if it knows one. And how
               often background, counts without noise and gain are right. What is known of the counts without noise is
               bounded: with the object known and all frequencies, 128 x 128 samples tell them within a standard
               deviation of 3 / 1 / 1.5 / 12 counts at 5 / 20 / 100 / 1000 photons, and the gain within 17 / 6 / 4 / 4 %
               (medians over the scenes), as the background lies farther above them.
* hot          the error with hot pixels over that without
* full         a field without an empty part, and a real nucleus that the frame cuts (`dapi`, where its data are), on no
               background: default over best, and a run with background 0 over it

Light levels are 5, 20, 100 and 1000 photons at the peak; in 3D the second and third table take two of them, for time.
All scenes are drawn anew for each seed (`scenes.draw`); nothing may be tuned to them.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import dapi
import numpy as np
from camera_cases import Case, Row, measure, write
from objects import FULL, KINDS
from scenes import CLEAN, PHOTONS, Camera

OFFSETS = (0.0, 20.0, 100.0, 300.0, 1000.0, -40.0)
HOT_SHARES = (0.0005, 0.002, 0.01)
FULL_PHOTONS, FULL_WANTED = (20, 200), 1.1
FEW_PHOTONS = (20, 1000)
OPEN = tuple(kind for kind in KINDS if kind not in FULL)


@dataclass(frozen=True)
class Kind:
    """One line of the first table: its scenes, and the mean and worst that are wanted, by number of axes."""

    background: str
    scenes: tuple[str, ...] = OPEN
    camera: Camera = field(default_factory=Camera)
    mean: tuple[float, float] = (np.inf, np.inf)  # in 2D and in 3D
    worst: float = np.inf


LINES = {
    "flat": Kind("flat", mean=(1.03, 1.03), worst=1.2),
    "tilted": Kind("tilted", mean=(1.05, 1.05), worst=1.25),
    "vignetted": Kind("vignetted", mean=(1.05, 1.05), worst=1.2),
    "two-step": Kind("two-step", mean=(1.12, 1.12), worst=1.6),
    "field-filling": Kind("flat", FULL, mean=(1.2, 1.2), worst=2.3),
    "clean photons": Kind("flat", camera=CLEAN, mean=(1.012, 0.92)),
}


# -- tables ------------------------------------------------------------------------------------------------------------

Measured = Callable[..., list[Row]]


def backgrounds(given: argparse.Namespace, ndim: int, measured: Measured) -> list[Row]:
    """Print default / best on each kind of background."""
    everything: list[Row] = []
    levels = photons_of(given)
    print(f"\n{ndim}D, default / best   mean (wanted)   worst (wanted)   mean at {levels} photons")
    for name, line in LINES.items():
        kinds = [kind for kind in line.scenes if kind in given.scenes]
        rows = measured(cases(given, kinds, levels, ndim, line.background, line.camera))
        if not rows:
            continue
        everything += rows
        ratios = np.array([row.ratio for row in rows])
        by_light = "  ".join(f"{mean_of(row for row in rows if row.case.peak == p):.3f}" for p in levels)
        worst = max(rows, key=lambda row: np.nan_to_num(row.ratio, nan=np.inf))
        mean, most = line.mean[ndim - 2], line.worst
        print(
            f"  {name:14} n {len(rows):3}  {judged(float(np.nanmean(ratios)), mean)}  {judged(worst.ratio, most)}  "
            f"  {by_light}   worst: {worst.name}"
        )
        by_scene = "  ".join(f"{kind} {mean_of(row for row in rows if row.case.scene == kind):.2f}" for kind in kinds)
        print(f"  {'':20}  {by_scene}{failures(rows)}", flush=True)
    return everything


def offsets(given: argparse.Namespace, ndim: int, measured: Measured) -> list[Row]:
    """Print the error by offset: an offset is not light, and should change nothing."""
    print(f"\n{ndim}D, offsets: mean error over that at offset 0; level and gain found, over the right ones (medians)")
    table: list[list[Row]] = []
    for offset in OFFSETS:
        camera = replace(Camera(), offset=offset)
        rows = measured(cases(given, given.scenes, photons_of(given, few=ndim == 3), ndim, "flat", camera))
        table.append(rows)
        shares = [row.default / first.default for row, first in zip(rows, table[0], strict=True)]
        amiss = [(row.level - row.right_level) / (camera.gain * light_of(row)) for row in rows]
        print(
            f"  {offset:6g}   error x {np.nanmean(shares):.3f} (worst {np.nanmax(shares):.3f})   against best "
            f"{mean_of(rows):.3f}   level off by {np.nanmedian(amiss):+.2f} of the background (largest "
            f"{np.nanmax(np.abs(amiss)):.2f})   gain x {np.nanmedian([row.gain / camera.gain for row in rows]):.2f} "
            f"({spread([row.gain / camera.gain for row in rows])}){failures(rows)}",
            flush=True,
        )
    errors = np.array([[row.default for row in rows] for rows in table])
    spreads = np.nanmax(errors, axis=0) / np.nanmin(errors, axis=0)
    worst = int(np.argmax(spreads))
    print(
        f"  spread of one image's errors (wanted at most 1.03): mean {judged(float(spreads.mean()), 1.03)}  worst "
        f"{judged(float(spreads.max()), 1.03)}  {table[0][worst].name}; within: {np.mean(spreads <= 1.03):.0%}",
        flush=True,
    )
    for peak in photons_of(given, few=ndim == 3):
        some = [row for rows in table for row in rows if row.case.peak == peak]
        print(
            f"  {peak:6g} photons, share within 10 % +- 2 counts: background "
            f"{np.mean([near(row.level, row.right_level) for row in some]):.2f}, counts without noise "
            f"{np.mean([near(row.offset, row.right_offset) for row in some]):.2f}; gain within 25 %: "
            f"{np.mean([abs(row.gain / row.case.camera.gain - 1) <= 0.25 for row in some]):.2f}",
            flush=True,
        )
    return [row for rows in table for row in rows]


def hot(given: argparse.Namespace, ndim: int, measured: Measured) -> list[Row]:
    """Print what hot pixels cost."""
    print(f"\n{ndim}D, hot pixels: default / default without them, mean and worst; default / best; gain found (2.2)")
    without = measured(cases(given, given.scenes, photons_of(given, few=ndim == 3), ndim, "flat"))
    everything = list(without)
    for share in (0.0, *HOT_SHARES):
        spoiled = [replace(row.case, hot=share) for row in without]
        rows = measured(spoiled) if share else without
        everything += rows if share else []
        costs = [row.default / right.default for row, right in zip(rows, without, strict=True)]
        print(
            f"  {share:6.2%}   {np.nanmean(costs):.3f} ({np.nanmax(costs):.2f})   {mean_of(rows):.3f}   gain "
            f"{np.nanmedian([row.gain for row in rows]):.3g} ({spread([row.gain for row in rows])}){failures(rows)}",
            flush=True,
        )
    return everything


def full(given: argparse.Namespace, ndim: int, measured: Measured) -> list[Row]:
    """Print what the default makes of a field that is nowhere empty, where no background is the right one."""
    print(f"\n{ndim}D, full field, no background: default / best   background=0 / best   level found above offset")
    everything: list[Row] = []
    for name, camera in (("camera", Camera()), ("clean", CLEAN)):
        for kind in (*FULL, dapi.NAME) if ndim == 2 and dapi.available() else FULL:
            for peak in given.photons or FULL_PHOTONS:
                rows = measured(cases(given, (kind,), (peak,), ndim, "none", camera), zero=True)
                everything += rows
                zero = np.nanmean([row.zero / row.best for row in rows])
                above = np.nanmean([(row.level - row.right_level) / camera.gain for row in rows])
                print(
                    f"  {name:6} {kind:6} {peak:5g}   {judged(mean_of(rows), FULL_WANTED)}   {zero:.3f}   "
                    f"{above:.1f} photons{failures(rows)}",
                    flush=True,
                )
    return everything


TABLES = {"backgrounds": backgrounds, "offsets": offsets, "hot": hot, "full": full}


def cases(
    given: argparse.Namespace,
    kinds: Iterable[str],
    photons: Sequence[float],
    ndim: int,
    background: str,
    camera: Camera | None = None,
) -> list[Case]:
    """Return all cases of a line."""
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    found = [Case(kind, peak, seed, ndim, background) for kind in kinds for peak in photons for seed in seeds]
    return [replace(one, camera=camera or Camera()) for one in found]


def photons_of(given: argparse.Namespace, *, few: bool = False) -> tuple[float, ...]:
    """Return the light levels."""
    return tuple(given.photons or (FEW_PHOTONS if given.quick or few else PHOTONS))


def near(found: float, right: float) -> bool:
    """Return whether counts were found within 10 % and 2 counts."""
    return abs(found - right) <= 0.1 * abs(right) + 2


def light_of(row: Row) -> float:
    """Return the mean background in photons."""
    return (row.right_level - row.case.camera.offset) / row.case.camera.gain


def mean_of(rows: Iterable[Row]) -> float:
    """Return the mean of default / best."""
    return float(np.nanmean([row.ratio for row in rows]))


def judged(value: float, wanted: float) -> str:
    """Return a figure beside the one that is wanted, with a sign where it is worse."""
    bound = "" if wanted == np.inf else f"{wanted:g}"
    return f"{value:.3f}{' ' if value <= wanted else '!'}({bound:>5})"


def spread(values: Sequence[float]) -> str:
    """Return the least and the largest of some values."""
    return f"{np.nanmin(values):.3g} to {np.nanmax(values):.3g}"


def failures(rows: Sequence[Row]) -> str:
    """Return how many runs failed, and why one did."""
    some = [row.failure for row in rows if row.failure]
    return f"   {len(some)} of {len(rows)} FAILED: {some[0][:60]}" if some else ""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1, help="draws of each scene")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--photons", type=float, nargs="*", help="peaks of the blurred image above background")
    parser.add_argument("--scenes", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--ndim", type=int, nargs="*", choices=(2, 3))
    parser.add_argument("--table", nargs="*", choices=TABLES, default=list(TABLES))
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--quick", action="store_true", help="2D, two light levels")
    parser.add_argument("--csv", help="write every case to this file")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of means over nothing but failures
    begin, rows = time.perf_counter(), []
    with ProcessPoolExecutor(given.jobs) as pool:

        def measured(some: list[Case], zero: bool = False) -> list[Row]:
            return list(pool.map(partial(measure, zero=zero), some))

        for ndim in given.ndim or ((2,) if given.quick else (2, 3)):
            for name in given.table:
                rows += TABLES[name](given, ndim, measured)
    print(f"\n{len(rows)} images in {time.perf_counter() - begin:.0f} s")
    if given.csv:
        write(given.csv, rows)


if __name__ == "__main__":
    main()
