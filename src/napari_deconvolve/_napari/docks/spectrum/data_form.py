"""The upper part of the dock "Spectrum": which data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, QSignalBlocker, Signal
from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QWidget

from napari_deconvolve._napari.docks.spectrum.data import AXIS, FILE, LINE, DataChoice, axis_names, default_axis, others
from napari_deconvolve._napari.docks.spectrum.data_fields import DataFields
from napari_deconvolve._napari.docks.spectrum.rows import Row, Rows
from napari_deconvolve._napari.kit.forms import beside, form, row
from napari_deconvolve._napari.kit.holder import holder
from napari_deconvolve._napari.layers.source import pretty_unit, read
from napari_deconvolve._napari.work.remarks import Remark
from napari_deconvolve.io.spectrum import Spectrum


class DataForm(DataFields):
    """The list, and the fields of the chosen one; `choice` says what they are, `changed` that they are others.

    Signals
    -------
    open_file()
        The user wants to look for files.
    draw_line()
        The user wants to draw a line over the image.
    """

    changed = Signal()
    open_file = Signal()
    draw_line = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.touched = False  # whether the user chose the source
        self._wide = False
        self.uneven = False  # whether the file has to be resampled
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._connect()

    def rows(self, rows: QFormLayout) -> None:
        """Add list and fields to a form."""
        links = QHBoxLayout()
        links.setSpacing(4)
        self._links = links
        links.addStretch(1)
        links.addWidget(self.open_button)
        links.addWidget(self.from_layer)
        rows.addRow(links)
        rows.addRow(self.table)
        rows.addRow(self.more)
        self._said = holder(self.said)
        rows.addRow(self._said)
        self._row(rows, "resample", "", self.resample)
        self._row(rows, "axis_column", "Axis", beside(self.columns.axis, self.unit), self.columns.axis)
        self._row(rows, "column", "Column", self.columns.data)
        self._row(rows, "axis", "Axis", self.axis)
        self._row(rows, "at", "At", self.at)
        self._row(rows, "shapes", "Line", beside(self.shapes.native, self.draw), self.shapes.native)
        less = form()
        row(less, "Source", self.source)
        self._row(less, "data", "File", self.data)
        self._row(less, "layer", "Layer", self.layer.native)
        self._row(less, "points", "Place by", self.points.native)
        self.more.body.setLayout(less)
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
        self.more.button.toggled.connect(self._unfold)

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
            points=self.points.value,
            shapes=self.shapes.value,
            resample=self.resample.isChecked(),
        )

    def show_row(self, one: Row) -> None:
        """Show the fields of a row of the list."""
        choice = one.choice
        with QSignalBlocker(self):
            for box, layer in ((self.layer, choice.layer), (self.points, choice.points), (self.shapes, choice.shapes)):
                if layer is not None or box is self.points:
                    box.choose(layer)
            if choice.layer is not None:
                self.layer.settled = one.settled
            self._name_axes()
            self.columns.forget()
            blank = {"source": FILE, "data": "", "at": "", "column": 0, "axis_column": 0, "resample": False}
            self.set_values({**blank, **one.values})
        self.look()

    def spread(self, wide: bool) -> None:
        """Let the link that unfolds the source be the title, where there is no card with one."""
        button, own = self.more.button, self.more.layout()
        if wide:
            own.removeWidget(button)
            self._links.insertWidget(0, button)
        else:
            self._links.removeWidget(button)
            own.insertWidget(0, button)
        self._wide = wide
        self.more.setVisible(not wide or button.isChecked())
        self.more.button.setText("Data" if wide else "Source")
        font = self.more.button.font()
        font.setBold(wide)
        self.more.button.setFont(font)

    def show_list(self, rows: Rows) -> None:
        """Show the list."""
        seen = rows.seen
        self.table.show_rows(seen, seen.index(rows.current) if rows.current in seen else -1)

    def show_remark(self, remark: Remark, spectrum: Spectrum | None) -> None:
        """Show what is wrong with the data; how they were understood, to who asks for their source."""
        blank = self.source.currentText() == FILE and not self.data.text().strip()  # the foot says what to do
        self._said.setVisible((remark.level != "info" and not blank) or self.more.button.isChecked())
        unit = "" if spectrum is None or spectrum.unit == "pixel" else pretty_unit(spectrum.unit)
        self.unit.setText(unit)
        self.unit.setVisible(bool(unit))

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
            "middle": ", ".join(str(length // 2) for length in self.other_lengths()) if self.has_places else "",
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

    def _unfold(self, yes: bool) -> None:
        self.more.setVisible(yes or not self._wide)
        self._changed()

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
