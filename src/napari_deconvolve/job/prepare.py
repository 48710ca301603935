"""From the arguments of a run to a job: all is checked, and no pixel of a lazy image is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape, as_real, require_real
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.errors import ParameterError, PSFError
from napari_deconvolve.image import SampledArray, psf_axes
from napari_deconvolve.job.data import require_pixels
from napari_deconvolve.job.items import Items
from napari_deconvolve.job.problem import Checkpoint, Job
from napari_deconvolve.psf.channels import along_channels
from napari_deconvolve.psf.given import GivenPSF, as_psf
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.recipe.recipe import Recipe


def prepare(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    spacing: float | Sequence[float] | None = None,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    mask: ArrayLike | None = None,
    start: ArrayLike | Checkpoint | None = None,
    cancelled: Cancel | None = None,
) -> Job:
    """Check all arguments of a run, and set it up; nothing is computed yet, and no pixel of a lazy image is read.

    See `napari_deconvolve.deconvolve` for the parameters and errors.
    """
    whole = _checked(image)
    recipe = recipe or Recipe()
    point = as_psf(psf, whole.data)
    unit = point.psfs[0].unit
    chosen = psf_axes(whole, point.ndim, unit) if axes is None else _axes(axes, whole.ndim, point.ndim)
    point = along_channels(point, whole.shape, chosen, _channels(whole, chosen, point, channel_axis))
    point = _at_spacing(point, whole, chosen, spacing)
    if start is not None and not recipe.traits.takes_start:
        raise ParameterError(f"The method {recipe.method} takes no start estimate, and one is given; leave it out.")
    items = Items(whole.data, chosen)
    job = Job(
        items=items,
        psf=point,
        recipe=recipe,
        mask=None if mask is None else items.split(_like(mask, whole.shape, "mask")).astype(bool),
        start=_first(start, items),
        cancelled=cancelled,
    )
    if not items.lazy:
        require_pixels(job)
    return job


def _checked(image: ArrayLike | SampledArray) -> SampledArray:
    """Take any real array, in the machine's order of bytes; of a lazy one only shape and dtype are looked at."""
    whole = SampledArray.of(image)
    if not whole.lazy:
        return whole.with_data(as_real(whole.data))
    require_real(whole.shape, whole.dtype)
    return whole


def _channels(image: SampledArray, chosen: Shape, psf: PointSpread, given: int | None) -> int | None:
    """Return the axis of channels where the caller or the names of axes tell it."""
    if given is not None or psf.channel_axis is not None or len(psf.channels) == 1:
        return given
    named = image.find("C")
    return named if named is not None and named not in chosen and image.shape[named] == len(psf.channels) else None


def _at_spacing(
    psf: PointSpread, image: SampledArray, chosen: Shape, spacing: float | Sequence[float] | None
) -> PointSpread:
    """Return the PSF at the spacing that the caller or the image tells; as it is where neither does."""
    if spacing is not None:
        return psf.resampled(_spacing(spacing, image.ndim, chosen))
    steps = [image.spacing_in(chosen, one.unit) for one in psf.channels]
    if all(step is None for step in steps):
        return psf
    each = zip(psf.channels, steps, strict=True)
    return psf.with_channels([one if step is None else one.resampled(step) for one, step in each])


def _axes(axes: Sequence[int], image_axes: int, psf_axes: int) -> Shape:
    if psf_axes > image_axes:
        raise PSFError(
            f"The PSF has {psf_axes} axes and the image {image_axes}; give a PSF of at most {image_axes} axes."
        )
    try:
        chosen = tuple(int(axis) % image_axes for axis in axes if -image_axes <= int(axis) < image_axes)
    except (TypeError, ValueError):
        chosen = ()
    if len(chosen) != psf_axes or len(set(chosen)) != psf_axes or len(chosen) != len(tuple(axes)):
        raise ParameterError(
            f"The axes are {axes!r}; give {psf_axes} different axes between {-image_axes} and {image_axes - 1}, "
            "as many as the PSF has."
        )
    return chosen


def _spacing(spacing: float | Sequence[float], image_axes: int, chosen: Shape) -> tuple[float, ...]:
    given = tuple(float(value) for value in np.atleast_1d(np.asarray(spacing, np.float64)))
    if len(given) == image_axes:
        return tuple(given[axis] for axis in chosen)
    if len(given) == 1:
        return given * len(chosen)
    if len(given) == len(chosen):
        return given
    raise ParameterError(f"The spacing has {len(given)} numbers for an image of {image_axes} axes; give one per axis.")


def _like(array: ArrayLike, shape: Shape, name: str) -> NDArray[np.generic]:
    given = np.shape(array)
    if given != shape:
        raise ParameterError(f"The {name} has shape {given} and the image {shape}; give equal shapes.")
    return as_real(array, name)


def _first(start: ArrayLike | Checkpoint | None, items: Items) -> FloatArray | None:
    """Return each item's first estimate: of its frame, or of the whole domain."""
    if start is None:
        return None
    if isinstance(start, Checkpoint):
        if len(start.items) != len(items):
            raise ParameterError(
                f"The run to go on from had {len(start.items)} parts and this image has {len(items)}; "
                "give the same image."
            )
        return start.items  # the iteration itself looks at the shape of their domains
    given = _like(start, items.shape, "start").astype(np.float64)
    if not (np.isfinite(given).all() and given.min() >= 0 and given.max() > 0):
        raise ParameterError(
            "The start estimate must be finite, nowhere negative and somewhere positive; give another."
        )
    return items.split(given).astype(np.float64, copy=False)
