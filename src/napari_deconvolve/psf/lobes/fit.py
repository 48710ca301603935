"""Three peaks of one width, fitted to a profile: a main peak and its side lobes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf.lobes.bright_points import stacked

Values = NDArray[np.float64]

BOOTSTRAP_DRAWS = 48  # of the points, with replacement
BOOTSTRAP_SEED = 7


def fit_lobes(profile: Values, reach: int, near: float | None = None, again: bool = False) -> Values:
    """Fit three peaks of one width on a level to a profile, its main peak in the middle, about 1 high.

    Returns distance in samples, heights before and behind relative to the main peak, and sigma in samples. The lobes
    are
    looked for `near` a distance in samples (everywhere if None), and with `again` from there alone. Raises
    `ParameterError`
    when the main peak leaves no room for lobes.
    """
    from scipy.optimize import least_squares

    offsets = np.arange(-reach, reach + 1.0)
    width = _width(profile, reach)
    low, high = (2.2 * width, reach - 1.0) if near is None else (0.75 * near, min(1.25 * near, reach - 1.0))
    if high <= low:
        raise ParameterError("The bright points are too wide for lobes beside them; give another image, or the lobes.")

    def model(values: Values) -> Values:
        distance, before, behind, sigma, level, centre = values
        peaks = [np.exp(-0.5 * ((offsets - centre - shift) / sigma) ** 2) for shift in (-distance, 0.0, distance)]
        return np.asarray(level + before * peaks[0] + (1 - level) * peaks[1] + behind * peaks[2])

    best: Any = None
    guesses = [near] if again and near is not None else _guesses(profile, reach, width, low, high)
    for guess in guesses:
        begin = np.array([guess, 0.3, 0.3, width, 0.0, 0.0])
        bounds = ([low, 0, 0, 0.3 * width, -0.3, -0.5], [high, 1, 1, 2.5 * width, 0.6, 0.5])
        fitted = least_squares(
            lambda values: model(values) - profile, begin, bounds=bounds, loss="soft_l1", f_scale=0.05
        )
        if best is None or fitted.cost < best.cost:
            best = fitted
    found: Values = best.x[:4]
    found[1:3] /= 1 - best.x[4]
    return found


def _width(profile: Values, reach: int) -> float:
    """Return the sigma of the peak in the middle: where it first falls to half, or to its first dip."""
    wide = []
    for side in (profile[reach:], profile[reach::-1]):
        below = np.flatnonzero(side < 0.5)
        dip = np.flatnonzero(np.diff(side) > 0)
        first = min(int(below[0]) if below.size else len(side) - 1, int(dip[0]) + 1 if dip.size else len(side) - 1)
        high, low = side[first - 1], side[first]
        part = (high - 0.5) / (high - low) if below.size and first == below[0] and high > low else 1.0
        wide.append(first - 1 + part)
    return max(min(wide) / 1.1774, 0.35)


def _guesses(profile: Values, reach: int, width: float, low: float, high: float) -> list[float]:
    """Return the distances at which the mean of both sides has its highest maxima."""
    both = 0.5 * (profile[reach:] + profile[reach::-1])
    inside = [k for k in range(1, reach) if low <= k <= high and both[k] >= both[k - 1] and both[k] >= both[k + 1]]
    inside.sort(key=lambda k: -both[k])
    return [float(np.clip(k, low, high)) for k in inside[:3]] or [0.5 * (low + high)]


def bootstrap_errors(profiles: Values, reach: int, found: Values) -> Values:
    """Return the standard deviations of distance and heights, by a bootstrap over the points."""
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    fits = []
    for _ in range(BOOTSTRAP_DRAWS):
        drawn = profiles[rng.integers(len(profiles), size=len(profiles))]
        fits.append(fit_lobes(stacked(drawn), reach, float(found[0]), again=True)[:3])
    return np.asarray(np.std(np.array(fits), axis=0))
