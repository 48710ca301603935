"""Layers shown or hidden for a while, and then as they were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from napari_deconvolve._napari.layers.covered import cover, is_covered
from napari_deconvolve._napari.work.per_viewer import unwrapped


@dataclass(slots=True)
class _Change:
    """What was made of a layer's visibility."""

    layer: Any
    visible: bool  # for a while
    covered: bool  # by its result before


class Visibility:
    """Shows and hides layers until all is put back; what a user shows or hides meanwhile stays so."""

    def __init__(self) -> None:
        self._changes: list[_Change] = []

    def show(self, layers: Iterable[Any], yes: bool = True) -> None:
        """Show layers, or hide them."""
        for layer in layers:
            covered = is_covered(layer)
            if bool(layer.visible) != yes:
                self._changes.append(_Change(layer, yes, covered))
                layer.visible = yes

    def restore(self, viewer: Any, results: dict[Any, Any] | None = None) -> None:
        """Put back what nobody else has changed since; `results` says what covers which input.

        An input that its result alone had hidden stays in view when that is gone.
        """
        changes, self._changes = self._changes, []
        there = {id(unwrapped(layer)) for layer in viewer.layers}
        for change in reversed(changes):
            layer = change.layer
            if id(layer) not in there or bool(layer.visible) != change.visible:
                continue
            result = (results or {}).get(layer)
            if change.covered and result is not None and id(result) not in there:
                continue
            if change.covered and result is not None:
                cover(layer, result)
            if bool(layer.visible) == change.visible:
                layer.visible = not change.visible
