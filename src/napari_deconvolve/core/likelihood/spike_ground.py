"""The level on which light stands around a sample, for the bounds of `spikes`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.likelihood.spike_noise import SpikeNoise

Values = NDArray[np.float64]

BLOCK = 5  # samples along an axis; the ground is looked for in a block and those beside it
CHANCE = 1.0  # standard deviations by which the variance within a flat block may be too large: faint lines are not flat
NEARLY = 4.0  # the same of the darkest one in the image, below which there may still be light
FEW = 0.05  # of the blocks may hold dead samples, and look darker than light can be
EXTREME = 2.0  # standard deviations of noise between the darkest part of a block and its least sample
DEPTH = 4.0  # standard deviations of structure between the mean of a block and its darkest part
SLACK = 2.0  # standard deviations of noise by which others may be darker than the flat block


class Grounds:
    """Levels of light by blocks of an image: on which it stands, and below which it is taken from a flat field.

    Between lines as close as the PSF resolves there is light of both, and no ground. So the darkest block around a
    sample has to be flat: its variance is that of noise. Where it is not, the ground is that of the darkest flat block
    of the image if it lies lower, and else the floor, below which there is no light.
    """

    def __init__(self, light: NDArray[Any], axes: Shape, noise: SpikeNoise) -> None:
        self._axes = axes
        count = _of_blocks(np.ones(light.shape, np.uint8), axes, np.add)
        mean = _of_blocks(light, axes, np.add) / count
        level = noise.at(mean)
        centred = light - np.asarray(light.dtype.type(noise.dark))
        excess = _of_blocks(centred * centred, axes, np.add) / count - (mean - noise.dark) ** 2 - level
        whole = count > count.max() / 2  # smaller blocks at the end say little
        chance = np.sqrt((2 * level**2 + level * noise.step**2) / count)
        flat, nearly = (whole & (excess <= most * chance) for most in (CHANCE, NEARLY))
        sd = np.sqrt(level)
        low, high = (_of_blocks(light, axes, end) for end in (np.minimum, np.maximum))
        self.most = float(high.max())
        self._near = -_least_beside(_least_beside(-high, axes), axes)  # within two blocks
        low += EXTREME * np.sqrt(noise.at(low))
        high -= EXTREME * np.sqrt(noise.at(high))
        dark = _dark_ground(mean, np.minimum(low, mean), flat, sd, axes)
        self._bright = -_dark_ground(-mean, -np.maximum(high, mean), flat, sd, axes)
        self.least = float(mean[nearly].min()) if nearly.any() else np.inf
        deepest = (mean - DEPTH * np.sqrt(np.maximum(excess, 0)))[whole]
        self.floor = min(noise.floor, float(np.quantile(deepest, FEW)))
        lowest = _least_beside(np.minimum(low, mean), axes)
        elsewhere = np.where(lowest >= self.least, self.least, np.minimum(lowest, self.floor))
        self._dark = np.where(np.isfinite(dark), dark, elsewhere)

    def below(self, places: tuple[NDArray[np.int64], ...]) -> Values:
        """Return the level on which light stands at some places."""
        return np.asarray(self._dark[self._blocks(places)])

    def above(self, places: tuple[NDArray[np.int64], ...]) -> Values:
        """Return the flat level from which light may be taken at some places; minus infinity if there is none."""
        return np.asarray(self._bright[self._blocks(places)])

    def near(self, places: tuple[NDArray[np.int64], ...]) -> Values:
        """Return the brightest sample within ten of some places, or a little more."""
        return np.asarray(self._near[self._blocks(places)])

    def _blocks(self, places: tuple[NDArray[np.int64], ...]) -> tuple[NDArray[np.int64], ...]:
        return tuple(place // BLOCK if axis in self._axes else place for axis, place in enumerate(places))


def _dark_ground(mean: Values, low: Values, flat: NDArray[np.bool_], sd: Values, axes: Shape) -> Values:
    """Return the mean of the darkest flat block beside each, where none beside is darker; else infinity."""
    level = _least_beside(np.where(flat, mean, np.inf), axes)
    return np.where(level <= _least_beside(np.where(flat, mean, low), axes) + SLACK * sd, level, np.inf)


def _least_beside(values: Values, axes: Shape) -> Values:
    from scipy import ndimage

    beside = [3 if axis in axes else 1 for axis in range(values.ndim)]
    return np.asarray(ndimage.minimum_filter(values, beside, mode="nearest"))


def _of_blocks(light: NDArray[Any], axes: Shape, of: np.ufunc) -> NDArray[Any]:
    """Return the sum, least or largest value of each block along the axes; the last one may be smaller."""
    for axis in axes:
        parts = [light[(slice(None),) * axis + (slice(start, None, BLOCK),)] for start in range(BLOCK)]
        total = parts[0].copy()
        for part in parts[1:]:
            first = total[(slice(None),) * axis + (slice(part.shape[axis]),)]
            of(first, part, out=first)
        light = total
    return light.astype(np.float64)


def filled(light: NDArray[Any], usable: NDArray[np.bool_], axes: Shape) -> NDArray[Any]:
    """Return light with the mean of those around that have data, or of all, where there are none."""
    from scipy import ndimage

    known, share = np.where(usable, light, 0), usable.astype(light.dtype)
    mean = float(np.mean(light, where=usable, dtype=np.float64))
    for axis in axes:
        known, share = (ndimage.correlate1d(one, np.ones(3), axis=axis, mode="reflect") for one in (known, share))
    return np.where(usable, light, np.where(share > 0.5, known / np.maximum(share, 1), mean))
