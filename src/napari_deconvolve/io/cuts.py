"""Spectra out of images: along an axis through a point, and along a line drawn across."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.units import factor, kind

Values = NDArray[np.float64]


def along_axis(
    image: ArrayLike | SampledArray,
    axis: int,
    at: Sequence[int] = (),
    *,
    spacing: Sequence[float] | None = None,
    units: Sequence[str] | None = None,
    origin: Sequence[float] | None = None,
    name: str = "",
    quantity: str = "",
) -> Spectrum:
    """Take the samples along one axis: a row, a column, or a point's spectrum in a cube.

    Only the samples that are asked for are read. `at` is the place on each axis, in samples; the number for `axis` does
    not matter. Spacing, units and origin are one per axis of the image, and a `SampledArray` has its own. The name is
    that of the data, and the quantity that of the axis.
    """
    whole = _carried(image, spacing, units, origin)
    chosen = _axis(axis, whole.ndim)
    places = _places(at, whole.shape, chosen)
    line = whole.part(tuple(slice(None) if number == chosen else place for number, place in enumerate(places)))
    return Spectrum.of(line.with_data(_real(line.data)), name=name, quantity=quantity)


def along_line(
    image: ArrayLike | SampledArray,
    start: Sequence[float],
    end: Sequence[float],
    *,
    spacing: Sequence[float] | None = None,
    units: Sequence[str] | None = None,
    at: Sequence[int] = (),
    width: int = 1,
    name: str = "",
) -> Spectrum:
    """Sample an image along a straight line in its last two axes, at the pitch of its pixels.

    `skimage.measure.profile_line` counts in pixels, so that on pixels that are not square neither the step nor the
    direction across the line are those of the object. On square pixels both agree.

    Parameters
    ----------
    start, end : sequence of float
        The line's ends, in samples: the last two numbers count, row and column; both are sampled.
    spacing, units : sequence, optional
        Per axis of the image. Where the last two differ, the step is the finer one, and lengths are measured in the
        last one's unit.
    at : sequence of int
        Where on the axes before the last two, in samples.
    width : int
        Over how many parallel lines, a step apart, is averaged.

    Returns
    -------
    Spectrum
        Linear interpolation between samples; 0 is where the line starts. NaN where it leaves the image.
    """
    from scipy.ndimage import map_coordinates

    whole = _carried(image, spacing, units)
    if whole.ndim < 2:
        raise ParameterError(
            f"A line needs an image of at least two axes, and this one has {whole.ndim}; give another."
        )
    places = _places((*at[: whole.ndim - 2], 0, 0), whole.shape, whole.ndim - 1)[:-2]
    plane = whole.part(tuple(places))
    pitch, unit = _pitch(plane)
    first, last = (np.asarray(point[-2:], np.float64) * pitch for point in (start, end))
    length, step = float(np.linalg.norm(last - first)), float(pitch.min())
    count = round(length / step) + 1
    if count < 2 or not np.isfinite(length):
        raise ParameterError(f"The line is {length:.4g} long, less than one step of {step:.4g}; draw a longer one.")
    along: Values = np.linspace(first, last, count)
    across = np.array([last[1] - first[1], first[0] - last[0]]) / length
    lines = [along + across * step * (number - (width - 1) / 2) for number in range(max(1, int(width)))]
    values = _real(plane.data).astype(np.float64)
    samples = [map_coordinates(values, (line / pitch).T, order=1, cval=np.nan) for line in lines]
    return Spectrum(np.mean(samples, axis=0), length / (count - 1), unit, 0.0, name, "distance")


def _carried(
    image: ArrayLike | SampledArray,
    spacing: Sequence[float] | None,
    units: Sequence[str] | None,
    origin: Sequence[float] | None = None,
) -> SampledArray:
    if isinstance(image, SampledArray):
        return image
    steps = () if spacing is None else tuple(abs(float(step)) for step in spacing)
    return SampledArray(image, (), steps, units, () if origin is None else origin)


def _real(part: Any) -> NDArray[Any]:
    """Read a part; refuse what are no real numbers."""
    samples = np.asarray(part)
    if samples.dtype.kind not in "buif":
        raise ParameterError(f"The image has dtype {samples.dtype}; give real numbers (bool, integer or float).")
    return samples


def _pitch(plane: SampledArray) -> tuple[Values, str]:
    """Return the distances of rows and of columns in one unit."""
    row, column = plane.units
    if kind(row) != kind(column) or (not kind(row) and row != column):
        return np.ones(2), "pixel"  # rows of time, columns of space: there is no length but that in samples
    return np.array(plane.steps()) * (factor(row, column), 1.0), column


def _axis(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise ParameterError(f"The axis is {axis}; give one from 0 to {ndim - 1}.")
    return axis % ndim


def _places(at: Sequence[int], shape: tuple[int, ...], chosen: int) -> list[Any]:
    given = list(at) if len(at) else [0] * len(shape)
    if len(given) != len(shape):
        raise ParameterError(f"The place {tuple(at)} has {len(at)} numbers; give one per axis, {len(shape)}.")
    for number, (place, length) in enumerate(zip(given, shape, strict=True)):
        if number != chosen and not 0 <= place < length:
            raise ParameterError(f"The place along axis {number} is {place}; give one from 0 to {length - 1}.")
    return [int(place) for place in given]
