"""Where an image is empty: its darkest parts, smoothed against noise, plane and tile by tile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.maps import FoundMap, on_grid
from napari_deconvolve.core.quantiles import quantile_of_ordered

SMOOTH_SIGMA = 2.0  # samples, of the Gaussian against noise
DARK_PLANES = 0.2  # quantile along z: a background is alike in all planes, and objects are not
DARKEST_PLANES = 0.05  # and of those that no background lies above
MOST_PLACES = 256  # along an axis
LEAST_NOISE = 0.015  # of a level, which nobody knows better
LOW_QUANTILES = {0.05: 1.645, 0.02: 2.054}  # and how many sigma a normal distribution's lie below its mean
TOLERANCE_SD, TOLERANCE_SHARE = 2.2, 0.04  # of an empty tile's dark end: sigma of its mean, and share of the level
FAR_BELOW = 4.0  # sigma
EASY_DIP = 0.1  # up to which most of the image is dark
BRIGHT_FIELD = 0.65  # dip: above, the image is bright with dark details
EMPTY_FOR_SURE = 0.75  # share of samples on a surface, of which nobody wants more
# Samples within 2 sigma of a surface, over those from there to 4 sigma above it, as if that were as long a stretch:
# filaments on empty parts have 1.3 to 2.5, and 1.1 at 20 photons; meshes, tissue and points on a ground 0.6 to 1.2.
PILED_UP = 1.25
MIN_TILE, FEWEST_TILES = 8, 6  # samples in a tile; tiles that do not suffice for six coefficients

Values = NDArray[np.float64]


class Tiles(NamedTuple):
    """Parts of an image: places along y and x, dark ends and their tolerances in counts, and the share on the end."""

    y: Values
    x: Values
    end: Values
    tolerance: Values
    empty: Values

    def where(self, kept: BoolArray) -> Tiles:
        """Return some of them."""
        return Tiles(*(column[kept] for column in self))


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """An image smoothed against noise, of a stack the dark planes, and what is known of the noise that is left.

    A smooth image needs no more than `MOST_PLACES` along an axis.
    """

    image: FloatArray  # of 2 or 3 axes, as it is
    smooth: FloatArray  # of 2 axes, at places that are evenly spread over the image
    finite: BoolArray
    lengths: tuple[int, int]  # samples of the image along y and x
    gain: float
    kept: float  # what the Gaussian takes off the standard deviation of white noise, as a factor
    darkest: float  # level of the darkest smooth part
    lowest: FloatArray  # as `smooth`, of a stack the darkest planes
    least: float = 0.0  # level that is empty, at least

    @classmethod
    def of(cls, image: FloatArray, gain: float, darkest: float, least: float = 0.0) -> Field:
        """Return the field of one item of 2 or 3 axes; samples that are not finite are left out."""
        finite = np.isfinite(image)
        filled = image if finite.all() else np.where(finite, image, np.median(image[finite]))
        height, width = image.shape[-2:]
        y, x = looked_at(height), looked_at(width)
        smooth, finite = _smooth_at(filled, (y, x)), finite[..., y[:, np.newaxis], x]
        kept = float((4 * np.sqrt(np.pi)) ** (sum(length > 1 for length in image.shape) / 2))
        lowest = smooth
        if image.ndim == 3:
            lowest = dark_planes(smooth, finite, DARKEST_PLANES)[0]
            smooth, finite = dark_planes(smooth, finite, DARK_PLANES)
        return cls(image, smooth, finite, (height, width), gain, kept, darkest, lowest, least)

    @property
    def grid(self) -> tuple[int, int]:
        """Places along y and x."""
        return self.smooth.shape[0], self.smooth.shape[1]

    @property
    def samples_at_a_place(self) -> float:
        """How many samples of the image stand behind a place."""
        return float(np.prod(self.lengths) / np.prod(self.grid))

    def noise(self, level: Values) -> Values:
        """Return the standard deviation of the smoothed image on a level."""
        level = np.maximum(np.asarray(level, np.float64), 0)
        noise: Values = np.hypot(np.sqrt(self.gain * level) / self.kept, LEAST_NOISE * level)
        return np.maximum(noise, np.finfo(np.float32).tiny)

    def variance(self, plane: FloatArray) -> FloatArray:
        """Return the square of the noise on the levels of a whole plane."""
        level = np.maximum(plane, 0)
        least = float(np.finfo(np.float32).tiny) ** 2
        return np.maximum(level * (self.gain / self.kept**2 + LEAST_NOISE**2 * level), least)

    def near(self, surface: FoundMap) -> tuple[float, float]:
        """Return which share of the samples lies within 2 sigma of a surface, and which far below."""
        plane = on_grid(surface, self.grid)
        away = self._known((self.smooth - plane) / np.sqrt(self.variance(plane)))
        below, near = np.count_nonzero(away < -FAR_BELOW), np.count_nonzero(np.abs(away, out=away) < 2)
        return near / away.size, below / away.size

    def below(self, surface: FoundMap) -> float:
        """Return which share of the places is far darker than a surface in a plane: no background is brighter."""
        plane = on_grid(surface, self.grid)
        away = self._known((self.lowest - plane) / np.sqrt(self.variance(plane)))
        return np.count_nonzero(away < -FAR_BELOW) / away.size

    def _known(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the values at places of samples that are finite."""
        return values.ravel() if self.finite.all() else values[self.finite]

    def dip(self, surface: FoundMap | None) -> float:
        """Return where the median lies between the dark and the bright end, above a surface if there is one."""
        above = self.smooth if surface is None else self.smooth - on_grid(surface, self.grid)
        ordered = np.sort(self._known(above)).astype(np.float64)
        low, median, high = (quantile_of_ordered(ordered, share) for share in (0.02, 0.5, 0.98))
        return (median - low) / (high - low) if high > low else 0.0

    @property
    def may_have_gaps(self) -> bool:
        """Whether the image is not bright with dark details, of which one level lies between the details."""
        return self.dip(None) < BRIGHT_FIELD

    @property
    def mostly_bright(self) -> float:
        """Where the lower quartile lies between the dark and the bright end: high where few details are dark.

        In an uneven background, as on both sides of a step, a quarter of the samples or more is dark.
        """
        low, quarter, high = (float(value) for value in np.quantile(self.smooth[self.finite], (0.02, 0.25, 0.98)))
        return (quarter - low) / (high - low) if high > low else 0.0

    def is_under(self, surface: FoundMap, least: float, slope: float, easy: float) -> bool:
        """Return whether so many samples lie on a surface that it is no part of the object: more beyond an easy dip."""
        return self.near(surface)[0] >= min(least + slope * max(0.0, self.dip(surface) - easy), EMPTY_FOR_SURE)

    def piles_up(self, surface: FoundMap, least: float, over: float = PILED_UP) -> bool:
        """Return whether samples are most frequent on a surface, and there are enough of them.

        Most frequent are those that are `over` times as many as would lie there if they were as many as above it.

        They are where parts are empty, however much light from out of focus lies above the others; on the dark end of
        an object that fills the field they are the more frequent the brighter they are.
        """
        on, times = self.pile(surface)
        return on >= least and times >= over

    def pile(self, surface: FoundMap) -> tuple[float, float]:
        """Return the share of samples on a surface, and how many times as many they are as just above it."""
        plane = on_grid(surface, self.grid)
        away = self._known((self.smooth - plane) / np.sqrt(self.variance(plane)))
        above = np.count_nonzero((away >= 2) & (away < 4))
        on = np.count_nonzero(np.abs(away, out=away) < 2)
        return on / away.size, on / (2 * above) if above else float(np.inf)

    def tiles(self, count: int) -> Tiles | None:
        """Return places along y and x, dark ends, tolerances and empty shares of tiles; None for too small an image."""
        height, width = self.grid
        along = [count if length > 1 else 1 for length in (height, width)]  # a spectrum is a single row
        if any(length > 1 and length < count * MIN_TILE // 2 for length in (height, width)):
            return None
        rows, columns = (
            np.linspace(0, length, parts + 1).astype(int) for length, parts in zip(self.grid, along, strict=True)
        )
        whole, places, parts = bool(self.finite.all()), [], []
        for top, bottom in pairwise(rows):
            for left, right in pairwise(columns):
                part = (slice(top, bottom), slice(left, right))
                values = self.smooth[part].ravel() if whole else self.smooth[part][self.finite[part]]
                if len(values) >= MIN_TILE:
                    ends = ((top + bottom - 1, height), (left + right - 1, width))
                    places.append(tuple(twice / max(length - 1, 1) - 1 for twice, length in ends))
                    parts.append(np.sort(values))
        if len(parts) <= FEWEST_TILES:
            return None
        y, x = np.array(places).T
        return Tiles(y, x, *self._dark_ends(parts))

    def _dark_ends(self, parts: Sequence[FloatArray]) -> tuple[Values, Values, Values]:
        """Return the level of each tile's darkest samples, how uncertain it is, and the share of samples on it.

        The samples of each tile are in order.
        """
        low = {share: np.array([quantile_of_ordered(part, share) for part in parts]) for share in LOW_QUANTILES}
        sd = self.noise(low[0.05])
        end = np.min([low[share] + below * sd for share, below in LOW_QUANTILES.items()], axis=0)
        counts = np.array([len(part) for part in parts])
        independent = np.maximum(1.0, counts * self.samples_at_a_place / (4 * np.pi * SMOOTH_SIGMA**2))
        tolerance = np.hypot(TOLERANCE_SD * sd / np.sqrt(independent), TOLERANCE_SHARE * end)
        tolerance = np.maximum(tolerance, np.maximum(1e-12 * np.abs(end), np.finfo(np.float32).tiny))
        on_it = [
            np.count_nonzero(np.abs(part - one) < reach)
            for part, one, reach in zip(parts, end.tolist(), (2 * sd).tolist(), strict=True)
        ]
        return end, tolerance, on_it / counts


def looked_at(length: int) -> NDArray[np.intp]:
    """Return which samples along an axis are looked at, both ends among them."""
    return np.linspace(0, length - 1, min(length, MOST_PLACES)).round().astype(np.intp)


def _smooth_at(image: FloatArray, places: Sequence[NDArray[np.intp]]) -> FloatArray:
    """Smooth an image; of y and x, return what is at some places."""
    from scipy import ndimage

    smooth = image
    for axis in range(-image.ndim, 0)[::-1]:
        smooth = ndimage.gaussian_filter1d(smooth, SMOOTH_SIGMA, axis=axis, mode="reflect", truncate=3.0)
        if axis >= -2:
            smooth = smooth.take(places[axis], axis=axis)
    return smooth


def dark_planes(smooth: FloatArray, finite: BoolArray, share: float) -> tuple[FloatArray, BoolArray]:
    """Return the quantile `share` along z, and where there is anything."""
    place = int(share * (len(smooth) - 1))
    low = np.partition(np.where(finite, smooth, np.float32(np.inf)), place, axis=0)[place]
    known = np.isfinite(low)
    return np.where(known, low, np.float32(0)), known
