"""The choice of the beads that can be used, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_deconvolve.psf.beads.find import Index, Stack
from napari_deconvolve.psf.beads.measure import Spot

EDGE_DISTANCE = 1.0  # FWHMs that have to be seen on every side of a bead
MIN_DISTANCE = 3.0  # FWHMs between two beads that do not disturb each other
WIDTH_RATIO = 1.5  # to the usual width on any axis, or its inverse, from which on a bead is rejected
SINGLE_SAMPLE = 0.2  # of a sample's height: where all its neighbours are lower, it is no image of anything


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
