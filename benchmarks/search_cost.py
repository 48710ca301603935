"""What the search for the number of iterations costs, beside the run that it leads to.

    OMP_NUM_THREADS=1 python benchmarks/search_cost.py [--shape 64 512 512] [--photons 100]

An image or a stack of filaments, blurred by a Gaussian or a wide-field microscope; one search and one run of the number
that it found, in turn, in seconds of CPU. The background is found before.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from phantoms import draw

import napari_deconvolve as nd
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.methods.base import with_background
from napari_deconvolve.run.engine import Run
from napari_deconvolve.tuning.results import Choice, settled
from napari_deconvolve.tuning.search import Search
from napari_deconvolve.work import Outcome, drive, finish


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", type=int, nargs="+", default=[64, 512, 512])
    parser.add_argument("--photons", type=float, default=100.0)
    given = parser.parse_args()
    one = draw("filaments", given.photons, 0, ndim=len(given.shape), shape=tuple(given.shape))
    for name, recipe in (("number", nd.Recipe(target_fwhm=0)), ("number and sieve", nd.Recipe())):
        job = with_background(prepare(one.counts.astype(np.float32), one.psf, recipe))
        begin = time.process_time()
        search = Search(job)
        outcome: Outcome[Choice] = Outcome()
        steps = sum(1 for _ in drive(search.work(), outcome))
        choice = outcome.result()
        middle = time.process_time()
        chosen = settled(job, choice)
        finish(Run(chosen).work())
        end = time.process_time()
        part = " x ".join(str(piece.stop - piece.start) for piece in choice.region)
        print(
            f"{name}: {choice.iterations} iterations, sieve {choice.sieve:g}, in {end - middle:.2f} s; "
            f"search on {part}, {steps} steps, {middle - begin:.2f} s: "
            f"{(middle - begin) / (end - middle):.2f} of the run",
            flush=True,
        )


if __name__ == "__main__":
    main()
