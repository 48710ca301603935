"""The plots of the dock "Spectrum": data, result and the result blurred again; below, what is left of the data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from napari_deconvolve._napari.docks.spectrum.data import unit_words
from napari_deconvolve._napari.kit.buttons import push_button, stack
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.plots import PLOT_HEIGHT, DockPlot, legend_label, recolor
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.source import pretty_unit
from napari_deconvolve.io.spectrum import Spectrum

UPPER, LOWER = PLOT_HEIGHT + 40, 84  # pixels of the plots where they are below the fields
LEAST_UPPER = 120  # pixels of the upper one beside the fields, where it takes all that there is
AXIS_WIDTH = 56  # pixels of both vertical axes, so that the plots stand above each other
SIGMAS = 3.5  # that the residual's axis shows at least
CURVES = ("data", "result", "reblurred")
CURVE_NAMES = {"data": "data", "result": "result", "reblurred": "result, blurred again"}
SHORT = {**CURVE_NAMES, "reblurred": "blurred again"}
CURVE_SIGNS = {"data": "●", "result": "━", "reblurred": "╍"}
MANY = 5000  # samples: more are drawn as a line, not as dots
FEW = 400  # samples whose dots are larger
MOST_PIXELS = 16777215  # of Qt
POINT = "Point at the plot to read its values."

Values = NDArray[np.floating]


class SpectrumPlot(QWidget):  # type: ignore[misc]
    """Two plots over one axis; above them a legend, and the values under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spectrum: Spectrum | None = None
        self.values: dict[str, Values] = {}
        self.residual: Values | None = None
        self._colors: Palette | None = None
        self._wide = False
        self.upper = identify(
            DockPlot(),
            "plot",
            "Spectrum",
            "The data, the result, and the result blurred again: it should run through the data. Wheel: zoom; drag: "
            "move; right button: zoom both ways; “Show all” shows all again.",
        )
        self.lower = identify(
            DockPlot(),
            "residual_plot",
            "Residual",
            "Data less the result blurred again, over the standard deviation of the noise: where it is not noise, "
            "kernel, background or iterations are wrong.",
        )
        self._set_up()
        self.legend = legend_label("legend", "Legend", "Which curve is which.")
        self.readout = legend_label("readout", "Under the mouse", "The values where the mouse is.")
        self.readout.setTextFormat(Qt.TextFormat.PlainText)
        tip = "Show all of the axis and of the values again."
        self.whole: QPushButton = part(push_button("Show all", "show_all", tip), "link")
        self.whole.clicked.connect(lambda _checked=False: self.show_all())
        self._lay_out()
        self.point_at(None)

    def _set_up(self) -> None:
        for plot, height in ((self.upper, UPPER), (self.lower, LOWER)):
            plot.setFixedHeight(height)
            plot.setMouseEnabled(True, True)
            plot.getAxis("left").setWidth(AXIS_WIDTH)
            plot.getAxis("bottom").enableAutoSIPrefix(False)
            plot.scene().sigMouseMoved.connect(lambda place, plot=plot: self._moved(plot, place))
        self.lower.setXLink(self.upper)
        self.upper.getAxis("bottom").setStyle(showValues=False)  # they stand below the residual
        self.lower.getAxis("left").setLabel("residual", **{"font-size": "8pt"})
        self._lines = {name: self.upper.plot([], []) for name in CURVES}
        self._left = self.lower.plot([], [])
        for line in (*self._lines.values(), self._left):
            line.setDownsampling(auto=True, method="peak")
            line.setClipToView(True)
        self._zero = pg.InfiniteLine(pos=0, angle=0)
        self._cursors = [pg.InfiniteLine(angle=90) for _ in range(2)]
        self.lower.addItem(self._zero)
        for plot, cursor in zip((self.upper, self.lower), self._cursors, strict=True):
            cursor.setVisible(False)
            plot.addItem(cursor, ignoreBounds=True)

    def _lay_out(self) -> None:
        self.whole.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._head = QGridLayout()
        self._head.setHorizontalSpacing(12)
        self._head.setVerticalSpacing(0)
        self._head.setColumnStretch(0, 1)
        self._head.addWidget(self.legend, 0, 0)
        self._head.addWidget(self.readout, 1, 0, 1, 3)
        self._head.addWidget(self.whole, 0, 2)
        stack(self, self._head, self.upper, self.lower, spacing=2)

    def spread(self, wide: bool) -> None:
        """Take all the height there is, and write legend and values in one row; or be as high as below the fields."""
        self._head.removeWidget(self.readout)
        self._head.addWidget(self.readout, *((0, 1) if wide else (1, 0, 1, 3)))
        self._wide = wide
        self.readout.setWordWrap(not wide)
        self.legend.setWordWrap(not wide)
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._head.setColumnStretch(0, 0 if wide else 1)
        self._head.setColumnStretch(1, 1 if wide else 0)
        self.readout.setAlignment(
            Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if wide else Qt.AlignmentFlag.AlignLeft)
        )
        self.upper.setMinimumHeight(LEAST_UPPER if wide else UPPER)
        self.upper.setMaximumHeight(MOST_PIXELS if wide else UPPER)
        grows = QSizePolicy.Policy.Expanding if wide else QSizePolicy.Policy.Fixed
        self.upper.setSizePolicy(QSizePolicy.Policy.Ignored, grows)

    # ---- what it shows

    def show_data(self, spectrum: Spectrum | None) -> None:
        """Draw other data; what was found for the ones before goes."""
        if spectrum is self.spectrum:
            return
        self.spectrum = spectrum
        self.residual = None
        self.values = {} if spectrum is None else {"data": np.asarray(spectrum.values, np.float64)}
        if spectrum is not None:
            self.upper.getAxis("bottom").setLabel("")
            self.lower.getAxis("bottom").setLabel(axis_label(spectrum))
            self.upper.getAxis("left").setLabel(spectrum.heading)
        self._style_data()
        for line in (*self._lines.values(), self._left):
            line.setData([], [])  # drawn over the range of other data they could fill the memory
        self.show_all()
        self._draw()
        self.point_at(None)

    def show_result(self, result: Values | None, reblurred: Values | None, residual: Values | None = None) -> None:
        """Draw what was found for the data."""
        self.values = {name: value for name, value in self.values.items() if name == "data"}
        if result is not None:
            self.values["result"] = result
        if reblurred is not None:
            self.values["reblurred"] = reblurred
        self.residual = residual
        self._draw()

    def show_all(self) -> None:
        """Show all of the axis and all values; they are followed as they change."""
        if self.spectrum is not None:
            self.upper.setXRange(float(self.spectrum.axis[0]), float(self.spectrum.axis[-1]), padding=0.02)
        self.upper.enableAutoRange(axis="y")
        self._fit_residual()

    def _draw(self) -> None:
        axis = np.zeros(0) if self.spectrum is None else np.asarray(self.spectrum.axis, np.float64)
        for name, line in self._lines.items():
            line.setData(*((axis, self.values[name]) if name in self.values else ([], [])), connect="finite")
        self._left.setData(*((axis, self.residual) if self.residual is not None else ([], [])), connect="finite")
        self._fit_residual()
        self._write_legend()

    def _fit_residual(self) -> None:
        finite = np.zeros(0) if self.residual is None else self.residual[np.isfinite(self.residual)]
        high = max(SIGMAS, float(np.abs(finite).max(initial=0.0)) * 1.05)
        self.lower.setYRange(-high, high, padding=0)

    def _write_legend(self) -> None:
        parts = [
            f'<span style="color: {self._color(name)}">{CURVE_SIGNS[name]}</span>&nbsp;'
            + CURVE_NAMES[name].replace(" ", "&nbsp;")
            for name in CURVES
            if name in self.values
        ]
        self.legend.setText(" &nbsp; ".join(parts))

    # ---- under the mouse

    def _moved(self, plot: Any, place: Any) -> None:
        box = plot.getViewBox()
        inside = box.sceneBoundingRect().contains(place)
        self.point_at(float(box.mapSceneToView(place).x()) if inside else None)

    def point_at(self, position: float | None) -> None:
        """Read the values at a position of the axis, as the mouse does; None reads nothing."""
        spectrum = self.spectrum
        index = -1
        if spectrum is not None and position is not None:
            index = math.floor((position - float(spectrum.axis[0])) / float(spectrum.spacing) + 0.5)
        known = spectrum is not None and 0 <= index < len(spectrum)
        for cursor in self._cursors:
            cursor.setVisible(known)
        if not known or spectrum is None:
            self.readout.setText(POINT if spectrum is not None else "")
            return
        at = float(spectrum.axis[index])
        for cursor in self._cursors:
            cursor.setValue(at)
        unit = f" {pretty_unit(spectrum.unit)}" if spectrum.unit != "pixel" else ""
        words = [f"{axis_name(spectrum)} = {at:.5g}{unit}"]
        seen = [name for name in CURVES if name in self.values and not (self._wide and name == "reblurred")]
        words += [f"{SHORT[name]} {float(self.values[name][index]):.4g}" for name in seen]
        if self.residual is not None:
            words.append(f"{'' if self._wide else 'residual '}{float(self.residual[index]):+.2g} σ")
        self.readout.setText(",  ".join(words))

    # ---- colours

    def restyle(self, colors: Palette, *, flat: bool = False) -> None:
        """Take the colours of a theme; `flat` is without a card behind."""
        self._colors = colors
        for plot in (self.upper, self.lower):
            recolor(plot, colors)
            if flat:
                plot.setBackground(colors.background)
        self._lines["result"].setPen(pg.mkPen(colors.first, width=2))
        self._lines["reblurred"].setPen(pg.mkPen(colors.second, width=2, style=Qt.PenStyle.DashLine))
        self._left.setPen(pg.mkPen(colors.first, width=1))
        self._zero.setPen(pg.mkPen(colors.muted, width=1, style=Qt.PenStyle.DashLine))
        for cursor in self._cursors:
            cursor.setPen(pg.mkPen(colors.muted, width=1))
        self.legend.setStyleSheet(f"QLabel {{ color: {colors.foreground}; }}")
        self.readout.setStyleSheet(f"QLabel {{ color: {colors.muted}; }}")
        self._style_data()
        self._write_legend()

    def _color(self, name: str) -> str:
        colors = self._colors
        return "" if colors is None else {"data": colors.muted, "result": colors.first}.get(name, colors.second)

    def _style_data(self) -> None:
        """Draw few samples as dots, many as a thin line."""
        if self._colors is None:
            return
        line = self._lines["data"]
        few = self.spectrum is not None and len(self.spectrum) <= MANY
        line.setPen(None if few else pg.mkPen(self._colors.muted, width=1))
        line.setSymbol("o" if few else None)
        line.setSymbolSize(5 if self.spectrum is not None and len(self.spectrum) <= FEW else 3)
        line.setSymbolBrush(self._colors.muted)
        line.setSymbolPen(None)


def axis_name(spectrum: Spectrum) -> str:
    """Return the axis's name without its unit."""
    return spectrum.label.rsplit(" (", 1)[0] or "position"


def axis_label(spectrum: Spectrum) -> str:
    """Return the axis's name with its unit as people write it."""
    unit = unit_words(spectrum)
    return f"{axis_name(spectrum)}{f', {unit}' if unit else ''}"
