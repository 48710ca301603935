"""Widths of profiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fwhm(profile: NDArray[np.floating], spacing: float = 1.0) -> float:
    """Return the full width at half maximum of the highest peak of a profile, in the unit of its spacing.

    A cubic spline finds the crossings. NaN for fewer than 3 samples, and when a side never falls to half.
    """
    from scipy.interpolate import CubicSpline

    values = np.asarray(profile, np.float64)
    if len(values) < 3:
        return float("nan")
    position = np.arange(len(values), dtype=np.float64)
    curve = CubicSpline(position, values)
    peak, height = _peak(curve, values)
    crossings = CubicSpline(position, values - height / 2).roots(extrapolate=False)
    left, right = crossings[crossings < peak], crossings[crossings > peak]
    if len(left) == 0 or len(right) == 0:
        return float("nan")
    return float((right[0] - left[-1]) * spacing)


def _peak(curve: object, values: NDArray[np.float64]) -> tuple[float, float]:
    top = int(np.argmax(values))
    turns = curve.derivative().roots(extrapolate=False)  # type: ignore[attr-defined]
    near = turns[np.abs(turns - top) <= 1]
    places = np.append(near, top)
    heights = curve(places)  # type: ignore[operator]
    best = int(np.argmax(heights))
    return float(places[best]), float(heights[best])
