"""The plots of the dock "Deconvolve": the score by which settings were chosen, and how the fit got better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QVBoxLayout, QWidget

from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.forms import choice_box, identify
from napari_deconvolve._napari.kit.plots import (
    ConvergencePlot,
    DockPlot,
    KeptPoints,
    ValueAxis,
    legend_label,
    recolor,
)
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve.run.quality import place_of
from napari_deconvolve.tuning.results import Choice, Curve

SCORE, FIT = "Score while choosing", "Fit over iterations"
SCORE_MARGIN = 0.15  # of the range, above and below the part that matters
TOP = 3.0  # of the range below a curve's middle: what is higher is cut off
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
MOST_NAMES = 4  # in a legend
CURVE_SIGNS = ("━", "╌", "┈")


class ScorePlot(QWidget):  # type: ignore[misc]
    """The score over iterations, one line per setting that was tried, and a star at the one that was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        identify(
            self,
            "score",
            "Score over iterations",
            "How far the estimate is from the object, measured on the data alone: the lower the better. "
            "One line per width of the sieve; the star marks what was chosen.",
        )
        self.curves: tuple[Curve, ...] = ()
        self.names: tuple[str, ...] = ()
        self._chosen: tuple[int, int] | None = None  # which curve, which iteration
        self._colors: Palette | None = None
        self._axis = ValueAxis()
        self._plot = DockPlot(left=self._axis)
        self.legend = legend_label("score_legend", "Legend", "Which line is which setting.")
        self._lines: list[Any] = []
        self._star = self._plot.plot([], [], symbol="star", symbolSize=17, pen=None)
        self._star.setZValue(5)
        self.kept = KeptPoints(self._plot)
        self._set_up()

    def _set_up(self) -> None:
        self._plot.getAxis("bottom").setLabel("iterations")
        self._axis.setLabel("lower is better")
        self._plot.setXRange(0, 30, padding=0.02)
        stack(self, self.legend, self._plot, spacing=2)
        self.legend.setVisible(False)
        self._alike = pg.LinearRegionItem(movable=False)
        self._alike.setVisible(False)
        self._plot.addItem(self._alike)

    @property
    def star(self) -> tuple[int, float] | None:
        """Iterations and score of what was chosen; None when nothing was."""
        if self._chosen is None:
            return None
        curve, count = self.curves[self._chosen[0]], self._chosen[1]
        nearest = min(range(len(curve.iterations)), key=lambda index: abs(curve.iterations[index] - count))
        return count, curve.scores[nearest]

    def show_curves(self, curves: Sequence[Curve], names: Sequence[str], choice: Choice | None = None) -> None:
        """Draw what is known so far; the star stands at the lowest point until the choice is made."""
        if tuple(curves) == self.curves and tuple(names) == self.names and choice is None:
            return
        self.curves, self.names = tuple(curves), tuple(names)
        self._chosen = _chosen(self.curves, choice)
        self._draw()

    def show_kept(self, iterations: Sequence[int]) -> None:
        """Mark the numbers whose estimates were kept, on the chosen curve."""
        curve = None if self._chosen is None else self.curves[self._chosen[0]]
        known = {} if curve is None else dict(zip(curve.iterations, curve.scores, strict=True))
        self.kept.show([(float(count), self._height(known[count])) for count in iterations if count in known])

    def _draw(self) -> None:
        scores = [score for curve in self.curves for score in curve.scores if math.isfinite(score)]
        self._axis.empty = not scores
        self._axis.logarithmic = bool(scores) and min(scores) > 0
        self._axis.picture = None
        for line in self._lines:
            self._plot.removeItem(line)
        self._lines = [self._line(index, curve) for index, curve in enumerate(self.curves)]
        self._shade()
        star = self.star
        self._star.setData(*(([star[0]], [self._height(star[1])]) if star is not None else ([], [])))
        self._fit()
        self._write_legend()

    def _shade(self) -> None:
        """Shade the numbers that score as the chosen one within the noise."""
        same = None if self._chosen is None else self.curves[self._chosen[0]].alike
        self._alike.setVisible(same is not None)
        if same is not None:
            self._alike.setRegion(same)

    def _height(self, score: float) -> float:
        return math.log10(score) if self._axis.logarithmic else score

    def _line(self, index: int, curve: Curve) -> Any:
        heights = [self._height(score) for score in curve.scores]
        line = self._plot.plot(np.asarray(curve.iterations, float), np.asarray(heights, float))
        if self._colors is not None:
            line.setPen(pg.mkPen(self._color(index), width=2, style=STYLES[self._style(index)]))
        return line

    def _fit(self) -> None:
        """Show all iterations, and the scores near the best ones: the first iterations are far above."""
        if self._axis.empty:
            return
        heights = np.array([self._height(score) for curve in self.curves for score in curve.scores])
        heights = heights[np.isfinite(heights)]
        low, middle, high = float(heights.min()), float(np.median(heights)), float(heights.max())
        high = min(high, low + max(TOP * (middle - low), 0.2 * (high - low)))
        spare = SCORE_MARGIN * max(high - low, 1e-3 * abs(low), 1e-9)
        self._plot.setYRange(low - spare, high + spare, padding=0)
        self._plot.setXRange(0, max(max(curve.iterations) for curve in self.curves), padding=0.04)

    def _write_legend(self) -> None:
        names = dict(enumerate(self.names[: len(self.curves)]))
        if self._crowded and self._chosen is not None:  # more names would take more room than the plot
            best = self._chosen[0]
            other = next(index for index in names if index != best)
            names = {best: names[best], other: f"{len(names) - 1} other settings"}
        parts = [
            f'<span style="color: {self._color(index)}">{CURVE_SIGNS[self._style(index)]}</span>&nbsp;'
            + name.replace(" ", "&nbsp;")
            for index, name in names.items()
        ]
        self.legend.setText(" &nbsp; ".join(parts))
        self.legend.setVisible(len(parts) > 1)

    def _color(self, index: int) -> str:
        colors = self._colors
        if colors is not None and self._crowded:
            return colors.first if self._chosen is not None and index == self._chosen[0] else colors.muted
        return "" if colors is None else (colors.first, colors.second, colors.muted)[index % 3]

    @property
    def _crowded(self) -> bool:
        """Whether there are more lines than names have room: then the best one stands out from all others."""
        return len(self.curves) > MOST_NAMES

    def _style(self, index: int) -> int:
        return 0 if self._crowded else index // 3 % len(STYLES)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self._colors = colors
        recolor(self._plot, colors)
        shade = pg.mkColor(colors.first)
        shade.setAlpha(60)
        self._alike.setBrush(shade)
        for line in self._alike.lines:
            line.setPen(pg.mkPen(None))
        self._star.setSymbolBrush(colors.second)
        self._star.setSymbolPen(colors.background)
        self.kept.restyle(colors)
        self._draw()


class FitPlot(ConvergencePlot):
    """The misfit of each iteration, and a line at the number that was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chosen = 0
        self._mark = pg.InfiniteLine(angle=90)
        self._mark.setVisible(False)
        self._plot.addItem(self._mark)
        self.kept = KeptPoints(self._plot)

    def show_kept(self, iterations: Sequence[int]) -> None:
        """Mark the iterations whose estimates were kept."""
        places, heights = self._curve.getData()
        known = {} if places is None else dict(zip(places.tolist(), heights.tolist(), strict=True))
        self.kept.show([(float(count), known[count]) for count in iterations if count in known])

    def show_fit(self, values: Sequence[float], target: int, name: str, chosen: int) -> None:
        """Draw one value per iteration; 0 is chosen where nothing was."""
        self.chosen = chosen
        self._mark.setVisible(chosen > 0)
        self._mark.setValue(chosen)
        if self._axis.labelText != name:
            self._axis.setLabel(name)
        self.show_deviances(values, target)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        self.kept.restyle(colors)
        self._mark.setPen(pg.mkPen(colors.second, width=2, style=Qt.PenStyle.DashLine))


class Plots(QWidget):  # type: ignore[misc]
    """One plot at a time, and above it a choice of which, as soon as there are several."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice: QComboBox = identify(choice_box([]), "plot", "Plot", "What the plot shows.")
        self.score, self.fit = ScorePlot(), FitPlot()
        self._plots: dict[str, QWidget] = {SCORE: self.score, FIT: self.fit}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.choice)
        for plot in self._plots.values():
            layout.addWidget(plot)
        self.choice.currentTextChanged.connect(self._show)
        self.offer([FIT])

    def add(self, name: str, plot: QWidget) -> None:
        """Add a plot, to be offered under a name."""
        self._plots[name] = plot
        self.layout().addWidget(plot)
        self._show(self.choice.currentText())

    def offer(self, names: Sequence[str]) -> None:
        """Offer these; the one that is shown stays if it is among them."""
        offered = [self.choice.itemText(index) for index in range(self.choice.count())]
        if offered == list(names):
            return
        before = self.choice.currentText()
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems(list(names))
        self.choice.blockSignals(False)
        self.choice.setCurrentText(before if before in names else names[-1])
        self.choice.setVisible(len(names) > 1)
        self._show(self.choice.currentText())

    def show_plot(self, name: str) -> None:
        """Show one of those that are offered."""
        self.choice.setCurrentText(name)

    def _show(self, name: str) -> None:
        for other, plot in self._plots.items():
            plot.setVisible(other == name)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        for plot in self._plots.values():
            plot.restyle(colors)


def _chosen(curves: Sequence[Curve], choice: Choice | None) -> tuple[int, int] | None:
    """Return which curve and which number of iterations was chosen, or would be by what is known so far."""
    if choice is not None and choice.iterations:
        index = place_of(curves, choice)
        if index < len(curves) and curves[index].iterations:
            return index, _fast(curves[index], choice)
    best = [(min(curve.scores), index) for index, curve in enumerate(curves) if curve.scores]
    if not best:
        return None
    index = min(best)[1]
    curve = curves[index]
    return index, curve.iterations[int(np.argmin(curve.scores))]


def _fast(curve: Curve, choice: Choice) -> int:
    """Return the number on the curve's own axis: without looking ahead, more iterations lead to the same fit."""
    if choice.iterations <= max(curve.iterations):
        return choice.iterations
    return curve.iterations[int(np.argmin(curve.scores))]
