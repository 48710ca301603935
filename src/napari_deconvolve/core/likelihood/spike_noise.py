"""The noise by which `spikes` judges: variance as a line of the level, measured without a camera's numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.quantiles import in_order, quantile_of_ordered

Values = NDArray[np.float64]

LEVEL_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)  # bins of light
MIN_IN_BIN, MAX_FOR_NOISE, MAX_FOR_STEPS = 50, 1 << 16, 1 << 16  # samples
MEDIAN_OF = {1: 7, 2: 3, 3: 3}  # samples along each axis, by number of axes
UNSURE = 3.0  # over the number of samples: square of the relative error of a variance that a quantile tells
ROUNDING = 1e-6  # of the largest sample
QUIET = 1e-3  # of the dark level: with less noise it is not that of photons
FLOOR = 2.0  # times as far below the dark level as the noise says that light ends


@dataclass(frozen=True, slots=True)
class SpikeNoise:
    """Variance of a sample as a line of its level, and the step between values (0 if there are no steps)."""

    dark: float
    variance: float
    gain: float
    step: float

    def at(self, level: NDArray[Any]) -> NDArray[Any]:
        """Return the variance at some levels."""
        return self.variance + self.slope * np.maximum(level - self.dark, 0)

    @property
    def slope(self) -> float:
        """Return by how much the variance grows with the level: no less than counts of steps make it."""
        return max(self.gain, self.step)

    @property
    def floor(self) -> float:
        """The level below which there is certainly no light: where noise would end, with a margin; or 0."""
        noisy = self.slope > 0 and self.variance > (QUIET * self.dark) ** 2
        ends = self.dark - FLOOR * self.variance / self.slope if noisy else -math.inf
        return max(ends, min(0.0, self.dark))


def noise_of(light: NDArray[Any], axes: Shape, step: float, *, spiky: bool = True) -> SpikeNoise:
    """Return how the variance of samples grows with their level, from differences that blurred light hardly enters.

    The level of a sample is the median around it, so that spikes do not make bins of their neighbours. Once most spikes
    are gone it is the mean too, as the median of a point of light lies far below its peak. `step` is that between
    values as they were recorded.
    """
    from scipy import ndimage

    least = (ROUNDING * float(np.max(np.abs(light)))) ** 2
    light = _brighter_part(light)
    stencil = np.array([1.0, -2.0, 1.0] if len(axes) > 1 else [1.0, -4.0, 6.0, -4.0, 1.0])
    stencil /= np.linalg.norm(stencil)
    rough = light
    for axis in axes[-2:]:
        rough = ndimage.correlate1d(rough, stencil, axis=axis, mode="reflect")
    size = [MEDIAN_OF[len(axes)] if axis in axes else 1 for axis in range(light.ndim)]
    level, ordered = _sorted(_median(light, size), rough)
    points = _points(level, ordered)
    if not points:
        return _of_few(level, ordered, least, step)
    dark, variance, _ = points[0]
    if not spiky:
        points += _points(*_sorted(ndimage.uniform_filter(light, size, mode="reflect"), rough))
    away = 3 * math.sqrt(variance / len(axes))
    slopes = [
        (more * (1 + math.sqrt(UNSURE / count)) - variance) / (brighter - dark)
        for brighter, more, count in points
        if brighter - dark > away
    ]
    gain = max(0.0, min(slopes)) if slopes else 0.0  # structure and spikes only enlarge it
    return SpikeNoise(dark, max(least, variance), max(gain, variance / dark if dark > 0 else 0.0), step)


def _sorted(level: NDArray[Any], rough: NDArray[Any]) -> tuple[Values, Values]:
    """Return levels from the darkest on, and the sizes of the differences there."""
    flat = level.ravel()
    order = in_order(flat)
    return flat[order].astype(np.float64), np.abs(rough.ravel()[order].astype(np.float64))


def _median(light: NDArray[Any], size: Sequence[int]) -> NDArray[Any]:
    """Return the median around each sample; of nine in a plane by comparing pairs, in a tenth of the time.

    Sorted columns of three are sorted along rows: the middle one of the largest least, the middle middle and the least
    largest is the median (Smith 1996, Xcell 23).
    """
    from scipy import ndimage

    if list(size) != [3, 3]:
        return np.asarray(ndimage.median_filter(light, size, mode="reflect"))
    wide = np.pad(light, 1, mode="symmetric")
    low, middle, high = _three_in_order(wide[:-2], wide[1:-1], wide[2:])
    least = np.maximum(np.maximum(low[:, :-2], low[:, 1:-1]), low[:, 2:])
    most = np.minimum(np.minimum(high[:, :-2], high[:, 1:-1]), high[:, 2:])
    middle = _three_in_order(middle[:, :-2], middle[:, 1:-1], middle[:, 2:])[1]
    return _three_in_order(least, middle, most)[1]


def _three_in_order(*three: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the least, the middle and the largest of three arrays, sample by sample."""
    first, second, third = three
    low, high = np.minimum(first, second), np.maximum(first, second)
    return np.minimum(low, third), np.maximum(low, np.minimum(high, third)), np.maximum(high, third)


def _points(level: Values, rough: Values) -> list[tuple[float, float, int]]:
    """Return the mean level of each bin of light, the variance there, and the number of samples."""
    edges = [round(share * len(level)) for share in LEVEL_SHARES]
    bins = [slice(low, high) for low, high in pairwise(edges) if high - low >= MIN_IN_BIN]
    return [(float(np.mean(level[part])), _variance(rough[part]), part.stop - part.start) for part in bins]


def _of_few(level: Values, rough: Values, least: float, step: float) -> SpikeNoise:
    """Return the noise of too few samples to see a line: it grows as much as their brightest part allows."""
    dark, variance, bright = float(level[0]), max(least, _variance(rough)), len(level) - len(level) // 4
    rise = _variance(rough[bright:]) - variance if bright < len(level) else 0.0
    gain = variance / dark if dark > 0 else 0.0
    if rise > 0 and level[-1] > dark:
        gain = max(gain, rise / (float(np.mean(level[bright:])) - dark))
    return SpikeNoise(dark, variance, gain, step)


def _brighter_part(light: NDArray[Any]) -> NDArray[Any]:
    """Return the brighter half along each axis in turn, until an image is small enough to measure its noise."""
    while light.size > MAX_FOR_NOISE:
        axis = int(np.argmax(light.shape))
        light = max(np.split(light, [light.shape[axis] // 2], axis), key=lambda half: float(half.mean()))
    return light


def _variance(rough: Values) -> float:
    """Return the variance of differences whose largest may be spikes; not 0 where some of many differ."""
    ordered = np.sort(rough)
    sd = max(float(quantile_of_ordered(ordered, 0.5)) / 0.6745, float(quantile_of_ordered(ordered, 0.8)) / 1.2816)
    return sd**2 if sd > 0 else float(np.mean(ordered[: math.ceil(0.98 * len(rough))] ** 2))


def step_of(values: NDArray[Any]) -> float:
    """Return the step between values where many samples share few, as counts do, and 0 elsewhere."""
    some = np.unique(values.ravel()[:: max(1, values.size // MAX_FOR_STEPS)].astype(np.float64))
    if len(some) < 2 or 2 * len(some) > min(values.size, MAX_FOR_STEPS):
        return 0.0
    return float(np.diff(some).min())
