"""The number that predicts photons best which were left out."""

from __future__ import annotations

from typing import ClassVar

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.rules.base import STOP_RULES, ScoreSearch, StopRuleKind
from napari_deconvolve.core.model_selection.search import MakeIteration, ThinningSearch


class ThinningRule(StopRuleKind):
    """A fifth of the photons is left out and predicted; without a gain, the step of the data is one."""

    name: ClassVar[str] = "thinning"
    meaning: ClassVar[str] = "by photons left out"
    rank: ClassVar[int] = 2

    def search(self, make: MakeIteration, noise: PoissonData, psf: FloatArray, gain: float | None) -> ScoreSearch:
        """Return a search by the photons left out."""
        return ThinningSearch(make, noise, psf, gain)


STOP_RULES.add(ThinningRule())
