"""Gaussian and Lorentzian: the widths stand in the table beside the spacing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from qtpy.QtWidgets import QCheckBox

from napari_deconvolve._napari.docks.psf.sources.base import Place, SourcePanel
from napari_deconvolve._napari.layers.psf_request import Drawn, Grid, Numbers, Wanted, require_samples, widths_text
from napari_deconvolve.psf import gaussian, lorentzian
from napari_deconvolve.psf.shapes import LORENTZIAN_REACH

SHAPES = {"gaussian": "Gaussian", "lorentzian": "Lorentzian"}


@dataclass(frozen=True)
class Shape(Wanted):
    """A Gaussian or Lorentzian of these widths, in the grid's unit."""

    shape: str
    fwhm: Numbers

    def draw(self, grid: Grid) -> Drawn:
        """Make the PSF."""
        reach = 3.5 if self.shape == "gaussian" else 2 * LORENTZIAN_REACH[len(self.fwhm)]
        require_samples(tuple(reach * width / step for width, step in zip(self.fwhm, grid.steps, strict=True)))
        shape = gaussian if self.shape == "gaussian" else lorentzian
        warnings = () if grid.unit != "pixel" else ("The pixel size is not known, so the FWHM is in pixels.",)
        return Drawn(shape(self.fwhm, grid.steps, unit=grid.unit), warnings)

    def name(self, grid: Grid) -> str:
        """Name the layer of the PSF."""
        return f"PSF {SHAPES[self.shape]} {widths_text(self.fwhm, grid.unit)}"


class ShapesPanel(SourcePanel):
    """Nothing but whether y and x go together."""

    keys = ("gaussian", "lorentzian")
    second = "fwhm"
    failing: ClassVar[dict[str, str]] = {"gaussian": "fwhm", "lorentzian": "fwhm"}

    def build(self) -> None:
        """Make the fields."""
        self.message("fwhm")
        box = QCheckBox("Same FWHM along y and x")
        self.same_xy = self.add(
            "same_xy", "Same FWHM along y and x", box, "Editing one of the two sets the other.", True
        )

    def wanted(self, place: Place) -> Shape:
        """Return what the fields ask for."""
        return Shape(self.source, place.fwhm)

    def problems(self, place: Place) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        return {"fwhm": "A FWHM of 0 blurs nothing; give a width above 0."} if min(place.fwhm) <= 0 else {}

    def look(self, place: Place) -> None:
        """Show the fields that matter now."""
        self.same_xy.setVisible(place.grid.axes > 1)
