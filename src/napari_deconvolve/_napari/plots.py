"""Plots in the docks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_deconvolve._napari.theme import Palette

HEIGHT = 180  # pixels: enough to read a curve and its axes


class ConvergencePlot(QWidget):  # type: ignore[misc]
    """The Poisson deviance of each iteration, on a logarithmic axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("convergence")
        self.setAccessibleName("Convergence: Poisson deviance of each iteration")
        self.setToolTip(
            "How far the blurred estimate is from the data, in counts (Poisson deviance); it falls as the run goes on."
        )
        self.deviances: tuple[float, ...] = ()
        self._plot = pg.PlotWidget()
        self._plot.setMinimumWidth(120)
        self._plot.setFixedHeight(HEIGHT)
        self._plot.hideButtons()
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(False, False)
        self._plot.setLogMode(False, True)
        self._plot.getAxis("bottom").setLabel("iteration")
        self._plot.getAxis("left").setLabel("deviance, counts")
        self._plot.getAxis("left").enableAutoSIPrefix(False)
        self._curve = self._plot.plot([], [])
        self._last = self._plot.plot([], [], symbol="o", symbolSize=7, pen=None)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)

    def show_deviances(self, deviances: Sequence[float]) -> None:
        """Draw one value per iteration, from the first on."""
        self.deviances = tuple(deviances)
        # A logarithm needs positive numbers: noise-free data can be met exactly.
        values = [max(value, 1e-12) for value in self.deviances]
        places = list(range(1, len(values) + 1))
        self._curve.setData(places, values)
        self._last.setData(places[-1:], values[-1:])

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self._plot.setBackground(colors.background)
        for name in ("bottom", "left"):
            axis: Any = self._plot.getAxis(name)
            axis.setPen(colors.muted)
            axis.setTextPen(colors.foreground)
        self._curve.setPen(pg.mkPen(colors.first, width=2))
        self._last.setSymbolBrush(colors.second)
        self._last.setSymbolPen(colors.background)
