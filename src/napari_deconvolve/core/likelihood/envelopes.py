"""Surfaces under an image: through the dark ends of its tiles, and then through the samples near them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.likelihood.empty_parts import MIN_TILE, Field, Tiles
from napari_deconvolve.core.likelihood.maps import Knots, Surface, powers, terms_over

SHRINKING, STEPS = 0.7, 60  # of the envelope's scale
NEAR = 3.0  # tolerances from the surface within which a tile is empty
WINDOW_ABOVE, WINDOW_BELOW, FIRST_WINDOW, REFINEMENTS = 1.5, 3.0, 0.1, 10  # samples that refine it: sigma, and share
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
        weights = _weights((tiles.end - design @ coefficients) / (scale * tiles.tolerance))
        scale = max(1.0, SHRINKING * scale)
    support = float(np.mean(np.abs(tiles.end - design @ coefficients) <= NEAR * tiles.tolerance))
    return Surface(tuple(map(float, coefficients)), lengths), support


def _weights(above: Values) -> Values:
    """Return less weight for what lies far above, in tolerances: it is the object."""
    weights: Values = (1.5 / np.maximum(above, 1.5)) ** 2
    return weights


def refined(surface: Surface, field: Field) -> Surface:
    """Lay a polynomial through the samples near it, if more of them lie on it then."""
    terms, smooth, finite = terms_over(field.grid, field.grid), field.smooth, field.finite
    coefficients: NDArray[np.floating] = np.array(surface.coefficients)
    for share in np.geomspace(FIRST_WINDOW, FIRST_WINDOW / 100, REFINEMENTS):
        plane = np.tensordot(coefficients, terms, 1)
        sd = np.hypot(field.noise(plane), share * np.abs(plane))
        away = smooth - plane
        near = finite & (away < WINDOW_ABOVE * sd) & (away > -WINDOW_BELOW * sd)
        if np.count_nonzero(near) < MIN_TILE:
            return surface
        coefficients = np.linalg.lstsq(terms[:, near].T, smooth[near].astype(np.float64), rcond=None)[0]
    better = Surface(tuple(map(float, coefficients)), surface.lengths)
    after, below = field.near(better)
    return better if after > field.near(surface)[0] and below < MAX_BELOW_SHARE else surface


def bent(field: Field) -> Knots | None:
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
        weights = _weights((tiles.end - unit * plate(places)) / tiles.tolerance)
    edge = np.linspace(-1, 1, GRID_KNOTS)
    grid = np.stack([one.ravel() for one in np.meshgrid(edge, edge, indexing="ij")], axis=1)
    rows = (unit * plate(grid)).reshape(GRID_KNOTS, GRID_KNOTS)
    return Knots(tuple(tuple(map(float, row)) for row in rows), field.lengths)
