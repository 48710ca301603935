"""Beads measured: the centre between samples, the widths, the window around it; and why some cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD
from napari_deconvolve.psf.beads.find import SIGMA_PER_FWHM, Index, Stack
from napari_deconvolve.psf.values import fwhm

Values = NDArray[np.float64]

SPLINE_MARGIN = 8  # samples around a window that the interpolating spline sees
SPLINE_ORDER = 5  # of that spline
MAX_CENTROID_STEPS = 60
EDGE_DISTANCE = 1.0  # FWHMs that have to be seen on every side of a bead
MIN_DISTANCE = 3.0  # FWHMs between two beads that do not disturb each other
WIDTH_RATIO = 1.5  # to the usual width on any axis, or its inverse, from which on a bead is rejected
SINGLE_SAMPLE = 0.2  # of a sample's height: where all its neighbours are lower, it is no image of anything


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
    noise = NOISE_OF_MAD * float(np.median(np.abs(border - background)))
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


def rejections(
    stack: Stack, places: Sequence[Index], spots: Sequence[Spot], widths: Sequence[float], min_snr: float, level: float
) -> list[str]:
    """Return for each spot why it cannot be used; an empty text where it can.

    `places` are the spots' highest samples, `widths` the usual FWHM in samples, and from `level` on samples are
    saturated.
    """
    centers = np.array([spot.center for spot in spots]).reshape(len(spots), stack.ndim)
    reasons = []
    for index, (place, spot) in enumerate(zip(places, spots, strict=True)):
        apart = np.linalg.norm((centers - centers[index]) / np.asarray(widths), axis=1)
        apart[index] = np.inf
        near = tuple(slice(max(0, p - 1), p + 2) for p in place)
        room = np.minimum(spot.center, np.array(stack.shape) - 1 - spot.center)
        if stack[near].max() >= level:
            reason = "saturated"
        elif (room < EDGE_DISTANCE * np.asarray(widths)).any():
            reason = "at the edge"
        elif apart.min() < MIN_DISTANCE:
            reason = "too close to another"
        elif spot.height < min_snr * spot.noise:
            reason = "too faint"
        elif not np.isfinite(spot.widths).all():
            reason = "without a half height on every side"
        elif _single(stack, place, spot):
            reason = "a single bright sample"
        else:
            reason = ""
        reasons.append(reason)
    return _without_strangers(reasons, spots)


def _single(stack: Stack, place: Index, spot: Spot) -> bool:
    """Return whether the brightest sample stands alone: no optics can make that."""
    low = [max(0, p - 1) for p in place]
    near = stack[tuple(slice(a, p + 2) for a, p in zip(low, place, strict=True))]
    top = np.array(low) + np.unravel_index(int(np.argmax(near)), near.shape)
    height = float(stack[tuple(top)]) - spot.background
    for axis in range(stack.ndim):
        for side in (-1, 1):
            beside = top.copy()
            beside[axis] += side
            inside = 0 <= beside[axis] < stack.shape[axis]
            if inside and float(stack[tuple(beside)]) - spot.background > SINGLE_SAMPLE * height:
                return False
    return True


def _without_strangers(reasons: list[str], spots: Sequence[Spot]) -> list[str]:
    """Reject spots much wider than the others (beads that stick together) or much narrower (no beads)."""
    good = [spot.widths for spot, reason in zip(spots, reasons, strict=True) if not reason]
    if len(good) < 3:
        return reasons
    usual = np.median(np.array(good), axis=0)
    found = []
    for spot, reason in zip(spots, reasons, strict=True):
        ratios = np.array(spot.widths) / usual
        if not reason and (ratios > WIDTH_RATIO).any():
            found.append("wider than the others")
        elif not reason and (ratios < 1 / WIDTH_RATIO).any():
            found.append("narrower than the others")
        else:
            found.append(reason)
    return found
