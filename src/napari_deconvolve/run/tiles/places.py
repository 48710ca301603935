"""Where in a large image settings are found, and where they are checked: its brightest part, its darkest lit one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import best_piece, box_lengths, widths_of
from napari_deconvolve.run.tiles.survey import Coarse, Region

DECIDING_VOXELS = {2: 1 << 19, 3: 1 << 18}  # of the part on which settings are found, by axes
LIT = 0.05  # of the light of the brightest part above background: what is darker holds no object
MIN_WIDTHS = 8.0  # of the PSF, that a part through all depths has across


def deciding_shape(job: Job, channel: int) -> Shape:
    """Return the shape of the parts on which settings are found: as many PSF widths long along each axis."""
    point, frame = job.point(channel), job.frame
    voxels, widths = DECIDING_VOXELS[len(frame)], widths_of(point)
    if not point.depths:
        return box_lengths(frame, widths, voxels)
    across = max(voxels // frame[0], round(MIN_WIDTHS**2 * widths[1] * widths[2]))  # where the PSF changes with depth
    return (frame[0], *box_lengths(frame[1:], widths[1:], across))


def brightest_place(coarse: Coarse, shape: Shape, frame: Shape) -> Region:
    """Return the part of a frame, of this shape, that holds the most light."""
    corner: list[slice] = []
    for axis, length in enumerate(_in_bins(shape, coarse)):  # one axis after the other, within what is chosen so far
        corner.append(best_piece(coarse.means[tuple(corner)], axis, min(length, coarse.means.shape[axis])))
    return _in_samples([cut.start for cut in corner], coarse, shape, frame)


def darkest_lit_place(coarse: Coarse, shape: Shape, frame: Shape, background: float) -> Region | None:
    """Return the part of a frame, of this shape, that holds the least light above background but holds an object.

    None where that part would meet the brightest, or no other part is lit.
    """
    step = _in_bins(shape, coarse)
    light, begins = np.nan_to_num(np.maximum(coarse.means - background, 0)).astype(np.float64), []
    for axis, length in enumerate(step):
        count = max(1, light.shape[axis] // length)
        begins.append(np.arange(count) * length)
        light = np.add.reduceat(light, begins[-1], axis=axis)
    lit = light > LIT * light.max(initial=0.0)
    if not lit.any():
        return None
    place = np.unravel_index(int(np.argmin(np.where(lit, light, np.inf))), light.shape)
    found = _in_samples([int(begin[at]) for begin, at in zip(begins, place, strict=True)], coarse, shape, frame)
    bright = brightest_place(coarse, shape, frame)
    return None if _meet(found, bright) else found


def place_text(region: Region, unit: str = "") -> str:
    """Return where the middle of a part lies: "100, 2040, 320"."""
    return ", ".join(str((cut.start + cut.stop) // 2) for cut in region) + unit


def _in_bins(shape: Shape, coarse: Coarse) -> Shape:
    return tuple(max(1, length // size) for length, size in zip(shape, coarse.bins, strict=True))


def _in_samples(begin: list[int], coarse: Coarse, shape: Shape, frame: Shape) -> Region:
    places: NDArray[np.intp] = np.array(begin) * np.array(coarse.bins)
    lows = np.minimum(places, np.array(frame) - np.array(shape))
    return tuple(slice(int(low), int(low) + length) for low, length in zip(lows, shape, strict=True))


def _meet(first: Region, second: Region) -> bool:
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(first, second, strict=True))
