"""The number at which two halves of the photons agree best on the object (see `held_out`)."""

from __future__ import annotations

from typing import ClassVar

from napari_deconvolve.core.model_selection.rules.base import STOP_RULES, StopRuleKind


class HeldOutRule(StopRuleKind):
    """Held-out splits judge the object itself; the search for settings uses them directly."""

    name: ClassVar[str] = "halves"
    meaning: ClassVar[str] = "by whether two halves of the photons lead to the same object"
    rank: ClassVar[int] = 0
    judges_settings: ClassVar[bool] = True
    measures_gain: ClassVar[bool] = True


STOP_RULES.add(HeldOutRule())
