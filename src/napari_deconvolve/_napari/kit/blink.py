"""Hold to see the input: layers that are covered by others, shown alone as long as a button is pressed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Blink:
    """Shows one layer in place of others, and afterwards all as it was."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, bool]] = []

    def press(self, shown: Iterable[Any], hidden: Iterable[Any]) -> None:
        """Show layers and hide others; nothing happens without a layer, or when it is pressed already."""
        shown = [layer for layer in shown if layer is not None]
        if self._before or not shown:
            return
        covering = [layer for layer in hidden if layer.visible]
        self._before = [*((layer, layer.visible) for layer in shown), *((layer, True) for layer in covering)]
        for layer in shown:
            layer.visible = True
        for layer in covering:
            layer.visible = False

    def release(self) -> None:
        """Let all be seen as before."""
        for layer, visible in self._before:
            layer.visible = visible
        self._before = []
