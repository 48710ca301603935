"""The plot of a PSF along each of its axes, with its widths in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Qt
from qtpy.QtGui import QFont
from qtpy.QtWidgets import QSizePolicy

from napari_deconvolve._napari.docks.psf.heights import DECADES, LINEAR, LOGARITHMIC, reach, scaled
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_layers import AXES
from napari_deconvolve._napari.layers.psf_request import shown
from napari_deconvolve.psf import PSF

AXIS_DASHES = {"x": None, "y": [5, 5], "z": [1.5, 2.5]}  # so that equal curves show through each other
STROKES = {"x": "━", "y": "╍", "z": "┅"}


class ProfilePlot(pg.PlotWidget):  # type: ignore[misc]
    """One curve along each axis through the centre, relative to the peak."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        tip = "The PSF along each axis through its centre. The dashed line is at half of its peak, where FWHM is."
        identify(self, "profile", "Profiles of the PSF", tip)
        self.setMinimumWidth(160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseEnabled(False, False)
        self.hideButtons()

    def show_psf(self, psf: PSF, log: bool, palette: Palette) -> str:
        """Draw a PSF's profiles; return its widths as marked-up text."""
        plot, unit = self.getPlotItem(), shown(psf.unit)
        plot.clear()
        scale = LOGARITHMIC if log else LINEAR
        colors = {"x": palette.first, "y": palette.second, "z": palette.foreground}
        words, far = [], 0.0
        for axis, name in reversed(list(enumerate(AXES[-psf.ndim :]))):
            heights = scaled(psf.profile(axis), scale)
            places = (np.arange(len(heights)) - len(heights) // 2) * psf.spacing[axis]
            pen = pg.mkPen(colors[name], width=2, dash=AXIS_DASHES[name])
            plot.plot(places, heights, pen=pen, antialias=True)
            far = max(far, reach(psf, axis, scale))
            width = psf.fwhm[axis]
            words.append((name, f"{width:.3g}" if np.isfinite(width) else "not measurable"))
        level = float(scaled(np.array([1.0, 0.5]), scale)[1])
        plot.addItem(pg.InfiniteLine(level, angle=0, pen=pg.mkPen(palette.muted, style=Qt.PenStyle.DashLine)))
        plot.setLabel("bottom", f"distance from the centre ({unit})")
        plot.setLabel("left", "log₁₀ of height" if log else "height")
        plot.setYRange(-DECADES if log else 0, 0 if log else 1, padding=0.04)
        plot.setXRange(-far, far, padding=0.02)
        spoken = (f"{name} {text} {unit}" if text[0].isdigit() else f"{name} {text}" for name, text in words)
        self.setAccessibleDescription("FWHM " + ", ".join(spoken))
        marks = [(name, text, f'<span style="color:{colors[name]}">{STROKES[name]}</span>') for name, text in words]
        if [name for name, _ in words[:2]] == ["x", "y"] and words[0][1] == words[1][1]:
            marks[:2] = [("xy", words[0][1], marks[0][2] + marks[1][2])]  # as of any round PSF
        legend = "&ensp;".join(f"{lines}&nbsp;{name}&nbsp;{text}" for name, text, lines in marks)
        known = any(text[0].isdigit() for _, text in words)
        return small(f"FWHM&ensp;{legend}{f'&nbsp;{unit}' if known else ''}")

    def empty(self) -> None:
        """Show nothing."""
        self.getPlotItem().clear()
        self.setAccessibleDescription("No PSF to show")


def stroke(name: str, text: str, color: str, dashes: str) -> str:
    """Return an entry of a legend: its line in its colour, and words that are not broken."""
    unbroken = f"{name} {text}".strip().replace(" ", "&nbsp;")
    return f'<span style="color:{color}">{dashes}</span>&nbsp;{unbroken}'


def small(text: str) -> str:
    """Return marked-up text in small print."""
    return f'<span style="font-size:8pt">{text}</span>'


def restyle_plot(plot: Any, palette: Palette) -> None:
    """Draw the axes of a plot in the colours of a theme, in small print."""
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
