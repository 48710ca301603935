"""The sources of PSFs that the dock offers: one file each, with its form and what it asks for."""

from napari_deconvolve._napari.docks.psf.sources.base import Place, SourcePanel
from napari_deconvolve._napari.docks.psf.sources.beads import BeadsPanel
from napari_deconvolve._napari.docks.psf.sources.formula import FormulaPanel
from napari_deconvolve._napari.docks.psf.sources.microscope import MicroscopePanel
from napari_deconvolve._napari.docks.psf.sources.points import PointsPanel
from napari_deconvolve._napari.docks.psf.sources.shapes import ShapesPanel
from napari_deconvolve._napari.docks.psf.sources.stored import StoredPanel

__all__ = ["PSF_SOURCES", "SOURCE_PANELS", "Place", "SourcePanel"]

PSF_SOURCES = {
    "gaussian": "Gaussian",
    "lorentzian": "Lorentzian",
    "formula": "Formula",
    "microscope": "Microscope",
    "points": "Points",
    "beads": "Beads",
    "layer": "From layer",
    "file": "From file",
}
"""What each source is called, in the order in which they are offered."""

SOURCE_PANELS: tuple[type[SourcePanel], ...] = (
    ShapesPanel,
    FormulaPanel,
    MicroscopePanel,
    PointsPanel,
    BeadsPanel,
    StoredPanel,
)
"""The forms; each says by `keys` which sources it serves."""
