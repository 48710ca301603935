"""Hold to see the input: layers that are covered by others, shown alone as long as a button is pressed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Blink:
    """Shows one layer in place of others, and afterwards all as it was."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, bool]] = []

    def press(self, shown: Any | None, hidden: Iterable[Any]) -> None:
        """Show a layer and hide others; nothing happens without a layer, or when it is pressed already."""
        if self._before or shown is None:
            return
        covering = [layer for layer in hidden if layer.visible]
        self._before = [(shown, shown.visible), *((layer, True) for layer in covering)]
        shown.visible = True
        for layer in covering:
            layer.visible = False

    def release(self) -> None:
        """Let all be seen as before."""
        for layer, visible in self._before:
            layer.visible = visible
        self._before = []
