"""Profiles of an image's bright points along one axis, laid on top of each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import ParameterError

Values = NDArray[np.float64]

MAX_POINTS = 400
MIN_POINTS = 4  # fewer may agree by chance
MIN_HEIGHT = 0.15  # of the brightest point
MIN_CONTRAST = 5.0  # standard deviations above the background
SAME_POINT = 3  # samples: points as near as this across the axis count as one


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
    spread = 1.4826 * float(np.median(np.abs(smooth - middle)))
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
