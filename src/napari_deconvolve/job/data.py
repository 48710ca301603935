"""What is known of a job's items before any iteration: background, noise model, missing pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.batch_noise import BatchData, batch_data
from napari_deconvolve.core.likelihood.dark_noise import estimate_dark_noise
from napari_deconvolve.core.likelihood.noise import NO_VALID_VOXEL, PoissonData, poisson_data
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.problem import Job


def visible(job: Job, item: int) -> NDArray[np.generic]:
    """Return one item of the image with NaN where the mask hides it."""
    return _hidden(job.items[item], None if job.mask is None else job.mask[item])


def background(job: Job, item: int) -> float:
    """Return the background of one item in counts: the recipe's, or found from it; for lines, from all of them."""
    given = job.recipe.background
    return _found(job, "background", item, estimate_background) if isinstance(given, str) else given


def dark_noise(job: Job, item: int) -> float:
    """Return the counts that lift data and background of one item: the recipe's, or found as a background is."""
    given = job.recipe.dark_noise
    return _found(job, "dark noise", item, estimate_dark_noise) if isinstance(given, str) else given


def noise_model(job: Job, item: int) -> PoissonData:
    """Return one item's data as the noise model sees them."""
    if len(job) > 1 and is_empty(job, item):  # its result is dark, and that of the others is none the worse
        require_pixels(job)  # of a lazy image nobody has looked yet
        return poisson_data(np.zeros(job.frame, np.float32), background=0.0, dtype=job.dtype)
    mask = None if job.mask is None else job.mask[item]
    level, dark = background(job, item), dark_noise(job, item)
    return poisson_data(job.items[item], background=level, dtype=job.dtype, mask=mask, dark=dark)


def batch_model(job: Job, items: Sequence[int]) -> BatchData:
    """Return the data of several lines of one channel as the noise model sees them."""
    chosen = list(items)
    mask = None if job.mask is None else job.mask[chosen]
    level, dark = background(job, items[0]), dark_noise(job, items[0])
    return batch_data(job.items[chosen], background=level, dtype=job.dtype, mask=mask, dark=dark)


def is_empty(job: Job, item: int) -> bool:
    """Return whether no pixel of an item is finite and inside the mask."""
    hidden = job.mask is not None and not job.mask[item].any()
    return hidden or (job.items.dtype.kind == "f" and not np.isfinite(visible(job, item)).any())


def empty_items(job: Job) -> tuple[int, ...]:
    """Return the items without any pixel that counts."""
    if job.items.dtype.kind != "f" and job.mask is None:
        return ()
    return tuple(item for item in range(len(job)) if is_empty(job, item))


def valid_pixels(job: Job) -> int:
    """Return the number of pixels that say something."""
    if job.items.dtype.kind != "f" and job.mask is None:
        return job.items.size
    return sum(int(np.count_nonzero(np.isfinite(visible(job, item)))) for item in range(len(job)))


def require_pixels(job: Job) -> None:
    """Raise `ParameterError` if none of a job's pixels count: this reads the image."""
    if all(is_empty(job, item) for item in range(len(job))):
        raise ParameterError(NO_VALID_VOXEL)


def _found(job: Job, quantity: str, item: int, find: Callable[..., float]) -> float:
    """Find a quantity from one item, once; for lines, from all of the channel."""
    if not (job.in_lines and len(job) > 1):
        return job.workspace.once((quantity, item), lambda: find(visible(job, item)))
    channel = job.channel(item)
    return job.workspace.once((quantity, "channel", channel), lambda: find(_lines_of(job, channel), lines=True))


def _lines_of(job: Job, channel: int) -> NDArray[np.generic]:
    items = job.items_of(channel)
    every: slice | Sequence[int] = slice(None) if len(items) == len(job) else items
    return _hidden(job.items[every], None if job.mask is None else job.mask[every])


def _hidden(image: NDArray[np.generic], mask: BoolArray | None) -> NDArray[np.generic]:
    """Return an image with NaN where a mask is False."""
    if mask is None or mask.all():
        return image
    return np.where(mask, image, np.float32(np.nan))
