"""Speed and memory of iterations on a GPU, against its own transforms and the loop that others write for it.

    python benchmarks/device.py [--library torch|cupy] [--place cuda|mps|cpu] [--shape 64,256,256] [--repeats 7]

Without `--library` the GPU is the one that a run would take. Per case: medians over interleaved repeats of

* ``iteration``   one plain iteration, deviance included: (time of 9 - time of 3) / 6
* ``accelerated`` the same with momentum
* ``TV``          the same with momentum and total variation
* ``4 FFTs``      two rfftn and two irfftn of the padded box, by the same library
* ``loop``        scikit-image's loop in the library's words: two convolutions by FFT of the image's size and three
  products; no padding, background or deviance
* ``CPU``         one accelerated iteration by this package on all cores

and the difference from the CPU's estimate after 40 accelerated iterations, the peak of memory over 4 bytes per sample
of the box, and what a run as a whole takes with set-up and copies.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import napari_deconvolve as nd
from napari_deconvolve.core.algorithms.device_richardson_lucy import ARRAYS
from napari_deconvolve.core.device import Device, find_gpu, namespace
from napari_deconvolve.job.device import iteration_on
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.prepare import prepare

CASES = ("64,256,256", "32,512,512", "128,512,512", "256,512,512", "2048,2048", "8192,8192")
KNOWN = {"background": 10.0, "offset": 0.0, "read_noise": 0.0, "gain": 1.0, "target_fwhm": 0.0, "defects": "keep"}
FWHM = 4.0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--library", choices=("torch", "cupy"))
    options.add_argument("--place", help="the library's name of the device")
    options.add_argument("--shape", action="append", help="may be given several times")
    options.add_argument("--repeats", type=int, default=7)
    given = options.parse_args()
    device = find_gpu() if given.library is None else Device(namespace(given.library), given.place, given.library)
    if device is None:
        raise SystemExit("No GPU was found; give --library torch --place cpu to try this script.")
    print(f"{device.label}; medians of {given.repeats}, ms; ratios to the iteration")
    print(
        f"{'shape':>14} {'iter':>8} {'accel.':>8} {'TV':>8} {'4 FFTs':>8} {'loop':>8} {'CPU':>8} | "
        "iter/4FFTs loop/iter CPU/accel"
    )
    for text in given.shape or CASES:
        measure(device, tuple(map(int, text.split(","))), given.repeats)


def measure(device: Device, shape: tuple[int, ...], repeats: int) -> None:
    psf = nd.psf.gaussian(FWHM, ndim=len(shape))
    random = np.random.default_rng(0)
    truth = np.zeros(shape, np.float32)
    truth[tuple(random.integers(0, length, truth.size // 2000 + 1) for length in shape)] = 2000
    image = random.poisson(np.maximum(nd.convolve(truth, psf), 0) + KNOWN["background"]).astype(np.uint16)

    def job(**changes: Any) -> Any:
        return prepare(image, psf, nd.Recipe(iterations=40, **{**KNOWN, **changes}))

    accelerated = job()
    plain, fast, smooth = (
        iteration_on(device, one, 0) for one in (job(acceleration=None), accelerated, job(prior="tv", strength=0.003))
    )
    box, here = fast.blur.layout.box, richardson_lucy(accelerated, 0)
    works: dict[str, Callable[[], object]] = {
        "iter": plain.step, "accel": fast.step, "TV": smooth.step,
        "FFTs": _transforms(device, box), "loop": _loop(device, image, psf.data), "CPU": here.step,
    }  # fmt: skip
    times = {name: 1e3 * seconds for name, seconds in _seconds(device, works, repeats).items()}
    print(f"{'x'.join(map(str, shape)):>14} " + " ".join(f"{times[name]:8.2f}" for name in works), end=" | ")
    print(
        f"{times['iter'] / times['FFTs']:.2f} {times['loop'] / times['iter']:.2f} {times['CPU'] / times['accel']:.1f}"
    )
    here.blur.close()
    for live in (plain, fast, smooth):
        live.blur.close()
    del plain, fast, smooth, works
    _agreement(device, accelerated, box)


def _agreement(device: Device, job: Any, box: tuple[int, ...]) -> None:
    here, there = richardson_lucy(job, 0), iteration_on(device, job, 0)
    _forget_peak(device)
    begin = time.perf_counter()
    for _ in range(40):
        there.step()
    found = there.snapshot()
    seconds = time.perf_counter() - begin
    for _ in range(40):
        here.step()
    known = here.snapshot()
    difference = np.linalg.norm(found - known) / np.linalg.norm(known)
    peak = _peak(device)
    held = "unknown" if peak is None else f"{peak / (4 * float(np.prod(box))):.1f}"
    print(f"{'':>14} 40 accelerated: {difference:.1e} from the CPU's, {seconds:.2f} s, ", end="")
    print(f"peak {held} arrays of the box (counted: {ARRAYS})")
    here.blur.close()


def _seconds(device: Device, works: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the median time of each work, all of them interleaved."""
    every: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            taken = []
            for count in (3, 9):
                _wait(device)
                begin = time.perf_counter()
                for _ in range(count):
                    work()
                _wait(device)
                taken.append(time.perf_counter() - begin)
            every[name].append((taken[1] - taken[0]) / 6)
    return {name: float(np.median(found)) for name, found in every.items()}


def _transforms(device: Device, box: tuple[int, ...]) -> Callable[[], object]:
    xp, axes = device.xp, tuple(range(len(box)))
    values = device.put(np.random.default_rng(0).random(box).astype(np.float32))

    def work() -> object:
        found = values
        for _ in range(2):
            found = xp.fft.irfftn(xp.fft.rfftn(found, axes=axes), s=box, axes=axes)
        return found

    return work


def _loop(device: Device, image: Any, psf: Any) -> Callable[[], object]:
    """Return an iteration as it is usually written: `fftconvolve` by the image's own size."""
    xp, shape, axes = device.xp, image.shape, tuple(range(image.ndim))
    kernel = np.zeros(shape, np.float32)
    kernel[tuple(slice(0, min(own, length)) for own, length in zip(psf.shape, shape, strict=True))] = psf[
        tuple(slice(0, length) for length in shape)
    ]
    kernel = np.roll(kernel, [-(length // 2) for length in psf.shape], axes)
    transfer, data = xp.fft.rfftn(device.put(kernel), axes=axes), device.put(image.astype(np.float32) + 1)
    state = [device.put(np.full(shape, 0.5, np.float32))]

    def convolved(values: Any, by: Any) -> Any:
        return xp.fft.irfftn(xp.fft.rfftn(values, axes=axes) * by, s=shape, axes=axes)

    def work() -> object:
        ratio = data / (convolved(state[0], transfer) + 1e-12)
        state[0] = state[0] * convolved(ratio, xp.conj(transfer))
        return state[0]

    return work


def _torch() -> Any:
    import importlib

    return importlib.import_module("torch")


def _wait(device: Device) -> None:
    if device.place == "cuda":
        _torch().cuda.synchronize()
    elif device.place == "mps":
        _torch().mps.synchronize()
    elif "cupy" in device.xp.__name__:
        device.xp.cuda.Device().synchronize()


def _forget_peak(device: Device) -> None:
    if device.place == "cuda":
        _torch().cuda.reset_peak_memory_stats()


def _peak(device: Device) -> int | None:
    return int(_torch().cuda.max_memory_allocated()) if device.place == "cuda" else None


if __name__ == "__main__":
    main()
