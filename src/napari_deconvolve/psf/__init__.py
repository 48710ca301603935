"""How a point blurs: making, preparing, loading and saving PSFs."""

from napari_deconvolve.psf.files import load, save
from napari_deconvolve.psf.formula import from_formula
from napari_deconvolve.psf.points import points
from napari_deconvolve.psf.prepare import from_array, resample
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.shapes import gaussian, lorentzian

__all__ = ["PSF", "from_array", "from_formula", "gaussian", "load", "lorentzian", "points", "resample", "save"]
