"""The plot of the photon transfer: how noise grows with light."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.plots import DockPlot, recolor
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve.run.diagnostics.camera import CameraReport, CameraRow


class TransferPlot(QWidget):  # type: ignore[misc]
    """Variance over mean of parts of the image, and the line by which offset and gain are told, where it is certain."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        identify(
            self,
            "transfer",
            "Photon transfer",
            "Variance of the noise over the mean, in parts of the image from dark to bright. The line begins at the "
            "offset, where there is no noise, and rises by the gain. It is missing where it is not certain.",
        )
        self.row: CameraRow | None = None
        self._plot = DockPlot()
        self._plot.getAxis("bottom").setLabel("mean, counts")
        self._plot.getAxis("left").setLabel("variance, counts²")
        self._points = self._plot.plot([], [], pen=None, symbol="o", symbolSize=7)
        self._line = self._plot.plot([], [])
        stack(self, self._plot)

    def show_report(self, report: CameraReport | None) -> None:
        """Draw what the first channel tells; nothing without a report."""
        row = report.rows[0] if report is not None and report.rows else None
        if row is self.row:
            return
        self.row = row
        empty = np.empty(0)
        self._points.setData(*((empty, empty) if row is None else (row.mean, row.variance)))
        if row is None or not row.trusted:
            self._line.setData(empty, empty)
        else:
            ends = np.array([row.offset, float(row.mean.max())])
            self._line.setData(ends, row.gain * (ends - row.offset))

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        recolor(self._plot, colors)
        self._points.setSymbolBrush(colors.first)
        self._points.setSymbolPen(colors.background)
        self._line.setPen(pg.mkPen(colors.second, width=2))
