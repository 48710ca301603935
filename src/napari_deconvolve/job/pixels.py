"""Maps of a job's recipe over its items, and the items as a camera of equal pixels would have recorded them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.likelihood.maps import MAPS, Knots, Map, MapSamples, Surface, last_two
from napari_deconvolve.core.likelihood.pixels import dark_of, evened
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.items import Items
from napari_deconvolve.job.problem import Job

CAMERA = ("offset", "read_noise", "gain")
MAPPED = ("background", *CAMERA)  # fields of a recipe that may be maps


def laid(known: MapSamples, image: Shape, axes: Shape) -> MapSamples:
    """Return a map with an axis for each of an image, of a single sample where it holds for all."""
    return MapSamples(known.data.reshape(_laid_shape(known.shape, image, axes) or image), known.whole_mean)


def _laid_shape(shape: Shape, image: Shape, axes: Shape) -> Shape | None:
    """Return the shape of a map with an axis for each of an image; None where it does not lie on the image.

    Its axes are the last ones of the image, where those before the plane may be of one sample, or those that the PSF
    acts on, in the image's order.
    """
    missing = len(image) - len(shape)
    if missing >= 0 and len(shape) >= min(2, len(axes)):
        front = (1,) * missing + tuple(shape[:-2])
        if shape[-2:] == image[missing:][-2:] and all(
            own in (1, whole) for own, whole in zip(front, image, strict=False)
        ):
            return (1,) * missing + shape
    if shape == tuple(image[axis] for axis in sorted(axes)):
        return tuple(length if axis in axes else 1 for axis, length in enumerate(image))
    return None


def require_shape(shape: Shape, noun: str, image: Shape, axes: Shape) -> None:
    """Refuse a map of another image."""
    if _laid_shape(shape, image, axes) is None:
        raise ParameterError(
            f"The {noun} has shape {shape} and the image {image}; give equal shapes, or that of one plane."
        )


def require_fit(known: object, noun: str, items: Items) -> None:
    """Refuse a map of another image."""
    if isinstance(known, MapSamples):
        require_shape(known.shape, noun, items.shape, items.axes)
    elif isinstance(known, (Surface, Knots)):
        ends = [begin + length for begin, length in zip(known.origin, last_two(items.frame, 1), strict=True)]
        alike = (known.lengths[0] == 1) == (last_two(items.frame, 1)[0] == 1)
        if not alike or any(end > length for end, length in zip(ends, known.lengths, strict=True)):
            raise ParameterError(
                f"The {noun} was found under an image of {' x '.join(map(str, known.lengths))} samples and "
                f"this one has the shape {items.frame}; give the {noun} of this image, or 'auto'."
            )


def over(job: Job, item: int, known: Map) -> Map:
    """Return a map over one item alone, whose axes are in the PSF's order.

    Its mean is that of the whole map where all items have the same, and else that of the item: channels may have been
    recorded by different cameras.
    """
    if not isinstance(known, MapSamples):
        return known
    data = laid(known, job.items.shape, job.items.axes).data
    alike = all(length == 1 or axis in job.items.axes for axis, length in enumerate(data.shape))
    return MapSamples(job.items.cut(np.broadcast_to(data, job.items.shape), item), known.mean if alike else None)


def mean_over(job: Job, item: int, known: float | str | Map) -> float | str:
    """Return a number or a word as it is, and of a map its mean over one item."""
    return over(job, item, known).mean if isinstance(known, MAPS) else known


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
    middle = float(mean_over(job, item, offset)), float(mean_over(job, item, per_photon))
    return evened(image, values(job, item, offset), values(job, item, per_photon), middle)


def rows_of(job: Job, items: Sequence[int], part: slice, known: Map) -> MapSamples:
    """Return a map over parts of several lines, as the rows of one image."""
    lines = [over(job, item, known) for item in items]
    rows = [np.asarray(one.values(job.frame))[part] for one in lines]
    return MapSamples(np.stack(rows).astype(np.float32), float(np.mean([one.mean for one in lines])))
