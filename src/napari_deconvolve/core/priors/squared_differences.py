"""The base of priors that are functions of the sum of squared differences, majorized by parabolas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.priors.differences import Patch
from napari_deconvolve.core.priors.majorizers import (
    Bend,
    Operator,
    RowSums,
    Strides,
    Surrogate,
    between_parabolas,
    first_differences,
    parabolas,
    squares,
)
from napari_deconvolve.core.priors.prior import Prior


@dataclass(frozen=True, slots=True)
class SquaredDifferences(Prior):
    """A penalty f(S) of the sum S of squared differences.

    Attributes
    ----------
    edge : float
        Over the mean signal: the penalty grows as sqrt(S) from there on; 0 for S itself.
    """

    edge: ClassVar[float] = 0.0

    def value(self, patch: Patch, spacing: Sequence[float], mean: float) -> RowSums:
        """See `Prior`."""
        size, _ = squares(patch, self.operators(patch, spacing))
        return self.bend(mean).cost(patch, size)

    def surrogate(self, patch: Patch, spacing: Sequence[float], mean: float) -> Surrogate:
        """See `Prior`."""
        return parabolas(patch, self.operators(patch, spacing), self.bend(mean))

    def balance(self, corrected: FloatArray, trust: FloatArray, wish: FloatArray, mean: float) -> None:
        """See `Prior`."""
        between_parabolas(corrected, trust, wish, mean)

    def operators(self, patch: Strides, spacing: Sequence[float]) -> list[Operator]:
        """Return the differences, as steps in memory with the factors of their squares."""
        return first_differences(patch, spacing)

    def bend(self, mean: float) -> Bend:
        """Return f, for the data's mean signal."""
        return Bend(mean, self.edge * mean)
