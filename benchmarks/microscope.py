"""Time of a microscope's PSF, 61x127x127, while Fourier transforms keep every core busy, and alone.

    python benchmarks/microscope.py [--repeats 25]

Medians and fastest, in ms, of the whole call, the checks and the `PSF` value included. Beside it, where installed,
psfmodels (vectorial, point-sampled).

Since other programs may be running, a fixed piece of work of the same kind on one thread (a matrix product, Bessel
functions, and a stack written to fresh memory) is timed in turn with each call: "ratio" gives the call's median in
units of that work's, which a loaded machine slows down as much. "CPU" is the median of the time that the call's own
thread was running, whatever else the machine did: on a machine with a core to spare it is the time that passes.
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
import scipy.special

import napari_deconvolve as nd
from napari_deconvolve.psf.microscope.pupil import one_thread

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


_MATRIX = np.random.default_rng(1).random((400, 400))
_PLACES = np.random.default_rng(2).random(20_000) * 100


def reference() -> None:
    """Do a fixed piece of work: about 6 ms on one core of a server of 2023."""
    with one_thread():
        _MATRIX @ _MATRIX
    scipy.special.j0(_PLACES)
    stack = np.empty(GRID["shape"], np.float32)
    stack[...] = 1
    stack *= 2


def times(call: Callable[[], object], repeats: int) -> np.ndarray:
    """Give the times in ms, (repeats, 3): of the call, of its thread running, and of the reference after it."""
    for _ in range(2):
        call()
        reference()
    found = []
    for _ in range(repeats):
        start, running = time.perf_counter(), time.thread_time()
        call()
        middle, ran = time.perf_counter(), time.thread_time()
        reference()
        found.append((middle - start, ran - running, time.perf_counter() - middle))
    return 1e3 * np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=25)
    repeats = parser.parse_args().repeats
    print(f"{'':48} {'alone, ms':^35} {'FFT threads busy, ms':^35}")
    print(f"{'case':48} " + f"{'median':>8} {'fastest':>8} {'CPU':>8} {'ratio':>8} " * 2)
    for name, call in cases().items():
        alone = times(call, repeats)
        with busy():
            beside = times(call, repeats)
        print(f"{name:48} {_columns(alone)} {_columns(beside)}", flush=True)


def _columns(found: np.ndarray) -> str:
    median, running, reference_median = np.median(found, axis=0)
    return f"{median:8.1f} {found[:, 0].min():8.1f} {running:8.1f} {median / reference_median:8.2f}"


if __name__ == "__main__":
    main()
