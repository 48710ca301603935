"""How much of an image a tile has to see beyond itself: its halo.

Along each axis it is the larger of ``c`` widths of the PSF and twice the half width that holds 99 % of its light. The
object's edge at a cut is wrong, and each iteration carries the error on by the PSF's width, but ever less of it: c is
for the iterations that are done, measured (`benchmarks/large.py`, the section on halos).
"""

from __future__ import annotations

import math

import numpy as np

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.recipe import Recipe

PLAIN_WIDTHS, MANY_PLAIN_WIDTHS = 3.0, 4.0  # c without looking ahead; and beyond so many iterations
MANY = 60
TAILS = 2.0  # times the half width that holds so much of the light
TAIL_LIGHT = 0.99
PRIOR_WIDTHS = 1.0  # that a prior adds to c: it carries the error from sample to sample too


def halo_of(job: Job, channel: int, recipe: Recipe) -> Shape:
    """Return the samples along each axis that a tile needs beyond each cut face."""
    widths = widths_for(recipe)
    return tuple(
        math.ceil(max(widths * width, TAILS * tail))
        for width, tail in (_along(kernel) for kernel in _marginals(job, channel))
    )


def widths_for(recipe: Recipe) -> float:
    """Return how many widths of the PSF the halo has to hold at least."""
    count, looks_ahead = recipe.expected_iterations, recipe.acceleration is not None
    if not recipe.traits.iterates:
        return PLAIN_WIDTHS
    plain = PLAIN_WIDTHS if count <= MANY else MANY_PLAIN_WIDTHS
    widths = max(PLAIN_WIDTHS, math.sqrt(count)) if looks_ahead else plain
    return widths + PRIOR_WIDTHS * (recipe.prior is not None)


def _marginals(job: Job, channel: int) -> list[FloatArray]:
    """Return the light of the kernel that the iteration blurs with, along each axis, and its line through the peak."""
    kernels = [job.widened(psf.data) for psf in job.point(channel).psfs]
    widest = max(kernels, key=lambda kernel: sum(_along(one)[1] for one in _of(kernel)))
    return _of(widest)


def _of(kernel: FloatArray) -> list[FloatArray]:
    found = []
    for axis in range(kernel.ndim):
        others = tuple(other for other in range(kernel.ndim) if other != axis)
        middle = tuple(slice(None) if one == axis else length // 2 for one, length in enumerate(kernel.shape))
        found.append(np.stack([np.abs(kernel).sum(axis=others, dtype=np.float64), kernel[middle]]))
    return found


def _along(lines: FloatArray) -> tuple[float, float]:
    """Return full width at half maximum and the half width that holds most of the light, in samples."""
    light, line = lines
    return _fwhm(line), _half_width(light)


def _fwhm(line: FloatArray) -> float:
    middle = len(line) // 2
    half = line[middle] / 2
    sides = []
    for side in (line[middle:], line[middle::-1]):
        below = np.flatnonzero(side < half)
        if not below.size:
            sides.append(float(len(side)))
            continue
        at = int(below[0])
        sides.append(at - 1 + float((side[at - 1] - half) / (side[at - 1] - side[at])))
    return sum(sides)


def _half_width(light: FloatArray) -> float:
    middle, total = len(light) // 2, float(light.sum())
    reach = np.arange(middle + 1)
    sums = np.array([float(light[middle - r : middle + r + 1].sum()) for r in reach])
    return float(reach[int(np.argmax(sums >= TAIL_LIGHT * total))]) if sums[-1] >= TAIL_LIGHT * total else float(middle)
