"""The part of a job on which settings are tried: small enough to be quick, and bright enough to tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, Shape
from napari_deconvolve.core.likelihood.maps import MAPS
from napari_deconvolve.job.camera import known_camera
from napari_deconvolve.job.data import ground, visible
from napari_deconvolve.job.defects import usable
from napari_deconvolve.job.items import alone
from napari_deconvolve.job.pixels import MAPPED, over, rows_of
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.psf.psf import of_array
from napari_deconvolve.recipe.defects import KEEP

TEST_REGION_VOXELS = 72_000  # about
MAX_WHOLE_FACTOR = 1.9  # times that number: images up to it are taken whole
SEARCH_VOXELS = {1: 72_000, 2: 36_000, 3: 36_000}  # on which settings are tried, by axes
MAX_WHOLE_SEARCHED = {1: 1.9, 2: 1.2, 3: 1.2}  # likewise
ROW_DISTANCE = 1e6  # over the spacing: for a prior, rows so far apart are no neighbours
MIN_WIDTH_ALL_DEPTHS = 8.0  # FWHM of the PSF: of a test region through all depths
MIN_PSF_REACH = 1.5  # FWHM that the PSF of a test region keeps at least

Region = tuple[slice, ...]
Spread = TypeVar("Spread", bound=ChannelSpread)


def brightest_item(job: Job, channel: int = 0) -> int:
    """Return the item with the most light, among those of one channel."""
    items = job.items_of(channel)
    if len(items) == 1:
        return items[0]
    return max(items, key=lambda item: _light(visible(job, item), None))


def brightest_region(
    image: NDArray[np.generic],
    psf: ChannelSpread,
    voxels: int = TEST_REGION_VOXELS,
    whole: float = MAX_WHOLE_FACTOR,
) -> Region:
    """Return the box of about so many voxels that holds the most light; as many PSF widths long along each axis.

    Where the PSF changes with depth the box reaches through all depths: they differ. `image` is one item at the PSF's
    spacing, NaN where nothing is to be seen; up to `whole` times that number it is taken whole.
    """
    if image.size <= whole * voxels:
        return tuple(slice(0, length) for length in image.shape)
    widths = widths_of(psf)
    if psf.depths:
        lateral = max(voxels // image.shape[0], round(MIN_WIDTH_ALL_DEPTHS**2 * widths[1] * widths[2]))
        shape = (image.shape[0], *box_lengths(image.shape[1:], widths[1:], lateral))
    else:
        shape = box_lengths(image.shape, widths, voxels)
    corner: list[slice] = []
    for axis, length in enumerate(shape):  # one axis after the other, each within what is chosen so far
        light = np.asarray(image)[tuple(corner)]
        corner.append(best_piece(light, axis, length))
    return tuple(corner)


def search_region(image: NDArray[np.generic], psf: ChannelSpread) -> Region:
    """Return the brightest part of an image on which settings are tried."""
    return brightest_region(image, psf, SEARCH_VOXELS[image.ndim], MAX_WHOLE_SEARCHED[image.ndim])


def region_job(job: Job, item: int, region: Region) -> Job:
    """Return a job over a region of one item; a PSF far larger than the region loses its faint end."""
    psf = job.point(job.channel(item))
    part = tuple(axis.stop - axis.start for axis in region[: psf.ndim])
    point = shortened(psf, part).within(region[0].start, region[0].stop, job.frame[0])
    whole = (slice(item, item + 1), *region)
    begin = [axis.start for axis in region]
    known = {"background": ground(job, item), **known_camera(job, item)}
    here = {
        name: over(job, item, one).part(begin, part) if isinstance(one, MAPS) else one for name, one in known.items()
    }
    recipe = job.recipe.replace(defects=KEEP, **here)
    mask = usable(job, item)
    return replace(
        job,
        items=alone(job.items[item][region]),
        psf=point,
        recipe=recipe,
        mask=None if mask is None else mask[region][np.newaxis],
        start=None if job.start is None else job.start[whole],
        workers=1,
    )


def shortened(psf: Spread, frame: Shape) -> Spread:
    """Return the part of a PSF that matters to a test region of this shape."""
    reach = [
        min(length // 2, max(size // 2, int(np.ceil(MIN_PSF_REACH * width))))
        for length, size, width in zip(psf.shape, frame, widths_of(psf), strict=True)
    ]
    return psf.each(lambda one: _without_ends(one, reach))


def _without_ends(psf: PSF, reach: list[int]) -> PSF:
    """Return the part of a PSF within so many voxels of its centre."""
    if all(2 * r + 1 >= length for r, length in zip(reach, psf.shape, strict=True)):
        return psf
    kept = tuple(slice(n // 2 - r, n // 2 + r + 1) for n, r in zip(psf.shape, reach, strict=True))
    return PSF(psf.data[kept], psf.spacing, psf.unit, of_array(psf))


def lines_job(job: Job, item: int, region: Region) -> Job:
    """Return a job over the brightest lines of an item's channel as the rows of one image, in which none feels another.

    One short line holds little; as many are taken together as a test region has voxels.
    """
    items = job.items_of(job.channel(item))
    part = region_job(job, item, region)
    psf, recipe = part.psfs[0], part.recipe
    light = [_light(visible(job, other), None) for other in items]
    brightest = np.argsort(light, kind="stable")[::-1][: max(1, TEST_REGION_VOXELS // part.frame[0])]
    chosen = np.sort(np.asarray(items)[brightest])
    given = recipe.target_fwhm
    target = given if isinstance(given, str) else (0.0, float(np.ravel(given)[-1]))
    mapped = {name: getattr(job.recipe, name) for name in MAPPED}
    rows = {
        name: rows_of(job, chosen.tolist(), region[0], one) for name, one in mapped.items() if isinstance(one, MAPS)
    }
    recipe = recipe.replace(**rows)
    return replace(
        part,
        items=alone(job.items[chosen][:, region[0]]),
        psf=PSF(psf.data[np.newaxis], (ROW_DISTANCE * psf.spacing[0], *psf.spacing), psf.unit, of_array(psf)),
        recipe=recipe.replace(target_fwhm=target),
        mask=_stacked([usable(job, int(one)) for one in chosen], region[0]),
        start=None if job.start is None else job.start[chosen][np.newaxis, :, region[0]],
    )


def _stacked(masks: list[BoolArray | None], part: slice) -> BoolArray | None:
    """Return the masks of lines as the rows of one image, the only item."""
    known = [mask for mask in masks if mask is not None]
    if not known:
        return None
    return np.stack([np.ones_like(known[0]) if mask is None else mask for mask in masks])[np.newaxis, :, part]


def widths_of(psf: ChannelSpread) -> list[float]:
    """Return the PSF's FWHM per axis in voxels; along an axis where it has none, its length."""
    return [
        max(1.0, width / step) if np.isfinite(width) else float(length)
        for width, step, length in zip(psf.fwhm, psf.spacing, psf.shape, strict=True)
    ]


def box_lengths(lengths: Shape, widths: list[float], voxels: int) -> Shape:
    """Return a box of about so many voxels, of equal lengths in PSF widths, as far as the image reaches."""
    times = float((voxels / np.prod(widths)) ** (1 / len(lengths)))
    shape = tuple(lengths)
    for _ in range(len(lengths)):  # where one axis is too short, the others get longer
        shape = tuple(min(length, max(1, round(times * width))) for length, width in zip(lengths, widths, strict=True))
        free = [width for length, width, size in zip(lengths, widths, shape, strict=True) if size < length]
        if not free:
            break
        full = np.prod([size for length, size in zip(lengths, shape, strict=True) if size == length], dtype=float)
        times = float((voxels / full / np.prod(free)) ** (1 / len(free)))
    return shape


def best_piece(light: NDArray[np.generic], axis: int, length: int) -> slice:
    """Return where along one axis a piece of this length holds the most light."""
    others = tuple(other for other in range(light.ndim) if other != axis)
    sums = np.cumsum(np.concatenate([[0.0], np.atleast_1d(_light(light, others))]))
    begin = int(np.argmax(sums[length:] - sums[:-length]))
    return slice(begin, begin + length)


def _light(values: NDArray[np.generic], axes: tuple[int, ...] | None) -> Any:
    """Add up what is finite, without a copy of the image where nothing else is in it."""
    numbers: NDArray[Any] = np.asarray(values)
    total = np.sum(numbers, axis=axes, dtype=np.float64)
    if np.isfinite(total).all():
        return total
    return np.sum(np.where(np.isfinite(numbers), numbers, 0), axis=axes, dtype=np.float64)
