"""The live view of a PSF: its central slices, its profiles with their widths, and what it passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtGui import QFont
from qtpy.QtWidgets import QCheckBox, QLabel, QSizePolicy, QWidget

from napari_deconvolve._napari.docks.psf.otf_plot import DECADES, OTFPlot
from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_layers import AXES
from napari_deconvolve._napari.layers.psf_request import shown
from napari_deconvolve.psf import PSF

SLICE_HEIGHT = 170
PROFILE_HEIGHT = 170
SEEN = 0.02  # of the peak: what can be seen against black on the linear scale
SQUARE = 0.6  # of the other side's reach is seen at least, since both have one scale
FARTHEST_TICK = 0.65  # of the way to a slice's border: the farthest place for a tick's label
MARGIN_FACTOR = 1.5  # times the farthest that can be seen
AXIS_DASHES = {"x": None, "y": [5, 5], "z": [1.5, 2.5]}  # so that equal curves show through each other


class PSFView(QWidget):  # type: ignore[misc]
    """Central xy and xz slices at the right aspect ratio, a profile along each axis, and the lateral transfer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._psf: PSF | None = None
        self._image_spacing: tuple[float, ...] | None = None
        self._palette: Palette | None = None
        self._slices = pg.GraphicsLayoutWidget()
        self._slices.setObjectName("slices")
        self._slices.setFixedHeight(SLICE_HEIGHT)
        self._slices.ci.layout.setContentsMargins(0, 0, 0, 0)
        self._xy, self._xz = _SlicePlot("y"), _SlicePlot("z")
        self._profile = _profile_plot()
        self._widths, self._limits = _words("widths"), _words("limits")
        self._otf = OTFPlot()
        self._log = QCheckBox("Show faint tails (logarithmic)")
        self._log.setObjectName("log_scale")
        self._log.setToolTip(f"Brightness, profiles and transfer on a logarithmic scale over {DECADES} powers of ten.")
        self._log.toggled.connect(self._draw)
        stack(self, self._slices, self._widths, self._profile, self._limits, self._otf, self._log)

    @property
    def log_scale(self) -> QCheckBox:
        """The switch of the scale."""
        return self._log

    def show_psf(self, psf: PSF | None, *, image_spacing: Sequence[float] | None = None) -> None:
        """Draw a PSF, for an image of this spacing in the PSF's unit; None empties the view."""
        self._psf = psf
        self._image_spacing = None if image_spacing is None else tuple(image_spacing)
        self._draw()

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self._slices.setBackground(palette.background)
        for widget in (self._profile, self._otf):
            widget.setBackground(palette.background)
        for plot in (self._xy.plot, self._xz.plot, self._profile.getPlotItem(), self._otf.getPlotItem()):
            _restyle(plot, palette)
        self._draw()

    def _draw(self, *_: Any) -> None:
        psf = self._psf
        for widget in (self._widths, self._profile, self._limits, self._otf, self._log):
            widget.setVisible(psf is not None)
        self._slices.setVisible(psf is not None and psf.ndim > 1)
        self._profile.getPlotItem().clear()
        if psf is None or self._palette is None:
            self._widths.setText("")
            self._limits.setText("")
            self._profile.setAccessibleDescription("No PSF to show")
            return
        self._draw_slices(psf)
        self._draw_profiles(psf, self._palette)
        self._limits.setText(self._otf.show_psf(psf, self._image_spacing, self._log.isChecked(), self._palette))
        self._limits.setAccessibleName(self._otf.accessibleDescription())

    def _draw_slices(self, psf: PSF) -> None:
        self._slices.ci.clear()
        if psf.ndim == 1:
            return
        middle = [length // 2 for length in psf.shape]
        plane = psf.data if psf.ndim == 2 else psf.data[middle[0]]
        log = self._log.isChecked()
        far = [_reach(psf, axis, log) for axis in range(psf.ndim)]
        self._xy.show(plane, psf.spacing[-2:], psf.unit, log, (far[-2], far[-1]))
        self._slices.ci.addItem(self._xy.plot, 0, 0)
        if psf.ndim == 3:
            self._xz.show(psf.data[:, middle[1]], (psf.spacing[0], psf.spacing[2]), psf.unit, log, (far[0], far[-1]))
            self._slices.ci.addItem(self._xz.plot, 0, 1)

    def _draw_profiles(self, psf: PSF, palette: Palette) -> None:
        plot = self._profile.getPlotItem()
        log = self._log.isChecked()
        unit = shown(psf.unit)
        colors = {"x": palette.first, "y": palette.second, "z": palette.foreground}
        words = []
        reach = 0.0
        for axis, name in reversed(list(enumerate(AXES[-psf.ndim :]))):
            heights = _scaled(psf.profile(axis), log)
            places = (np.arange(len(heights)) - len(heights) // 2) * psf.spacing[axis]
            pen = pg.mkPen(colors[name], width=2, dash=AXIS_DASHES[name])
            plot.plot(places, heights, pen=pen, antialias=True)
            reach = max(reach, _reach(psf, axis, log))
            width = psf.fwhm[axis]
            words.append((name, f"{width:.3g} {unit}" if np.isfinite(width) else "not measurable"))
        level = float(_scaled(np.array([1.0, 0.5]), log)[1])
        plot.addItem(pg.InfiniteLine(level, angle=0, pen=pg.mkPen(palette.muted, style=Qt.PenStyle.DashLine)))
        plot.setLabel("bottom", f"distance from the centre ({unit})")
        plot.setLabel("left", "log₁₀ of height" if log else "height")
        plot.setYRange(-DECADES if log else 0, 0 if log else 1, padding=0.04)
        plot.setXRange(-reach, reach, padding=0.02)
        strokes = {"x": "━━", "y": "╍╍", "z": "┅┅"}
        colored = [_legend(name, text, colors[name], strokes[name]) for name, text in words]
        self._widths.setText("FWHM: " + "&ensp; ".join(colored))
        spoken = "FWHM " + ", ".join(f"{name} {text}" for name, text in words)
        self._widths.setAccessibleName(spoken)
        self._profile.setAccessibleDescription(spoken)


class _SlicePlot:
    """One slice, with axes in physical units."""

    def __init__(self, vertical: str) -> None:
        self.plot = pg.PlotItem(enableMenu=False)
        self._vertical = vertical
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setColorMap(pg.colormap.get("inferno"))
        self.plot.addItem(self._image)
        self.plot.setAspectLocked(True)
        self.plot.setMouseEnabled(False, False)
        self.plot.hideButtons()
        self.plot.getViewBox().setBackgroundColor("#000004")  # the lowest colour of the map

    def show(
        self, plane: NDArray[np.float32], spacing: tuple[float, ...], unit: str, log: bool, far: tuple[float, float]
    ) -> None:
        """Draw a plane up to `far` from its centre, vertically and horizontally."""
        heights = _scaled(plane, log)
        rows, columns = plane.shape
        tall, wide = rows * spacing[0], columns * spacing[1]
        self._image.setImage(heights, levels=(-DECADES, 0) if log else (0, 1))
        self._image.setRect(-wide / 2, -tall / 2, wide, tall)
        self.plot.setRange(xRange=(-far[1], far[1]), yRange=(-far[0], far[0]), padding=0.02)
        sides = (("left", self._vertical, far[0], far[1]), ("bottom", "x", far[1], far[0]))
        for side, name, own, other in sides:
            axis = self.plot.getAxis(side)
            mark = _round_below(FARTHEST_TICK * max(own, SQUARE * other))
            axis.setTicks([[(place, f"{place:.3g}") for place in (-mark, 0.0, mark)]])
            axis.setLabel(f"{name} ({shown(unit)})")
            # pyqtgraph keeps a factor of 1000 from before the first range, unless it is set each time.
            axis.enableAutoSIPrefix(False)
            axis.autoSIPrefixScale = 1.0


def _reach(psf: PSF, axis: int, log: bool) -> float:
    """Return how far from the centre there is something to see along an axis: a wide PSF's core is not to be a dot."""
    heights = _scaled(psf.profile(axis), False)
    middle, step = len(heights) // 2, psf.spacing[axis]
    seen = np.flatnonzero(heights > (10.0**-DECADES if log else SEEN))
    farthest = int(np.abs(seen - middle).max()) if len(seen) else middle
    return float(min(MARGIN_FACTOR * (farthest + 1), middle + 0.5)) * step


def _words(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def _round_below(length: float) -> float:
    """Return the next lower 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    decade = 10.0 ** np.floor(np.log10(length))
    return float(max(step for step in (1, 1.5, 2, 3, 4, 5, 6, 8) if step * decade <= length * (1 + 1e-9)) * decade)


def _legend(name: str, text: str, color: str, stroke: str) -> str:
    unbroken = f"{name} {text}".replace(" ", "&nbsp;")
    return f'<span style="color:{color}">{stroke}</span>&nbsp;{unbroken}'


def _profile_plot() -> Any:
    plot = pg.PlotWidget(enableMenu=False)
    plot.setObjectName("profile")
    plot.setAccessibleName("Profiles of the PSF")
    plot.setFixedHeight(PROFILE_HEIGHT)
    plot.setMinimumWidth(160)
    plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    return plot


def _scaled(values: NDArray[Any], log: bool) -> NDArray[np.float64]:
    """Bring the highest to 1, or to 0 on the logarithmic scale."""
    relative = np.asarray(values, np.float64) / max(float(np.max(values)), 1e-300)
    return np.log10(np.maximum(relative, 10.0**-DECADES)) if log else relative


def _restyle(plot: Any, palette: Palette) -> None:
    font = QFont()
    font.setPointSize(8)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(palette.muted)
        axis.setTextPen(palette.foreground)
        axis.setTickFont(font)
        axis.enableAutoSIPrefix(False)
        axis.setStyle(tickTextOffset=2, tickLength=-4, maxTickLevel=0)
        axis.labelStyle = {"color": palette.foreground, "font-size": "8pt"}
        axis.setLabel(**axis.labelStyle)
