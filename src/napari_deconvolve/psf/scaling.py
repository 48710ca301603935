"""A PSF that is wider or narrower than another, of the same shape."""

from __future__ import annotations

from typing import TypeVar, cast

from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.resampling import resample
from napari_deconvolve.psf.strata import Strata

Point = TypeVar("Point", bound=PSF | Strata)


def scaled(psf: Point, factor: float) -> Point:
    """Give a PSF that is so many times as wide along all axes, at the same spacing.

    Parameters
    ----------
    psf : PSF or Strata
        Of any source; of strata each is made as wide.
    factor : float
        Above 0; 1 gives the PSF itself.
    """
    if factor == 1:
        return psf
    if isinstance(psf, Strata):
        return cast("Point", psf.each([_scaled(one, factor) for one in psf.psfs]))
    return cast("Point", _scaled(psf, factor))


def _scaled(psf: PSF, factor: float) -> PSF:
    info = {"source": "scaled", "factor": float(factor), "before": dict(psf.info)}
    wider = PSF(psf.data, tuple(factor * step for step in psf.spacing), psf.unit, info, psf.notes)
    found = resample(wider, psf.spacing)
    return PSF(found.data, psf.spacing, psf.unit, info, (*psf.notes, f"made {factor:.3g} times as wide"))
