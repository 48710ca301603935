"""What passes beside the iterations of a small image, as ratios to scikit-image's 30 iterations in the same run.

    python benchmarks/setup.py [--repeats 9]

Of a 128 x 128 image and a PSF of 31 x 31, in a process that has run before: CPU time on one core, the least of
interleaved repeats.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scenes import draw
from skimage.restoration import richardson_lucy as peer

import napari_deconvolve as nd

KINDS = ("discs", "nuclei", "points", "mesh", "beads")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeats", type=int, default=9)
    given = options.parse_args()
    print("times of scikit-image's 30 iterations")
    print(f"{'scene':10} {'rl 1':>6} {'rl 30':>6} {'run of 1':>9} {'run of 30':>9} {'auto':>6}")
    psf = nd.psf.gaussian((6, 6), shape=(31, 31))
    for kind in KINDS:
        image = draw(kind, 200, 1, seen_through=psf).counts.astype(np.float32)
        found = least(cases(image, psf), given.repeats)
        shown = (f"{one / found[0]:{width}.2f}" for one, width in zip(found[1:], (6, 6, 9, 9, 6), strict=True))
        print(f"{kind:10} {' '.join(shown)}", flush=True)


def cases(image: np.ndarray, psf: nd.PSF) -> list[Callable[[], object]]:
    """Return scikit-image, the textbook's call with 1 and 30 iterations, runs of as many, and the default run."""
    scaled = image / image.max()
    return [
        lambda: peer(scaled, psf.data, num_iter=30),
        lambda: nd.richardson_lucy(image, psf, 1),
        lambda: nd.richardson_lucy(image, psf, 30),
        lambda: nd.deconvolve(image, psf, nd.Recipe(iterations=1)),
        lambda: nd.deconvolve(image, psf, nd.Recipe(iterations=30)),
        lambda: nd.deconvolve(image, psf),
    ]


def least(runs: list[Callable[[], object]], repeats: int) -> list[float]:
    """Return the least CPU time of each, in turn."""
    for run in runs:
        run()
    found = [float("inf")] * len(runs)
    for _ in range(repeats):
        for place, run in enumerate(runs):
            begin = time.process_time()
            run()
            found[place] = min(found[place], time.process_time() - begin)
    return found


if __name__ == "__main__":
    main()
