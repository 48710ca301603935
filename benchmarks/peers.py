"""Time from image to result against other programs: same image, same threads, in turn.

    python benchmarks/peers.py [--cases 3D-24x80x80 2D-128] [--peers deconwolf] [--threads 2] [--repeats 5]

Each image is made of counts of a camera, 100 photons at the peak. A peer gets it with offset and background taken off
by hand; here they are found, within the time. Programs take turns, and a ratio is the median over the turns of the
peer's time over ours, from arrays in memory to the estimate; deconwolf's is that of its process, files included.

* best       to the least error that the peer reaches with any number of iterations: each at the number that does it
* default    to the error of the peer's default, likewise
* iteration  one iteration of the default acceleration, from the difference between more and fewer
* thirty     30 iterations, whatever comes out
* known      the same, where camera and background are given here too, so that nothing is left to be found
* textbook   30 iterations of `nd.richardson_lucy`, which looks for nothing, on the peer's image
* auto       30 iterations there, the default here, which finds all settings from the image

In brackets stands the same of CPU seconds, which other work on the machine disturbs less, and after it the ratio of the
last time on such a machine. Numbers that would take longer than ``--patience`` seconds are not tried: then "best" is
the best of those that were. Every ratio becomes a line of ``--history``.
"""

from __future__ import annotations

import argparse
import math
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path

import history
import numpy as np
from objects import KINDS
from programs import ITERATIONS, Peer, Values, deconwolf_version, taking_part
from scenes import Scene, draw, point_spread
from threadpoolctl import threadpool_limits
from turns import Measured, Spent, compared, medians, part_of, spend

import napari_deconvolve as nd
from napari_deconvolve.core.transforms.lines import available_lines

SIZES = {  # of image and PSF
    "3D-24x80x80": ((24, 80, 80), (13, 31, 31)),
    "3D-64x256x256": ((64, 256, 256), (31, 31, 31)),
    "3D-32x512x512": ((32, 512, 512), (25, 65, 65)),
    "2D-128": ((128, 128), (33, 33)),
    "2D-512": ((512, 512), (33, 33)),
}
PHOTONS = 100.0
FIXED = 30
FEW = 3  # iterations, when those of more are compared with it
SPAN_SECONDS = 2.0  # how long the others should take
MOST = 300  # iterations here, to reach what a peer reaches
RISEN = 1.05  # where the error has risen by so much, the best is passed
HISTORY = Path(__file__).with_name("peers.jsonl")


@dataclass(frozen=True)
class Goal:
    """An error that a peer reaches, and the numbers of iterations that take each there; 0 here: never."""

    error: float
    theirs: int
    ours: int


@dataclass(frozen=True)
class Duel:
    """One case against one peer."""

    scene: Scene
    peer: Peer
    repeats: int
    patience: float

    @property
    def psf(self) -> Values:
        """The PSF as peers take it."""
        return np.asarray(self.scene.psf.data, np.float64)

    @property
    def image(self) -> Values:
        """The image as peers get it."""
        return np.maximum(self.scene.counts - self.dark, 0.0)

    @property
    def dark(self) -> float:
        """Mean counts that do not come from the object."""
        camera = self.scene.camera
        return camera.offset + camera.gain * float(self.scene.background.mean())

    def theirs(self, iterations: int) -> Values:
        """Return the peer's estimate."""
        return self.peer.run(self.image, self.psf, iterations)

    def ours(self, recipe: nd.Recipe | None) -> Values:
        """Return the estimate here; by the default for None."""
        return nd.deconvolve(self.scene.counts, self.scene.psf, recipe).estimate

    def iterated(self, iterations: int) -> Values:
        """Return the estimate here after so many iterations, all else by default."""
        return self.ours(nd.Recipe(iterations=iterations))


def main() -> None:
    given = options()
    use_threads(given.threads)
    warnings.simplefilter("ignore")
    where = history.circumstances(deconwolf_version())
    alike = {"machine": where["machine"], "threads": given.threads, "transforms": type(available_lines()).__name__}
    print(f"{alike}, commit {where['commit']}, load {where['load']}, {where['versions']}")
    for case in given.cases:
        scene = make(case, given.scene)
        for name, peer in iterating(given, scene.counts.ndim).items():
            duel = Duel(scene, peer, given.repeats, given.patience)
            print(f"{case} {given.scene}, {name}", flush=True)
            for measure in given.measures:
                like = alike | {"case": case, "scene": given.scene, "peer": name, "measure": measure}
                keep(given.history, where, like, MEASURES[measure](duel))


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="*", choices=SIZES, default=list(SIZES))
    parser.add_argument("--scene", choices=KINDS, default="filaments")
    parser.add_argument("--peers", nargs="*", default=[""], help="parts of the names of those that take part")
    parser.add_argument("--measures", nargs="*", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5, help="turns")
    parser.add_argument("--patience", type=float, default=120.0, help="seconds that one run may take")
    parser.add_argument("--history", type=Path, default=HISTORY, help="file that the ratios are appended to")
    return parser.parse_args()


def use_threads(threads: int) -> None:
    """Let this process and those it starts run on so many cores at once, whatever a library thinks there is."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    threadpool_limits(threads)  # more threads than cores wait for each other for most of the time
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def make(case: str, kind: str) -> Scene:
    """Return the image of a case."""
    shape, psf_shape = SIZES[case]
    psf = point_spread(kind, 0, len(shape), psf_shape)
    return draw(kind, PHOTONS, 0, ndim=len(shape), seen_through=psf, shape=shape)


def iterating(given: argparse.Namespace, ndim: int) -> dict[str, Peer]:
    """Return the peers that iterate, and were asked for."""
    there = taking_part(ndim, given.peers, given.threads)
    return {name: peer for name, peer in there.items() if peer.numbers == ITERATIONS}


# -- what is measured; None is what would take too long ----------------------------------------------------------------


def to_best(duel: Duel) -> Measured:
    """Compare the times to the peer's least error."""
    error, theirs, passed = best_of(duel)
    return to_error(duel, Goal(error, theirs, fewest(duel.scene, error)), "its best" if passed else "its best so far")


def to_default(duel: Duel) -> Measured | None:
    """Compare the times to the error of the peer's default."""
    number = int(duel.peer.default)
    if expected(duel, number) > duel.patience:
        return None
    error = duel.scene.error(duel.theirs(number))
    return to_error(duel, Goal(error, number, fewest(duel.scene, error)), "its default")


def to_error(duel: Duel, goal: Goal, name: str) -> Measured:
    """Compare the times to an error."""
    note = f"{name}: error {goal.error:.3f} after {goal.theirs}, here after {goal.ours or 'no number'}"
    if not goal.ours:
        return Measured(math.nan, math.nan, math.nan, math.nan, note)
    return compared(partial(duel.iterated, goal.ours), partial(duel.theirs, goal.theirs), duel.repeats, note)


def one_iteration(duel: Duel) -> Measured | None:
    """Compare single iterations."""
    more = FEW + span(duel)
    if expected(duel, more) > duel.patience:
        return None
    turns = []
    for _ in range(duel.repeats):
        few = spend(partial(duel.iterated, FEW)), spend(partial(duel.theirs, FEW))
        many = spend(partial(duel.iterated, more)), spend(partial(duel.theirs, more))
        turns.append((part_of(few[0], many[0], more - FEW), part_of(few[1], many[1], more - FEW)))
    return medians(turns, f"iterations {FEW + 1} to {more}")


def thirty(duel: Duel) -> Measured | None:
    """Compare a fixed number of iterations."""
    ours = partial(duel.iterated, FIXED)
    return against_thirty(duel, ours, f"{FIXED} iterations each")


def known(duel: Duel) -> Measured | None:
    """Compare a fixed number of iterations, where nothing is left to be found."""
    camera = duel.scene.camera
    given = {"offset": camera.offset, "gain": camera.gain, "read_noise": camera.read_noise, "background": duel.dark}
    recipe = nd.Recipe(iterations=FIXED, defects="keep", **given)
    return against_thirty(duel, partial(duel.ours, recipe), f"{FIXED} iterations each, camera and background given")


def textbook(duel: Duel) -> Measured | None:
    """Compare the functions that iterate and do nothing else."""
    ours = partial(nd.richardson_lucy, duel.image, duel.scene.psf, FIXED)
    return against_thirty(duel, ours, f"{FIXED} iterations of nd.richardson_lucy")


def auto(duel: Duel) -> Measured | None:
    """Compare the default here with a fixed number of iterations there."""
    return against_thirty(duel, partial(duel.ours, None), f"the default here, {FIXED} iterations there")


def against_thirty(duel: Duel, ours: Callable[[], Values], note: str) -> Measured | None:
    """Compare a way of ours with a fixed number of iterations there."""
    if expected(duel, FIXED) > duel.patience:
        return None
    return compared(ours, partial(duel.theirs, FIXED), duel.repeats, note)


MEASURES = {
    "best": to_best,
    "default": to_default,
    "iteration": one_iteration,
    "thirty": thirty,
    "known": known,
    "textbook": textbook,
    "auto": auto,
}


# -- how ---------------------------------------------------------------------------------------------------------------


def best_of(duel: Duel) -> tuple[float, int, bool]:
    """Return the peer's least error, its number of iterations, and whether it has been passed."""
    least, at = math.inf, 0
    for number in ITERATIONS:
        if at and expected(duel, number) > duel.patience:
            return least, at, False
        error = duel.scene.error(duel.theirs(number))
        if error < least:
            least, at = error, number
        elif error > RISEN * least:
            return least, at, True
    return least, at, at < ITERATIONS[-1]


def fewest(scene: Scene, error: float) -> int:
    """Return after how many iterations the error here is as small; 0 for never."""
    least = math.inf
    for state in islice(nd.iterate(scene.counts, scene.psf), MOST):
        now = scene.error(state.estimate)
        if now <= error:
            return state.iteration
        least = min(now, least)
        if now > RISEN * least:
            return 0
    return 0


def span(duel: Duel) -> int:
    """Return how many iterations take a while, in tens: so that no sum is the number that ci-deconvolve ends itself."""
    one = part_of(spend(partial(duel.iterated, FEW)), spend(partial(duel.iterated, FEW + 10)), 10)
    tens = int(np.clip(SPAN_SECONDS / max(one.cpu, 1e-6) / 10, 1, 20))
    while tens > 1 and expected(duel, FEW + 10 * tens) > duel.patience:
        tens -= 1
    return 10 * tens


def expected(duel: Duel, number: int) -> float:
    """Return the seconds that a peer will need for so many iterations, roughly."""
    first, each = pace(duel)
    return first.wall + (number - 1) * max(0.0, each.wall)


@cache
def pace(duel: Duel) -> tuple[Spent, Spent]:
    """Return what a peer's first iteration costs, set-up included, and each further one."""
    first = spend(partial(duel.theirs, 1))
    return first, part_of(first, spend(partial(duel.theirs, FEW)), FEW - 1)


def keep(path: Path, where: dict[str, object], like: dict[str, object], found: Measured | None) -> None:
    """Print a ratio beside that of the last time, and write it down."""
    if found is None:
        print(f"  {like['measure']:10} left out, as it takes too long", flush=True)
        return
    before = history.latest(path, **like)
    last = f", last time {before['ratio']:.2f}" if before and before["ratio"] is not None else ""
    print(
        f"  {like['measure']:10} {found.wall:6.2f} ({found.cpu:.2f}){last}: "
        f"{found.ours * 1e3:.4g} ms here, {found.theirs * 1e3:.4g} ms there; {found.note}",
        flush=True,
    )
    figures = {"ratio": found.wall, "cpu_ratio": found.cpu, "ours_s": found.ours, "theirs_s": found.theirs}
    known = {name: None if math.isnan(value) else float(f"{value:.4g}") for name, value in figures.items()}
    history.append(path, where | like | known | {"note": found.note})


if __name__ == "__main__":
    main()
