"""The plot of what a PSF passes: its lateral transfer against spatial frequency, with the limits marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSizePolicy

from napari_deconvolve._napari.docks.psf.heights import DECADES
from napari_deconvolve._napari.docks.psf.profile_plot import small, stroke
from napari_deconvolve._napari.kit.forms import identify
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_request import shown
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.otf import Transfer, theoretical_cutoff, transfer

MARGIN_FACTOR = 1.15  # times the farthest mark


class OTFPlot(pg.PlotWidget):  # type: ignore[misc]
    """Modulus of the OTF, averaged over all lateral directions, with cut-off and the image's Nyquist frequency."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        tip = (
            "How much of a pattern of so many periods per unit of length passes (modulus of the OTF, lateral, "
            "averaged over all directions). Beyond the cut-off nothing passes; beyond the image's Nyquist frequency "
            "its samples cannot show a pattern."
        )
        identify(self, "otf", "Transfer of the PSF: modulus of its OTF", tip)
        self.setMinimumWidth(160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.curve = self.plot([], [], antialias=True)
        self.cutoff_line = pg.InfiniteLine(0, angle=90)
        self.nyquist_line = pg.InfiniteLine(0, angle=90, label="Nyquist", labelOpts={"position": 0.9})
        for line in (self.cutoff_line, self.nyquist_line):
            self.addItem(line)
        self.cutoff: float | None = None
        self.from_theory = False
        self.nyquist: float | None = None
        self._transfer: Transfer | None = None
        self._known: tuple[PSF, tuple[float, ...] | None] | None = None

    def show_psf(self, psf: PSF, image_spacing: Sequence[float] | None, log: bool, colors: Palette) -> str:
        """Draw a PSF's transfer, for an image of this spacing in the PSF's unit; return its limits in words."""
        self._measure(psf, image_spacing)
        assert self._transfer is not None
        heights = np.maximum(self._transfer.height, 0)
        heights = np.log10(np.maximum(heights, 10.0**-DECADES)) if log else heights
        self.curve.setData(self._transfer.frequency, heights)
        self.curve.setPen(pg.mkPen(colors.first, width=2))
        unit = shown(psf.unit)
        for line, place, color, style in (
            (self.cutoff_line, self.cutoff, colors.second, Qt.PenStyle.DashLine),
            (self.nyquist_line, self.nyquist, colors.foreground, Qt.PenStyle.DotLine),
        ):
            line.setVisible(place is not None)
            line.setValue(place or 0.0)
            line.setPen(pg.mkPen(color, width=2, style=style))
        self.nyquist_line.label.setColor(colors.muted)
        self.setLabel("bottom", f"lateral frequency (1/{unit})")
        self.setLabel("left", "log₁₀ of |OTF|" if log else "|OTF|")
        self.setYRange(-DECADES if log else 0, 0 if log else 1, padding=0.04)
        marks = [mark for mark in (self.cutoff, self.nyquist) if mark is not None]
        self.setXRange(0, MARGIN_FACTOR * max(marks, default=float(self._transfer.frequency[-1])), padding=0.02)
        self.setAccessibleDescription(", ".join(self._words(unit)))
        return self._legend(unit, colors)

    def _legend(self, unit: str, colors: Palette) -> str:
        """Return the limits in few words; the whole ones are the plot's description."""
        end = "no cut-off" if self.cutoff is None else f"cut-off {self.cutoff:.3g}"
        entries = (
            (end, colors.second, "╍"),
            (f"Nyquist {self.nyquist:.3g} /{unit}", colors.foreground, "┅"),
        )
        return small("&ensp;".join(stroke("", words, color, dashes) for words, color, dashes in entries))

    def _measure(self, psf: PSF, image_spacing: Sequence[float] | None) -> None:
        steps = None if image_spacing is None else tuple(float(step) for step in image_spacing)
        if self._known is not None and self._known[0] is psf and self._known[1] == steps:
            return
        self._known = (psf, steps)
        self._transfer = transfer(psf)
        theory = theoretical_cutoff(psf)
        measured = self._transfer.cutoff
        self.from_theory = theory is not None
        self.cutoff = theory if theory is not None else measured if np.isfinite(measured) else None
        lateral = (steps or psf.spacing)[-min(2, psf.ndim) :]
        self.nyquist = 1 / (2 * max(lateral))

    def _words(self, unit: str) -> tuple[str, str]:
        origin = "of the lens" if self.from_theory else "measured"
        end = "no cut-off below Nyquist" if self.cutoff is None else f"cut-off {self.cutoff:.3g} /{unit} ({origin})"
        return end, f"image's Nyquist {self.nyquist:.3g} /{unit}"
