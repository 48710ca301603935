"""The camera: photons counted at random, a gain, and read noise.

Where ``m`` photons are expected, it records ``gain * (N + r) + offset``, where ``N`` is drawn from
a Poisson distribution of mean ``m`` and ``r`` from a normal one of standard deviation ``read_noise`` (Snyder, Hammoud &
White 1993, J. Opt. Soc. Am. A 10:1014). So its mean is ``gain * m + offset`` and its variance
``gain**2 * (m + read_noise**2)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.threads import at_once
from napari_deconvolve.core.transforms.fft import Cancel, cpu_count
from napari_deconvolve.errors import Cancelled

RANDOM_BLOCK = 1 << 16  # voxels that share a stream of random numbers
BLOCKS_BETWEEN_CHECKS = 16  # blocks between two polls of the threads' results
PHOTON_STREAM, READ_NOISE_STREAM = 0, 1  # each kind of noise has its own streams


@dataclass(frozen=True, slots=True)
class Camera:
    """The parameters by which photons become recorded numbers.

    Attributes
    ----------
    poisson : bool
        Whether photons arrive at random; otherwise exactly the expected number arrives.
    gain : float
        Numbers per photon.
    read_noise : float
        Standard deviation, in photons.
    offset : float
        Added to every voxel, in numbers.
    """

    poisson: bool = True
    gain: float = 1.0
    read_noise: float = 0.0
    offset: float = 0.0


def record(
    expected: FloatArray, camera: Camera, seed: int, *, cancelled: Cancel | None = None, workers: int | None = None
) -> Iterator[float]:
    """Turn expected photons into recorded numbers, in place; voxels that are not finite stay unchanged.

    Each block of 2^16 voxels, in the array's order, has its own random numbers, which depend on the seed and on the
    block's place alone: threads and their order change nothing. Yield the share of the blocks done so far. `expected`
    is contiguous, and nowhere negative if photons are counted; the seed is at least 0. `cancelled` is polled before
    every block; if it returns True, `Cancelled` is raised.
    """
    flat = expected.reshape(-1)
    assert np.shares_memory(flat, expected), "the voxels are not contiguous"
    blocks = range(-(-flat.size // RANDOM_BLOCK))

    def work(block: int) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled("The simulation was stopped.")
        part = flat[block * RANDOM_BLOCK : (block + 1) * RANDOM_BLOCK]
        part[...] = _recorded(part, camera, seed, block)

    with ThreadPoolExecutor(at_once(workers or cpu_count())) as pool:
        for start in range(0, len(blocks), BLOCKS_BETWEEN_CHECKS):
            some = blocks[start : start + BLOCKS_BETWEEN_CHECKS]
            for _ in pool.map(work, some):
                pass
            yield (some[-1] + 1) / len(blocks)


def _recorded(part: FloatArray, camera: Camera, seed: int, block: int) -> FloatArray:
    photons = part.astype(np.float64)
    known = np.isfinite(photons)
    if camera.poisson:
        drawn = _stream(seed, PHOTON_STREAM, block).poisson(np.where(known, photons, 0)).astype(np.float64)
        photons = drawn if known.all() else np.where(known, drawn, photons)
    if camera.read_noise > 0:
        photons += camera.read_noise * _stream(seed, READ_NOISE_STREAM, block).standard_normal(photons.size)
    return photons * camera.gain + camera.offset


def _stream(seed: int, kind: int, block: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(kind, block))))
