"""A choice of layers: magicgui's box, which knows layers by themselves and not by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from magicgui.widgets import ComboBox
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_deconvolve._napari.kit.forms import identify, narrow

MIN_WIDTH = 60  # pixels: long names are cut by an ellipsis


class LayerBox(ComboBox):  # type: ignore[misc]
    """magicgui's box of layers that keeps its choice when layers come, go, move or are renamed.

    Its `value` is the chosen layer or None, `changed` says that it is another; `native` is the Qt widget. `none` is an
    entry that means no layer, where there is one, and `empty` what a box without layers says. What a person chose stays
    as long as it is there; a choice that was made by itself stays as long as it fits.

    Attributes
    ----------
    settled : bool
        Whether a person chose, and not the box by itself.
    choosy : bool
        Whether not every layer fits.
    """

    def __init__(
        self, name: str, label: str, tip: str, *, none: str = "", none_last: bool = False, empty: str = ""
    ) -> None:
        self._layers: tuple[Any, ...] = ()
        self.settled, self.choosy, self._arranging = False, False, False
        self._none, self._none_last, self._empty = none, none_last, empty
        super().__init__(name=name, label=label, choices=LayerBox._entries)
        identify(self.native, name, label, tip)
        self.native.activated.connect(lambda _place: self.settle())  # also when it is the one that was there
        narrow(self.native)

    def offer(self, layers: Iterable[Any], default: Any = None, fits: Callable[[Any], bool] | None = None) -> None:
        """Show these layers, and keep the chosen one while it is there, else take `default`.

        A layer that the box chose by itself has to go on fitting, where `fits` says which do.
        """
        before, self.choosy = self.value, fits is not None
        self._layers = tuple(layers)
        there = before is not None and any(before is layer for layer in self._layers)
        self.settled = self.settled and there
        kept = there and (self.settled or fits is None or fits(before))
        with self._by_itself():
            self.reset_choices()
            self._take(before if kept else default)
        if self.value is not before:
            self.changed.emit(self.value)

    def fill(self, layers: Iterable[Any], chosen: Any = None) -> None:
        """Show these layers, one of them chosen, without telling anybody; any other means the first entry."""
        with self._by_itself():
            self._layers = tuple(layers)
            self.reset_choices()
            self._take(chosen)
            if self.native.currentIndex() < 0:
                self.native.setCurrentIndex(0)

    def shrink(self) -> None:
        """Let the box become as narrow as the dock, and leave the wheel to the form around it."""
        self.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.native.setMinimumWidth(MIN_WIDTH)
        self._still = _Still(self.native)

    def choose(self, layer: Any) -> None:
        """Choose a layer that is offered, for a person; any other means "none" where there is that entry."""
        self._take(layer)
        self.settled = self.value is not None

    def settle(self) -> None:
        """Take what is chosen for a person's choice, as somebody has used it."""
        self.settled = self.value is not None

    def _take(self, layer: Any) -> None:
        offered = layer is not None and any(layer is one for one in self._layers)
        self.set_value(layer if offered else None)

    @contextmanager
    def _by_itself(self) -> Iterator[None]:
        """Let the box change without telling anybody, and without taking it for a person's choice."""
        was, self._arranging = self._arranging, True
        try:
            with self.changed.blocked():
                yield
        finally:
            self._arranging = was

    def reset_choices(self, *_: Any) -> None:
        """Show the layers under their present names: magicgui would take a renamed layer for another."""
        before = self.value
        with self._by_itself():
            self.native.clear()
            super().reset_choices()
            for place in range(self.native.count()):
                known = self.native.itemData(place) is not None
                tip = self.native.itemText(place) if known else None  # the box may be too narrow for the name
                self.native.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
            self._take(before)

    def _entries(self) -> list[tuple[str, Any]]:
        entries = [(layer.name, layer) for layer in self._layers]
        if not entries and self._empty:
            return [(self._empty, None)]
        none = [(self._none, None)] if self._none else []
        return entries + none if self._none_last else none + entries

    def _on_value_change(self, value: Any = None) -> None:
        """Tell of None too: magicgui would not, since no type says that there may be no layer."""
        if not self._arranging:
            self.settle()
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
