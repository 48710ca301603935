"""The rules by which the number of iterations is chosen, one file each."""

from napari_deconvolve.core.model_selection.rules.base import STOP_RULES, ScoreSearch, StopRuleKind

__all__ = ["STOP_RULES", "ScoreSearch", "StopRuleKind"]
