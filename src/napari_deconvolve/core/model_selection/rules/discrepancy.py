"""The first iteration whose misfit is what noise alone leaves."""

from __future__ import annotations

from typing import ClassVar

from napari_deconvolve.core.algorithms.iterate import StopRule, after
from napari_deconvolve.core.model_selection.rules.base import STOP_RULES, StopRuleKind
from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS, Discrepancy


class DiscrepancyRule(StopRuleKind):
    """Morozov's principle for photon counts (Bertero et al. 2010, Inverse Probl. 26:105004)."""

    name: ClassVar[str] = "discrepancy"
    meaning: ClassVar[str] = "when only noise is left (needs the gain)"
    rank: ClassVar[int] = 3
    searches: ClassVar[bool] = False
    measures_gain: ClassVar[bool] = True

    def conditions(self, samples: int, gain: float) -> tuple[StopRule, ...]:
        """Return the discrepancy, and a bound."""
        return Discrepancy(samples, gain), after(MAX_SEARCH_ITERATIONS)


STOP_RULES.add(DiscrepancyRule())
