"""Rules that find the strength of a Wiener filter from the data alone.

Measured in benchmarks/wiener.py: `Balanced` is the best one throughout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from napari_deconvolve.core.algorithms.wiener import MAX_REGULARIZATION, MIN_REGULARIZATION, Rule, WienerFilter

BISECTIONS = 8  # bisections of nine factors of ten: the strength is known within 4 %
STRENGTHS_PER_DECADE = 50  # at which cross-validation is computed
MAX_NEGATIVE_SHARE = 0.5  # most negative value over the maximum that no good estimate of benchmarks/wiener.py has
FREEDOM_WEIGHT = 1.8  # of each degree of freedom; measured: 1.4 errs by up to 1.35 in stacks, 2 begins to oversmooth


@dataclass(frozen=True, slots=True)
class MostNegative:
    """The least strength whose estimate is nowhere more negative than a part of its maximum.

    The negative values are noise and rings, as light is positive. Its errors are on the smooth side.
    """

    limit: float = 0.1

    def __call__(self, ready: WienerFilter, least: float = MIN_REGULARIZATION) -> float:
        """Find the strength, not below `least`."""
        if self.holds(ready, least):
            return least
        low, high = math.log(least), math.log(max(MAX_REGULARIZATION, least))
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            if self.holds(ready, math.exp(middle)):
                high = middle
            else:
                low = middle
        return float(math.exp(high))

    def holds(self, ready: WienerFilter, strength: float) -> bool:
        """Return whether an estimate is within the limit."""
        estimate = ready.estimate(strength)
        return float(-estimate.min()) <= self.limit * max(float(estimate.max()), 0.0)


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """The strength that predicts left-out voxels best: generalised cross-validation.

    ``mean((1 - A)^2 |D|^2) / (1 - weight mean(A))^2`` with ``A = |H|^2/(|H|^2 + strength)`` is least (Golub, Heath &
    Wahba 1979, Technometrics 21:215). Of several minima, the one of the greatest strength counts. The weight 1 of each
    degree of freedom is the original, which occasionally fits noise as signal; more prevents that (Kim & Gu 2004, J. R.
    Stat. Soc. B 66:337, with 1.2 to 1.4).
    """

    weight: float = 1.0

    def __call__(self, ready: WienerFilter) -> float:
        """Find the strength."""
        powers = ready.powers()
        strengths = np.logspace(
            math.log10(MIN_REGULARIZATION),
            math.log10(MAX_REGULARIZATION),
            round(STRENGTHS_PER_DECADE * math.log10(MAX_REGULARIZATION / MIN_REGULARIZATION)) + 1,
        )
        kept = powers.blur / (powers.blur + strengths[:, np.newaxis])
        total = max(float(powers.count.sum()), 1.0)
        misfit = ((1 - kept) ** 2 @ powers.data) / total
        freedom = 1 - self.weight * (kept @ powers.count) / total
        scores = np.full(len(strengths), np.inf)
        np.divide(misfit, freedom**2, out=scores, where=freedom > 0)
        place = len(scores) - 1
        while place > 0 and scores[place - 1] <= scores[place]:
            place -= 1
        return float(strengths[place])


@dataclass(frozen=True, slots=True)
class Balanced:
    """Cross-validation with weighted degrees of freedom, bounded to estimates that are not mostly noise.

    Cross-validation assumes independent noise of neighbours; where it is not, as after resampling, it fits noise
    as signal. Then half of the estimate is negative, and the strength is raised until it is not.
    """

    def __call__(self, ready: WienerFilter) -> float:
        """Find the strength."""
        return MostNegative(MAX_NEGATIVE_SHARE)(ready, CrossValidation(FREEDOM_WEIGHT)(ready))


RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {"auto": Balanced(), "negative": MostNegative(), "gcv": CrossValidation()}
)
