"""The fields of the PSF form and their places, without what they do."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from napari_deconvolve._napari.psf_fields import AxisTable, ChoiceField, Message

FIELDS = ("image", "layer", "path", "background", "fwhm", "spacing")


class PSFFields(QWidget):  # type: ignore[misc]
    """Labels left, fields right, messages below the fields they concern."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages = {field: Message(f"{field}_problem") for field in FIELDS}
        self._labels: dict[str, QLabel] = {}
        self._make_fields()
        self._lay_out()

    def _make_fields(self) -> None:
        self.source = _with_help(ChoiceField("source"), "Where the PSF comes from.", "Source of the PSF")
        self.image = _with_help(
            ChoiceField("image"), "The image that the PSF is for: the PSF gets its spacing and unit.", "For image"
        )
        self.ndim = _with_help(
            ChoiceField("ndim"), "The axes that are blurred; time and channels are not.", "Axes of the PSF"
        )
        self.layer = _with_help(ChoiceField("layer"), "The layer that holds the PSF.", "Layer with the PSF")
        self.path = _with_help(QLineEdit(), "TIFF, OME-TIFF, NPY or CSV file.", "File with the PSF")
        self.path.setObjectName("path")
        self.path.setPlaceholderText("TIFF, OME-TIFF, NPY or CSV")
        self.browse = _with_help(QPushButton("Browse…"), "Choose the file with the PSF.", "Browse for a file")
        self.browse.setObjectName("browse")
        self._make_preparation()
        self.table = AxisTable()
        self.same_xy = _with_help(
            QCheckBox("Same FWHM along y and x"), "Editing one of the two sets the other.", "Same FWHM along y and x"
        )
        self.same_xy.setObjectName("same_xy")
        self.unit = _with_help(ChoiceField("unit"), "Unit of the spacing and of the FWHM.", "Unit of length")
        self.set_on_image = _with_help(
            QCheckBox("Set it on the image too"),
            "When the PSF is made, the image layer gets this spacing and unit, so that both agree.",
            "Set this spacing on the image too",
        )
        self.set_on_image.setObjectName("set_on_image")

    def _make_preparation(self) -> None:
        self.center = _with_help(
            ChoiceField("center"),
            "Where the PSF's centre is: found from its bright core (between samples, too), the middle sample, "
            "or the highest sample.",
            "Centre of the PSF",
        )
        self.background = _with_help(
            QLineEdit("Auto"),
            "Pedestal to take off, in grey values; Auto is the median of the border samples.",
            "Background of the PSF in grey values",
        )
        self.background.setObjectName("background")

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        file_row = QWidget()
        inside = QHBoxLayout(file_row)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.path, 1)
        inside.addWidget(self.browse)
        self.path.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        rows: list[tuple[str, str, QWidget]] = [
            ("source", "Source", self.source),
            ("layer", "Layer", self.layer),
            ("path", "File", file_row),
            ("center", "Centre", self.center),
            ("background", "Background", self.background),
            ("image", "For image", self.image),
            ("ndim", "Axes", self.ndim),
            ("unit", "Unit", self.unit),
        ]
        self._rows = {name: widget for name, _, widget in rows}
        for name, text, widget in rows:
            row = grid.rowCount()
            self._labels[name] = QLabel(text)
            self._labels[name].setBuddy(self.path if name == "path" else widget)
            grid.addWidget(self._labels[name], row, 0)
            grid.addWidget(widget, row, 1)
            if name in self._messages:
                grid.addWidget(self._messages[name], row + 1, 0, 1, 2)
        below = (self._messages["spacing"], self.table, self._messages["fwhm"], self.same_xy, self.set_on_image)
        for widget in below:
            grid.addWidget(widget, grid.rowCount(), 0, 1, 2)

    def _show_row(self, name: str, visible: bool) -> None:
        self._labels[name].setVisible(visible)
        self._rows[name].setVisible(visible)


def _with_help(widget: Any, tooltip: str, accessible: str) -> Any:
    widget.setToolTip(tooltip)
    widget.setAccessibleName(accessible)
    return widget
