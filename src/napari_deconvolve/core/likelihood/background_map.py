"""A background that is not flat: a smooth surface under the image, through its empty parts.

The surface is a polynomial of second order in y and x. It is first laid as a lower envelope through the dark ends of
tiles, and then through the samples near it. Where too few tiles are empty, or the image is bright with dark details,
there is nothing to lay it through, and the answer is None: a surface under an object that fills the field would take
the object's own light.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.maps import FoundMap, Knots, Surface, powers, terms_over

SMOOTH_SIGMA = 2.0  # samples, of the Gaussian against noise
TILES = 5  # along each of y and x
LOW_QUANTILES = {0.05: 1.645, 0.02: 2.054}  # and how many sigma a normal distribution's lie below its mean
TOLERANCE_SD, TOLERANCE_SHARE = 2.2, 0.04  # of an empty tile's dark end: sigma of its mean, and share of the level
SHRINKING, STEPS = 0.7, 60  # of the envelope's scale
NEAR = 3.0  # tolerances from the surface within which a tile is empty
BRIGHT_FIELD = 0.65  # dip: above, the image is bright with dark details
MIN_SUPPORT, SUPPORT_SLOPE, EASY_DIP, MAX_SUPPORT = (
    0.5,
    0.7,
    0.1,
    0.95,
)  # share of empty tiles, wanted more with the dip
WINDOW_ABOVE, WINDOW_BELOW, FIRST_WINDOW, REFINEMENTS = 1.5, 3.0, 0.1, 10  # samples that refine it: sigma, and share
EMPTY_ENOUGH = 0.05, 1.5  # share of samples within 2 sigma of a surface that is right, and more with the dip
EMPTY_FOR_BENT = 0.1, 2.6  # the same for one that bends, and can follow more of an object
MUCH_BETTER, FLAT_ENOUGH = 1.3, 0.6  # times as many samples near it; and shares of them near a constant, that suffice
DIP_OF_FULL = 0.15, 0.3  # below, the darkest parts are hardly brighter than empty ones; above, no part is empty
DIP_OF_OBJECTS = 0.15, 0.3, 0.38, 0.44  # between the middle ones, objects fill the field
FILLED_SHARE = 0.7  # of the darkest parts, that is taken for background where an object fills the field
DARK_CORNER = 0.25  # quantile of a surface
FLAT_SHARE = 0.04  # of the level, by which a surface that is taken to be flat deviates
BRIGHT_SLACK = 0.15  # by which the dip above a surface may be less than that of the image in a bright field
FINE_TILES, EMPTY_SHARE, MIN_EMPTY_TILES = 9, 0.25, 0.4  # of a surface that bends; samples on a tile's end; such tiles
STIFFNESS, PLATE_STEPS, MIN_WEIGHT, GRID_KNOTS = 3.0, 8, 0.02, 17  # of a thin plate
MAX_BELOW_SHARE, FAR_BELOW = 0.01, 4.0  # of the samples so many sigma below
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


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under an image: a surface where its empty parts tell one, and how much of it is dark."""

    surface: FoundMap | None  # None where a constant will do
    bright: bool = False  # whether dark details lie in a bright field: then no background can be told
    filled: bool = False  # whether the object fills the field: the background lies between 0 and the darkest part


def find_surface(image: FloatArray, gain: float) -> Ground:
    """Return the surface under one item of 2 or 3 axes: counts above the level without noise, `gain` counts per photon.

    Samples that are not finite are left out. First a polynomial is tried, then a surface that bends more. Under an
    object that fills the field the surface is `FILLED_SHARE` of what touches the darkest parts.
    """
    if not np.isfinite(image).any():
        return Ground(None)
    field = _Field.of(image, gain)
    tiles = field.tiles(TILES)
    if tiles is None:
        return Ground(None)
    polynomial, support = _envelope(tiles, field.lengths)
    dip = field.dip(polynomial)
    supported = support >= min(MIN_SUPPORT + SUPPORT_SLOPE * max(0.0, dip - EASY_DIP), MAX_SUPPORT)
    simple: FoundMap | None = _refined(polynomial, field) if supported else None
    if simple is not None and not field.is_under(simple, *EMPTY_ENOUGH):
        simple = None
    bent = _bent(field)
    if bent is not None and field.is_under(bent, *EMPTY_FOR_BENT):
        constant = Surface((field.darkest, 0.0, 0.0, 0.0, 0.0, 0.0), field.lengths)
        others = [field.near(constant)[0] / FLAT_ENOUGH, 0.0 if simple is None else MUCH_BETTER * field.near(simple)[0]]
        if field.near(bent)[0] > max(others):
            return Ground(bent)
    if simple is not None:
        flat = _is_flat(simple, field, tiles)
        return Ground(None if flat else simple)
    if min(field.dip(None), dip + BRIGHT_SLACK) > BRIGHT_FIELD:
        return Ground(None, bright=True)
    if support < MIN_SUPPORT:  # a surface would follow the object
        return Ground(None, filled=True)
    return Ground(polynomial.scaled(_share(polynomial, field, dip), 0.0), filled=True)


def _is_flat(surface: FoundMap, field: _Field, tiles: Tiles) -> bool:
    """Return whether a surface is flat as far as one can see."""
    plane = surface.values(field.lengths)
    level = float(np.mean(plane, dtype=np.float64))
    unsure = max(FLAT_SHARE * level, float(np.median(tiles.tolerance)) / TOLERANCE_SD)
    return float(np.std(plane, dtype=np.float64)) < unsure


def _share(surface: Surface, field: _Field, dip: float) -> float:
    """Return what part of the surface that touches the darkest parts is background, where no part is empty.

    It is all of it where most of the image is dark, as high as the darkest part the fuller it is, and where objects
    fill the field only a part of that; where light spreads as evenly to both sides as noise does, they do not.
    """
    full = float(np.interp(dip, DIP_OF_FULL, (0.0, 1.0)))
    objects = float(np.interp(dip, DIP_OF_OBJECTS, (0.0, 1.0, 1.0, 0.0)))
    low = float(np.quantile(surface.values(field.lengths), DARK_CORNER))
    touched = min(1.0, field.darkest / low) if low > 0 else 1.0
    return (1 - full * (1 - touched)) * (1 - objects * (1 - FILLED_SHARE))


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """An image smoothed against noise, and what is known of the noise that is left."""

    smooth: FloatArray
    finite: BoolArray
    gain: float
    kept: float  # what the Gaussian takes off the standard deviation of white noise, as a factor
    darkest: float  # level of the darkest smooth part

    @classmethod
    def of(cls, image: FloatArray, gain: float) -> _Field:
        from scipy import ndimage

        finite = np.isfinite(image)
        filled = image if finite.all() else np.where(finite, image, np.median(image[finite]))
        smooth = ndimage.gaussian_filter(filled, SMOOTH_SIGMA, mode="reflect", truncate=3.0)
        axes = sum(length > 1 for length in image.shape)
        kept = float((4 * np.sqrt(np.pi)) ** (axes / 2))
        return cls(smooth, finite, gain, kept, estimate_background(image))

    @property
    def lengths(self) -> tuple[int, int]:
        return self.smooth.shape[-2], self.smooth.shape[-1]

    def noise(self, level: Values) -> Values:
        """Return the standard deviation of the smoothed image on a level."""
        noise: Values = np.sqrt(self.gain * np.maximum(np.asarray(level, np.float64), 0)) / self.kept
        return np.maximum(noise, np.finfo(np.float32).tiny)

    def near(self, surface: FoundMap) -> tuple[float, float]:
        """Return which share of the samples lies within 2 sigma of a surface, and which far below."""
        plane = surface.values(self.lengths).astype(np.float64)
        away = ((self.smooth - plane) / self.noise(plane))[self.finite]
        return float(np.mean(np.abs(away) < 2)), float(np.mean(away < -FAR_BELOW))

    def dip(self, surface: FoundMap | None) -> float:
        """Return where the median lies between the dark and the bright end, above a surface if there is one."""
        above = self.smooth if surface is None else self.smooth - surface.values(self.lengths)
        low, median, high = (float(value) for value in np.quantile(above[self.finite], (0.02, 0.5, 0.98)))
        return (median - low) / (high - low) if high > low else 0.0

    def is_under(self, surface: FoundMap, least: float, slope: float) -> bool:
        """Return whether so many samples lie on a surface that it is no part of the object."""
        return self.near(surface)[0] >= least + slope * max(0.0, self.dip(surface) - EASY_DIP)

    def tiles(self, count: int) -> Tiles | None:
        """Return places along y and x, dark ends, tolerances and empty shares of tiles; None for too small an image."""
        height, width = self.lengths
        if min(height, width) < count * MIN_TILE // 2:
            return None
        rows, columns = (np.linspace(0, length, count + 1).astype(int) for length in (height, width))
        found = []
        for top, bottom in pairwise(rows):
            for left, right in pairwise(columns):
                part = (..., slice(top, bottom), slice(left, right))
                values = self.smooth[part][self.finite[part]]
                if len(values) >= MIN_TILE:
                    y, x = (top + bottom - 1) / (height - 1) - 1, (left + right - 1) / (width - 1) - 1
                    found.append((y, x, *self._dark_end(values)))
        return Tiles(*(np.array(column) for column in zip(*found, strict=True))) if len(found) > FEWEST_TILES else None

    def _dark_end(self, values: FloatArray) -> tuple[float, float, float]:
        """Return the level of a tile's darkest samples, how uncertain it is, and the share of samples on it."""
        sd = float(self.noise(np.asarray(np.quantile(values, 0.05))))
        end = min(float(np.quantile(values, share)) + below * sd for share, below in LOW_QUANTILES.items())
        independent = max(1.0, len(values) / (4 * np.pi * SMOOTH_SIGMA**2))
        tolerance = float(np.hypot(TOLERANCE_SD * sd / np.sqrt(independent), TOLERANCE_SHARE * end))
        empty = float(np.mean(np.abs(values - end) < 2 * sd))
        return end, max(tolerance, 1e-12 * abs(end), float(np.finfo(np.float32).tiny)), empty


def _envelope(tiles: Tiles, lengths: tuple[int, int]) -> tuple[Surface, float]:
    """Lay a polynomial through the lowest of the tiles' dark ends; return also the share of tiles that lie on it."""
    design = powers(tiles.y, tiles.x).T
    weights: Values = np.ones_like(tiles.end)
    scale = max(1.0, float(np.ptp(tiles.end) / np.median(tiles.tolerance)))
    coefficients: Values = np.zeros(design.shape[1])
    for _ in range(STEPS):
        root = np.sqrt(weights) / tiles.tolerance
        coefficients = np.linalg.lstsq(design * root[:, np.newaxis], tiles.end * root, rcond=None)[0].astype(np.float64)
        weights = _envelope_weights((tiles.end - design @ coefficients) / (scale * tiles.tolerance))
        scale = max(1.0, SHRINKING * scale)
    support = float(np.mean(np.abs(tiles.end - design @ coefficients) <= NEAR * tiles.tolerance))
    return Surface(tuple(map(float, coefficients)), lengths), support


def _envelope_weights(above: Values) -> Values:
    """Return less weight for what lies far above, in tolerances: it is the object."""
    weights: Values = (1.5 / np.maximum(above, 1.5)) ** 2
    return weights


def _refined(surface: Surface, field: _Field) -> Surface:
    """Lay a polynomial through the samples near it, if more of them lie on it then."""
    terms = terms_over(field.lengths, surface.lengths)
    coefficients: NDArray[np.floating] = np.array(surface.coefficients)
    for share in np.geomspace(FIRST_WINDOW, FIRST_WINDOW / 100, REFINEMENTS):
        plane = np.tensordot(coefficients, terms, 1)
        sd = np.hypot(field.noise(plane), share * np.abs(plane))
        away = field.smooth - plane
        near = field.finite & (away < WINDOW_ABOVE * sd) & (away > -WINDOW_BELOW * sd)
        counts = near.reshape(-1, *plane.shape).sum(0)
        used = counts > 0
        if np.count_nonzero(used) < MIN_TILE:
            return surface
        sums = np.where(near, field.smooth, 0).reshape(-1, *plane.shape).sum(0)
        root = np.sqrt(counts[used])
        coefficients = np.linalg.lstsq(terms[:, used].T * root[:, np.newaxis], sums[used] / root, rcond=None)[0]
    better = Surface(tuple(map(float, coefficients)), surface.lengths)
    after, below = field.near(better)
    return better if after > field.near(surface)[0] and below < MAX_BELOW_SHARE else surface


def _bent(field: _Field) -> Knots | None:
    """Lay a thin plate through the dark ends of empty tiles, the lowest first; None where too few are empty."""
    from scipy import interpolate

    tiles = field.tiles(FINE_TILES)
    if tiles is None or np.mean(tiles.empty > EMPTY_SHARE) < MIN_EMPTY_TILES:
        return None
    tiles = tiles.where(tiles.empty > EMPTY_SHARE)
    places, unit = np.stack([tiles.y, tiles.x], axis=1), float(np.median(tiles.end))
    if unit <= 0:
        return None
    weights = np.ones_like(tiles.end)
    for _ in range(PLATE_STEPS):
        smoothing = STIFFNESS * (tiles.tolerance / unit) ** 2 / np.maximum(weights, MIN_WEIGHT)
        plate = interpolate.RBFInterpolator(places, tiles.end / unit, smoothing=smoothing)
        weights = _envelope_weights((tiles.end - unit * plate(places)) / tiles.tolerance)
    edge = np.linspace(-1, 1, GRID_KNOTS)
    grid = np.stack([one.ravel() for one in np.meshgrid(edge, edge, indexing="ij")], axis=1)
    rows = (unit * plate(grid)).reshape(GRID_KNOTS, GRID_KNOTS)
    return Knots(tuple(tuple(map(float, row)) for row in rows), field.lengths)
