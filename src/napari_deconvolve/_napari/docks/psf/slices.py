"""The central sections of a PSF, each with a scale bar."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.docks.psf.heights import DECADES, LOGARITHMIC, reach, round_below, scaled
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_request import shown
from napari_deconvolve.psf import PSF

SLICE_HEIGHT = 186  # pixels: of a square section of 166, and its name
BAR_SHARE = 0.4  # of a section's width that a scale bar takes at most
BLACK = "#000004"  # the lowest colour of the map
BAR_COLOR = "#ffffff"


class Slices(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """The sections xy and xz through the centre of a PSF, at the right aspect ratio."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = "Sections through the centre of the PSF: x across, y and z down. The bars say how large they are."
        identify(self, "slices", "Sections of the PSF", tip)
        self.setFixedHeight(SLICE_HEIGHT)
        self.setMinimumWidth(160)
        self.ci.layout.setContentsMargins(0, 0, 0, 0)
        self.ci.layout.setSpacing(4)
        self._plots = {name: _Slice(name) for name in ("xy", "xz")}

    def show_psf(self, psf: PSF, scale: str) -> None:
        """Draw the sections of a PSF of 2 or 3 axes, its heights on a scale."""
        self.ci.clear()
        middle = [length // 2 for length in psf.shape]
        far = [reach(psf, axis, scale) for axis in range(psf.ndim)]
        plane = psf.data if psf.ndim == 2 else psf.data[middle[0]]
        self._plots["xy"].show(plane, psf.spacing[-2:], psf.unit, scale, (far[-2], far[-1]))
        self.ci.addItem(self._plots["xy"].plot, 0, 0)
        if psf.ndim == 3:
            steps = psf.spacing[0], psf.spacing[2]
            self._plots["xz"].show(psf.data[:, middle[1]], steps, psf.unit, scale, (far[0], far[-1]))
            self.ci.addItem(self._plots["xz"].plot, 0, 1)

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.setBackground(palette.background)
        for one in self._plots.values():
            one.plot.setTitle(one.name, color=palette.muted, size="8pt", justify="left")


class _Slice:
    """One section."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.plot = pg.PlotItem(enableMenu=False)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setColorMap(pg.colormap.get("inferno"))
        self.plot.addItem(self._image)
        self.plot.setAspectLocked(True)
        self.plot.setMouseEnabled(False, False)
        self.plot.hideButtons()
        for side in ("left", "bottom"):
            self.plot.hideAxis(side)
        box = self.plot.getViewBox()
        box.setBackgroundColor(BLACK)
        self._bar = pg.ScaleBar(1, width=3, brush=BAR_COLOR, pen=pg.mkPen(None))
        self._bar.text.setColor(BAR_COLOR)
        self._bar.setParentItem(box)
        self._bar.anchor((1, 1), (1, 1), offset=(-10, -10))

    def show(
        self, plane: NDArray[np.float32], spacing: tuple[float, ...], unit: str, scale: str, far: tuple[float, float]
    ) -> None:
        """Draw a plane up to `far` from its centre, vertically and horizontally."""
        rows, columns = plane.shape
        tall, wide = rows * spacing[0], columns * spacing[1]
        levels = (-DECADES, 0) if scale == LOGARITHMIC else (0, 1)
        self._image.setImage(scaled(plane, scale), levels=levels)
        self._image.setRect(-wide / 2, -tall / 2, wide, tall)
        side = max(far)  # both have one scale, and the part that is seen is a square
        self.plot.setRange(xRange=(-side, side), yRange=(-side, side), padding=0.0)
        self._bar.size = round_below(2 * BAR_SHARE * side)
        self._bar.text.setText(f"{self._bar.size:g} {shown(unit)}")
        self._bar.updateBar()
