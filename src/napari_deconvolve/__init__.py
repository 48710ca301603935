"""Deconvolution of spectra, images and stacks: the core of the napari plugin, without napari or Qt.

>>> import napari_deconvolve as nd
>>> psf = nd.psf.gaussian(fwhm=(0.6, 0.25, 0.25), spacing=(0.3, 0.1, 0.1))
>>> psf.shape
(9, 11, 11)
"""

from napari_deconvolve import psf
from napari_deconvolve._version import __version__
from napari_deconvolve.api.arrays import blind_richardson_lucy, richardson_lucy, wiener
from napari_deconvolve.api.deconvolve import deconvolve, iterate, start
from napari_deconvolve.api.diagnostics import check_psf_width, residual, uncertainty_map
from napari_deconvolve.api.resume import resume
from napari_deconvolve.api.simulate import convolve, simulate
from napari_deconvolve.api.sweep import sweep
from napari_deconvolve.core.algorithms.iterate import Iterate, after, until
from napari_deconvolve.core.priors.good import GoodsRoughness
from napari_deconvolve.core.priors.hessian import Hessian
from napari_deconvolve.core.priors.tikhonov import Tikhonov
from napari_deconvolve.core.priors.total_variation import TotalVariation
from napari_deconvolve.errors import (
    Cancelled,
    DeconvolutionError,
    DeconvolutionWarning,
    FileError,
    ParameterError,
    PSFError,
    ResourceError,
)
from napari_deconvolve.image import SampledArray
from napari_deconvolve.psf import PSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.cost import Cost, estimate_cost
from napari_deconvolve.run.diagnostics.residual import Residual
from napari_deconvolve.run.diagnostics.uncertainty import UncertaintyMap
from napari_deconvolve.run.engine import Run
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.simulate.run import Simulated
from napari_deconvolve.run.sweep.table import Sweep
from napari_deconvolve.tuning.results import FoundPSF, WidthCheck
from napari_deconvolve.work import Control, Outcome, Progress, drive, finish

__all__ = [
    "PSF",
    "Cancelled",
    "Control",
    "Cost",
    "DeconvolutionError",
    "DeconvolutionWarning",
    "FileError",
    "FoundPSF",
    "GoodsRoughness",
    "Hessian",
    "Iterate",
    "Outcome",
    "PSFError",
    "ParameterError",
    "Progress",
    "Recipe",
    "Residual",
    "ResourceError",
    "Result",
    "Run",
    "SampledArray",
    "Simulated",
    "Simulation",
    "Sweep",
    "Tikhonov",
    "TotalVariation",
    "UncertaintyMap",
    "WidthCheck",
    "__version__",
    "after",
    "blind_richardson_lucy",
    "check_psf_width",
    "convolve",
    "deconvolve",
    "drive",
    "estimate_cost",
    "finish",
    "iterate",
    "psf",
    "residual",
    "resume",
    "richardson_lucy",
    "simulate",
    "start",
    "sweep",
    "uncertainty_map",
    "until",
    "wiener",
]
