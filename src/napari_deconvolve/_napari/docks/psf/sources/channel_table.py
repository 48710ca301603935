"""A table of the channels' wavelengths, and where they are remembered."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap, QResizeEvent
from qtpy.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from napari_deconvolve._napari.docks.psf.fields import ChoiceField
from napari_deconvolve._napari.docks.psf.presets import Dye
from napari_deconvolve._napari.docks.psf.wavelengths import WavelengthDelegate
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.layers.optics import short_name

WAVELENGTHS = ("emission_um", "excitation_um")
HEADS = ("Channel", "Emission", "Excitation", "Dye")
DYE = 3  # the column of the dyes, which stands behind the names
VISIBLE_ROWS = 4  # that are seen without scrolling
DOT, ROW_HEIGHT = 10, 28  # pixels
SAME_UM = 0.0005  # between wavelengths that are the same in nm
NAME_WIDTH, WAVE_WIDTH = 78, 60  # pixels of the columns of names and of wavelengths
SHORT, NARROW = 52, 290  # pixels of a column of names in a table that is narrower than this
OTHER_DYE = "(other)"


class ChannelTable(QTableWidget):  # type: ignore[misc]
    """One row per channel: its colour and name, its dye, and its wavelengths: held in um, shown and typed in nm.

    Attributes
    ----------
    changed : Signal(int, str, float)
        Row, parameter and value that the user entered.
    """

    changed = Signal(int, str, float)

    def __init__(self) -> None:
        super().__init__(0, len(HEADS))
        words = "The dye of each channel, and the wavelengths that it detects and excites, in nm; edit by a click."
        identify(self, "emissions", "Wavelengths of the channels", words)
        self.setHorizontalHeaderLabels(HEADS)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setItemDelegate(WavelengthDelegate(self))
        self.setEditTriggers(self.EditTrigger.AllEditTriggers)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(30)
        header.moveSection(DYE, 1)
        header.setSectionResizeMode(DYE, QHeaderView.ResizeMode.Stretch)
        for column, width in ((0, NAME_WIDTH), (1, WAVE_WIDTH), (2, WAVE_WIDTH)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, width)
        self.cellChanged.connect(self._edited)

    def show_channels(
        self, channels: Sequence[tuple[Any, Mapping[str, float]]], excitation: bool, dyes: Sequence[Dye]
    ) -> None:
        """Show layers with their wavelengths, without telling anybody."""
        self.blockSignals(True)
        self.setRowCount(len(channels))
        self.setColumnHidden(2, not excitation)
        for row, (layer, light) in enumerate(channels):
            for column, text in enumerate((layer.name, *(_shown(light[key]) for key in WAVELENGTHS))):
                item = self.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    self.setItem(row, column, item)
                item.setText(text)
                if column == 0:
                    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                    item.setToolTip(layer.name)
                    item.setIcon(_dot(layer))
            self._show_dye(row, layer, light["emission_um"], dyes)
        self.blockSignals(False)
        self.horizontalHeader().setVisible(excitation)  # which of two wavelengths is which
        height = (self.horizontalHeader().sizeHint().height() if excitation else 0) + 4
        self.setFixedHeight(height + max(1, min(VISIBLE_ROWS, len(channels))) * ROW_HEIGHT)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 - Qt's name
        """Leave the dyes room in a narrow dock."""
        super().resizeEvent(event)
        self.setColumnWidth(0, NAME_WIDTH if self.width() >= NARROW else SHORT)

    def _show_dye(self, row: int, layer: Any, emission: float, dyes: Sequence[Dye]) -> None:
        box = self.cellWidget(row, DYE)
        if not isinstance(box, ChoiceField):
            box = ChoiceField(f"dye_{row}")
            box.currentIndexChanged.connect(lambda _, row=row, box=box: self._dye_chosen(row, box))
            self.setCellWidget(row, DYE, box)
        label = f"Dye of {short_name(layer)}"
        identify(box, f"dye_{row}", label, f"{label}: sets its emission and excitation.")
        known = [dye for dye in dyes if abs(dye.emission_um - emission) < SAME_UM]
        last = box.currentData()
        named = [dye for dye in known if dye.name in layer.name]
        best = last if last in known else next(iter([*named, *known]), None)
        box.fill([(OTHER_DYE, None), *((dye.name, dye) for dye in dyes)], best)

    def _dye_chosen(self, row: int, box: ChoiceField) -> None:
        dye = box.currentData()
        if dye is not None:
            for name in WAVELENGTHS:
                self.changed.emit(row, name, getattr(dye, name))

    def _edited(self, row: int, column: int) -> None:
        if column not in (1, 2):
            return
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


def _dot(layer: Any) -> QIcon:
    """Return a dot in the colour of a layer's brightest pixels."""
    red, green, blue = (float(part) for part in layer.colormap.colors[-1][:3])
    picture = QPixmap(DOT, DOT)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor.fromRgbF(red, green, blue))
    painter.drawEllipse(1, 1, DOT - 2, DOT - 2)
    painter.end()
    return QIcon(picture)
