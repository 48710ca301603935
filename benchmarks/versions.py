"""Whole automatic runs by this version and by another: CPU and error of both on the same images.

    python benchmarks/versions.py OTHER/src [--sizes 256x256 24x96x96] [--photons 20 1000] [--first-seed 0]

`OTHER` is another checkout. Each image is drawn here and run by both in turn, each in a process of its own that has run
before, on one core; once for clean photons and once for a camera. Of each size: CPU over the other's, of all images
together and of each one; and the error |u - t| / |t| over the other's, mean and worst.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
from objects import KINDS
from scenes import CLEAN, Camera, Scene, draw

HERE = Path(__file__).parents[1] / "src"
SIZES = ("256x256", "24x96x96")
WORKER = """
import json, os, sys, time, warnings
import numpy as np
import napari_deconvolve as nd
warnings.simplefilter("ignore")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
for folder in map(str.strip, sys.stdin):
    image, psf = np.load(folder + "/image.npy"), np.load(folder + "/psf.npy")
    begin = time.process_time()
    found = nd.deconvolve(image, psf)
    spent = time.process_time() - begin
    np.save(folder + "/estimate.npy", found.estimate)
    print(json.dumps([spent, found.iterations]), flush=True)
"""


@dataclass(frozen=True)
class Ran:
    """What one version made of an image."""

    seconds: float
    iterations: int
    error: float


class Version:
    """A process that runs one version."""

    def __init__(self, source: Path) -> None:
        how = {"env": os.environ | {"PYTHONPATH": str(source)}, "text": True}
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **how
        )

    def run(self, scene: Scene) -> Ran:
        """Run an image by the default."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            for name, part in (("image", scene.counts), ("psf", scene.psf.data)):
                np.save(f"{folder}/{name}.npy", part.astype(np.float32))
            self._process.stdin.write(folder + "\n")
            self._process.stdin.flush()
            seconds, iterations = json.loads(self._process.stdout.readline())
            return Ran(seconds, iterations, scene.error(np.load(f"{folder}/estimate.npy")))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path)
    parser.add_argument("--sizes", nargs="*", default=SIZES)
    parser.add_argument("--photons", type=float, nargs="*", default=(20.0, 100.0, 1000.0))
    parser.add_argument("--scenes", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    given = parser.parse_args()
    with ExitStack() as stack:
        here, other = (stack.enter_context(closing(Version(one))) for one in (HERE, given.other))
        for size in given.sizes:
            show(size, [(name, *both) for name, *both in pairs(given, size, here, other)])


def pairs(given: argparse.Namespace, size: str, here: Version, other: Version) -> Iterator[tuple[str, Ran, Ran]]:
    """Yield what both versions make of each image."""
    shape = tuple(map(int, size.split("x")))
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    warm = draw("discs", 100.0, 0, ndim=len(shape))
    for version in (here, other):
        version.run(warm)
    for kind, peak, seed, camera in product(given.scenes, given.photons, seeds, (CLEAN, Camera())):
        scene = draw(kind, peak, seed, ndim=len(shape), shape=shape, camera=camera)
        name = f"{kind} {peak:g} #{seed} {'clean' if camera is CLEAN else 'camera'}"
        yield name, here.run(scene), other.run(scene)


def show(size: str, found: list[tuple[str, Ran, Ran]]) -> None:
    """Print a size's ratios."""
    cpu = np.array([(ours.seconds, theirs.seconds) for _, ours, theirs in found])
    errors = np.array([ours.error / theirs.error for _, ours, theirs in found])
    single, worst = cpu[:, 0] / cpu[:, 1], int(np.argmax(errors))
    print(
        f"{size:12} n {len(found):3}  CPU x {cpu[:, 0].sum() / cpu[:, 1].sum():.2f} (of each: median "
        f"{np.median(single):.2f}, {single.min():.2f} to {single.max():.2f}; {np.median(cpu[:, 0]):.2f} s here)   "
        f"error x {errors.mean():.3f} (worst {errors[worst]:.3f}: {found[worst][0]})",
        flush=True,
    )


if __name__ == "__main__":
    main()
