"""The number of the least estimated error of the blurred image (see `risk`)."""

from __future__ import annotations

from typing import ClassVar

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.rules.base import STOP_RULES, ScoreSearch, StopRuleKind
from napari_deconvolve.core.model_selection.search import MakeIteration, RiskSearch


class RiskRule(StopRuleKind):
    """An unbiased estimate of the risk, calibrated on the run unless the gain is given."""

    name: ClassVar[str] = "risk"
    meaning: ClassVar[str] = "by the error of the blurred image"
    rank: ClassVar[int] = 1

    def search(self, make: MakeIteration, noise: PoissonData, psf: FloatArray, gain: float | None) -> ScoreSearch:
        """Return a search by the risk."""
        return RiskSearch(make, noise, psf, gain)


STOP_RULES.add(RiskRule())
