"""The step of data that count something, photons made whole, and draws of half of them.

Counts may come in any unit of brightness, as shares of the largest or in watts, and are rounded there. Data that are
whole multiples of a step are therefore made whole again: then nothing that is computed of them depends on the unit, not
even by a bit. Where there is no step, and photons come from a measured gain, a datum's last bit may make one photon
more; draws are then such that this moves a half by a photon at most, and no other voxel.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray

Whole = NDArray[np.int64]

COINS = 64  # photons that are tossed one by one; more are many enough for a normal distribution
BLOCK_VOXELS = 1 << 16  # at a time
SAMPLED_VOXELS = 1 << 18  # of an image, among which its step is looked for
FEW_VOXELS = 1 << 10  # that tell quickly where there is none
MAX_OFF_STEP = 0.01  # of the step: by as much at most may rounding hide whole numbers
MOST_COUNTED = 1 << 16  # of whole numbers, of which each is counted
MOST_STEPS = 1e9  # of the largest datum
ROUNDINGS = 4.0  # roundings of a datum that was multiplied and divided
NEARLY = 1e-6  # of the photons: nearer to a half photon than that, they are there
KEPT_DIGITS = 7  # of a number
SMALL_DIGITS = 4  # of a step, that matter in a background
DIGITS, MAX_ADDED = 3, 1e-7  # of a number of steps that somebody gave; and the share that rounding may add to it


def photon_step(counts: NDArray[np.generic]) -> float | None:
    """Return the step of which all data are whole multiples: 1 for counts of photons; None where there is none.

    Of large data a sample is looked at; of flat ones it is the value. Values that are not finite, or 0, do not matter,
    and neither do signs.
    """
    sampled = counts.reshape(-1)[:: max(1, counts.size // SAMPLED_VOXELS)].astype(np.float64)
    known, rounding = np.abs(sampled[np.isfinite(sampled) & (sampled != 0)]), _rounding(counts)
    if _too_near(known[:: max(1, known.size // FEW_VOXELS)], rounding):
        return None
    values = _distinct(known)
    if len(values) == 0:
        return None
    steps = np.diff(values, prepend=0.0)
    if float(steps.min()) < values[-1] / MOST_STEPS:
        return None
    step = float(values[-1] / np.rint(steps / steps.min()).sum())
    if ROUNDINGS * rounding * values[-1] > MAX_OFF_STEP * step:  # all numbers are whole multiples of their last bit
        return None
    whole = np.rint(values / step)
    step = float(np.dot(values, whole) / np.dot(whole, whole)) if rounding else step
    return step if bool((np.abs(values / step - whole) <= ROUNDINGS * rounding * whole).all()) else None


def _too_near(values: NDArray[np.float64], rounding: float) -> bool:
    """Return whether two of some values are too near each other for a step of all data to differ from rounding."""
    ordered = np.sort(values)
    steps = np.diff(ordered)
    least = float(np.min(steps, where=steps > 0, initial=np.inf))
    return least < np.inf and ROUNDINGS * rounding * float(ordered[-1]) > 2 * MAX_OFF_STEP * least


def _distinct(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positive values, each once and in order; small whole ones by counting them, in a tenth of the time."""
    if values.size and values.max() < MOST_COUNTED:
        whole = values.astype(np.intp)
        if np.array_equal(whole, values):
            return np.flatnonzero(np.bincount(whole)).astype(np.float64)
    return np.unique(values)


def in_steps(data: NDArray[Any], step: float | None) -> tuple[NDArray[Any], float]:
    """Return data in a unit in which they are whole, and that unit: 1 if they are without, as a power of two does it.

    All data have to be whole multiples of the step, those that are not finite aside; else they stay as they are.
    """
    if step is None or is_power_of_two(step):
        return data, 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        whole = data / step
        for low in range(0, data.size, BLOCK_VOXELS):
            part = whole.reshape(-1)[low : low + BLOCK_VOXELS]
            near = np.rint(part)
            off = ~(np.abs(part - near) <= ROUNDINGS * _rounding(data) * np.abs(near))
            if np.isfinite(data.reshape(-1)[low : low + BLOCK_VOXELS][off]).any():
                return data, 1.0
            part[...] = near
    return whole, step


def in_own_unit(image: NDArray[np.generic]) -> tuple[NDArray[np.float64], float]:
    """Return an image in a unit in which nothing that is found of it depends on the unit it came in, and that unit.

    Counts of photons are whole in it, and other data about one, but for a power of two.
    """
    step = photon_step(image)
    numbers: NDArray[Any] = image if image.dtype.kind == "f" else image.astype(np.float64)
    counts, unit = in_steps(numbers, step)  # in their own precision, by which they are rounded
    data = counts.astype(np.float64)
    if unit != 1:
        return data, unit
    if step is None or not is_power_of_two(step):
        largest = float(np.max(np.abs(data), where=np.isfinite(data), initial=0.0))
        step = 2.0 ** round(math.log2(largest)) if largest else 1.0
    return data / step, step


def given_steps(number: float) -> float:
    """Return a number of steps without what rounding of the step has added to one of few digits."""
    written = round(number, DIGITS)
    return written if abs(number - written) <= MAX_ADDED * abs(number) else number


def few_digits(number: float) -> float:
    """Return a number without the last bits, which hang on the unit that it came in."""
    return float(f"{number:.{KEPT_DIGITS}g}")


def in_small_steps(values: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Return values rounded to a small part of a step, so that they do not hang on the last bit of a unit."""
    rounded: NDArray[np.float64] = np.round(values / step, SMALL_DIGITS) * step
    return rounded


def _rounding(data: NDArray[np.generic]) -> float:
    return float(np.finfo(str(data.dtype)).eps) if data.dtype.kind == "f" else 0.0


def is_power_of_two(number: float) -> bool:
    """Return whether multiplying and dividing by a number above 0 is exact."""
    return math.frexp(number)[0] == 0.5


def whole_photons(data: FloatArray, gain: float) -> Whole:
    """Return data over the gain, rounded to whole photons; half photons to even ones, whatever their last bit is."""
    photons = np.maximum(data, 0) / gain
    halves = np.rint(2 * photons) / 2
    near = np.abs(photons - halves) <= NEARLY * photons
    return np.rint(np.where(near, halves, photons)).astype(np.int64)


def halved(photons: Whole, random: np.random.Generator, *, sure: bool) -> Whole:
    """Return how many of each voxel's photons go to the first of two halves, each with equal chance.

    Photons that are not `sure` to the last one, since data have no step, get random numbers voxel by voxel.
    """
    if sure:
        return random.binomial(photons, 0.5)
    flat = np.ascontiguousarray(photons).reshape(-1)
    first = np.empty_like(flat)
    for low in range(0, flat.size, BLOCK_VOXELS):
        first[low : low + BLOCK_VOXELS] = _tossed(flat[low : low + BLOCK_VOXELS], random)
    return first.reshape(photons.shape)


def _tossed(photons: Whole, random: np.random.Generator) -> Whole:
    coins = random.integers(0, 1 << 64, photons.size, np.uint64, endpoint=False)
    chance = random.standard_normal(photons.size)
    left = (COINS - np.clip(photons, 1, COINS)).astype(np.uint64)  # a shift by all bits would shift by none
    few = np.where(photons > 0, _bits(coins >> left), 0)
    # Rounding to whole photons adds a twelfth to the variance.
    many = np.rint(photons / 2 + np.sqrt(np.maximum(photons / 4 - 1 / 12, 0)) * chance).astype(np.int64)
    return np.where(photons <= COINS, few, np.clip(many, 0, photons))


def _bits(words: NDArray[np.uint64]) -> Whole:
    """Count the bits that are set, in pairs, fours and bytes (Warren 2012, Hacker's Delight, 5-1)."""
    pairs, fours, eights = (np.uint64(int(digits * 8, 16)) for digits in ("55", "33", "0f"))
    words = words - ((words >> np.uint64(1)) & pairs)
    words = (words & fours) + ((words >> np.uint64(2)) & fours)
    words = (words + (words >> np.uint64(4))) & eights
    return ((words * np.uint64(int("01" * 8, 16))) >> np.uint64(56)).astype(np.int64)
