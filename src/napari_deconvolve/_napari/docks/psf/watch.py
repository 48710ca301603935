"""What is heard of layers whose samples or place make another PSF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

EDITS = ("scale", "units", "data")  # of a layer, that make another PSF

Slot = Callable[[Any], None]


class LayerWatch:
    """Hears of edited scales, units and samples, and of layers that are hidden, of some layers at a time."""

    def __init__(self, edited: Slot, hidden: Slot) -> None:
        self._edited, self._hidden = edited, hidden
        self.layers: list[Any] = []

    def follow(self, layers: Sequence[Any]) -> None:
        """Listen to these layers, and to no others any more."""
        for layer in self.layers:
            for name in EDITS:
                getattr(layer.events, name).disconnect(self._edited)
            layer.events.visible.disconnect(self._hidden)
        self.layers = list(layers)
        for layer in self.layers:
            for name in EDITS:
                getattr(layer.events, name).connect(self._edited)
            layer.events.visible.connect(self._hidden)
