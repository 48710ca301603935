"""The plot of a profile: input grey, result blue, each over its own maximum."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from napari_deconvolve._napari.comparison.profile import Profile
from napari_deconvolve._napari.comparison.profile_file import save
from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.forms import Remarks, identify
from napari_deconvolve._napari.kit.plots import DockPlot, legend_label, recolor, short
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.source import pretty_unit
from napari_deconvolve.errors import FileError

HEIGHT = 150  # pixels
PERCENT = 100.0
TIP = (
    "Values along the profile line, each relative to its own maximum on the line: widths and gaps can be compared, "
    "whatever the brightness."
)


class _PlainAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis of plain numbers, written briefly, with ticks at these alone."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[Any, list[float]]]:  # noqa: N802
        """Return the places of ticks: called by pyqtgraph."""
        found: list[tuple[Any, list[float]]] = pg.AxisItem.tickValues(self, low, high, size)
        return found[:1]

    def tickStrings(self, values: Any, scale: float, spacing: Any) -> list[str]:  # noqa: N802
        """Return labels: called by pyqtgraph."""
        return [short(round(value, 12)) for value in values]


class ProfilePlot(QWidget):  # type: ignore[misc]
    """Draws one pair of a profile, and exports all pairs.

    Signals
    -------
    said(text, level)
        What came of an export.
    """

    said = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        identify(self, "profile", "Profile along a line of input and result", TIP)
        self.profile: Profile | None = None
        self._channel = -1
        self._plot = DockPlot(HEIGHT, **{side: _PlainAxis(side) for side in ("left", "bottom")})
        self._plot.getAxis("bottom").enableAutoSIPrefix(False)
        self._plot.getAxis("left").setLabel("% of maximum")
        self._plot.setYRange(0, PERCENT, padding=0.05)
        self._input = self._plot.plot([], [], connect="finite")
        self._result = self._plot.plot([], [], connect="finite")
        self.reason = Remarks("profile_reason")
        self.legend = legend_label("profile_legend", "Legend", "Which line is which layer.")
        self.export_button = QPushButton("Export CSV…")
        identify(self.export_button, "export_profile", "Export CSV", "Save distances and values of all channels.")
        self.export_button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.export_button.clicked.connect(self._ask)
        below = QHBoxLayout()
        below.addWidget(self.legend, 1, Qt.AlignmentFlag.AlignVCenter)
        below.addWidget(self.export_button)
        stack(self, self._plot, self.reason, below)
        self.show_profile(None)

    @property
    def curves(self) -> list[Any]:
        """The curves drawn: input and result."""
        return [self._input, self._result]

    def set_channel(self, index: int) -> None:
        """Draw another pair: by its place among the pairs; -1 is the last."""
        self._channel = index
        self.show_profile(self.profile, self.reason.text())

    def show_profile(self, profile: Profile | None, reason: str = "") -> None:
        """Draw a profile; without one, say why there is none."""
        self.profile = profile
        self.reason.say("" if profile is not None else reason)
        self.export_button.setEnabled(profile is not None)
        self._plot.getAxis("bottom").setStyle(showValues=profile is not None)
        if profile is None:
            for curve in self.curves:
                curve.setData([], [])
            return
        index = self._channel if -len(profile.curves) <= self._channel < len(profile.curves) else -1
        for curve, item in zip(profile.curves[index], self.curves, strict=True):
            item.setData(profile.distance, PERCENT * curve.relative)
        self._plot.getAxis("bottom").setLabel(f"distance along the line ({unit_text(profile.unit)})")
        self._plot.setXRange(0, float(profile.distance[-1]), padding=0.02)
        lowest = min(PERCENT * float(np.nanmin(curve.relative, initial=0.0)) for curve in profile.curves[index])
        self._plot.setYRange(lowest, PERCENT, padding=0.05)

    def export(self, path: str) -> None:
        """Write the profile to a CSV file, and say so."""
        if self.profile is None:
            return
        path = path if Path(path).suffix else f"{path}.csv"
        try:
            save(path, self.profile)
        except FileError as error:
            self.said.emit(str(error), "error")
        else:
            self.said.emit(f"Saved “{Path(path).name}”: {len(self.profile.distance)} points.", "success")

    def _ask(self, checked: bool = False) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export the profile", "profile.csv", "Tables (*.csv)")
        if path:
            self.export(path)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        recolor(self._plot, colors)
        self._input.setPen(pg.mkPen(colors.muted, width=2))
        self._result.setPen(pg.mkPen(colors.first, width=2))
        self.reason.restyle(colors)
        names = (("input", colors.muted), ("result", colors.first))
        self.legend.setText(" &nbsp; ".join(f'<span style="color: {color}">●</span> {name}' for name, color in names))


def unit_text(unit: str) -> str:
    """Write a unit for people: "µm", "pixels"."""
    return "pixels" if unit == "pixel" else pretty_unit(unit)
