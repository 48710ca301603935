"""A choice of layers: magicgui's box, which knows layers by themselves and not by their names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from magicgui.widgets import ComboBox
from qtpy.QtCore import Qt

from napari_deconvolve._napari.kit.forms import identify, narrow


class LayerBox(ComboBox):  # type: ignore[misc]
    """magicgui's box of layers that keeps its choice when layers come, go, move or are renamed.

    Its `value` is the chosen layer or None, `changed` says that it is another; `native` is the Qt widget.

    Parameters
    ----------
    name, label, tip : str
        Qt name, name for screen readers, and tooltip.
    none : str
        An entry that means no layer; empty for a box without.
    none_last : bool
        Whether that entry comes last.
    """

    def __init__(self, name: str, label: str, tip: str, *, none: str = "", none_last: bool = False) -> None:
        self._layers: tuple[Any, ...] = ()
        self._none, self._none_last = none, none_last
        super().__init__(name=name, label=label, choices=LayerBox._entries)
        identify(self.native, name, label, tip)
        narrow(self.native)

    def offer(self, layers: Iterable[Any], default: Any = None) -> None:
        """Show these layers; the chosen one stays chosen while it is there, else `default` is taken."""
        before = self.value
        self._layers = tuple(layers)
        wanted = before if before is not None and any(before is layer for layer in self._layers) else default
        with self.changed.blocked():
            self.reset_choices()
            self.choose(wanted)
        if self.value is not before:
            self.changed.emit(self.value)

    def choose(self, layer: Any) -> None:
        """Choose a layer that is offered; any other means "none" where there is that entry, else nothing."""
        offered = layer is not None and any(layer is one for one in self._layers)
        self.set_value(layer if offered else None)

    def reset_choices(self, *_: Any) -> None:
        """Show the layers under their present names: magicgui would take a renamed layer for another."""
        before = self.value
        with self.changed.blocked():
            self.native.clear()
            super().reset_choices()
            for place in range(self.native.count()):
                known = self.native.itemData(place) is not None
                tip = self.native.itemText(place) if known else None  # the box may be too narrow for the name
                self.native.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
            self.choose(before)

    def _entries(self) -> list[tuple[str, Any]]:
        entries = [(layer.name, layer) for layer in self._layers]
        none = [(self._none, None)] if self._none else []
        return entries + none if self._none_last else none + entries

    def _on_value_change(self, value: Any = None) -> None:
        """Tell of None too: magicgui would not, since no type says that there may be no layer."""
        self.changed.emit(value)
