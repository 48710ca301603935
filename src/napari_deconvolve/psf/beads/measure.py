"""One bead: its centre between samples, its widths, and its window drawn around that centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.beads.find import SIGMA_PER_FWHM, Index, Stack
from napari_deconvolve.psf.profile import fwhm

Values = NDArray[np.float64]

SPLINE_MARGIN = 8  # samples around a window that the interpolating spline sees
SPLINE_ORDER = 5  # of that spline
MAX_CENTROID_STEPS = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """A measured spot: centre, height above and level of the background, noise around it, widths in samples."""

    center: Values
    height: float
    background: float
    noise: float
    widths: tuple[float, ...]


def measured(stack: Stack, place: Index, widths: Sequence[float], half: Index) -> Spot:
    """Measure the spot at `place`; `half` is the window's reach to either side."""
    low = [max(0, p - h) for p, h in zip(place, half, strict=True)]
    part = stack[tuple(slice(a, p + h + 1) for a, p, h in zip(low, place, half, strict=True))].astype(np.float64)
    border = border_of(part)
    background = float(np.median(border))
    noise = 1.4826 * float(np.median(np.abs(border - background)))
    noise = max(noise, float(np.std(border[border <= np.quantile(border, 0.9)])), 0.29 * _step(border))
    center = _centroid(part - background, np.array(place) - low, np.asarray(widths)) + low
    height = float(stack[place]) - background
    around, _ = drawn(stack, center, half)
    lines = [
        fwhm(np.moveaxis(around - background, axis, -1)[tuple(h for a, h in enumerate(half) if a != axis)])
        for axis in range(stack.ndim)
    ]
    return Spot(center, height, background, noise, tuple(lines))


def drawn(stack: Stack, center: Values, half: Index) -> tuple[Values, NDArray[np.bool_]]:
    """Draw the window around a centre between samples; also say which of its samples lie in the stack."""
    from scipy import ndimage

    starts, ends = [], []
    for middle, reach, length in zip(center, half, stack.shape, strict=True):
        starts.append(max(0, int(np.floor(middle)) - reach - SPLINE_MARGIN))
        ends.append(min(length, int(np.ceil(middle)) + reach + SPLINE_MARGIN + 1))
    part = stack[tuple(slice(a, b) for a, b in zip(starts, ends, strict=True))].astype(np.float64)
    lines = [middle + np.arange(-reach, reach + 1) for middle, reach in zip(center, half, strict=True)]
    places = np.meshgrid(*[line - start for line, start in zip(lines, starts, strict=True)], indexing="ij")
    inside = np.ones([len(line) for line in lines], bool)
    for axis, (line, length) in enumerate(zip(lines, stack.shape, strict=True)):
        shape = [1] * stack.ndim
        shape[axis] = -1
        inside &= ((line >= -0.5) & (line <= length - 0.5)).reshape(shape)
    return ndimage.map_coordinates(part, places, order=SPLINE_ORDER, mode="mirror"), inside


def _centroid(values: Values, start: Values, widths: Values) -> Values:
    """Return the place where a Gaussian of the spot's widths fits best.

    There the centroid under that Gaussian's weight is the Gaussian's own centre. For a spot as wide as the weight the
    centroid goes half of the way, for a narrow one all of it: steps of 1.5 times the difference suit both.
    """
    grids = np.indices(values.shape).reshape(values.ndim, -1).astype(np.float64)
    flat = values.ravel()
    center = start.astype(np.float64)
    for _ in range(MAX_CENTROID_STEPS):
        squares = (((grids - center[:, None]) / (widths * SIGMA_PER_FWHM)[:, None]) ** 2).sum(0)
        weights = np.exp(-squares / 2) * flat
        total = weights.sum()
        if total <= 0:
            return start.astype(np.float64)
        step = 1.5 * (grids @ weights / total - center)
        center = center + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-4:
            break
    far = np.abs(center - start) > np.maximum(widths, 2)
    return start.astype(np.float64) if far.any() else center


def border_of(values: Values) -> Values:
    """Return the samples on the border."""
    border = np.ones(values.shape, bool)
    border[(slice(1, -1),) * values.ndim] = False
    return values[border]


def _step(values: Values) -> float:
    """Return the distance of neighbouring values: the rounding of whole counts is noise, too."""
    different = np.diff(np.unique(values))
    return float(different.min()) if len(different) else 1.0
