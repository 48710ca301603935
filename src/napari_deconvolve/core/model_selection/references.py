"""The one scale of held-out scores: the estimated squared error of the object, over the object's square.

Let u_a be an estimate from one half of the photons and v_a, v_b late estimates from each half, the references, whose
noise is independent. Then |u_a - v_b|^2 is the squared error of u_a plus the noise of v_b, and |v_a - v_b|^2 is twice
that noise; and the product <v_a, v_b> is the square of the object, without noise. So

    score = (|u_a - v_b|^2 - |v_a - v_b|^2 / 2) / <v_a, v_b>

does not depend on how noisy the references are, and scores of any two settings can be compared: numbers of iterations,
sieves, priors. What no reference shows, such as detail beyond the OTF, is in none of them.

Two scores from the same references share most of their noise. What is left is read off the regions of the image: their
differences are independent, and their spread is the uncertainty of the difference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray

FULL_DATA = {1: (1.3, 0.0), 2: (1.2, 2.0), 3: (1.2, 1.0)}  # by axes: factor of iterations, and more: see `of_full_data`
REGIONS = 64  # about, of any image: many enough to know their spread, large enough not to feel each other
MIN_POWER_SHARE = 1e-9  # of the references' square: below, the halves have nothing in common
CLEAR = 2.0  # standard deviations by which a score has to be lower to be clearly lower

Parts = NDArray[np.float64]  # of a score: one number per region


@dataclass(frozen=True, slots=True)
class HeldOutPoint:
    """The score after some iterations.

    Attributes
    ----------
    iteration : int
        Corresponding iteration on the full data.
    score : float
        Estimated squared error of the object over its square; lower is better. Chance may make it negative.
    parts : ndarray or None
        What each region of the image adds to the score; None where it is not known.
    """

    iteration: int
    score: float
    parts: Parts | None = field(default=None, repr=False, compare=False)

    def lead(self, other: HeldOutPoint) -> float:
        """Return by how many standard deviations this score is lower than another; both know their parts."""
        assert self.parts is not None
        assert other.parts is not None
        lower = other.score - self.score
        return lower / uncertainty_of_difference(self.parts, other.parts) if lower else 0.0


def alike(points: Sequence[HeldOutPoint]) -> tuple[int, int] | None:
    """Return the first and the last number of iterations around the best that score like it within the noise.

    Those whose score the best one leads by less than a standard deviation of the difference, without a gap; None where
    the parts of the scores are not known.
    """
    if not points or any(point.parts is None for point in points):
        return None
    best = min(range(len(points)), key=lambda place: points[place].score)
    same = [points[best].lead(point) < 1 for point in points]
    low = high = best
    while low > 0 and same[low - 1]:
        low -= 1
    while high + 1 < len(points) and same[high + 1]:
        high += 1
    return points[low].iteration, points[high].iteration


class References:
    """Late estimates of halves of the photons, by which all other estimates of the same halves are scored.

    `estimates` are over the data's scale, as squares of counts may be no numbers in single precision; two halves of one
    split stand side by side.
    """

    def __init__(self, estimates: Sequence[FloatArray]) -> None:
        self.estimates = tuple(estimates)
        self._noise = self._apart(self.estimates) / 2
        square = sum(float(np.sum(np.square(one), dtype=np.float64)) for one in self.estimates)
        self._power = max(square - float(self._noise.sum()), MIN_POWER_SHARE * square, 1e-300)

    def point(self, number: int, estimates: Sequence[FloatArray]) -> HeldOutPoint:
        """Return the score of the halves' estimates after so many iterations."""
        parts = (self._apart(estimates) - self._noise) / self._power
        return HeldOutPoint(of_full_data(number, estimates[0].ndim), float(parts.sum()), parts)

    def _apart(self, estimates: Sequence[FloatArray]) -> Parts:
        """Return the squared distance of each half's estimate from the other half's reference, by region."""
        others = [self.estimates[number ^ 1] for number in range(len(estimates))]
        squares = [squares_by_region(mine - other) for mine, other in zip(estimates, others, strict=True)]
        return np.asarray(np.sum(squares, axis=0), np.float64)


def of_full_data(number: int, axes: int) -> int:
    """Return how many iterations of the full data come closest to the object, if so many of halves do.

    The full data have less noise to stop at, so they need more, over all phantoms; a first iteration that is best
    stays the first.
    """
    factor, more = FULL_DATA[axes]
    return max(1, round(min(factor * number + more, 2 * number - 1)))


def of_halves(iterations: int, axes: int) -> int:
    """Return how many iterations of halves correspond to some of the full data."""
    factor, more = FULL_DATA[axes]
    return max(1, int(max((iterations - more) / factor, (iterations + 1) / 2) + 0.5))


def squares_by_region(values: FloatArray) -> Parts:
    """Return the sum of squares in each of the boxes into which an array is cut, as many along each axis."""
    pieces = round(REGIONS ** (1 / max(1, sum(length > 1 for length in values.shape))))
    sums: NDArray[Any] = np.square(values)
    for axis, length in reversed(list(enumerate(values.shape))):  # along rows first, which lie in memory as they are
        count = min(pieces, length)
        sums = np.add.reduceat(sums, np.arange(count) * length // count, axis=axis, dtype=np.float64)
    return sums.ravel()


def uncertainty_of_difference(parts: Parts, others: Parts) -> float:
    """Return the standard deviation of the difference of two scores, from those of their regions."""
    differences = parts - others
    if differences.size < 2:
        return math.inf
    return max(math.sqrt(differences.size) * float(np.std(differences, ddof=1)), float(np.finfo(np.float64).tiny))
