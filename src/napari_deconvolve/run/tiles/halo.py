"""How much of an image a tile has to see beyond itself: its halo.

Along each axis it is the larger of so many widths of the PSF and two or three times the half width that holds 99 % of
its light. The object's edge at a cut is wrong, and each iteration carries the error on by the PSF's width, but ever
less of it: how many widths are needed for a number of iterations is measured (`benchmarks/large.py halos`).
"""

from __future__ import annotations

import math

import numpy as np

from napari_deconvolve.core.accelerations.acceleration import step_of
from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.recipe import Recipe

# Widths, up to so many iterations. Measured: 3 widths leave 4e-4 inside and 1e-3 at seams after 30 accelerated ones,
# 4 widths 3e-4 and 9e-4 after 60; of plain iteration 3 widths leave 1e-4 and 4e-4 after 30.
ACCELERATED_WIDTHS = ((30, 3.0), (100, 4.0), (math.inf, 5.0))
PLAIN_WIDTHS = ((100, 3.0), (math.inf, 4.0))
# Times the half width that holds most of the light, up to so many accelerated iterations: in wide field twice that
# leaves 8e-4 and at seams 2e-3 after 10, 1.7e-3 and 3e-3 after 30, 3e-3 and 5e-3 after 60; plainly 1e-3 after 100.
TAILS = ((10, 2.0), (30, 2.5), (math.inf, 3.0))
PLAIN_TAILS = 2.0
TAIL_LIGHT = 0.99
PRIOR_WIDTHS = 1.0  # that a prior adds: it carries the error from sample to sample too
# That steps add which data decide: they look farther ahead. Of Biggs and Andrews' 4 widths leave 2e-4 and 2e-3 after
# 30, 5 widths 2e-4 and 1e-3 after 100; momentum leaves half of that with one width less.
READ_WIDTHS = 1.0


def halo_of(job: Job, channel: int, recipe: Recipe) -> Shape:
    """Return the samples along each axis that a tile needs beyond each cut face."""
    widths, tails = widths_for(recipe), tails_for(recipe)
    return tuple(
        math.ceil(max(widths * width, tails * tail))
        for width, tail in (_along(kernel) for kernel in _marginals(job, channel))
    )


def widths_for(recipe: Recipe) -> float:
    """Return how many widths of the PSF the halo has to hold at least."""
    if not recipe.traits.iterates:
        return PLAIN_WIDTHS[0][1]
    table = PLAIN_WIDTHS if recipe.acceleration is None else ACCELERATED_WIDTHS
    widths = next(widths for most, widths in table if recipe.expected_iterations <= most)
    read = step_of(recipe.acceleration).reads_data
    return widths + PRIOR_WIDTHS * (recipe.prior is not None) + READ_WIDTHS * read


def tails_for(recipe: Recipe) -> float:
    """Return how many half widths with most of the PSF's light the halo has to hold at least."""
    if not recipe.traits.iterates or recipe.acceleration is None:
        return PLAIN_TAILS
    return next(tails for most, tails in TAILS if recipe.expected_iterations <= most)


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
