"""Profiles of bright points laid on top of each other, and three peaks fitted to them: a main one and its lobes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD
from napari_deconvolve.errors import ParameterError

Values = NDArray[np.float64]

MAX_POINTS = 400
MIN_POINTS = 4  # fewer may agree by chance
MIN_HEIGHT = 0.15  # of the brightest point
MIN_CONTRAST = 5.0  # standard deviations above the background
SAME_POINT = 3  # samples: points as near as this across the axis count as one
BOOTSTRAP_DRAWS = 48  # of the points, with replacement
BOOTSTRAP_SEED = 7


def signal_of(data: NDArray[Any]) -> Values:
    """Return counts above the median, which the fit corrects; 0 for pixels that are not finite."""
    good = np.isfinite(data)
    if not good.any():
        raise ParameterError("The image holds no finite number; give another.")
    base = float(np.median(data[good]))
    return np.asarray(np.where(good, data, base).astype(np.float64) - base)


def profiles_of(signal: Values, reach: int) -> Values:
    """Return the profile of each bright point along the first axis, its top at the middle and 1 high.

    It reaches so many samples to either side, NaN where the image ends. Raises `ParameterError` for too few points.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    across = (0.0,) + (1.0,) * (signal.ndim - 1)
    calm = gaussian_filter(signal, across) if signal.ndim > 1 else signal
    places = _points(gaussian_filter(signal, 1.0), reach)
    offsets = np.arange(-reach, reach + 1)
    profiles = []
    for place in places:
        line = calm[(slice(None), *place[1:])]
        top = _top(line, int(place[0]))
        near = map_coordinates(line, [top + offsets], order=3, mode="constant", cval=np.nan)
        if near[reach] > 0:
            profiles.append(near / near[reach])
    if len(profiles) < MIN_POINTS:
        raise ParameterError(
            f"The image shows {len(profiles)} bright points that stand apart, and lobes are found from at least "
            f"{MIN_POINTS}; give the lobes' distance and heights yourself, or another image."
        )
    return np.asarray(np.array(profiles))


def _points(smooth: Values, reach: int) -> NDArray[np.intp]:
    """Return the places of bright maxima, the brightest first; not those before or behind a brighter one."""
    from skimage.feature import peak_local_max

    middle = float(np.median(smooth))
    spread = NOISE_OF_MAD * float(np.median(np.abs(smooth - middle)))
    lowest = middle + max(MIN_CONTRAST * spread, MIN_HEIGHT * (float(smooth.max()) - middle))
    window = np.ones((5, *(SAME_POINT,) * (smooth.ndim - 1)), bool)
    tops = peak_local_max(smooth, footprint=window, threshold_abs=lowest, exclude_border=False)  # the brightest first
    tops = tops[(tops[:, 0] >= reach // 2) & (tops[:, 0] < smooth.shape[0] - reach // 2)][: 8 * MAX_POINTS]
    kept: list[NDArray[np.intp]] = []
    for top in tops:
        others = np.array(kept).reshape(-1, smooth.ndim)
        beside = np.all(np.abs(others[:, 1:] - top[1:]) <= SAME_POINT, axis=1) & (
            np.abs(others[:, 0] - top[0]) <= reach
        )
        if not beside.any():
            kept.append(top)
        if len(kept) == MAX_POINTS:
            break
    return np.array(kept, np.intp).reshape(-1, smooth.ndim)


def _top(line: Values, place: int) -> float:
    """Return where the maximum near a sample is, to a part of a sample."""
    low, high = max(place - 1, 1), min(place + 1, len(line) - 2)
    near = low + int(np.argmax(line[low : high + 1]))
    left, middle, right = line[near - 1 : near + 2]
    bend = left - 2 * middle + right
    return near + (float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0)


def stacked(profiles: Values) -> Values:
    """Return the median over points, at each place over those whose profile reaches there."""
    median = np.zeros(profiles.shape[1])
    known = np.isfinite(profiles).any(0)
    median[known] = np.nanmedian(profiles[:, known], axis=0)
    return median


def fit_lobes(profile: Values, reach: int, near: float | None = None, again: bool = False) -> Values:
    """Fit three peaks of one width on a level to a profile, its main peak in the middle, about 1 high.

    Returns distance in samples, heights before and behind relative to the main peak, and sigma in samples. The lobes
    are looked for `near` a distance in samples (everywhere if None), and with `again` from there alone. Raises
    `ParameterError` when the main peak leaves no room for lobes.
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
