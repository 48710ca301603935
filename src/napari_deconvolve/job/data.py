"""What is known of a job's items before any iteration: background, noise model, missing pixels."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.background_map import Ground, find_surface
from napari_deconvolve.core.likelihood.baseline import find_baseline
from napari_deconvolve.core.likelihood.batch_noise import BatchData, batch_data
from napari_deconvolve.core.likelihood.dark_plateau import has_dark_plateau
from napari_deconvolve.core.likelihood.level import CameraLevel, find_level, noise_per_count
from napari_deconvolve.core.likelihood.maps import MAPS, FoundMap, Map, MapSamples
from napari_deconvolve.core.likelihood.noise import PoissonData, poisson_data
from napari_deconvolve.core.likelihood.photon_transfer import PhotonTransfer, photon_transfer
from napari_deconvolve.core.likelihood.photons import few_digits, in_own_unit
from napari_deconvolve.core.likelihood.pixels import dark_of
from napari_deconvolve.job.defects import usable
from napari_deconvolve.job.pixels import differ, evened_item, less_pattern, mean_over, values
from napari_deconvolve.job.problem import Job, Workspace
from napari_deconvolve.job.samples import hidden, is_empty, require_pixels

T = TypeVar("T")
LEAST_READ_NOISE = 1.4  # photons: of scientific CMOS cameras 1 to 1.6, of CCD cameras more
DARK_NOISE = 0.5  # standard deviations of a sample, by which the smoothed dark of an image may lie below its mean
Look = Callable[[Job, int], NDArray[np.generic]]  # gives an item of the image


class Found(NamedTuple):
    """A background that was found, in counts, and what it was found by."""

    value: float | FoundMap
    by: Ground


def counts(job: Job, item: int) -> NDArray[np.generic]:
    """Return one item of the image; where pixels are known to differ, as equal ones would have recorded it."""
    given = job.recipe.offset
    if isinstance(given, str) and isinstance(job.recipe.gain, MAPS):
        given = level(job, item)
    return job.items[item] if isinstance(given, str) else evened_item(job, item, given)


def visible(job: Job, item: int) -> NDArray[np.generic]:
    """Return one item of the image with NaN where the mask hides it."""
    return hidden(counts(job, item), usable(job, item))


def background(job: Job, item: int) -> float | FloatArray:
    """Return the background of one item in counts, one number or one per sample.

    It is the recipe's, or found from the item; for lines, from all of them.
    """
    return values(job, item, ground(job, item))


def ground(job: Job, item: int) -> float | Map:
    """Return the background of one item as the recipe holds it, or as it was found."""
    given = job.recipe.background
    return given if not isinstance(given, str) else found_ground(job, item).value


def camera_level(job: Job, item: int) -> CameraLevel:
    """Return what one item tells of its camera; for lines, what all of them do."""
    kernel = job.sharpest(job.channel(item))
    return _found(job, "camera", item, partial(find_level, psf=kernel), job.seen, less_pattern)


def transfer_of(job: Job, item: int) -> PhotonTransfer | None:
    """Return the line of variance over mean of an item, with any PSF; None for lines, or where it cannot be seen."""
    known = camera_level(job, item).transfer
    if known is not None or len(job.frame) < 2:
        return known

    def find() -> PhotonTransfer | None:
        data, unit = in_own_unit(visible(job, item))
        found = photon_transfer(data)
        return None if found is None else found.scaled(unit)

    return job.seen.once(_place(job, "transfer", item), find)


def known_level(job: Job, item: int) -> CameraLevel | None:
    """Return what an item tells of its camera, if anybody has looked."""
    known: CameraLevel | None = job.seen.get(_place(job, "camera", item))
    return known


def is_white(job: Job, item: int) -> bool:
    """Return whether the noise of an item is that of a camera, as far as anybody has looked."""
    known = known_level(job, item)
    return known is None or known.white


def level(job: Job, item: int) -> float:
    """Return the counts of one item at which there is no noise, by the recipe or found; those of most pixels.

    It lies nowhere above the background, and where the background is given, below 0 only if some samples do.
    """
    recipe = job.recipe
    if not isinstance(recipe.offset, str):
        return float(mean_over(job, item, recipe.offset)) - typical(reading(job, item))
    told = offset_by_file(job, item)
    found = camera_level(job, item).counts if told is None else told
    if isinstance(recipe.background, str):
        return found
    if found < 0 and not _found(job, "below 0", item, _holds_negative, of=less_pattern):
        found = 0.0
    return min(found, _lowest(job, item))


def reading(job: Job, item: int) -> float | FloatArray:
    """Return the counts whose photons have as much noise as reading has; a number, or one per sample."""
    given = job.recipe.read_noise
    if isinstance(given, str) or given == 0.0:
        return 0.0
    return np.square(values(job, item, given)) * gain_of(job, item)


def typical(read: float | FloatArray) -> float:
    """Return the number that most pixels are near: few pixels of an sCMOS camera hold most of its noise."""
    return read if isinstance(read, float) else float(np.median(read))


def levels(job: Job, item: int) -> float | FloatArray:
    """Return the level of one item, for each sample where pixels are known to differ in read noise."""
    low = level(job, item)
    if not isinstance(job.recipe.read_noise, MAPS):
        return low
    read = reading(job, item)
    return low + typical(read) - read


def informed(part: Job, whole: Job, item: int) -> Job:
    """Return a job of a part of one item, whose recipe holds what was found from all of it, that knows so."""
    job = replace(part, under=found_by(whole, item), asked=whole.recipe)
    known = known_level(whole, item)
    if known is not None:
        job.seen.once(_place(job, "camera", 0), lambda: known)
    return job


def offset_by_file(job: Job, item: int) -> float | None:
    """Return the offset that the image's file tells, where it may be right and the image does not tell a better one.

    It is none if the image is darker, or its noise speaks of another one. A wrong entry in a file must not spoil a run.
    """
    told = job.offsets[item] if item < len(job.offsets) else None
    if told is None or not isinstance(job.recipe.offset, str):
        return None
    found = camera_level(job, item)
    line = found.transfer
    if line is not None and line.trusted:
        return told if abs(told - line.level) <= line.level_sd else None
    if line is None:
        return told if told <= _found(job, "dark", item, dark_of, of=less_pattern) else None
    return told if told <= line.dark + DARK_NOISE * float(np.sqrt(line.variance[0])) else None


def _holds_negative(image: NDArray[np.generic], *, lines: bool = False) -> bool:
    return bool(np.any(np.asarray(image) < 0))


def _lowest(job: Job, item: int) -> float:
    """Return the least number of the background that is given for an item; for lines, of that for all."""
    given = job.recipe.background
    if isinstance(given, MapSamples) and job.in_lines:
        return float(np.min(given.data))
    return float(np.min(background(job, item)))


def noise_model(job: Job, item: int) -> PoissonData:
    """Return one item's data as the noise model sees them."""
    if len(job) > 1 and is_empty(job, item):  # its result is dark, and that of the others is none the worse
        require_pixels(job)  # of a lazy image nobody has looked yet
        return poisson_data(np.zeros(job.frame, np.float32), background=0.0, dtype=job.dtype)
    how: dict[str, Any] = {"background": background(job, item), "level": levels(job, item), "recorded": job.items[item]}
    shared = None if job.cut is None else job.cut.shared
    return poisson_data(counts(job, item), dtype=job.dtype, mask=usable(job, item), shared=shared, **how)


def batch_model(job: Job, items: Sequence[int]) -> BatchData:
    """Return the data of several lines of one channel as the noise model sees them."""
    chosen = list(items)
    masks = [usable(job, item) for item in chosen]
    known = [np.ones(job.frame, bool) if mask is None else mask for mask in masks]
    mask = None if all(one is None for one in masks) else np.stack(known)
    under = background(job, chosen[0])
    if not isinstance(under, float):
        under = np.stack([background(job, item) for item in chosen])
    low = levels(job, chosen[0])
    if not isinstance(low, float):
        low = np.stack([levels(job, item) for item in chosen])
    images = _stacked(job, chosen, counts)
    return batch_data(images, background=under, dtype=job.dtype, mask=mask, level=low, recorded=job.items[chosen])


def gain_of(job: Job, item: int, low: float | None = None) -> float:
    """Return counts per photon, by the recipe or as the item tells: by the line of variance over mean, or the dark.

    `low` is the level, in counts; as long as it is not known, the recipe's offset stands in.
    """
    if low is None:
        offset = mean_over(job, item, job.recipe.offset)
        low = 0.0 if isinstance(offset, str) else offset
    given = mean_over(job, item, job.recipe.gain)
    found = camera_level(job, item).gain if isinstance(given, str) else given
    if not np.isnan(found):
        return found
    data, unit = in_own_unit(hidden(less_pattern(job, item), usable(job, item)))
    return noise_per_count(data - low / unit) * unit


def found_by(job: Job, item: int) -> Ground:
    """Return what the background of one item was found by."""
    if job.under is not None or not isinstance(job.recipe.background, str):
        return job.under or Ground(None)
    return found_ground(job, item).by


def found_ground(job: Job, item: int) -> Found:
    """Return the background that is found under one item; for lines, under all of them."""
    low = level(job, item)

    def find(image: NDArray[np.generic], *, lines: bool = False) -> Found:
        data, unit = in_own_unit(image)
        above = (data - few_digits(low / unit)).astype(np.float32)
        per_photon = few_digits(gain_of(job, item, low) / unit)
        flat = lines or not camera_level(job, item).white
        dark, kernel = estimate_background(above, lines=lines), job.sharpest(job.channel(item))
        if flat:
            found = Ground(None)
        elif above.ndim == 1:
            found = find_baseline(above, per_photon, kernel, dark)
        else:
            found = find_surface(above, per_photon, kernel, dark, least=_read(job, item, low) * per_photon)
        if found.surface is not None:
            return Found(found.surface.scaled(unit, low), found)
        if (lines or above.ndim < 2) and not has_dark_plateau(above, dark):
            found = Ground(None, bright=True)
        return Found(low if found.bright else low + unit * dark, found)

    return _found(job, "background", item, find)


def _read(job: Job, item: int, low: float) -> float:
    """Return the photons of noise that reading adds at least: so far the background lies above the level `low`.

    A camera that adds an offset reads with an electron and a half or more, where nobody says.
    """
    given = job.recipe.read_noise
    if not isinstance(given, str):
        return typical(np.square(values(job, item, given)))
    return 0.0 if low == 0 or not isinstance(job.recipe.offset, str) else LEAST_READ_NOISE**2


def _found(
    job: Job, quantity: str, item: int, find: Callable[..., T], known: Workspace | None = None, of: Look = counts
) -> T:
    """Find a quantity from one item, once; for lines, from all of the channel."""
    place, known = _place(job, quantity, item), known or job.workspace
    if not (job.in_lines and len(job) > 1):
        return known.once(place, lambda: find(hidden(of(job, item), usable(job, item))))
    return known.once(place, lambda: find(_lines_of(job, job.channel(item), of), lines=True))


def _place(job: Job, quantity: str, item: int) -> tuple[Hashable, ...]:
    together = job.in_lines and len(job) > 1
    where = ("channel", job.channel(item)) if together else ("item", item)
    return (quantity, job.items, job.recipe.defects, *where)


def _lines_of(job: Job, channel: int, of: Look) -> NDArray[np.generic]:
    items = job.items_of(channel)
    masks = [usable(job, item) for item in items]
    lines = _stacked(job, items, of)
    if all(mask is None for mask in masks):
        return lines
    return hidden(lines, np.stack([np.ones(job.frame, bool) if one is None else one for one in masks]))


def _stacked(job: Job, items: list[int], of: Look) -> NDArray[np.generic]:
    """Return several items; all of them as they are held where pixels are equal."""
    if differ(job):
        return np.stack([of(job, item) for item in items])
    return job.items[slice(None) if len(items) == len(job) else items]
