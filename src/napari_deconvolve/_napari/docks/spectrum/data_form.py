"""The upper part of the dock "Spectrum": which data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, QSignalBlocker, Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QPushButton, QWidget

from napari_deconvolve._napari.docks.spectrum.data import (
    AXIS,
    DATA_SOURCES,
    FILE,
    LINE,
    DataChoice,
    axis_names,
    default_axis,
    others,
)
from napari_deconvolve._napari.docks.spectrum.file_columns import FileColumns
from napari_deconvolve._napari.kit.forms import Remarks, beside, choice_box, identify, row
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.layers.source import read

CLICK = "click in the viewer"


class DataForm(QObject):  # type: ignore[misc]
    """Source, and what it asks for; `choice` says what they are, `changed` that they are others.

    Signals
    -------
    open_file()
        The user wants to look for a file.
    draw_line()
        The user wants to draw a line over the image.
    """

    changed = Signal()
    open_file = Signal()
    draw_line = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.touched = False  # whether the user chose the source
        self.uneven = False  # whether the file has to be resampled
        self.columns = FileColumns(self)
        self._make_file_fields()
        self._make_layer_fields()
        self.said = Remarks("data_info")
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._connect()

    def _make_file_fields(self) -> None:
        self.source: QComboBox = identify(
            choice_box(DATA_SOURCES),
            "source",
            "Source",
            "Where the data are: in a file; in a layer, as a row, a column or the spectrum at a point; or along a line "
            "that is drawn over a layer.",
        )
        self.data: QLineEdit = identify(
            QLineEdit(),
            "data",
            "Data",
            "File with the data: CSV, TXT or NPY; drag one here, type its path, or open it.",
        )
        self.data.setPlaceholderText("CSV, TXT or NPY")
        self.open_button: QPushButton = identify(QPushButton("Open…"), "open", "Open data", "Look for a file.")
        self.resample: QCheckBox = identify(
            QCheckBox("Resample to equal steps"),
            "resample",
            "Resample to equal steps",
            "The file's positions are not evenly spaced: take values at equal steps between them.",
        )

    def _make_layer_fields(self) -> None:
        self.layer = LayerBox("layer", "Layer", "The image layer that the data are taken from.")
        self.axis: QComboBox = identify(
            choice_box([]),
            "axis",
            "Axis",
            "Along which axis the spectrum lies: the last one gives a row of an image, the one before a column.",
        )
        self.at: QLineEdit = identify(
            QLineEdit(),
            "at",
            "Where on the other axes",
            "The spectrum's place on the other axes, in samples, one number for each. Click into the image to take "
            "another, or choose a Points layer.",
        )
        self.points = LayerBox(
            "points",
            "Place by",
            "Take the place by a click into the image, or from the selected point of a Points layer, else its last.",
            none=CLICK,
        )
        self.shapes = LayerBox("shapes", "Line", "The Shapes layer with the line: the selected one, else the last.")
        self.draw: QPushButton = identify(
            QPushButton("Draw"), "draw", "Draw a line", "Make a Shapes layer, ready to draw a line over the image."
        )

    def rows(self, rows: QFormLayout) -> None:
        """Add the fields to a form."""
        row(rows, "Source", self.source)
        self._row(rows, "data", "Data", beside(self.data, self.open_button), self.data)
        self._row(rows, "axis_column", "Axis column", self.columns.axis)
        self._row(rows, "column", "Column", self.columns.data)
        self._row(rows, "resample", "", self.resample)
        self._row(rows, "layer", "Layer", self.layer.native)
        self._row(rows, "axis", "Axis", self.axis)
        self._row(rows, "at", "At", self.at)
        self._row(rows, "points", "Place by", self.points.native)
        self._row(rows, "shapes", "Line", beside(self.shapes.native, self.draw), self.shapes.native)
        rows.addRow(self.said)
        self.look()

    def _row(self, rows: QFormLayout, name: str, text: str, field: QWidget, buddy: QWidget | None = None) -> None:
        self._rows[name] = (row(rows, text, field, buddy=buddy), field)

    def _connect(self) -> None:
        self.source.activated.connect(lambda _index: self._choose_source())
        self.source.currentTextChanged.connect(self._changed)
        self.data.textChanged.connect(self._named)
        self.columns.changed.connect(self._changed)
        self.layer.changed.connect(self._layer_chosen)
        self.axis.currentIndexChanged.connect(self._axis_chosen)
        self.at.textChanged.connect(self._changed)
        self.resample.toggled.connect(self._changed)
        for box in (self.points, self.shapes):
            box.changed.connect(self._changed)
        self.open_button.clicked.connect(lambda _checked=False: self.open_file.emit())
        self.draw.clicked.connect(lambda _checked=False: self.draw_line.emit())

    # ---- what it says

    def choice(self) -> DataChoice:
        """Return what is chosen."""
        return DataChoice(
            source=self.source.currentText(),
            path=self.data.text(),
            column=self.columns.number,
            axis_column=self.columns.axis_number,
            layer=self.layer.value,
            axis=self.axis.currentIndex(),
            at=self.at.text(),
            shapes=self.shapes.value,
            resample=self.resample.isChecked(),
        )

    def take_file(self, path: str) -> None:
        """Choose a file."""
        self.touched = True
        with QSignalBlocker(self):
            self.source.setCurrentText(FILE)
            self.data.setText(path)
        self._changed()

    def show_uneven(self, uneven: bool) -> None:
        """Offer resampling to a file that needs it."""
        self.uneven = uneven
        self.look()

    def set_place(self, text: str) -> None:
        """Choose another place on the other axes."""
        if text != self.at.text():
            self.at.setText(text)

    def values(self) -> dict[str, Any]:
        """Return what is remembered beside the layers."""
        return {
            "source": self.source.currentText(),
            "data": self.data.text(),
            **self.columns.values(),
            "axis": self.axis.currentIndex(),
            "at": self.at.text(),
            "resample": self.resample.isChecked(),
            "touched": self.touched,
        }

    def set_values(self, values: dict[str, Any]) -> None:
        """Set what was remembered; the axis needs its layer to be chosen before."""
        with QSignalBlocker(self):
            self.touched = bool(values.get("touched", self.touched))
            self.source.setCurrentText(values.get("source", self.source.currentText()))
            self.data.setText(values.get("data", self.data.text()))
            self.columns.set_values(values)
            self.axis.setCurrentIndex(int(values.get("axis", self.axis.currentIndex())))
            self.at.setText(values.get("at", self.at.text()))
            self.resample.setChecked(bool(values.get("resample", False)))
        self.look()

    # ---- which layers there are

    def offer(
        self,
        images: list[Any],
        points: list[Any],
        shapes: list[Any],
        default: Any,
        fits: Callable[[Any], bool] | None = None,
    ) -> None:
        """Follow the viewer's layers; a layer that was chosen by itself has to go on fitting."""
        with QSignalBlocker(self):
            self.layer.offer(images, default, fits)
            self.points.offer(points)
            self.shapes.offer(shapes, shapes[-1] if shapes else None)
            if not self.touched and not self.data.text():
                self.source.setCurrentText(AXIS if images else FILE)
            self._name_axes()
        self.look()

    def look(self) -> None:
        """Show the fields that count."""
        source = self.source.currentText()
        counts = {
            "data": source == FILE,
            "axis_column": source == FILE and self.columns.axis.count() > 1,
            "column": source == FILE and self.columns.data.count() > 1,
            "resample": source == FILE and self.uneven,
            "layer": source != FILE,
            "axis": source == AXIS,
            "at": source == AXIS and self.has_places,
            "points": source == AXIS and self.has_places,
            "shapes": source == LINE,
        }
        lengths = self.other_lengths()
        self.at.setPlaceholderText(f"{', '.join(str(length // 2) for length in lengths)} (the middle)")
        for name, yes in counts.items():
            for widget in self._rows.get(name, ()):
                widget.setVisible(yes)

    def other_lengths(self) -> tuple[int, ...]:
        """Return the lengths of the layer's axes besides the spectrum's."""
        layer = self.layer.value
        return () if layer is None or layer.rgb else others(read(layer).shape, self.axis.currentIndex())

    @property
    def has_places(self) -> bool:
        """Whether there is a place to choose on the other axes."""
        return any(length > 1 for length in self.other_lengths())

    def _choose_source(self) -> None:
        self.touched = True

    def _named(self, text: str) -> None:
        self.columns.forget()  # they were another file's
        self._changed()

    def _layer_chosen(self) -> None:
        with QSignalBlocker(self):
            self._name_axes()
        self._changed()

    def _axis_chosen(self, index: int) -> None:
        with QSignalBlocker(self.at):
            self.at.setText("")  # the numbers meant other axes
        self._changed()

    def _name_axes(self) -> None:
        """Offer the axes of the layer; another layer begins with the axis that its spectra most likely have."""
        layer = self.layer.value
        usable = layer is not None and not layer.rgb
        names = axis_names(layer) if usable else []
        known = [self.axis.itemText(index) for index in range(self.axis.count())]
        if names == known and self.axis.property("layer") == id(layer):
            return
        same = self.axis.property("layer") == id(layer)
        before = self.axis.currentIndex()
        with QSignalBlocker(self.axis):
            self.axis.clear()
            self.axis.addItems(names)
            if usable:
                self.axis.setCurrentIndex(before if same and before >= 0 else default_axis(layer))
        self.axis.setProperty("layer", id(layer))
        if not same:
            self.at.setText("")

    def _changed(self, *_: Any) -> None:
        self.look()
        self.changed.emit()
