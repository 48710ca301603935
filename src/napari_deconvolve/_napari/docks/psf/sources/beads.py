"""A PSF from an image of beads: a table of what was found, and a layer that marks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from napari_deconvolve._napari.docks.psf.fields import Message, NumberField
from napari_deconvolve._napari.docks.psf.sources.base import Place, SourcePanel, button
from napari_deconvolve._napari.docks.psf.sources.stored import likely_psf
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.layers.psf_layers import layer_order, layer_spacing
from napari_deconvolve._napari.layers.psf_request import Drawn, Grid, Made, Numbers, Wanted, shown
from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.beads.from_beads import Bead, BeadReport, psf_and_report
from napari_deconvolve.units import factor, is_length

COMBINE = {"mean": "Mean", "median": "Median"}
BEAD_COLUMNS = ("FWHM", "S/N", "Used")
VISIBLE_ROWS = 6  # that are seen without scrolling


@dataclass(frozen=True)
class Beads(Wanted):
    """The mean of the beads in a layer; lengths are in the grid's unit."""

    measured = True
    layer: Any
    bead_diameter: float
    combine: str = "mean"
    min_snr: float = 10.0
    own_spacing: Numbers | None = None

    def draw(self, grid: Grid) -> Drawn:
        """Make the PSF."""
        stack = bead_stack(self.layer)
        steps, unit = layer_spacing(self.layer)
        stated = unit != "pixel" or grid.unit == "pixel"
        if not stated:
            steps, unit = self.own_spacing or grid.spacing, grid.unit
        convertible = is_length(unit) and is_length(grid.unit)
        psf, report = psf_and_report(
            stack,
            tuple(steps[axis] for axis in layer_order(self.layer, stack.ndim)) if stated else steps[-stack.ndim :],
            bead_diameter=self.bead_diameter * (factor(grid.unit, unit) if convertible else 1.0),
            combine=self.combine,
            min_snr=self.min_snr,
            unit=unit,
        )
        few = len(report.used) < 3
        words = "1 bead was" if len(report.used) == 1 else f"{len(report.used)} beads were"
        warnings = (f"Only {words} used: noise of single beads stays in the PSF.",) if few else ()
        return Drawn(psf, warnings, report, stated)

    def name(self, grid: Grid) -> str:
        """Name the layer of the PSF."""
        return f"{self.layer.name} · PSF of beads"


class BeadsPanel(SourcePanel):
    """The layer with the beads, their size, and what was found.

    Attributes
    ----------
    show_beads : Signal(layer, BeadReport)
        The user wants to see the beads in the viewer.
    """

    show_beads = Signal(object, object)
    keys = ("beads",)
    second = "own_spacing"
    calculated = False
    above = True

    def build(self) -> None:
        """Make the fields."""
        self._report: tuple[Any, BeadReport] | None = None
        self.beads = self.add_layer("beads", "Bead image", "The layer with the image of small beads.")
        self.message("beads")
        self.diameter = self.add(
            "bead_diameter",
            "Bead diameter",
            NumberField("bead_diameter"),
            "Diameter of the beads. One above half of the FWHM is taken out of the PSF; 0 leaves it as it is seen.",
            0.0,
        )
        tip = (
            "The mean weights beads by brightness; the median, of 3 beads or more, withstands dirt beside some of them."
        )
        self.combine = self.add_choice("combine", "Average", COMBINE, tip, "mean")
        self.min_snr = self.add(
            "min_snr",
            "Least S/N",
            NumberField("min_snr"),
            "Beads whose height is less than so many standard deviations of the background are not used.",
            10.0,
        )
        self._build_table()

    def _build_table(self) -> None:
        self.table = QTableWidget(0, len(BEAD_COLUMNS))
        words = "Each bead: its widths, its signal-to-noise ratio, and why it was not used."
        identify(self.table, "bead_table", "Beads found", words)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(BEAD_COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(30)
        self.place("bead_table", "", self.table)
        self.count = Message("bead_count")
        self.place("bead_count", "", self.count)
        words = "Mark used beads in blue and others in orange."
        self.place("show_beads", "", button("show_beads", "Show beads in the viewer", words, self._show))
        self._clear()

    def wanted(self, place: Place) -> Beads:
        """Return what the fields ask for."""
        return Beads(
            self.beads.value, self.diameter.value(), self.combine.currentData(), self.min_snr.value(), place.own_spacing
        )

    def problems(self, place: Place) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        if self.beads.value is None:
            return {"beads": "There is no image layer; load the image of the beads first."}
        return {}

    def look(self, place: Place) -> None:
        """Show the unit of the diameter."""
        self.diameter.setSuffix(f" {shown(place.grid.unit)}")

    def take_image(self, place: Place) -> None:
        """Offer the layers; what was chosen stays chosen."""
        chosen = self.values.get("beads")
        if not any(layer is chosen for layer in place.layers):
            self.values.pop("beads", None)
            named = [layer for layer in place.layers if "bead" in layer.name.lower()]
            chosen = named[0] if named else likely_psf(place.layers, place.image, place.siblings)
        self.beads.fill(place.layers, chosen)

    def take_result(self, made: Made | None) -> None:
        """Show what was found."""
        if made is None or made.report is None:
            self._clear()
            return
        report = made.report
        self._report = (self.beads.value, report)
        self.table.setHorizontalHeaderLabels([f"FWHM ({shown(report.unit)})", *BEAD_COLUMNS[1:]])
        self.table.setRowCount(len(report.beads))
        for row, bead in enumerate(report.beads):
            for column, text in enumerate(bead_row(bead)):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{'used' if bead.used else 'not used: ' + bead.reason}, centre {_place(bead)}")
                self.table.setItem(row, column, item)
        height = self.table.horizontalHeader().sizeHint().height() + 4
        rows = max(2, min(VISIBLE_ROWS, len(report.beads)))
        self.table.setFixedHeight(height + rows * self.table.verticalHeader().defaultSectionSize())
        self.count.tell(f"{len(report.used)} of {len(report.beads)} beads used.")
        for name in ("bead_table", "show_beads"):
            self.show_row(name, True)

    def _clear(self) -> None:
        self._report = None
        self.table.setRowCount(0)
        self.count.tell("")
        for name in ("bead_table", "show_beads"):
            self.show_row(name, False)

    def _show(self) -> None:
        if self._report is not None:
            self.show_beads.emit(*self._report)


def bead_stack(layer: Any) -> Any:
    """Return the samples of a layer, along z, y and x, without leading axes of one; refuse what cannot hold beads."""
    if getattr(layer, "rgb", False):
        raise PSFError(f"The layer {layer.name!r} is a colour (RGB) image; split its channels and choose one.")
    data = layer.data[0] if getattr(layer, "multiscale", False) else layer.data
    shape = tuple(int(length) for length in data.shape)
    while len(shape) > 2 and shape[0] == 1:
        data, shape = data[0], shape[1:]
    if len(shape) > 3:
        raise PSFError(
            f"The layer {layer.name!r} has {len(shape)} axes {shape}; cut out one time point or channel of it first."
        )
    lead = int(layer.ndim) - len(shape)
    return np.transpose(np.asarray(data), [axis - lead for axis in layer_order(layer, len(shape))])


def bead_row(bead: Bead) -> tuple[str, str, str]:
    """Return a bead's cells."""
    widths = "×".join(f"{width:.3g}" if np.isfinite(width) else "–" for width in bead.fwhm)
    return widths, f"{bead.snr:.3g}", "yes" if bead.used else bead.reason


def _place(bead: Bead) -> str:
    return f"({', '.join(f'{value:.1f}' for value in bead.position)})"
