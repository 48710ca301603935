"""The PSF that a caller gives: a PSF of any kind, several of them, or an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.psf.channels import ChannelPSFs
from napari_deconvolve.psf.prepare import from_array
from napari_deconvolve.psf.protocol import PointSpread, strata_count
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.strata import Strata

GivenPSF: TypeAlias = PointSpread | Sequence[PSF] | ArrayLike


def as_psf(psf: GivenPSF, image: Any) -> PointSpread:
    """Return a given PSF, several of them as those of channels, or an array whose zero lag is at n//2 as a PSF.

    Raises `PSFError` for the image itself, and for an array that can be no PSF.
    """
    if isinstance(psf, (PSF, ChannelPSFs, Strata)):
        return psf
    if isinstance(psf, (list, tuple)) and any(isinstance(one, PSF) for one in psf):
        return ChannelPSFs(psf)
    if psf is image or _is_copy(psf, image):
        raise PSFError("The PSF is the image itself; choose the image of a point instead.")
    return from_array(np.asarray(psf), center="middle", background=0.0)


def _is_copy(psf: Any, image: Any) -> bool:
    """Return whether a PSF has the image's pixels; those of a lazy image are not read for that."""
    shape = np.shape(psf)
    return bool(shape) and shape == image.shape and isinstance(image, np.ndarray) and np.array_equal(psf, image)


def refuse_strata(psf: PointSpread, method: str) -> None:
    """Refuse, with a `ParameterError`, a PSF that changes with depth for a method that takes one for all depths."""
    strata = strata_count(psf)
    if strata > 1:
        raise ParameterError(
            f"The PSF has {strata} strata, but {method} takes one PSF for all depths; give one of the strata, or "
            "choose Richardson-Lucy."
        )
