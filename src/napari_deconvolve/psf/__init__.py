"""How a point blurs: making, preparing, loading and saving PSFs."""

from napari_deconvolve.psf.beads.from_beads import Bead, BeadReport, find_beads, from_beads, psf_and_report
from napari_deconvolve.psf.channels import ChannelPSFs
from napari_deconvolve.psf.files import load, save
from napari_deconvolve.psf.formula.formula import from_formula
from napari_deconvolve.psf.lobes.lobes import Lobes, find_lobes
from napari_deconvolve.psf.microscope.depths import microscope_strata
from napari_deconvolve.psf.microscope.microscope import microscope
from napari_deconvolve.psf.microscope.nyquist import nyquist
from napari_deconvolve.psf.points import points
from napari_deconvolve.psf.prepare import from_array
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.scaling import resample
from napari_deconvolve.psf.shapes import gaussian, lorentzian
from napari_deconvolve.psf.strata import Strata
from napari_deconvolve.psf.validation.examine import Finding, examine, worst

__all__ = [
    "PSF",
    "Bead",
    "BeadReport",
    "ChannelPSFs",
    "Finding",
    "Lobes",
    "Strata",
    "examine",
    "find_beads",
    "find_lobes",
    "from_array",
    "from_beads",
    "from_formula",
    "gaussian",
    "load",
    "lorentzian",
    "microscope",
    "microscope_strata",
    "nyquist",
    "points",
    "psf_and_report",
    "resample",
    "save",
    "worst",
]
