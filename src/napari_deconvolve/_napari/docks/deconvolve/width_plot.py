"""The plot of the PSF-width check."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.plots import DockPlot, recolor
from napari_deconvolve._napari.kit.theme import Palette


class WidthPlot(QWidget):  # type: ignore[misc]
    """How much worse each width of the PSF predicts the image than the best, and a line at the best."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        identify(
            self,
            "widths",
            "Score of widths of the PSF",
            "How much worse a PSF of this width predicts the image than the best one; the line marks the best.",
        )
        self.points: tuple[tuple[float, float], ...] = ()
        self.best = 0.0
        self._plot = DockPlot()
        self._plot.getAxis("bottom").setLabel("width over the PSF's own")
        self._plot.getAxis("left").setLabel("worse by, nats")
        self._curve = self._plot.plot([], [], symbol="o", symbolSize=8)
        self._line = pg.InfiniteLine(angle=90)
        self._line.setVisible(False)
        self._plot.addItem(self._line)
        stack(self, self._plot)

    def show_points(self, points: Sequence[tuple[float, float]], best: float = 0.0) -> None:
        """Draw what is known; 0 is best where nobody knows yet."""
        if tuple(points) == self.points and best == self.best:
            return
        self.points, self.best = tuple(points), best
        self._curve.setData([width for width, _ in self.points], [score for _, score in self.points])
        self._line.setValue(best)
        self._line.setVisible(best > 0)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        recolor(self._plot, colors)
        self._curve.setPen(pg.mkPen(colors.first, width=2))
        self._curve.setSymbolBrush(colors.first)
        self._curve.setSymbolPen(colors.background)
        self._line.setPen(pg.mkPen(colors.second, width=2))
