"""Maps of a job's recipe over its items, and the items as a camera of equal pixels would have recorded them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.likelihood.maps import MAPS, Knots, Map, MapSamples, Surface
from napari_deconvolve.core.likelihood.pixels import dark_of, evened
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.items import Items
from napari_deconvolve.job.problem import Job

CAMERA = ("offset", "read_noise", "gain")
MAPPED = ("background", *CAMERA)  # fields of a recipe that may be maps


def laid(known: MapSamples, image: Shape, axes: Shape) -> MapSamples:
    """Return a map with an axis for each of an image, of a single sample where it holds for all.

    Its axes are the last ones of the image, or those that the PSF acts on, in the image's order. Raise `ParameterError`
    where its shape is neither.
    """
    shape, least = known.shape, min(2, len(axes))
    missing = len(image) - len(shape)
    if missing >= 0 and len(shape) >= least and _fits(shape, image[missing:]):
        return MapSamples(known.data.reshape((1,) * missing + shape), known.whole_mean)
    if shape == tuple(image[axis] for axis in sorted(axes)):
        whole = tuple(length if axis in axes else 1 for axis, length in enumerate(image))
        return MapSamples(known.data.reshape(whole), known.whole_mean)
    raise ParameterError(f"has shape {shape} and the image {image}; give equal shapes, or the shape of a plane.")


def _fits(shape: Shape, image: Shape) -> bool:
    """Return whether a map lies on the last axes of an image; it may have one sample along axes before the plane."""
    front = len(shape) - 2
    return all(
        own in ((length, 1) if axis < front else (length,))
        for axis, (own, length) in enumerate(zip(shape, image, strict=True))
    )


def require_fit(known: object, noun: str, items: Items) -> None:
    """Refuse a map of another image."""
    if isinstance(known, MapSamples):
        try:
            laid(known, items.shape, items.axes)
        except ParameterError as error:
            raise ParameterError(f"The {noun} {error}") from None
    elif isinstance(known, (Surface, Knots)):
        ends = [begin + length for begin, length in zip(known.origin, items.frame[-2:], strict=False)]
        if len(ends) < 2 or any(end > length for end, length in zip(ends, known.lengths, strict=True)):
            raise ParameterError(
                f"The {noun} was found under an image of {' x '.join(map(str, known.lengths))} samples and "
                f"this one has the shape {items.frame}; give the {noun} of this image, or 'auto'."
            )


def over(job: Job, item: int, known: Map) -> Map:
    """Return a map over one item alone, whose axes are in the PSF's order."""
    if not isinstance(known, MapSamples):
        return known
    whole = np.broadcast_to(laid(known, job.items.shape, job.items.axes).data, job.items.shape)
    return MapSamples(job.items.cut(whole, item), known.mean)


def values(job: Job, item: int, known: float | Map) -> float | FloatArray:
    """Return a number, or a map over one item sample by sample."""
    return over(job, item, known).values(job.frame) if isinstance(known, MAPS) else known


def differ(job: Job) -> bool:
    """Return whether pixels are known to differ in offset or gain."""
    return isinstance(job.recipe.offset, MAPS) or isinstance(job.recipe.gain, MAPS)


def less_pattern(job: Job, item: int) -> NDArray[np.generic]:
    """Return one item of the image without the pattern of its pixels, as far as maps alone tell it.

    A map of gains is applied about the dark of the item, so that defects and offset can be looked for in what results.
    """
    image = job.items[item]
    if not differ(job):
        return image
    given = job.recipe.offset
    return evened_item(job, item, given if isinstance(given, MAPS) else dark_of(image))


def evened_item(job: Job, item: int, offset: float | Map) -> NDArray[np.generic]:
    """Return one item of the image as pixels of the mean offset and the mean gain would have recorded it."""
    image = job.items[item]
    if not differ(job):
        return image
    gain = job.recipe.gain
    per_photon = gain if isinstance(gain, MAPS) else 1.0
    middle = _mean(offset), _mean(per_photon)
    return evened(image, values(job, item, offset), values(job, item, per_photon), middle)


def _mean(known: float | Map) -> float:
    return known.mean if isinstance(known, MAPS) else known


def rows_of(job: Job, items: Sequence[int], part: slice, known: Map) -> MapSamples:
    """Return a map over parts of several lines, as the rows of one image."""
    rows = [np.asarray(values(job, item, known))[part] for item in items]
    return MapSamples(np.stack(rows).astype(np.float32), known.mean)
