"""A few points with weights: the kernel of side lobes."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from napari_deconvolve._napari.docks.psf.fields import Message, NumberField
from napari_deconvolve._napari.docks.psf.sources.base import Place, SourcePanel, button
from napari_deconvolve._napari.docks.psf.sources.field_values import put
from napari_deconvolve._napari.kit.buttons import allow, push_button
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.layers.psf_layers import AXES
from napari_deconvolve._napari.layers.psf_request import Drawn, Grid, Numbers, Wanted, shown
from napari_deconvolve._napari.layers.source import read, space_axes
from napari_deconvolve._napari.work.latest import LatestTask
from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf import Lobes, find_lobes, points

Row = tuple[str, ...]  # z, y, x, weight, as typed

VISIBLE_ROWS = 5  # that are seen without scrolling
FIND = (
    "Lay the bright points of the image on top of each other and read off how far the side lobes are and how high; "
    "along the first axis of the PSF."
)
LONE: tuple[Row, ...] = (("0", "0", "0", "1"),)


@dataclass(frozen=True)
class Points(Wanted):
    """Points at offsets (in the grid's unit) from the centre."""

    offsets: tuple[Numbers, ...]
    weights: Numbers
    alike: bool = False

    def draw(self, grid: Grid) -> Drawn:
        """Make the PSF."""
        return Drawn(points(self.offsets, self.weights, grid.steps, unit=grid.unit, alike=self.alike))

    def name(self, grid: Grid) -> str:
        """Name the layer of the PSF."""
        return f"PSF {len(self.weights)} point{'' if len(self.weights) == 1 else 's'}"


class PointsPanel(SourcePanel):
    """A table with one row per point, and a line that fills it for side lobes."""

    keys = ("points",)
    failing: ClassVar[dict[str, str]] = {"points": "offsets"}

    def __init__(self, memory: MutableMapping[str, Any], parent: QWidget | None = None) -> None:
        self._place: Place | None = None
        super().__init__(memory, parent)
        self._finder = LatestTask(self, subject="search")
        self._finder.answered.connect(self._found)

    def build(self) -> None:
        """Make the fields."""
        self._axes = 3
        self.table = QTableWidget(0, 4)
        words = "One row per point: its offset from the centre along each axis, and its weight."
        identify(self.table, "offsets", "Points", words)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.cellChanged.connect(lambda *_: self._typed())
        self.place("offsets", "", self.table)
        self.message("offsets")
        row = QWidget()
        inside = QHBoxLayout(row)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(button("add_point", "Add point", "Add a row to the table.", self._add))
        words = "Remove the selected rows, or the last one."
        inside.addWidget(button("remove_point", "Remove point", words, self._remove))
        self.place("rows", "", row)
        self._build_lobes()
        self.alike = self.add(
            "alike",
            "Blur all points alike",
            QCheckBox("Blur all points alike"),
            "A point between samples is shared among its neighbours, which blurs it a little; this blurs the others as "
            "much. Wanted for side lobes, which else are not taken away entirely.",
            False,
        )

    def _build_lobes(self) -> None:
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
        words = "Put a main peak and two side lobes into the table."
        self.place("side_lobes", "", button("side_lobes", "Fill in 4Pi side lobes", words, self._fill_alike))
        self.find = push_button("Find lobes in the image", "find_lobes", FIND)
        self.find.clicked.connect(lambda _: self._find_lobes())
        self.place("find_lobes", "", self.find)
        self.found = Message("lobes_found")
        self.place("lobes_found", "", self.found)
        self.message("find_lobes")

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table, as typed."""
        rows: tuple[Row, ...] = self.values.get("rows", LONE)
        return rows

    def wanted(self, place: Place) -> Points:
        """Return what the fields ask for."""
        numbers = [[float(text) for text in row] for row in self.rows]
        offsets = tuple(tuple(row[3 - place.grid.axes : 3]) for row in numbers)
        return Points(offsets, tuple(row[3] for row in numbers), self.alike.isChecked())

    def problems(self, place: Place) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        for number, row in enumerate(self.rows, start=1):
            for head, text in zip((*AXES, "weight"), row, strict=True):
                try:
                    float(text)
                except ValueError:
                    return {"offsets": f"Point {number}: {head} is {text!r}; give a number."}
        return {}

    def look(self, place: Place) -> None:
        """Show the axes of the PSF, with their unit, and whether lobes can be looked for."""
        if self._place is not None and self._place.image is not place.image:
            self._finder.drop()
            self.found.tell("")
            self.tell({})
        self._place = place
        allow(self.find, "" if place.image is not None else "Choose an image above.")
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
        table.setFixedHeight(
            height + max(2, min(VISIBLE_ROWS, len(self.rows))) * table.verticalHeader().defaultSectionSize()
        )

    def _typed(self) -> None:
        def text(item: Any) -> str:
            """Return what a cell says; nothing of one that was never filled."""
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

    def _fill_alike(self) -> None:
        self._fill_lobes(self.lobe_height.value(), self.lobe_height.value())

    def _fill_lobes(self, before: float, behind: float) -> None:
        first = 3 - self._axes
        far = self.lobe_distance.value()
        lobes = []
        for place, weight in ((-far, before), (0.0, 1.0), (far, behind)):
            row = ["0", "0", "0", f"{weight:.4g}"]
            row[first] = f"{place:.6g}"
            lobes.append(tuple(row))
        self.values["alike"] = True
        put(self.alike, True)
        self._put(tuple(lobes))

    def _find_lobes(self) -> None:
        """Look for lobes along the first axis of the PSF, beside the window."""
        place = self._place
        if place is None or place.image is None:
            return
        self.tell({})
        self.found.tell("Looking for lobes …")
        image, grid = place.image, place.grid
        self._finder.ask(image, lambda: lobes_of(image, grid))

    def _found(self, image: Any, result: Any) -> None:
        """Fill in what was found, or say why nothing was."""
        if self._place is None or self._place.image is not image:
            return
        if not isinstance(result, Lobes):
            self.found.tell("")
            self.tell({"find_lobes": str(result)})
            return
        self.found.tell(result.text)
        before, _, behind = (round(weight, 4) for weight in result.weights)  # what is less is nothing
        for field, value in ((self.lobe_distance, result.distance), (self.lobe_height, (before + behind) / 2)):
            self.values[field.objectName()] = float(f"{value:.4g}")
            put(field, self.values[field.objectName()])
        self._fill_lobes(before, behind)


def lobes_of(layer: Any, grid: Grid) -> Lobes:
    """Find side lobes along the first axis of the PSF in a layer; leading axes of one sample are left out."""
    if getattr(layer, "rgb", False):
        raise PSFError(f"The layer {layer.name!r} is a colour (RGB) image; split its channels and choose one.")
    image = read(layer).image
    axes = space_axes(read(layer), grid.axes)
    lead = [length for axis, length in enumerate(image.shape) if axis not in axes]
    if any(length > 1 for length in lead):
        raise PSFError(
            f"The layer {layer.name!r} has {' x '.join(map(str, lead))} frames of {grid.axes} axes; "
            "cut out one of them, or choose more axes for the PSF."
        )
    kept = sorted(axes)
    frame = np.asarray(image.data[tuple(slice(None) if axis in axes else 0 for axis in range(image.ndim))])
    return find_lobes(np.transpose(frame, [kept.index(axis) for axis in axes]), grid.steps, unit=grid.unit)
