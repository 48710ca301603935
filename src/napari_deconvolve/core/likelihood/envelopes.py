"""Surfaces under an image: through the dark ends of its tiles, and then through the samples near them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.likelihood.empty_parts import MIN_TILE, Field, Tiles
from napari_deconvolve.core.likelihood.least_squares import polynomial_through
from napari_deconvolve.core.likelihood.maps import Knots, Surface, places_over, powers

SHRINKING, STEPS = 0.7, 60  # of the envelope's scale
SETTLED = 1e-6  # a change of all weights, after which none is seen
NEAR = 3.0  # tolerances from the surface within which a tile is empty
WINDOW_ABOVE, WINDOW_BELOW, FIRST_WINDOW, REFINEMENTS = 1.5, 3.0, 0.1, 10  # samples that refine it: sigma, and share
FEW_PLACES, LAST = 96, 3  # along an axis, of which all are taken; and windows, the last ones, that take all
FINE_TILES, EMPTY_SHARE, MIN_EMPTY_TILES = 9, 0.25, 0.35  # of a surface that bends; samples on a tile's end; such tiles
STIFFNESS, PLATE_STEPS, MIN_WEIGHT, GRID_KNOTS = 3.0, 8, 0.02, 17  # of a thin plate
MAX_BELOW_SHARE = 0.01  # of the samples, that may lie far below

Values = NDArray[np.float64]


def envelope(tiles: Tiles, lengths: tuple[int, int]) -> tuple[Surface, float]:
    """Lay a polynomial through the lowest of the tiles' dark ends; return also the share of tiles that lie on it."""
    design = powers(tiles.y, tiles.x).T
    weights: Values = np.ones_like(tiles.end)
    scale = max(1.0, float(np.ptp(tiles.end) / np.median(tiles.tolerance)))
    coefficients: Values = np.zeros(design.shape[1])
    for _ in range(STEPS):
        root = np.sqrt(weights) / tiles.tolerance
        coefficients = np.linalg.lstsq(design * root[:, np.newaxis], tiles.end * root, rcond=None)[0].astype(np.float64)
        before, weights = weights, _weights((tiles.end - design @ coefficients) / (scale * tiles.tolerance))
        if scale == 1 and np.abs(weights - before).max() < SETTLED:
            break
        scale = max(1.0, SHRINKING * scale)
    support = float(np.mean(np.abs(tiles.end - design @ coefficients) <= NEAR * tiles.tolerance))
    return Surface(tuple(map(float, coefficients)), lengths), support


def less_chance(surface: Surface, tiles: Tiles) -> Surface:
    """Return a polynomial through tiles of an object, less uneven by as much as chance makes it.

    Where tiles are dark by what an object has there, each differs from its neighbours, and six coefficients take their
    part of that. What they hold beyond it is of the whole image (James & Stein 1961, Proc. 4th Berkeley Symp. 1:361).
    """
    design = powers(tiles.y, tiles.x).T
    on, free = design @ np.array(surface.coefficients), design.shape[1] - 1
    by_chance = float(np.sum(np.square(tiles.end - on))) / max(len(on) - free - 1, 1) * free
    all_of_it = float(np.sum(np.square(on - on.mean())))
    share = max(0.0, 1 - by_chance / all_of_it) if all_of_it > 0 else 0.0
    return surface.scaled(share, (1 - share) * float(on.mean()))


def _weights(above: Values) -> Values:
    """Return less weight for what lies far above, in tolerances: it is the object."""
    weights: Values = (1.5 / np.maximum(above, 1.5)) ** 2
    return weights


def refined(surface: Surface, field: Field) -> Surface:
    """Lay a polynomial through the samples near it, if more of them lie on it then.

    What lies in the first, wide windows every second place tells as well.
    """
    grid, better = field.grid, replace(surface, lengths=field.grid)
    y, x = places_over(grid, grid)
    windows = np.geomspace(FIRST_WINDOW, FIRST_WINDOW / 100, REFINEMENTS)
    every = tuple(slice(None, None, 2 if length > FEW_PLACES else 1) for length in grid)
    for some, shares in ((every, windows[:-LAST]), (np.s_[:, :], windows[-LAST:])):
        places, smooth = (y[some[0]], x[some[1]]), field.smooth[some].astype(np.float64)
        for share in shares:
            plane = better.values(grid)[some]
            sd = np.sqrt(field.variance(plane) + np.square(share * plane))
            away = smooth - plane
            near = field.finite[some] & (away < WINDOW_ABOVE * sd) & (away > -WINDOW_BELOW * sd)
            if np.count_nonzero(near) < MIN_TILE:
                return surface
            better = Surface(tuple(map(float, polynomial_through(*places, smooth, near))), grid)
    better = replace(better, lengths=surface.lengths)
    after, below = field.near(better)
    return better if after > field.near(surface)[0] and below < MAX_BELOW_SHARE else surface


def bent(field: Field, share: float = EMPTY_SHARE) -> Knots | None:
    """Lay a thin plate through the dark ends of empty tiles, the lowest first; None where too few are empty.

    Of an empty tile more than `share` of the samples lie on its dark end.
    """
    tiles = field.tiles(FINE_TILES)
    if tiles is None or np.mean(tiles.empty > share) < MIN_EMPTY_TILES:
        return None
    tiles = tiles.where(tiles.empty > share)
    places, unit = np.stack([tiles.y, tiles.x], axis=1), float(np.median(tiles.end))
    if unit <= 0:
        return None
    weights, plate = np.ones_like(tiles.end), _Plate(places)
    for _ in range(PLATE_STEPS):
        smoothing = STIFFNESS * (tiles.tolerance / unit) ** 2 / np.maximum(weights, MIN_WEIGHT)
        plate.lay(tiles.end / unit, smoothing)
        weights = _weights((tiles.end - unit * plate.at(places)) / tiles.tolerance)
    edge = np.linspace(-1, 1, GRID_KNOTS)
    grid = np.stack([one.ravel() for one in np.meshgrid(edge, edge, indexing="ij")], axis=1)
    rows = (unit * plate.at(grid)).reshape(GRID_KNOTS, GRID_KNOTS)
    return Knots(tuple(tuple(map(float, row)) for row in rows), field.lengths)


class _Plate:
    """A thin plate through values at some places, smoothed; what does not hang on the values is worked out once."""

    def __init__(self, places: Values) -> None:
        self._places = places
        self._middle = (places.max(axis=0) + places.min(axis=0)) / 2
        self._half = (places.max(axis=0) - places.min(axis=0)) / 2
        self._half[self._half == 0] = 1
        self._own = self._terms(places)
        self._shares: Values = np.zeros(0)

    def lay(self, values: Values, smoothing: Values) -> None:
        """Lay the plate (Wahba 1990, Spline Models for Observational Data): bent where it pays, a plane elsewhere."""
        count, planes = len(values), self._own[:, len(values) :]
        system = np.zeros((count + planes.shape[1],) * 2)
        system[:count], system[count:, :count] = self._own, planes.T
        system[range(count), range(count)] += smoothing
        self._shares = np.linalg.solve(system, np.append(values, np.zeros(planes.shape[1])))

    def at(self, places: Values) -> Values:
        """Return its height at some places."""
        height: Values = (self._own if places is self._places else self._terms(places)) @ self._shares
        return height

    def _terms(self, places: Values) -> Values:
        """Return r^2 log r of the distance from each of its places, and 1, y, x."""
        squared = np.sum(np.square(places[:, np.newaxis] - self._places), axis=2)
        bends = np.log(squared, out=np.zeros_like(squared), where=squared > 0) * squared / 2
        return np.concatenate([bends, np.ones((len(places), 1)), (places - self._middle) / self._half], axis=1)
