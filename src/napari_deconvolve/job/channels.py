"""One PSF for all, one per channel, or one per stratum: how what a caller gives fits the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.psf import PSF, ChannelPSFs, Strata, from_array, resample

AnyPSF: TypeAlias = PSF | ChannelPSFs | Strata
GivenPSF: TypeAlias = AnyPSF | Sequence[PSF] | ArrayLike


def as_psf(psf: GivenPSF, image: Any) -> AnyPSF:
    """Take a PSF, several of them, or an array whose zero lag is at n//2; refuse the image itself."""
    if isinstance(psf, (PSF, ChannelPSFs, Strata)):
        return psf
    if isinstance(psf, (list, tuple)) and any(isinstance(one, PSF) for one in psf):
        return ChannelPSFs(psf)
    if psf is image or _is_copy(psf, image):
        raise PSFError("The PSF is the image itself; choose the image of a point instead.")
    array = np.asarray(psf)
    return from_array(array, center="middle", background=0.0)


def _is_copy(psf: Any, image: Any) -> bool:
    """Return whether a PSF has the image's pixels; those of a lazy image are not read for that."""
    shape = np.shape(psf)
    return bool(shape) and shape == image.shape and isinstance(image, np.ndarray) and np.array_equal(psf, image)


def along_channels(psf: AnyPSF, image: Shape, axes: Shape, channel_axis: int | None) -> AnyPSF:
    """Find the axis of channels; a single PSF without one is for all channels.

    Parameters
    ----------
    psf : PSF, ChannelPSFs or Strata
        As it was given; strata are for all channels.
    image : tuple of int
        The image's shape.
    axes : tuple of int
        Where the PSFs act.
    channel_axis : int, optional
        The caller's word; by default the PSFs' own, and else the first looped axis as long as there are PSFs.

    Raises
    ------
    ParameterError, PSFError
        When no axis fits, or the chosen one does not.
    """
    if isinstance(psf, Strata):
        return psf
    if isinstance(psf, PSF):
        if channel_axis is None:
            return psf
        psf = ChannelPSFs([psf])
    axis = psf.axis if channel_axis is None else channel_axis
    if axis is None and len(psf) == 1:
        return psf.psfs[0]
    looped = [number for number in range(len(image)) if number not in axes]
    if axis is None:
        fitting = [number for number in looped if image[number] == len(psf)]
        if not fitting:
            lengths = ", ".join(f"axis {number} with {image[number]}" for number in looped) or "no other axis"
            raise PSFError(
                f"There are {len(psf)} PSFs, one per channel, but besides the axes that they act on the image has "
                f"{lengths}; give as many PSFs as the image has channels."
            )
        return ChannelPSFs(psf.psfs, fitting[0])
    return ChannelPSFs(psf.psfs, _checked(axis, len(psf), image, looped))


def _checked(axis: int, count: int, image: Shape, looped: list[int]) -> int:
    whole = isinstance(axis, (int, np.integer)) and not isinstance(axis, bool)
    found = int(axis) % len(image) if whole and -len(image) <= axis < len(image) else None
    if found is None or found not in looped:
        raise ParameterError(
            f"The channel axis is {axis!r}; give one that the PSFs do not act on: "
            f"{', '.join(map(str, looped)) or 'this image has none'}."
        )
    if image[found] != count:
        raise PSFError(
            f"The image has {image[found]} channels along axis {found}, and there are {count} PSFs; give as many."
        )
    return found


def at_spacing(psf: AnyPSF, spacing: Sequence[float]) -> AnyPSF:
    """Resample one PSF or all to the image's spacing, which is in their unit."""
    if isinstance(psf, Strata):
        return psf.resampled(spacing)
    if isinstance(psf, PSF):
        return resample(psf, spacing)
    units = sorted({one.unit for one in psf.psfs})
    if len(units) > 1:
        raise PSFError(
            f"The channels' PSFs are in {' and '.join(units)}, but the spacing is in one unit; give one unit."
        )
    return ChannelPSFs([resample(one, spacing) for one in psf.psfs], psf.axis)


def channel_of(psf: AnyPSF, outer: Shape, axes: Shape, item: int) -> int:
    """Return the number of an item's PSF, items being counted along the looped axes, the last one fastest."""
    if not isinstance(psf, ChannelPSFs) or psf.axis is None:
        return 0
    # Looped axes come in the image's order, so the place among them is the axis less those before that are blurred.
    place = psf.axis - sum(axis < psf.axis for axis in axes)
    return int(np.unravel_index(item, outer)[place])
