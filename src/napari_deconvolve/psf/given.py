"""The PSF that a caller gives: a PSF of any kind, several of them, or an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.image import SampledArray, as_even
from napari_deconvolve.image.axes import written
from napari_deconvolve.image.labelled import is_labelled
from napari_deconvolve.psf.channels import ChannelPSFs
from napari_deconvolve.psf.prepare import from_array
from napari_deconvolve.psf.protocol import PointSpread, strata_count
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.strata import Strata

GivenPSF: TypeAlias = PointSpread | Sequence[PSF] | ArrayLike | SampledArray


def as_psf(psf: GivenPSF, image: Any) -> PointSpread:
    """Return a given PSF, several of them as those of channels, or an array whose zero lag is at n//2 as a PSF.

    Raises `PSFError` for the image itself, and for an array that can be no PSF.
    """
    if isinstance(psf, (PSF, ChannelPSFs, Strata)):
        return psf
    if _of_channels(psf):
        return ChannelPSFs(cast("Sequence[PSF]", psf))
    if isinstance(psf, (list, tuple)) and any(hasattr(one, "shape") and len(one.shape) for one in psf):
        raise PSFError("The PSF is a list of arrays; make each of them a PSF, by psf.from_array, for one per channel.")
    if is_labelled(psf):
        psf = SampledArray.of(psf, "PSF")
    data = (
        psf.data if isinstance(psf, SampledArray) else psf if hasattr(psf, "shape") else as_even(psf, "PSF", PSFError)
    )
    if data is image or _is_copy(data, image):
        raise PSFError("The PSF is the image itself; choose the image of a point instead.")
    if isinstance(psf, SampledArray):
        return _of_samples(psf)
    return from_array(as_even(data, "PSF", PSFError), center="middle", background=0.0)


def axes_named(psf: GivenPSF, image: SampledArray) -> tuple[int, ...] | None:
    """Return the axes of an image that are called as those of a PSF, Z, Y and X; None where either has no names.

    Raises `PSFError` when the image has no axis of such a name.
    """
    psf = SampledArray.of(psf) if is_labelled(psf) else psf
    if not isinstance(psf, SampledArray) or not any(image.letters):
        return None
    letters = [psf.letters[axis] for axis in psf.spatial]
    if len(letters) < psf.ndim or not all(letters):
        return None
    missing = [letter for letter in letters if image.find(letter) is None]
    if missing:
        raise PSFError(
            f"The PSF has an axis {missing[0]} and the image the axes {written(image.axes)}; give a PSF without it, "
            "or correct the names."
        )
    return tuple(image.axis(letter) for letter in letters)


def _of_channels(psf: GivenPSF) -> bool:
    return isinstance(psf, (list, tuple)) and any(isinstance(one, PSF) for one in psf)


def is_bare(psf: GivenPSF) -> bool:
    """Return whether a given PSF comes without any spacing, so that it can only have the image's."""
    psf = SampledArray.of(psf) if is_labelled(psf) else psf
    if isinstance(psf, SampledArray):
        return psf.grid(psf.spatial) is None
    return not isinstance(psf, (PSF, ChannelPSFs, Strata)) and not _of_channels(psf)


def _of_samples(psf: SampledArray) -> PSF:
    """Return samples with axes as a PSF: along Z, Y and X wherever they lie."""
    order = psf.spatial if len(psf.spatial) == psf.ndim else tuple(range(psf.ndim))
    steps, unit = psf.grid(order) or (1.0, "um")
    data = np.transpose(as_even(psf.data, "PSF", PSFError), order)
    return from_array(data, steps, center="middle", background=0.0, unit=unit)


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
