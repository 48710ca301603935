"""A few points with weights: the kernel of side lobes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from napari_deconvolve._napari.psf.fields import NumberField
from napari_deconvolve._napari.psf.layers import AXES
from napari_deconvolve._napari.psf.request import Drawn, Grid, Numbers, Wanted, shown
from napari_deconvolve._napari.psf.sources.base import Place, SourcePanel, describe
from napari_deconvolve.psf import points

Row = tuple[str, ...]  # z, y, x, weight, as typed

ROWS = 5  # that are seen without scrolling
LONE: tuple[Row, ...] = (("0", "0", "0", "1"),)


@dataclass(frozen=True)
class Points(Wanted):
    """Points at offsets (in the grid's unit) from the centre."""

    offsets: tuple[Numbers, ...]
    weights: Numbers

    def draw(self, grid: Grid) -> Drawn:
        """Make the PSF."""
        return Drawn(points(self.offsets, self.weights, grid.steps, unit=grid.unit))

    def name(self, grid: Grid) -> str:
        """Name the layer of the PSF."""
        return f"PSF {len(self.weights)} point{'' if len(self.weights) == 1 else 's'}"


class PointsPanel(SourcePanel):
    """A table with one row per point, and a line that fills it for side lobes."""

    keys = ("points",)

    def build(self) -> None:
        """Make the fields."""
        self._axes = 3
        self.table = QTableWidget(0, 4)
        self.table.setObjectName("offsets")
        describe(self.table, "Points", "One row per point: its offset from the centre along each axis, and its weight.")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.cellChanged.connect(lambda *_: self._typed())
        self.place("offsets", "", self.table)
        self.message("offsets")
        self.place("rows", "", self._buttons())
        self.lobe_distance = self.add(
            "lobe_distance",
            "Lobes at ±",
            NumberField("lobe_distance"),
            "Distance of the side lobes from the centre, along the first axis of the PSF: of a 4Pi microscope, "
            "about half of the wavelength in the sample.",
            0.25,
        )
        self.lobe_height = self.add(
            "lobe_height",
            "Lobe height",
            NumberField("lobe_height"),
            "Height of each side lobe relative to the main peak, 1 being as high.",
            0.4,
        )
        fill = QPushButton("Fill in 4Pi side lobes")
        fill.setObjectName("side_lobes")
        describe(fill, "Fill in 4Pi side lobes", "Put a main peak and two side lobes into the table.")
        fill.clicked.connect(lambda _: self._fill_lobes())
        self.place("side_lobes", "", fill)

    def _buttons(self) -> QWidget:
        row = QWidget()
        inside = QHBoxLayout(row)
        inside.setContentsMargins(0, 0, 0, 0)
        for name, text, tip, slot in (
            ("add_point", "Add point", "Add a row to the table.", self._add),
            ("remove_point", "Remove point", "Remove the selected rows, or the last one.", self._remove),
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            describe(button, text, tip)
            button.clicked.connect(lambda _, do=slot: do())
            inside.addWidget(button)
        return row

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table, as typed."""
        rows: tuple[Row, ...] = self.values.get("rows", LONE)
        return rows

    def wanted(self, place: Place) -> Points:
        """Give what the fields ask for."""
        numbers = [[float(text) for text in row] for row in self.rows]
        return Points(tuple(tuple(row[3 - place.grid.axes : 3]) for row in numbers), tuple(row[3] for row in numbers))

    def problems(self, place: Place) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        for number, row in enumerate(self.rows, start=1):
            for head, text in zip((*AXES, "weight"), row, strict=True):
                try:
                    float(text)
                except ValueError:
                    return {"offsets": f"Point {number}: {head} is {text!r}; give a number."}
        return {}

    def failing(self) -> str:
        """Give the field below which an error is told that came of making the PSF."""
        return "offsets"

    def look(self, place: Place) -> None:
        """Show the axes of the PSF, with their unit."""
        unit = shown(place.grid.unit)
        self._axes = place.grid.axes
        self.table.setHorizontalHeaderLabels([*(f"{axis} ({unit})" for axis in AXES), "weight"])
        for column, axis in enumerate(AXES):
            self.table.setColumnHidden(column, axis not in AXES[-place.grid.axes :])
        self.lobe_distance.setSuffix(f" {unit}")

    def restore(self) -> None:
        """Put every field to what was entered, or to its default."""
        super().restore()
        self._show_rows()

    def _show_rows(self) -> None:
        table = self.table
        table.blockSignals(True)
        table.setRowCount(len(self.rows))
        for index, row in enumerate(self.rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                table.setItem(index, column, item)
        table.blockSignals(False)
        height = table.horizontalHeader().sizeHint().height() + 4
        table.setFixedHeight(height + max(2, min(ROWS, len(self.rows))) * table.verticalHeader().defaultSectionSize())

    def _typed(self) -> None:
        def text(item: Any) -> str:
            return item.text().strip() if item is not None else ""

        rows = range(self.table.rowCount())
        self._put(tuple(tuple(text(self.table.item(row, column)) for column in range(4)) for row in rows), show=False)

    def _put(self, rows: tuple[Row, ...], show: bool = True) -> None:
        self.values["rows"] = rows
        if show:
            self._show_rows()
        self.changed.emit()

    def _add(self) -> None:
        self._put((*self.rows, ("0", "0", "0", "0.5")))

    def _remove(self) -> None:
        chosen = {index.row() for index in self.table.selectionModel().selectedRows()} or {len(self.rows) - 1}
        left = tuple(row for index, row in enumerate(self.rows) if index not in chosen)
        self._put(left or LONE)

    def _fill_lobes(self) -> None:
        far, height = (f"{field.value():.6g}" for field in (self.lobe_distance, self.lobe_height))
        first = 3 - self._axes
        lobes = []
        for place, weight in ((f"-{far}", height), ("0", "1"), (far, height)):
            row = ["0", "0", "0", weight]
            row[first] = place
            lobes.append(tuple(row))
        self._put(tuple(lobes))
