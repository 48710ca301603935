"""The fields of the data of one spectrum: of a file, of a layer, or of a line over it."""

from __future__ import annotations

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton

from napari_deconvolve._napari.docks.spectrum.data import DATA_SOURCES
from napari_deconvolve._napari.docks.spectrum.file_columns import FileColumns
from napari_deconvolve._napari.docks.spectrum.sources import LayerMenu
from napari_deconvolve._napari.docks.spectrum.table import RowsTable
from napari_deconvolve._napari.kit.forms import Fold, Remarks, choice_box, identify
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.sheet import part

CLICK = "click in the viewer"


class DataFields(QObject):  # type: ignore[misc]
    """Makes the list, the links above it, and the fields of the chosen spectrum."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = FileColumns(self)
        self._make_list()
        self._make_file_fields()
        self._make_layer_fields()
        self.said = Remarks("data_info")
        self.unit = QLabel("")
        self.more = Fold("Source", "source_more")

    def _make_list(self) -> None:
        self.table = RowsTable()
        tip = "Look for files: each, and each column of data in one, becomes a row."
        self.open_button: QPushButton = part(identify(QPushButton("Open…"), "open", "Open data", tip), "link")
        self.from_layer = LayerMenu()

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
