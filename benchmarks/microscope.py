"""Time of a microscope's PSF, 61x127x127, while Fourier transforms keep every core busy, and alone.

    python benchmarks/microscope.py [--repeats 25]

Medians and fastest, in ms, of the whole call, the checks and the `PSF` value included. Beside it, where installed,
psfmodels (vectorial, point-sampled).
"""

from __future__ import annotations

import argparse
import importlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import scipy.fft

import napari_deconvolve as nd

GRID = {"spacing": (0.2, 0.1, 0.1), "shape": (61, 127, 127)}
LENSES = {"NA 0.75, air": (0.75, 1.0), "NA 1.2, water": (1.2, 1.33), "NA 1.4, oil": (1.4, 1.515)}


@contextmanager
def busy() -> Iterator[None]:
    """Transform a stack over and over, on all cores."""
    done = threading.Event()
    stack = np.random.default_rng(0).random((64, 256, 256), np.float32)

    def work() -> None:
        while not done.is_set():
            scipy.fft.rfftn(stack, workers=os.cpu_count())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def cases() -> dict[str, Callable[[], object]]:
    found: dict[str, Callable[[], object]] = {}
    for lens, (aperture, index) in LENSES.items():
        for sampling in ("point", "pixel"):
            settings = {"numerical_aperture": aperture, "immersion_index": index, "emission_um": 0.52, **GRID}
            found[f"wide field, {lens}, {sampling}"] = lambda s=settings, p=sampling: nd.psf.microscope(
                "widefield", sampling=p, **s
            )
    oil = {"numerical_aperture": 1.4, "emission_um": 0.52, **GRID}
    found["wide field, NA 1.4, 10 um deep in water, point"] = lambda: nd.psf.microscope(
        "widefield", sample_index=1.33, depth_um=10, sampling="point", **oil
    )
    found["confocal, NA 1.4, 1 Airy unit, point"] = lambda: nd.psf.microscope("confocal", excitation_um=0.488, **oil)
    try:
        models = importlib.import_module("psfmodels")
    except ImportError:
        return found
    found["psfmodels, NA 1.4"] = lambda: models.make_psf(61, 127, dxy=0.1, dz=0.2, NA=1.4, wvl=0.52, model="vectorial")
    return found


def times(call: Callable[[], object], repeats: int) -> np.ndarray:
    """Give the times of so many calls, in ms, after two that warm up."""
    for _ in range(2):
        call()
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        found.append(1e3 * (time.perf_counter() - start))
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=25)
    repeats = parser.parse_args().repeats
    print(f"{'case':48} {'alone: median':>14} {'fastest':>8} {'busy: median':>14} {'fastest':>8}   (ms)")
    for name, call in cases().items():
        alone = times(call, repeats)
        with busy():
            beside = times(call, repeats)
        print(
            f"{name:48} {np.median(alone):14.1f} {alone.min():8.1f} {np.median(beside):14.1f} {beside.min():8.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
