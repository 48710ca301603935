"""The first iteration that hardly changes the fit, as other programs stop."""

from __future__ import annotations

from typing import ClassVar

from napari_deconvolve.core.algorithms.iterate import StopRule, after
from napari_deconvolve.core.model_selection.rules.base import STOP_RULES, StopRuleKind
from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS, RelativeChange


class ChangeRule(StopRuleKind):
    """A threshold on the relative change of the deviance; it knows nothing of noise."""

    name: ClassVar[str] = "change"
    meaning: ClassVar[str] = "when the fit hardly gets better"
    rank: ClassVar[int] = 4
    searches: ClassVar[bool] = False

    def conditions(self, samples: int, gain: float) -> tuple[StopRule, ...]:
        """Return the relative change, and a bound."""
        return RelativeChange(), after(MAX_SEARCH_ITERATIONS)


STOP_RULES.add(ChangeRule())
