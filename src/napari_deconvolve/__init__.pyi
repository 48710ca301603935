from . import psf
from ._version import __version__
from .api.arrays import blind_richardson_lucy, richardson_lucy, wiener
from .api.deconvolve import deconvolve, iterate, start
from .api.diagnostics import background_map, camera_report, check_psf_width, residual, uncertainty_map
from .api.resume import resume
from .api.simulate import convolve, simulate
from .api.sweep import sweep
from .api.verify import Verification, verify
from .cli.batch.plan import Batch
from .cli.batch.python import batch
from .core.algorithms.iterate import Iterate, after, until
from .core.priors.good import GoodsRoughness
from .core.priors.hessian import Hessian
from .core.priors.tikhonov import Tikhonov
from .core.priors.total_variation import TotalVariation
from .errors import (
    Cancelled,
    DeconvolutionError,
    DeconvolutionWarning,
    FileError,
    ParameterError,
    PSFError,
    ResourceError,
)
from .image import SampledArray
from .psf import PSF
from .recipe.recipe import Recipe
from .recipe.simulation import Simulation
from .run.cost import Cost, estimate_cost
from .run.diagnostics.camera import CameraReport, CameraRow
from .run.diagnostics.residual import Residual
from .run.diagnostics.uncertainty import UncertaintyMap
from .run.engine import Run
from .run.result import Result
from .run.simulate.run import Simulated
from .run.sweep.table import Sweep
from .tuning.results import FoundPSF, WidthCheck
from .work import Control, Outcome, Progress, drive, finish

__all__ = [
    "PSF",
    "Batch",
    "CameraReport",
    "CameraRow",
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
    "Verification",
    "WidthCheck",
    "__version__",
    "after",
    "background_map",
    "batch",
    "blind_richardson_lucy",
    "camera_report",
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
    "verify",
    "wiener",
]
