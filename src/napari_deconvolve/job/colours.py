"""Colours as channels: bare arrays whose last axis holds them, and masks that are for all of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.errors import DeconvolutionWarning
from napari_deconvolve.image import SampledArray
from napari_deconvolve.psf.protocol import PointSpread

FEWEST = 8  # samples along the other axes: 3 and 4 are few beside them


def with_channels(
    image: SampledArray, given: Any, psf: PointSpread, axes: Sequence[int] | None, channel: int | None
) -> SampledArray:
    """Return an image whose axis of channels has its name, where a caller says it or the shape does.

    The last axis of a bare array (`given`) with 3 or 4 samples beside many along the others holds colours, as in
    pictures; a `DeconvolutionWarning` says so, and where the last sample is taken for how opaque a pixel is.
    """
    if axes is not None or any(image.letters) or psf.ndim >= image.ndim:
        return image
    last = image.ndim - 1
    place = None if channel is None else counted(channel, image.ndim)
    colours = not isinstance(given, SampledArray) and psf.ndim > 1 and _looks_like_colours(image, psf.ndim)
    if place not in (None, last):
        return image
    if not colours:
        return image if place is None else _named(image, last, "C")
    if len(psf.channels) == image.shape[last]:
        return _named(image, last, "C")
    name = "rgb" if image.shape[last] == 3 else "rgba" if _is_opacity(image) else "C"
    if place is None or name == "rgba":
        kept = ", and the fourth, how opaque a pixel is, stays as it is" if name == "rgba" else ""
        warnings.warn(
            f"The last axis of the image has {image.shape[last]} samples and is taken for colours{kept}; "
            "give axes if it lies in space.",
            DeconvolutionWarning,
            stacklevel=4,
        )
    return _named(image, last, name)


def spread_mask(mask: SampledArray, image: SampledArray) -> SampledArray:
    """Return a mask without an axis of colours for all of them."""
    place = image.find("C")
    without = tuple(length for axis, length in enumerate(image.shape) if axis != place)
    if place is None or mask.shape != without:
        return mask
    data = np.broadcast_to(np.expand_dims(np.asanyarray(mask.data), place), image.shape)
    return SampledArray(data, image.axes)


def light_shape(image: SampledArray) -> Shape:
    """Return the lengths of an image's axes, that of colours without their opacity."""
    kept = image.opacity
    return tuple(length - (kept is not None and axis == kept[0]) for axis, length in enumerate(image.shape))


def _looks_like_colours(image: SampledArray, count: int) -> bool:
    return image.shape[-1] in (3, 4) and min(image.shape[-1 - count : -1]) >= FEWEST


def _named(image: SampledArray, axis: int, name: str) -> SampledArray:
    return image.with_data(image.data, axes=tuple(name if one == axis else "" for one in range(image.ndim)))


def counted(axis: int, count: int) -> int:
    """Return the number of an axis that may be counted from the end; any other value as it is, to be refused."""
    return int(axis) + count if type(axis) is int and -count <= axis < 0 else axis


def _is_opacity(image: SampledArray) -> bool:
    """Return whether the last of four samples is no light: in pictures of bytes, and where all are equal."""
    if image.dtype == np.uint8:
        return True
    if image.lazy:
        return False
    last = np.asarray(image.data[..., -1])
    return bool(np.all(last == last.flat[0]))
