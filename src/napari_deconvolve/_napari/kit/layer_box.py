"""A choice of layers: magicgui's box, which knows layers by themselves and not by their names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from magicgui.widgets import ComboBox
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_deconvolve._napari.kit.forms import identify, narrow

MIN_WIDTH = 60  # pixels: long names are cut by an ellipsis


class LayerBox(ComboBox):  # type: ignore[misc]
    """magicgui's box of layers that keeps its choice when layers come, go, move or are renamed.

    Its `value` is the chosen layer or None, `changed` says that it is another; `native` is the Qt widget. `none` is an
    entry that means no layer, where there is one, and `empty` what a box without layers says.
    """

    def __init__(
        self, name: str, label: str, tip: str, *, none: str = "", none_last: bool = False, empty: str = ""
    ) -> None:
        self._layers: tuple[Any, ...] = ()
        self._none, self._none_last, self._empty = none, none_last, empty
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

    def fill(self, layers: Iterable[Any], chosen: Any = None) -> None:
        """Show these layers, one of them chosen, without telling anybody; any other means the first entry."""
        with self.changed.blocked():
            self._layers = tuple(layers)
            self.reset_choices()
            self.choose(chosen)
            if self.native.currentIndex() < 0:
                self.native.setCurrentIndex(0)

    def shrink(self) -> None:
        """Let the box become as narrow as the dock, and leave the wheel to the form around it."""
        self.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.native.setMinimumWidth(MIN_WIDTH)
        self._still = _Still(self.native)

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
        if not entries and self._empty:
            return [(self._empty, None)]
        none = [(self._none, None)] if self._none else []
        return entries + none if self._none_last else none + entries

    def _on_value_change(self, value: Any = None) -> None:
        """Tell of None too: magicgui would not, since no type says that there may be no layer."""
        self.changed.emit(value)


class _Still(QObject):  # type: ignore[misc]
    """Keeps the wheel from a widget, which scrolls what is around it."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """Drop the wheel's events: called by Qt."""
        if event is None or event.type() != QEvent.Type.Wheel:
            return False
        event.ignore()
        return True
