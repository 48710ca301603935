"""The baseline of a spectrum: a curve of second order under its lines, where one number will not do.

It is found as a surface under an image is (see `background_map`): laid through the dark ends of parts of the spectrum,
and then fitted beside the lines, whose light it leaves to them. It has to explain clearly more than a constant does.
Absorption lines have none: what is dark there is a dip in a bright level, be that tilted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.background_fit import SMOOTH_SIGMA, Beside, Fit
from napari_deconvolve.core.likelihood.background_map import (
    MAX_SUPPORT,
    MIN_SUPPORT,
    SUPPORT_SLOPE,
    Ground,
    not_negative,
)
from napari_deconvolve.core.likelihood.dark_plateau import MAX_DIP
from napari_deconvolve.core.likelihood.empty_parts import EASY_DIP, MIN_TILE, Field
from napari_deconvolve.core.likelihood.envelopes import envelope, refined
from napari_deconvolve.core.likelihood.least_squares import polynomial_through
from napari_deconvolve.core.likelihood.maps import FoundMap, Surface, places_over

TILES = 16  # along a spectrum, of `MIN_TILE` places at least
# How much better a curve is, by one or the other. Of 18 spectra of a flat baseline one has more, and is less uneven
# (lines, bands, Raman; 30 to 5000 photons; Gaussian and Lorentzian PSFs); of 36 tilted and curved ones two have less.
MUCH_NEARER, MUCH_LESS_LEFT = 1.25, 9.0  # times as many samples near it; F of what is left beside it
LEAST_UNEVEN = 0.125  # standard deviation of the curve over its mean: less is what wide lines leave beside them,
FAR_BETTER = 3.0  # unless it is better by so many times that
CURVE_TERMS = 2.0  # more than a constant has
ROBUST_STEPS = 20  # of the trend, in which each sample has the same weight

Values = NDArray[np.float64]


def find_baseline(spectrum: FloatArray, gain: float, psf: FloatArray, darkest: float) -> Ground:
    """Return the baseline of a spectrum: counts above the level without noise, `gain` counts per photon.

    Samples that are not finite are left out; `darkest` is the level of the darkest smooth part. Where there is no
    curve, `Ground.surface` is None.
    """
    row = spectrum[np.newaxis]
    if not (gain > 0 and darkest > 0 and np.isfinite(row).any()):
        return Ground(None)
    field = Field.of(row, gain, darkest)
    tiles = field.tiles(min(TILES, field.grid[1] // MIN_TILE))
    if tiles is None or _detrended(field).dip(None) > MAX_DIP:
        return Ground(None)
    laid, support = envelope(tiles, field.lengths)
    wanted = MIN_SUPPORT + SUPPORT_SLOPE * max(0.0, field.dip(laid) - EASY_DIP)
    if support < min(wanted, MAX_SUPPORT):
        return Ground(None)
    start, fits = refined(laid, field), Beside(row, gain, psf[np.newaxis])
    level, curve = fits.constant(start), fits.polynomial(start)
    found = curve.surface.values(field.lengths)
    even = bool(np.std(found) < LEAST_UNEVEN * np.mean(found))
    if not _is_better(curve, level, field, FAR_BETTER if even else 1.0):
        return Ground(None)
    return Ground(not_negative(curve.surface, field.lengths))


def _is_better(curve: Fit, level: Fit, field: Field, times: float) -> bool:
    """Return whether a curve explains clearly more than a constant: the one beside lines, or the darkest part."""
    constants: list[FoundMap] = [level.surface, Surface((field.darkest, 0.0, 0.0, 0.0, 0.0, 0.0), field.lengths)]
    most = max(field.near(one)[0] for one in constants)
    independent = field.lengths[1] / (2 * np.sqrt(np.pi) * SMOOTH_SIGMA)
    less = (level.left - curve.left) / CURVE_TERMS
    nearer = field.near(curve.surface)[0] > times * MUCH_NEARER * most
    return nearer or less * independent > times * MUCH_LESS_LEFT * curve.left


def _detrended(field: Field) -> Field:
    """Return a spectrum less a curve through the middle of its samples (least absolute deviations)."""
    smooth, finite = field.smooth.astype(np.float64), field.finite
    weights: Values = finite.astype(np.float64)
    least = 1e-6 * float(np.ptp(smooth)) + float(np.finfo(np.float32).tiny)
    trend = smooth
    for _ in range(ROBUST_STEPS):
        found = polynomial_through(*places_over(field.grid, field.grid), smooth, weights)
        trend = Surface(tuple(map(float, found)), field.grid).values(field.grid).astype(np.float64)
        weights = finite / np.maximum(np.abs(smooth - trend), least)
    return replace(field, smooth=(smooth - trend).astype(np.float32))
