"""A table of the channels' wavelengths, and where they are remembered."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from napari_deconvolve._napari.kit.forms import identify

WAVELENGTHS = ("emission_um", "excitation_um")
HEADS = ("Channel", "Emission µm", "Excitation")
VISIBLE_ROWS = 5  # that are seen without scrolling


class ChannelTable(QTableWidget):  # type: ignore[misc]
    """One row per channel: its name, and its wavelengths in um, which can be edited.

    Attributes
    ----------
    changed : Signal(int, str, float)
        Row, parameter and value that the user entered.
    """

    changed = Signal(int, str, float)

    def __init__(self) -> None:
        super().__init__(0, len(HEADS))
        words = "What each channel detects and excites, in µm; edit by a click."
        identify(self, "emissions", "Wavelengths of the channels", words)
        self.setHorizontalHeaderLabels(HEADS)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.cellChanged.connect(self._edited)

    def show_channels(self, channels: Sequence[tuple[str, Mapping[str, float]]], excitation: bool) -> None:
        """Show names and wavelengths, without telling anybody."""
        self.blockSignals(True)
        self.setRowCount(len(channels))
        self.setColumnHidden(2, not excitation)
        for row, (name, light) in enumerate(channels):
            for column, text in enumerate((name, *(_shown(light[key]) for key in WAVELENGTHS))):
                item = self.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    self.setItem(row, column, item)
                item.setText(text)
                if column == 0:
                    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                    item.setToolTip(name)
        self.blockSignals(False)
        height = self.horizontalHeader().sizeHint().height() + 4
        self.setFixedHeight(
            height + max(1, min(VISIBLE_ROWS, len(channels))) * self.verticalHeader().defaultSectionSize()
        )

    def _edited(self, row: int, column: int) -> None:
        text = self.item(row, column).text().strip().lower()
        try:
            value = 0.0 if column == 2 and text in ("", "auto") else float(text)
        except ValueError:
            value = -1.0  # refused in words, where the PSF is made
        self.changed.emit(row, WAVELENGTHS[column - 1], value)


def light_of(memory: MutableMapping[str, Any], layer: Any | None) -> Mapping[str, Any]:
    """Return what was typed for an image layer, by the parameters' names."""
    return {} if layer is None else _typed(memory).get(layer, {})


def remember_light(memory: MutableMapping[str, Any], layer: Any, name: str, value: Any) -> None:
    """Remember what was typed for an image layer, for as long as the layer lives."""
    _typed(memory).setdefault(layer, {})[name] = value


def _typed(memory: MutableMapping[str, Any]) -> WeakKeyDictionary[Any, dict[str, Any]]:
    typed: WeakKeyDictionary[Any, dict[str, Any]] = memory.setdefault("optics_typed", WeakKeyDictionary())
    return typed


def _shown(value: float) -> str:
    return f"{value:.6g}" if value else "Auto"
