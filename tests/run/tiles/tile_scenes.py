"""Small images whose tiles can be compared with the whole, run by the same settings and steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

import napari_deconvolve as nd
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.run import TiledRun

BACKGROUND = 20.0


def blobs(shape: tuple[int, ...], psf: Any, light: float = 300.0, seed: int = 0) -> NDArray[np.uint16]:
    """Return counts of soft and sharp objects, blurred, on a background."""
    random = np.random.default_rng(seed)
    sharp = np.zeros(shape, np.float32)
    places = tuple(random.integers(0, length, max(8, sharp.size // 800)) for length in shape)
    sharp[places] = random.uniform(0.2, 1, len(places[0]))
    soft = ndimage.gaussian_filter(sharp, 3.0)
    mixed = sharp / sharp.max() + 2 * soft / soft.max()
    blurred = nd.convolve(mixed, psf)
    return random.poisson(blurred * light / np.percentile(blurred, 99) + BACKGROUND).astype(np.uint16)


def settled(**changes: Any) -> nd.Recipe:
    """Return a recipe that leaves nothing open."""
    known = {"background": BACKGROUND, "offset": 0.0, "read_noise": 0.0, "gain": 1.0, "target_fwhm": 0.0}
    return nd.Recipe(**{"iterations": 10, "defects": "keep", **known, **changes})


def job_of(image: Any, psf: Any, recipe: nd.Recipe, **how: Any) -> Job:
    return prepare(image, psf, recipe, **how)


def in_tiles(job: Job, tile: tuple[int, ...]) -> Result:
    return nd.finish(TiledRun(job, tile=tile).work())


def as_one_tile(job: Job) -> Result:
    return in_tiles(job, job.frame)


def relative(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Return the relative difference from the second."""
    return float(np.linalg.norm(np.asarray(first, np.float64) - second) / np.linalg.norm(second))


def near_seams(shape: tuple[int, ...], tile: tuple[int, ...], reach: int = 3) -> NDArray[np.bool_]:
    """Return which samples lie within so many of a seam."""
    near = np.zeros(shape, bool)
    for axis, (length, own) in enumerate(zip(shape, tile, strict=True)):
        places = np.arange(length)
        along = np.zeros(length, bool)
        for seam in range(own, length, own):
            along |= (places >= seam - reach) & (places < seam + reach)
        near |= along.reshape([-1 if other == axis else 1 for other in range(len(shape))])
    return near
