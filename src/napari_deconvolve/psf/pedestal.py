"""The level that a measured PSF stands on: what all ends of its samples agree on, and lies far below its peak."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

OUTER = 0.2  # of each axis: the samples farthest from the middle are those of a corner
SHORT = 4  # samples: an axis that is shorter has no ends
FLAT = 0.9  # outer over inner level: below, light is still falling off
FALLS = 0.2  # of the height above the level: what falls by more on the way out is the point's own light
AGREE = 0.05  # of the height above the level: by more than that, and noise, ends differ
DEVIATIONS = 5.0  # of the noise, for means that differ
CLEARLY_BELOW = 8.0  # of the noise: the peak is at least so far above the level
BELOW, DEEPEST = 6.0, 2  # of the noise, below which no sample of a level lies but for so many
NEGLIGIBLE_LIGHT = 1e-3  # of all light
LEAST_FILL = 0.01  # of the samples: a border that was filled has at least so many
LEAST_INSIDE = 9  # samples: fewer show neither a level nor a point
LEAST_STEP = 0.003  # of the height: a smaller step from the level to a fill is the point's own faint end
HIGH_LEVEL, LEAST_CORE = 0.5, 3  # of the peak: so high a level needs a point of so many samples above it
HALF, MANY = 0.5, 50  # of a level, below which a slice of so many samples has none of it
NOISE_OF_MAD, MEDIAN_OF_NOISE = 1.4826, 1.2533


@dataclass(frozen=True, slots=True, eq=False)
class Pedestal:
    """A level, and where it is.

    Attributes
    ----------
    level : float
        0 where there is none.
    inside : ndarray of bool or None
        The samples that stand on it; None for all of them, else a filled border is around.
    """

    level: float
    inside: Mask | None = None

    def taken_off(self, values: Values) -> Values:
        """Return the samples above it, 0 outside."""
        above = values - self.level
        return above if self.inside is None else np.where(self.inside, above, 0.0)

    @property
    def words(self) -> str:
        """A note on what was taken off."""
        where = "" if self.inside is None else ", inside of a border without data"
        return f"pedestal {self.level:.4g} taken off{where}"


NONE = Pedestal(0.0)


def find_pedestal(values: Values) -> Pedestal:
    """Return the level that the samples farthest from the centre share, of either sign; `NONE` where there is none.

    The corners are used, since light of the point reaches them last. All have to agree: of a response that begins at
    once one end is as bright as its peak. A level that still falls on the way out is the point's own tail and stays:
    taking it for a pedestal would narrow a Lorentzian. A level that holds less than a thousandth of all light is
    neglected. A border that was filled with one number, by shifting, turning or deskewing, is no end: the level is
    looked for inside of it.
    """
    inside = _without_fill(values)
    if inside is not None:
        level = _level(values, inside)
        fill = float(values[~inside].mean())
        step = abs(level - fill)
        if level != 0 and step > LEAST_STEP * (float(values[inside].max()) - level) and step > 2 * _quantum(values):
            return Pedestal(level, inside)
    return Pedestal(_level(values, np.ones(values.shape, bool)))


def _level(values: Values, inside: Mask) -> float:
    """Return the level of the ends of the part that is inside, 0 where they tell none."""
    ends = _ends(inside)
    if ends is None:
        return 0.0
    outer, inner, sides = ends
    level, peak = float(np.median(values[outer])), float(values[inside].max())
    noise = NOISE_OF_MAD * float(np.median(np.abs(values[outer] - level)))
    height = peak - level
    if not height > max(CLEARLY_BELOW * noise, 0.0) or float(np.sum(values[inside] - level)) <= 0:
        return 0.0
    if level > HIGH_LEVEL * peak > 0 and np.count_nonzero(values[inside] > level + height / 2) < LEAST_CORE:
        return 0.0
    first, second = float(np.mean(values[outer])), float(np.mean(values[inner]))
    unsure = DEVIATIONS * noise / np.sqrt(np.count_nonzero(outer))
    deepest = float(np.partition(values[inside], DEEPEST)[DEEPEST]) if np.count_nonzero(inside) > DEEPEST else level
    if abs(level) < unsure or deepest < level - max(BELOW * noise, AGREE * height):  # lobes reach below it
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


def _ends(inside: Mask) -> tuple[Mask, Mask, list[Mask]] | None:
    """Return the samples farthest from the middle, those next to them, and the former by corners."""
    axes = [axis for axis, length in enumerate(inside.shape) if length >= SHORT]
    if not axes:
        return None
    distance = np.zeros(inside.shape)
    signs = []
    for axis in axes:
        held = np.flatnonzero(inside.any(axis=tuple(other for other in range(inside.ndim) if other != axis)))
        middle, half = (held[0] + held[-1]) / 2, max((held[-1] - held[0]) / 2, 0.5)
        places = (np.arange(inside.shape[axis]) - middle) / half
        shape = [1] * inside.ndim
        shape[axis] = -1
        distance = distance + np.square(places).reshape(shape)
        signs.append(np.broadcast_to(np.sign(places).reshape(shape), inside.shape))
    count = max(2 ** len(axes), round(OUTER ** len(axes) * np.count_nonzero(inside)))
    ordered = np.sort(distance[inside])[::-1]
    next_to = max(2 * count, round((2 * OUTER) ** len(axes) * len(ordered)))
    if next_to >= len(ordered):
        return None
    outer = inside & (distance >= ordered[count - 1])
    inner = inside & ~outer & (distance >= ordered[next_to - 1])
    if not inner.any():
        return None
    sides = [
        outer & np.logical_and.reduce([s == one for s, one in zip(signs, corner, strict=True)])
        for corner in product((-1, 1), repeat=len(axes))
    ]
    return outer, inner, [side for side in sides if side.any()]


def _without_fill(values: Values) -> Mask | None:
    """Return the samples inside of a border that holds one number; None where there is no such border."""
    from scipy import ndimage

    border = np.ones(values.shape, bool)
    border[tuple(slice(1, -1) if length > 2 else slice(None) for length in values.shape)] = False
    if not border.any():
        return None
    numbers, counts = np.unique(values[border], return_counts=True)
    fill = numbers[int(np.argmax(counts))]
    labels, _ = ndimage.label(values == fill)
    touching = np.unique(labels[border])
    filled = np.isin(labels, touching[touching > 0])
    if np.count_nonzero(filled) < LEAST_FILL * values.size:
        return None
    inside = ndimage.binary_erosion(~filled, border_value=1)  # samples at its edge are mixed with it
    return inside if np.count_nonzero(inside) >= LEAST_INSIDE else None


def _quantum(values: Values) -> float:
    """Return the step of whole numbers; 0 for others."""
    return 1.0 if bool(np.all(values == np.rint(values))) else 0.0
