"""A plane that all ends lie on: uneven light behind a point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD
from napari_deconvolve.psf.pedestal.ends import SHORT, find_ends
from napari_deconvolve.psf.pedestal.found import Pedestal

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

AGREE, OF_THE_RANGE = 0.01, 0.04  # of the height above the plane, and of its rise: by so much ends may lie off it
LEAST_RANGE = 0.01  # of the height: less slope is none
DEVIATIONS = 5.0  # of the noise, for what differs
CLEARLY_BELOW = 8.0  # of the noise: the peak is at least so far above the plane
LEAST_HEIGHT = 1e-3  # of the largest number: what is less is rounding
BELOW, DEEPEST = 6.0, 2  # of the noise, below which no sample lies but for so many
LOBES = 0.015  # of the height: what reaches farther below it is of the PSF
LEAST_LENGTH = 9  # samples: of a shorter crop all is light of the point
LEAST_CORE = 3  # samples above half of the height: a point
NEAR = 3


def find_slope(values: Values, inside: Mask) -> Pedestal | None:
    """Return a pedestal that rises along an axis, of the part that is inside; None where there is none.

    A point's own light falls off along a curve. So the ends and those next to them have to lie on one plane, at each
    corner.
    """
    ends = find_ends(inside)
    if ends is None or min(length for length in values.shape if length >= SHORT) < LEAST_LENGTH:
        return None
    plane = _plane_through(values, ends.outer | ends.inner, inside)
    above = plane.taken_off(values)
    rest = above[ends.outer | ends.inner]
    height = float(above.max())
    steep = float(np.ptp(plane.surface(values.shape)))
    if steep < LEAST_RANGE * height:
        return None
    noise = _noise(values, ends.outer | ends.inner)
    unsure = DEVIATIONS * noise * np.sqrt(12 / rest.size)
    if not height > max(CLEARLY_BELOW * noise, LEAST_HEIGHT * float(np.abs(values).max())):
        return None
    if steep < LEAST_RANGE * height + unsure or np.count_nonzero(above > height / 2) < LEAST_CORE:
        return None
    if float(np.partition(above[inside], DEEPEST)[DEEPEST]) < -max(BELOW * noise, LOBES * height):
        return None
    for side in (*ends.sides, *ends.inner_sides):
        chance = DEVIATIONS * noise / np.sqrt(np.count_nonzero(side))
        if abs(float(np.median(above[side]))) > min(AGREE * height, OF_THE_RANGE * steep) + chance:
            return None
    return plane


def _noise(values: Values, places: Mask) -> float:
    """Return the noise of samples beside their neighbours, which light that is smooth is no part of."""
    from scipy import ndimage

    rest = np.abs(values - ndimage.median_filter(values, NEAR, mode="nearest"))
    return NOISE_OF_MAD * float(np.median(rest[places]))


def _plane_through(values: Values, places: Mask, inside: Mask) -> Pedestal:
    """Return the plane that fits samples best, of a part."""
    axes = [axis for axis, length in enumerate(values.shape) if length >= SHORT]
    centred = np.argwhere(places)[:, axes] - (np.array(values.shape)[axes] - 1) / 2
    columns = np.column_stack([np.ones(len(centred)), centred])
    size = float(np.abs(values[places]).max()) or 1.0
    level, *slopes = size * np.linalg.lstsq(columns, values[places] / size, rcond=None)[0]
    per_axis = dict(zip(axes, slopes, strict=True))
    slope = tuple(float(per_axis.get(axis, 0.0)) for axis in range(values.ndim))
    return Pedestal(float(level), slope, None if inside.all() else inside)
