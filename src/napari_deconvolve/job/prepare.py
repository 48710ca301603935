"""From the arguments of a run to a job: all is checked, and no pixel of a lazy image is read."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.algorithms.richardson_lucy import require_start
from napari_deconvolve.core.arrays import FloatArray, Shape, as_real, lazily_with_gaps, require_real
from napari_deconvolve.core.transforms.boundary import as_boundary, layout
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.errors import DeconvolutionWarning, ParameterError, PSFError
from napari_deconvolve.image import SampledArray, psf_axes
from napari_deconvolve.image.matching import require_same_order
from napari_deconvolve.job.colours import counted, light_shape, spread_mask, with_channels
from napari_deconvolve.job.device import placed
from napari_deconvolve.job.items import Items
from napari_deconvolve.job.meant import meant, whole_mask
from napari_deconvolve.job.pixels import MAPPED, require_fit
from napari_deconvolve.job.problem import Checkpoint, Job
from napari_deconvolve.job.samples import require_pixels
from napari_deconvolve.psf.channels import along_channels
from napari_deconvolve.psf.extent import told_part
from napari_deconvolve.psf.given import GivenPSF, as_psf, axes_named, is_bare, refuse_strata
from napari_deconvolve.psf.protocol import ChannelSpread, PointSpread
from napari_deconvolve.psf.signed import deepest, is_signed, without_lobes
from napari_deconvolve.recipe.recipe import Recipe


def prepare(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    spacing: float | Sequence[float] | None = None,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    mask: ArrayLike | SampledArray | None = None,
    start: ArrayLike | SampledArray | Checkpoint | None = None,
    cancelled: Cancel | None = None,
    offsets: Sequence[float | None] = (),
    offsets_along: int | None = None,
    whole_psf: bool = False,
    as_found: bool = False,
) -> Job:
    """Check all arguments of a run, and set it up; nothing is computed yet, and no pixel of a lazy image is read.

    Of a recipe whose numbers were found on an image of this shape the pixels are looked at, to tell whether it is that.
    See `napari_deconvolve.deconvolve` for the parameters and errors. `offsets` are what the image's file says of its
    detector: one for all, or one for each place along the axis `offsets_along`. A PSF is made such as the recipe's
    method takes it, and without ends that the image cannot tell, unless the `whole_psf` is asked for, as by a blur.
    """
    whole = _checked(image)
    point = as_psf(psf, whole.data)
    whole = with_channels(whole, image, point, axes, channel_axis)
    if axes is None:
        chosen = axes_named(psf, whole) or psf_axes(whole, point.ndim, point.psfs[0].unit)
    else:
        chosen = _axes(axes, whole.ndim, point.ndim)
    point = along_channels(point, light_shape(whole), chosen, _channels(whole, chosen, point, channel_axis))
    point = _at_spacing(point, whole, chosen, spacing, bare=is_bare(psf))
    items = Items(whole.data, chosen, whole.opacity)
    shown = None if mask is None else items.split(_as_mask(mask, whole)).astype(bool, copy=False)
    known = meant(recipe or Recipe(), whole.data, as_found, whole_mask(items, shown))
    point, remarks = (point, ()) if whole_psf else fitting(told_part(point, items.frame), known.recipe)
    _require_takes(known.recipe, point, items, start is not None)
    job = Job(
        items=items,
        psf=point,
        recipe=known.recipe,
        mask=shown,
        start=_first(start, whole, items),
        remarks=remarks,
        cancelled=cancelled,
        offsets=_per_item(offsets, offsets_along, items),
    )
    if isinstance(start, Checkpoint):
        _require_domain(start, job)
    if not items.lazy:
        require_pixels(job)
    return placed(known.known_to(job))


def _require_takes(recipe: Recipe, point: PointSpread, items: Items, begun: bool) -> None:
    if begun and not recipe.traits.takes_start:
        raise ParameterError(f"The method {recipe.method} takes no start estimate, and one is given; leave it out.")
    if not recipe.traits.takes_strata:
        refuse_strata(point, f"the method {recipe.method}")
    for name in MAPPED:
        require_fit(getattr(recipe, name), Recipe.parameter(name).noun or name, items)


def _checked(image: ArrayLike | SampledArray) -> SampledArray:
    """Take any real array, in the machine's order of bytes; of a lazy one only shape and dtype are looked at."""
    whole = SampledArray.of(image)
    if not whole.lazy:
        return whole.with_data(as_real(whole.data))
    require_real(whole.shape, whole.dtype)
    return whole.with_data(lazily_with_gaps(whole.data))


def _channels(image: SampledArray, chosen: Shape, psf: PointSpread, given: int | None) -> int | None:
    """Return the axis of channels where the caller or the names of axes tell it."""
    given = None if given is None else counted(given, image.ndim)
    if len(psf.channels) == 1 and psf.channel_axis is None:
        beside = [axis for axis in range(image.ndim) if axis not in chosen and image.shape[axis] > 1]
        return None if type(given) is int and given in beside else given  # one PSF is for all channels
    if given is not None or psf.channel_axis is not None:
        return given
    named = image.find("C")
    fits = named is not None and named not in chosen and light_shape(image)[named] == len(psf.channels)
    return named if fits else None


def _at_spacing(
    psf: PointSpread, image: SampledArray, chosen: Shape, spacing: float | Sequence[float] | None, *, bare: bool
) -> PointSpread:
    """Return the PSF at the spacing that the caller or the image tells; as it is where neither does.

    A `bare` one, an array, is sampled as the image is.
    """
    if spacing is not None:
        return psf.resampled(_spacing(spacing, image.ndim, chosen))
    steps = [image.spacing_in(chosen, one.unit) for one in psf.channels]
    if all(step is None for step in steps):
        return psf
    each = zip(psf.channels, steps, strict=True)
    return psf.with_channels([_sampled_at(one, step, bare) for one, step in each])


def fitting(psf: PointSpread, recipe: Recipe) -> tuple[PointSpread, tuple[str, ...]]:
    """Return the PSF as a recipe's method takes it, and a sentence on what was changed.

    All methods but the linear ones count light, and a model below zero is none: so they refuse negative lobes by
    setting them to 0, and say so. Raises `PSFError` where nothing positive would be left.
    """
    if recipe.traits.takes_signed or not is_signed(psf):
        return psf, ()
    sentence = (
        f"The PSF has negative lobes, down to {deepest(psf):.1%} of its peak, and {recipe.traits.label} counts light: "
        "they were set to 0, which changes the PSF. The Wiener filter takes them as they are."
    )
    return without_lobes(psf), (sentence,)


def _sampled_at(psf: ChannelSpread, spacing: tuple[float, ...] | None, bare: bool) -> ChannelSpread:
    if spacing is None:
        return psf
    return psf.respaced(spacing, psf.unit) if bare else psf.resampled(spacing)


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


def _like(array: ArrayLike | SampledArray, image: SampledArray, name: str) -> NDArray[np.generic]:
    """Take an array that lies on the image, sample by sample."""
    given = SampledArray.of(array, name)
    if given.shape != image.shape:
        raise ParameterError(f"The {name} has shape {given.shape} and the image {image.shape}; give equal shapes.")
    require_same_order(given, image, name)
    return as_real(given.data, name)


def _as_mask(array: ArrayLike | SampledArray, image: SampledArray) -> NDArray[np.bool_]:
    """Take a mask: what is not 0 counts, and what is masked itself does not. NaN is neither."""
    mask = SampledArray.of(array, "mask")
    if isinstance(mask.data, np.ma.MaskedArray):
        mask = mask.with_data(mask.data.filled(0))
    given = _like(spread_mask(mask, image), image, "mask")
    if given.dtype.kind == "f" and np.isnan(given).any():
        raise ParameterError("The mask holds NaN; give true or 1 where a sample counts, and false or 0 elsewhere.")
    if given.dtype.kind in "if" and np.min(given, initial=0) < 0:
        raise ParameterError(
            "The mask holds negative numbers; give true or 1 where a sample counts, and false or 0 elsewhere."
        )
    return given.astype(bool)


def _per_item(offsets: Sequence[float | None], along: int | None, items: Items) -> tuple[float | None, ...]:
    """Return the detector's offset of each item, by the file; empty where that says nothing."""
    if len(offsets) == 1:
        return tuple(offsets) * len(items)
    looped = [axis for axis in range(len(items.shape)) if axis not in items.axes]
    if along not in looped or len(offsets) != items.shape[along]:
        return ()
    return tuple(offsets[items.place(item)[looped.index(along)]] for item in range(len(items)))


def _require_domain(start: Checkpoint, job: Job) -> None:
    """Refuse a checkpoint of another domain, as far as that is known before a target resolution is chosen."""
    recipe = job.recipe
    if isinstance(recipe.target_fwhm, str) and (recipe.automatic or recipe.prior_wanted):
        return
    for channel in range(len(job.psfs)):
        plan = layout(job.frame, job.kernel(channel).shape, as_boundary(recipe.boundary))
        require_start(start.items.shape[1:], plan)


def _first(start: ArrayLike | SampledArray | Checkpoint | None, image: SampledArray, items: Items) -> FloatArray | None:
    """Return each item's first estimate: of its frame, or of the whole domain."""
    if start is None:
        return None
    if isinstance(start, Checkpoint):
        if len(start.items) != len(items):
            raise ParameterError(
                f"The run to go on from had {len(start.items)} parts and this image has {len(items)}; "
                "give the same image."
            )
        _require_light(start.items)
        return start.items
    first = SampledArray.of(start, "start")
    given = _like(first, image, "start").astype(np.float64)
    if isinstance(first.data, np.ma.MaskedArray):
        given = _without_gaps(given)
    _require_light(given)
    return items.split(given).astype(np.float64, copy=False)


def _without_gaps(start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill masked samples of a start estimate by the mean of the others, as flat estimates are filled; warn of it."""
    known = np.isfinite(start)
    if known.all() or not known.any():
        return start
    warnings.warn(
        f"The start estimate has {np.count_nonzero(~known)} masked samples, filled by the mean of the others.",
        DeconvolutionWarning,
        stacklevel=4,
    )
    return np.where(known, start, start[known].mean())


def _require_light(start: FloatArray) -> None:
    if not (np.isfinite(start).all() and start.min() >= 0 and start.max() > 0):
        raise ParameterError(
            "The start estimate must be finite, nowhere negative and somewhere positive; give another."
        )
