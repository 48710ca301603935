"""The curves of a sweep: a quantity over iterations, one line per setting; click a point to go there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QWidget

from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.forms import choice_box, identify
from napari_deconvolve._napari.kit.plots import (
    MIN_LOGARITHM,
    PLOT_HEIGHT,
    DockPlot,
    ValueAxis,
    clicked,
    legend_label,
    recolor,
)
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve.run.sweep.table import Row

QUANTITIES = {
    "mse": "Mean squared error",
    "psnr": "PSNR, dB",
    "ssim": "Structural similarity",
    "score": "Score",
    "deviance": "Deviance, counts",
    "whiteness": "Whiteness",
    "flux": "Flux ratio",
}
MEANS = {
    "mse": "squared difference from the truth, the lower the better",
    "psnr": "range of the truth over the error, the higher the better",
    "ssim": "likeness to the truth, 1 at best",
    "score": "squared error over the object's square, measured on the data alone by two halves of the photons: the "
    "lower the better, on one scale for all settings",
    "deviance": "misfit of data and blurred estimate: it falls always, also when noise is fitted",
    "whiteness": "0 when the residual is white noise, negative when structure is left",
    "flux": "light of the estimate over that of the data, 1 at best",
}
LOGARITHMIC = {"mse", "deviance"}
LOGARITHMIC_FROM_RATIO = 5  # from the least to the greatest: from there on a logarithmic axis shows more
TICKS = 0.1  # of the axis, which a number on it takes
CURVE_STYLES = ((Qt.PenStyle.SolidLine, "━"), (Qt.PenStyle.DashLine, "╌"), (Qt.PenStyle.DotLine, "┈"))


class CurvesPlot(QWidget):  # type: ignore[misc]
    """Rows of a sweep as curves.

    Signals
    -------
    picked(row)
        A point was clicked.
    """

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()
        self._best: Row | None = None
        self._shown: Row | None = None
        self._colors: Palette | None = None
        self.logarithmic = False
        self.quantity: QComboBox = identify(choice_box([]), "quantity", "Plotted quantity", "What the curves show.")
        self._axis = ValueAxis()
        self.plot = DockPlot(PLOT_HEIGHT + 30, left=self._axis)
        identify(
            self.plot,
            "curves",
            "Curves: a quantity over iterations",
            "One line per setting; the star marks what is recommended, the ring what is shown. Click a point to go "
            "there.",
        )
        self._set_up_plot()
        self.legend = legend_label("legend", "Legend", "Which line is which prior and sieve.")
        self.legend.setVisible(False)
        self.quantity.setVisible(False)  # until there is something to choose
        self.quantity.currentIndexChanged.connect(lambda _index: self._draw())
        stack(self, self.quantity, self.legend, self.plot)

    def _set_up_plot(self) -> None:
        self.plot.getAxis("bottom").setLabel("iterations")
        self.plot.getPlotItem().setContentsMargins(2, 8, 14, 2)
        self._lines: list[Any] = []
        self._star = self.plot.plot([], [], symbol="star", symbolSize=17, pen=None)
        self._ring = self.plot.plot([], [], symbol="o", symbolSize=15, pen=None, symbolBrush=None)
        self._star.setZValue(5)
        self._ring.setZValue(6)
        self.plot.scene().sigMouseClicked.connect(self._clicked)

    # ---- what it shows

    @property
    def column(self) -> str:
        """Which quantity is shown; empty before there are rows."""
        return str(self.quantity.currentData() or "")

    def show_rows(self, rows: Sequence[Row], best: Row | None, shown: Row | None) -> None:
        """Draw rows, a star at the best, and a ring at the shown one."""
        self.rows, self._best, self._shown = tuple(rows), best, shown
        self._offer()
        self._draw()

    def point(self, row: Row) -> tuple[float, float]:
        """Return where a row's point lies in the plot's coordinates."""
        value = row[self.column]
        height = math.nan if value is None else float(value)
        if self.logarithmic:
            height = math.log10(max(height, self._least))
        return math.log10(row.iterations), height

    def star(self) -> tuple[float, float] | None:
        """Return where the star is; None when there is none."""
        places = self._star.getData()
        return None if places[0] is None or not len(places[0]) else (float(places[0][0]), float(places[1][0]))

    def _offer(self) -> None:
        """Offer the quantities that are known; the error, or else the score, is shown first."""
        known = [name for name in QUANTITIES if self.rows and self.rows[0][name] is not None]
        offered = [self.quantity.itemData(index) for index in range(self.quantity.count())]
        if known == offered:
            return
        before = self.column
        self.quantity.blockSignals(True)
        self.quantity.clear()
        for index, name in enumerate(known):
            self.quantity.addItem(QUANTITIES[name], name)
            self.quantity.setItemData(index, MEANS[name], Qt.ItemDataRole.ToolTipRole)
        if before in known and "mse" in known and "mse" in offered:
            self.quantity.setCurrentIndex(known.index(before))
        self.quantity.blockSignals(False)
        self.quantity.setVisible(bool(known))

    def _draw(self) -> None:
        column = self.column
        self.logarithmic = self._axis.logarithmic = self._is_logarithmic()
        self._axis.empty = self.logarithmic and not self.rows
        self._axis.setLabel(QUANTITIES.get(column, ""))
        self._axis.picture = None
        settings = list(dict.fromkeys(row.setting for row in self.rows))
        for index, setting in enumerate(settings):
            points = [self.point(row) for row in self.rows if row.setting == setting]
            self._draw_line(index, points)
        for line in self._lines[len(settings) :]:
            self.plot.removeItem(line)
        del self._lines[len(settings) :]
        self._write_legend([str(setting) for setting in settings])
        self._mark(self._star, self._best)
        self._mark(self._ring, self._shown)
        self._show_counts()
        self._fit()

    def _show_counts(self) -> None:
        """Show all numbers that were tried, at equal distances where each is as many times the one before."""
        counts = sorted({row.iterations for row in self.rows})
        first, last = (math.log10(counts[0]), math.log10(counts[-1])) if counts else (0.0, 2.0)
        spare = max(last - first, 0.1)
        self.plot.getAxis("bottom").setTicks([[(math.log10(one), str(one)) for one in _apart(counts, spare * TICKS)]])
        self.plot.setXRange(first - 0.06 * spare, last + 0.06 * spare, padding=0)

    def _is_logarithmic(self) -> bool:
        """Errors that differ by much are shown by their logarithms."""
        if self.column not in LOGARITHMIC:
            return False
        values = [float(row[self.column]) for row in self.rows]
        return bool(values) and max(values) > LOGARITHMIC_FROM_RATIO * max(min(values), self._least)

    @property
    def _least(self) -> float:
        """The least error whose logarithm is shown."""
        largest = max((float(row[self.column]) for row in self.rows if row[self.column] is not None), default=1.0)
        return MIN_LOGARITHM * largest or MIN_LOGARITHM

    def _draw_line(self, index: int, points: list[tuple[float, float]]) -> None:
        if index == len(self._lines):
            self._lines.append(self.plot.plot([], [], symbol="o", symbolSize=7))
            self._style(index)
        self._lines[index].setData(*np.transpose(points))

    def _style(self, index: int) -> None:
        color = self._color(index)
        if color:
            line = self._lines[index]
            line.setPen(pg.mkPen(color, width=2, style=_style(index)[0]))
            line.setSymbolBrush(color)
            line.setSymbolPen(color)

    def _color(self, index: int) -> str:
        colors = self._colors
        return "" if colors is None else (colors.first, colors.second, colors.muted, colors.foreground)[index % 4]

    def _write_legend(self, names: list[str]) -> None:
        parts = [
            f'<span style="color: {self._color(index)}">{_style(index)[1]}●</span>&nbsp;' + name.replace(" ", "&nbsp;")
            for index, name in enumerate(names)
        ]
        text = " &nbsp; ".join(parts) if len(names) > 1 else ""
        if self.legend.text() != text:
            self.legend.setText(text)
        self.legend.setVisible(len(names) > 1)

    def _mark(self, mark: Any, row: Row | None) -> None:
        place = None if row is None or not self.column else self.point(row)
        known = place is not None and math.isfinite(place[1])
        mark.setData(*(([place[0]], [place[1]]) if known and place is not None else ([], [])))

    def _fit(self) -> None:
        heights = [height for _, height in map(self.point, self.rows) if math.isfinite(height)] if self.column else []
        if heights:
            low, high = min(heights), max(heights)
            spare = max(high - low, 1e-3 * abs(high)) or 1e-9
            self.plot.setYRange(low - 0.12 * spare, high + 0.12 * spare, padding=0)  # room for half a star

    # ---- clicks

    def _clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.column:
            return
        known = [row for row in self.rows if math.isfinite(self.point(row)[1])]
        place = clicked(self.plot, event, [self.point(row) for row in known])
        if place is not None:
            self.picked.emit(known[place])

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self._colors = colors
        recolor(self.plot, colors)
        self._star.setSymbolBrush(colors.second)
        self._star.setSymbolPen(colors.background)
        self._ring.setSymbolPen(pg.mkPen(colors.foreground, width=2))
        for index in range(len(self._lines)):
            self._style(index)
        self._draw()


def _apart(counts: Sequence[int], least: float) -> list[int]:
    """Return the numbers whose logarithms are so far apart, the last one among them."""
    found: list[int] = []
    for count in reversed(counts):
        if not found or math.log10(found[-1] / count) >= least:
            found.append(count)
    return found


def _style(index: int) -> tuple[Any, str]:
    """Return the line of a curve, and the sign for it in the legend."""
    return CURVE_STYLES[(index // 4) % len(CURVE_STYLES)]
