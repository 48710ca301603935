"""The minimum of a function whose values are expensive: a search that asks for one place after another."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

GOLDEN_SECTION = (3 - math.sqrt(5)) / 2  # of an interval: where the next place divides the larger part
OUTWARD_RATIO = 1.25  # of the next place, where the curve still falls at its end
MIN_DISTANCE_SHARE = 0.3  # of the tolerance: closer places add nothing


class LineSearch:
    """The search for the minimum of a function of a positive number, in ratios.

    It moves outwards by `OUTWARD_RATIO` until the curve rises on both sides, then inwards by parabolas and golden
    sections (Brent 1973, Algorithms for Minimization without Derivatives). It stays from `low` to `high`, which enclose
    1. The caller adds each new value to `points`, which are read again at each call. `tolerance` is the ratio of
    places, less 1, to which the lowest point is wanted.
    """

    def __init__(self, points: Mapping[float, float], low: float, high: float, tolerance: float = 0.02) -> None:
        self._points, self._low, self._high = points, low, high
        self._tolerance = math.log1p(tolerance)

    def wanted(self) -> float | None:
        """Return the next place to be known; None when the lowest point is found."""
        for place in (1.0, max(1 / OUTWARD_RATIO, self._low), min(OUTWARD_RATIO, self._high)):
            if place not in self._points:
                return place
        places = sorted(place for place in self._points if self._low <= place <= self._high)
        scores = [self._points[place] for place in places]
        lowest = int(np.argmin(scores))
        if lowest == 0:
            return None if places[0] <= self._low else max(self._low, places[0] / OUTWARD_RATIO)
        if lowest == len(places) - 1:
            return None if places[-1] >= self._high else min(self._high, places[-1] * OUTWARD_RATIO)
        left, middle, right = (math.log(place) for place in places[lowest - 1 : lowest + 2])
        if right - left <= 2 * self._tolerance:
            return None
        place = round(math.exp(self._between(left, middle, right)), 4)
        return None if place in self._points else place

    @property
    def lowest(self) -> float:
        """The lowest point, by a parabola through the lowest place and its neighbours; at an end, the end."""
        return lowest_point({place: self._points[place] for place in self._points if self._low <= place <= self._high})

    def _between(self, left: float, middle: float, right: float) -> float:
        """Return a new place between three, the lowest the middle one."""
        vertex = math.log(self.lowest)
        if (
            abs(vertex - middle) > MIN_DISTANCE_SHARE * self._tolerance
            and min(right - middle, middle - left) > self._tolerance
        ):
            return min(
                max(vertex, left + MIN_DISTANCE_SHARE * self._tolerance), right - MIN_DISTANCE_SHARE * self._tolerance
            )
        if right - middle > middle - left:  # a place on the far side closes the bracket
            return middle + max(GOLDEN_SECTION * (right - middle) / 2, min(self._tolerance, (right - middle) / 2))
        return middle - max(GOLDEN_SECTION * (middle - left) / 2, min(self._tolerance, (middle - left) / 2))


def lowest_point(points: Mapping[float, float]) -> float:
    """Return where a parabola through the lowest point and its neighbours is lowest; at an end, the end.

    There is at least one point, over positive numbers; the parabola is one over their logarithms.
    """
    places = sorted(points)
    lowest = min(range(len(places)), key=lambda number: points[places[number]])
    if lowest in (0, len(places) - 1):
        return places[lowest]
    near = places[lowest - 1 : lowest + 2]
    logs = np.log(np.asarray(near) / near[1])
    curve = np.polyfit(logs, np.asarray([points[place] for place in near]) - points[near[1]], 2)
    if not curve[0] > 0:
        return near[1]
    return float(near[1] * math.exp(min(max(-curve[1] / (2 * curve[0]), logs[0]), logs[2])))
