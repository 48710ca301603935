"""The default on the counts of a camera against other programs, in one run on the same images.

    python benchmarks/camera_peers.py [--seeds 1] [--first-seed 0] [--photons 20 100 1000] [--ndim 2 3] [--peers NAME]

The error |u - t| / |t| in photons of ``nd.deconvolve(counts, psf)``, and of each peer

* default   by the number of its documentation, on the counts as they come
* dark off  the same, where offset and mean background have been subtracted by hand, which no peer does by itself
* best      the least of all numbers, and of both images: what nobody can choose without the truth

A row is printed as soon as it is known. The last lines count on how many images the default is the better one, and
lies within 3 % of the peer's best.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from camera_cases import Case
from objects import KINDS
from programs import Peer, Values, taking_part
from scenes import Scene

import napari_deconvolve as nd

PHOTONS = (20.0, 100.0, 1000.0)
CLOSE = 1.03
RISEN, IN_TURN = 1.1, 2  # where so many numbers in turn make so much more error than the least, the best is passed
ENOUGH, FAR = 6, 2.0  # after so many numbers, so much more error than another image's does not come down any more


@dataclass(frozen=True)
class Errors:
    """What one peer makes of one image."""

    default: float
    dark_off: float
    best: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1, help="draws of each scene")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--photons", type=float, nargs="*", default=PHOTONS)
    parser.add_argument("--scenes", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--ndim", type=int, nargs="*", choices=(2, 3), default=(2, 3))
    parser.add_argument("--peers", nargs="*", default=[""], help="parts of the names of those that take part")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    with ProcessPoolExecutor(given.jobs) as pool:
        for ndim in given.ndim:
            cases = [
                Case(kind, peak, seed, ndim, "flat")
                for kind in given.scenes
                for peak in given.photons
                for seed in seeds
            ]
            show(cases, list(taking_part(ndim, given.peers)), pool.map(partial(measure, peers=given.peers), cases))


def measure(case: Case, peers: Sequence[str]) -> tuple[float, dict[str, Errors]]:
    """Return the error of the default, and of all peers."""
    warnings.simplefilter("ignore")
    one = case.draw()
    ours = one.error(nd.deconvolve(one.counts, one.psf).estimate)
    return ours, {name: errors_of(peer, one) for name, peer in taking_part(case.ndim, peers).items()}


def errors_of(peer: Peer, one: Scene) -> Errors:
    """Return what a peer makes of an image."""
    psf = np.asarray(one.psf.data, np.float64)
    raw = np.maximum(one.counts, 0.0)
    off = np.maximum(one.counts - one.camera.offset - one.camera.gain * float(one.background.mean()), 0.0)
    default, dark_off = (one.error(peer.run(image, psf, peer.default)) for image in (raw, off))
    best = least(peer, off, one, min(default, dark_off))
    return Errors(default, dark_off, least(peer, raw, one, best))


def least(peer: Peer, image: Values, one: Scene, known: float) -> float:
    """Return the least error of all numbers, up to where it has been passed or is out of reach, or the known one."""
    errors: list[float] = []
    for _, estimate in peer.estimates(image, np.asarray(one.psf.data, np.float64)):
        errors.append(one.error(estimate))
        passed = len(errors) > IN_TURN and min(errors[-IN_TURN:]) > RISEN * min(errors)
        if passed or (len(errors) >= ENOUGH and min(errors) > FAR * known):
            break
    return min(known, *errors)


def show(cases: Sequence[Case], names: Sequence[str], found: Iterable[tuple[float, dict[str, Errors]]]) -> None:
    """Print a table of one kind of images: rows are scenes, and then what all of them say."""
    rows = []
    print(f"\n{cases[0].ndim}D: default / dark off / best of each peer")
    print(f"{'':24}{'ours':>6}  " + "  ".join(f"{name:>22}" for name in names))
    for case, (ours, others) in zip(cases, found, strict=True):
        rows.append((ours, others))
        cells = (f"{e.default:6.3g} {e.dark_off:6.3g} {e.best:6.3f}" for e in others.values())
        start = f"{case.scene:12} {case.peak:5g} #{case.seed:<3} {ours:6.3f}  "
        print(start + "  ".join(f"{cell:>22}" for cell in cells), flush=True)
    for name in names:
        better = np.array([ours < min(others[name].default, others[name].dark_off) for ours, others in rows])
        ratios = np.array([ours / others[name].best for ours, others in rows])
        print(
            f"  {name:20} better than its default on {better.sum()} of {len(rows)}; within 3 % of its best on "
            f"{(ratios <= CLOSE).sum()}; default / its best: mean {ratios.mean():.3f}, worst {ratios.max():.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
