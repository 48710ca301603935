"""The resolution that a run aims at, as the width of a sieve."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf import PSF

TARGET_WAYS = ("sieve", "smoothing")
MAX_TARGET_AXES = 3  # of a PSF


def relative_fwhm(psf: PSF, relative: float) -> tuple[float, ...]:
    """Return the widths of a sieve as a fraction of a PSF's full widths at half maximum: per axis, in its unit.

    Over a Gaussian PSF, a sieve of 0.75 is a Gaussian of 0.75 its sigma. Along an axis where the PSF never falls to
    half, the sieve does nothing.
    """
    return tuple(relative * width if math.isfinite(width) else 0.0 for width in psf.fwhm)


def sieve_for(psf: PSF, target_fwhm: float | str | Sequence[float]) -> Sieve | None:
    """Make the sieve of a target resolution, in the unit of a PSF at the image's spacing.

    Return None when it is 0, or "auto" and not chosen; raise `ParameterError` unless there is one width, or one per
    axis.
    """
    if isinstance(target_fwhm, str):
        return None
    given = tuple(float(width) for width in np.atleast_1d(np.asarray(target_fwhm, np.float64)))
    widths = given * psf.ndim if len(given) == 1 else given
    if len(widths) != psf.ndim:
        raise ParameterError(
            f"The target resolution has {len(given)} widths and the PSF {psf.ndim} axes; give one, or one per axis."
        )
    sieve = Sieve(tuple(width / step for width, step in zip(widths, psf.spacing, strict=True)))
    return sieve or None
