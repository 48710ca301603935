"""Convolution with one kernel per axis, one axis after the other: in place, and cancellable."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.threads import at_once
from napari_deconvolve.core.transforms.fft import Cancel, cpu_count
from napari_deconvolve.errors import Cancelled

SCIPY_MODES = {"reflect": "reflect", "edge": "nearest", "periodic": "wrap", "zero": "constant"}
PART_VOXELS = 1 << 20  # at a time, between two polls


def convolve_axis(
    data: FloatArray,
    axis: int,
    kernel: NDArray[np.floating],
    boundary: str,
    *,
    cancelled: Cancel | None = None,
    workers: int | None = None,
) -> None:
    """Convolve with a symmetric kernel along one axis, in place.

    The kernel, of odd length, may be longer than the axis. `cancelled` is polled between parts; if it returns True,
    `Cancelled` is raised. Lines are independent, so the number of threads, all cores by default, changes no result.
    """
    from scipy.ndimage import correlate1d

    def work(part: FloatArray) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled("The smoothing was stopped.")
        # Lines are buffered, so that the result may lie where the data were.
        correlate1d(part, kernel, axis, output=part, mode=SCIPY_MODES[boundary])

    with ThreadPoolExecutor(at_once(workers or cpu_count())) as pool:
        for _ in pool.map(work, _parts(data, axis)):
            pass


def _parts(data: FloatArray, axis: int) -> Iterator[FloatArray]:
    """Cut the data across their longest other axis."""
    others = [other for other in range(data.ndim) if other != axis]
    if not others:
        yield data
        return
    across = max(others, key=lambda other: data.shape[other])
    length = data.shape[across]
    step = max(1, PART_VOXELS * length // data.size)
    for start in range(0, length, step):
        yield data[(slice(None),) * across + (slice(start, start + step),)]
