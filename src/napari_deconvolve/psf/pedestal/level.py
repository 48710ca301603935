"""A level that all ends share, or that a response ends at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD
from napari_deconvolve.psf.pedestal.ends import find_ends

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

FLAT = 0.9  # outer over inner level: below, light is still falling off
FALLS = 0.2  # of the height above the level: what falls by more on the way out is the point's own light
AGREE = 0.05  # of the height above the level: by more than that, and noise, ends differ
LOBES = 0.03  # of the height: what reaches farther below the level, and below noise, is of the PSF
DEVIATIONS = 5.0  # of the noise, for means that differ
CLEARLY_BELOW = 8.0  # of the noise: the peak is at least so far above the level
BELOW, DEEPEST = 6.0, 2  # of the noise, below which no sample of a level lies but for so many
CUT_OFF = 0.2  # of the samples of the ends, at 0
NEGLIGIBLE_LIGHT = 1e-3  # of all light
HIGH_LEVEL, LEAST_CORE = 0.5, 3  # of the peak: so high a level needs a point of so many samples above it
LAST, ENDED = 0.1, 0.02  # of the samples: the last ones; of a level, by which they fall or rise at most
AGREE_BEFORE = 0.003  # of the height: so near to it lies what is before
HIGHEST_AFTER = 0.15  # of the height: so high the end of a response may be
HALF, MANY = 0.5, 50  # of a level, below which a slice of so many samples has none of it
MEDIAN_OF_NOISE = 1.2533


def find_level(values: Values, inside: Mask) -> float:
    """Return the level of the ends of the part that is inside, 0 where they tell none."""
    ends = find_ends(inside)
    if ends is None:
        return 0.0
    outer, inner, sides, _ = ends
    level, peak = float(np.median(values[outer])), float(values[inside].max())
    noise = NOISE_OF_MAD * float(np.median(np.abs(values[outer] - level)))
    height = peak - level
    ends_at_zero = np.count_nonzero(values[outer] == 0) >= CUT_OFF * np.count_nonzero(outer)
    if ends_at_zero and not np.all(values == np.rint(values)):  # noise of a level that was taken off, and cut
        return 0.0
    if not height > max(CLEARLY_BELOW * noise, 0.0) or float(np.sum(values[inside] - level)) <= 0:
        return 0.0
    if level > HIGH_LEVEL * peak > 0 and np.count_nonzero(values[inside] > level + height / 2) < LEAST_CORE:
        return 0.0
    first, second = float(np.mean(values[outer])), float(np.mean(values[inner]))
    unsure = DEVIATIONS * noise / np.sqrt(np.count_nonzero(outer))
    deepest = float(np.partition(values[inside], DEEPEST)[DEEPEST]) if np.count_nonzero(inside) > DEEPEST else level
    if abs(level) < unsure or deepest < level - max(BELOW * noise, LOBES * height):  # lobes reach below it
        return 0.0
    falling = abs(first) < FLAT * abs(second) and first * second > 0
    if falling or second - first > FALLS * height + unsure:
        return 0.0
    for side in sides:
        chance = DEVIATIONS * noise / np.sqrt(np.count_nonzero(side))
        if abs(float(np.median(values[side])) - level) > AGREE * height + chance:
            return 0.0
    if level > 0 and _falls_short(values, inside, level, noise):
        return 0.0
    held = float(np.abs(values[inside] - level).sum())
    return 0.0 if abs(level) * np.count_nonzero(inside) < NEGLIGIBLE_LIGHT * held else level


def _falls_short(values: Values, inside: Mask, level: float, noise: float) -> bool:
    """Return whether most of a slice lies far below a level: then it is light of neighbours, as a level is everywhere.

    Out of focus their light is as even as a level, and in the plane of focus there is none.
    """
    for axis in range(values.ndim):
        for number in range(values.shape[axis]):
            place = (slice(None),) * axis + (number,)
            within = values[place][inside[place]]
            unsure = MEDIAN_OF_NOISE * noise / np.sqrt(max(within.size, 1))
            if within.size >= MANY and float(np.median(within)) < HALF * level - DEVIATIONS * unsure:
                return True
    return False


def find_level_after(values: Values, begins: int) -> float:
    """Return the level of a response that begins at a sample, 0 where its ends tell none.

    Before that sample nothing has come yet, be it one sample long. After it the response has to have ended: it falls no
    more.
    """
    count = max(round(LAST * values.size), 2)
    outer, inner, before = values[-count:], values[-2 * count : -count], values[:begins]
    if values.size - begins < 4 * count:
        return 0.0
    level, peak = float(np.median(outer)), float(values.max())
    steps = np.diff(values[-2 * count :])
    noise = NOISE_OF_MAD * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2)
    unsure = DEVIATIONS * noise / np.sqrt(count)
    far_below = peak - level > CLEARLY_BELOW * noise and abs(level) < HIGHEST_AFTER * (peak - level)
    if not far_below or abs(level) <= unsure:
        return 0.0
    if abs(float(np.mean(inner) - np.mean(outer))) > ENDED * abs(level) + unsure:
        return 0.0
    near = AGREE_BEFORE * (peak - level) + DEVIATIONS * noise
    return 0.0 if begins and abs(float(np.median(before)) - level) > near else level
