"""Plots in the docks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import QObject, QSize, Signal
from qtpy.QtWidgets import QLabel, QSizePolicy, QWidget

from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.theme import Palette

PLOT_WIDTH, PLOT_HEIGHT = 120, 180  # pixels: enough to read a curve and its axes
LEAST_HEIGHT = 110  # pixels, where there is no room for more
NEAR = 14  # pixels within which a click means a point
TICK_PIXELS = 26  # pixels that a label on the vertical axis needs
TICK_STEPS: tuple[tuple[float, ...], ...] = ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))  # within a factor of ten
MIN_LOGARITHM = 1e-12  # of the largest: a logarithm needs positive numbers, and noise-free data can be met exactly


def short(value: float) -> str:
    """Write a number briefly: "3M", "150k", "0.02"."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def logarithmic_ticks(low: float, high: float, most: int) -> list[float]:
    """Choose round numbers between two, at most so many, for an axis of logarithms."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for steps in TICK_STEPS:
        found = [step * 10.0**decade for decade in decades for step in steps]
        found = [value for value in found if low <= value <= high]
        if len(found) <= most:
            break
    if len(found) >= 2:
        return found[:: -(-len(found) // most)]
    return [float(value) for value in np.linspace(low, high, 5)[1:-1]]


class DockPlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that is only looked at: as narrow as its dock, and lower where what is below it would not be seen.

    `axes` are its axes by side, where they are others than pyqtgraph's.
    """

    def __init__(self, height: int = PLOT_HEIGHT, **axes: Any) -> None:
        self._height, self.lowered = height, 0  # pixels
        super().__init__(axisItems=axes)
        # Else docks would open as wide as pyqtgraph likes its plots.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hideButtons()
        self.setMenuEnabled(False)
        self.setMouseEnabled(False, False)
        self.getPlotItem().setContentsMargins(2, 8, 8, 2)  # room for half a label beyond the axes
        self.getAxis("left").enableAutoSIPrefix(False)

    def lower(self, by: int) -> None:
        """Be lower by so many pixels, as far as it can still be read."""
        by = max(0, min(by, self._height - LEAST_HEIGHT))
        if by != self.lowered:
            self.lowered = by
            self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size that it takes."""
        return QSize(PLOT_WIDTH, self._height - self.lowered)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the same: a layout makes no plot lower by itself where sentences are around it."""
        return self.sizeHint()


def recolor(plot: Any, colors: Palette) -> None:
    """Return a plot's ground and axes the colours of a theme."""
    plot.setBackground(colors.card)
    for name in ("bottom", "left"):
        axis = plot.getAxis(name)
        axis.setPen(colors.muted)
        axis.setTextPen(colors.foreground)


def legend_label(name: str, label: str, tip: str) -> QLabel:
    """Make a label above or below a plot, which says what its curves are."""
    legend: QLabel = identify(QLabel(), name, label, tip)
    legend.setWordWrap(True)
    legend.setMinimumWidth(40)
    return legend


class LogarithmicAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis for logarithms to base 10, labelled by the numbers themselves, never too densely."""

    def __init__(self) -> None:
        super().__init__("left")
        self.empty = True

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[Any, list[float]]]:  # noqa: N802
        """Return the places of ticks: called by pyqtgraph."""
        if self.empty:
            return []
        ticks = logarithmic_ticks(10.0**low, 10.0**high, max(2, int(size / TICK_PIXELS)))
        return [(None, [float(np.log10(value)) for value in ticks])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: Any) -> list[str]:  # noqa: N802
        """Return their labels: called by pyqtgraph."""
        return [short(10.0**value) for value in values]


class ValueAxis(LogarithmicAxis):
    """An axis of logarithms to base 10, or of plain numbers, labelled by the numbers themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.logarithmic = True

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[Any, list[float]]]:  # noqa: N802
        """Return the places of ticks: called by pyqtgraph."""
        if self.logarithmic or self.empty:
            return super().tickValues(low, high, size)
        found: list[tuple[Any, list[float]]] = pg.AxisItem.tickValues(self, low, high, size)
        return found[:1]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: Any) -> list[str]:  # noqa: N802
        """Return their labels: called by pyqtgraph."""
        if self.logarithmic:
            return super().tickStrings(values, scale, spacing)
        return [short(round(value, 12)) for value in values]


def clicked(plot: Any, event: Any, points: Sequence[tuple[float, float]]) -> int | None:
    """Return which of a plot's points, in its coordinates, is nearest to a click; None where none is near."""
    box, where = plot.getViewBox(), event.scenePos()
    places = [box.mapViewToScene(pg.QtCore.QPointF(x, y)) for x, y in points]
    away = [float(np.hypot(place.x() - where.x(), place.y() - where.y())) for place in places]
    nearest = min(away, default=np.inf)
    return away.index(nearest) if nearest <= NEAR else None


class KeptPoints(QObject):  # type: ignore[misc]
    """Points of a curve whose estimates were kept: a click on one picks it.

    Signals
    -------
    picked(iteration)
        A point was clicked.
    """

    picked = Signal(int)

    def __init__(self, plot: Any) -> None:
        super().__init__(plot)
        self._plot = plot
        self._places: tuple[tuple[float, float], ...] = ()
        self._points = plot.plot([], [], symbol="o", symbolSize=6, pen=None)
        plot.scene().sigMouseClicked.connect(self._clicked)

    @property
    def iterations(self) -> tuple[int, ...]:
        """Which numbers of iterations can be clicked."""
        return tuple(int(x) for x, _ in self._places)

    def show(self, places: Sequence[tuple[float, float]]) -> None:
        """Draw points, given in the plot's coordinates."""
        self._places = tuple(places)
        self._points.setData(*(np.transpose(places) if len(places) else ([], [])))

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self._points.setSymbolBrush(colors.card)
        self._points.setSymbolPen(pg.mkPen(colors.first, width=1.5))

    def _clicked(self, event: Any) -> None:
        place = clicked(self._plot, event, self._places)
        if place is not None:
            self.picked.emit(self.iterations[place])


class ConvergencePlot(QWidget):  # type: ignore[misc]
    """The Poisson deviance of each iteration, on a logarithmic axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = (
            "How far the blurred estimate is from the data: Poisson deviance in counts. "
            "It falls as the run goes on, and ever more slowly."
        )
        identify(self, "convergence", "Convergence: Poisson deviance of each iteration", tip)
        self.deviances: tuple[float, ...] = ()
        self._axis = LogarithmicAxis()
        self._plot = DockPlot(left=self._axis)
        self._plot.getAxis("bottom").setLabel("iteration")
        self._axis.setLabel("deviance, counts")
        self._curve = self._plot.plot([], [])
        self._last = self._plot.plot([], [], symbol="o", symbolSize=7, pen=None)
        self._plot.setXRange(0, 30, padding=0.02)
        stack(self, self._plot)

    def show_deviances(self, deviances: Sequence[float], target: int) -> None:
        """Draw one value per iteration, from the first on, with room up to the iteration that is aimed at."""
        self.deviances = tuple(deviances)
        self._axis.empty = not self.deviances
        least = MIN_LOGARITHM * max(self.deviances, default=1.0) or MIN_LOGARITHM
        heights = np.log10(np.maximum(np.asarray(self.deviances, np.float64), least))
        places = np.arange(1, len(heights) + 1)
        self._curve.setData(places, heights)
        self._last.setData(places[-1:], heights[-1:])
        self._plot.setXRange(0, max(target, len(heights), 2), padding=0.03)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        recolor(self._plot, colors)
        self._curve.setPen(pg.mkPen(colors.first, width=2))
        self._last.setSymbolBrush(colors.second)
        self._last.setSymbolPen(colors.card)
