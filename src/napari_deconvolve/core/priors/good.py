"""Good's roughness: R = sum (u_i - u_j)^2 / (u_i + u_j) over neighbours, which is about |Du|^2 / 2u."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.priors.differences import Patch
from napari_deconvolve.core.priors.majorizers import (
    RowSums,
    Surrogate,
    between_contrasts,
    contrast,
    contrasts,
    first_differences,
)
from napari_deconvolve.core.priors.prior import PRIORS, Prior


@dataclass(frozen=True, slots=True)
class GoodsRoughness(Prior):
    """Squared differences over brightness: noise of dark places is smoothed most.

    Good & Gaskins 1971, Biometrika 58:255; Verveer, Gemkow & Jovin 1999, J. Microsc. 193:50.

    Parameters
    ----------
    strength : float
        From 1e-6 to 1e3; around 3e-3 is a start.
    """

    name: ClassVar[str] = "good"
    rank: ClassVar[int] = 30
    short: ClassVar[str] = "Good"
    meaning: ClassVar[str] = "smooth where dark"
    noun: ClassVar[str] = "Good's roughness"
    source: ClassVar[str] = "Good & Gaskins 1971, Biometrika 58:255"
    relative_cost: ClassVar[float] = 2.4

    def value(self, patch: Patch, spacing: Sequence[float], mean: float) -> RowSums:
        """See `Prior`."""
        return contrast(patch, first_differences(patch, spacing))

    def surrogate(self, patch: Patch, spacing: Sequence[float], mean: float) -> Surrogate:
        """See `Prior`."""
        return contrasts(patch, first_differences(patch, spacing))

    def balance(self, corrected: FloatArray, trust: FloatArray, wish: FloatArray, mean: float) -> None:
        """See `Prior`."""
        between_contrasts(corrected, trust, wish)


PRIORS.add(GoodsRoughness)
