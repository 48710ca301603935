"""Samples of a job's items that hold no data: hidden by the user, filled with a constant, or made by no light."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np

from napari_deconvolve.core.arrays import BoolArray
from napari_deconvolve.core.likelihood.missing import missing_samples
from napari_deconvolve.core.likelihood.photons import in_own_unit
from napari_deconvolve.core.likelihood.spikes import spikes
from napari_deconvolve.job.pixels import less_pattern
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.defects import MASK

MAX_SPIKES = 0.05  # share of the samples
NAMED_VALUES = 3  # of the constants that stand in place of data


class Defects(NamedTuple):
    """What is wrong with an item, or with all lines of a channel.

    Attributes
    ----------
    found : ndarray of bool or None
        True where there are no data; of lines, all of the job's.
    constants : tuple of float
        Values that stand in place of data.
    missing, spikes, samples : int
        How many samples hold such a value, how many no light has made, and how many there are.
    """

    found: BoolArray | None = None
    constants: tuple[float, ...] = ()
    missing: int = 0
    spikes: int = 0
    samples: int = 0


def usable(job: Job, item: int) -> BoolArray | None:
    """Return where an item has data that count, but for values that are not finite; None for everywhere."""
    given = None if job.mask is None else job.mask[item]
    bad = defects(job, item).found
    if bad is None:
        return given
    if _together(job):
        bad = bad[item]
    return ~bad if given is None else given & ~bad


def defects(job: Job, item: int) -> Defects:
    """Return the defects of an item, found once; for lines, those of all lines of its channel."""
    if job.recipe.defects != MASK:
        return Defects()
    if not _together(job):
        return job.seen.once(("defects", job.items, item), lambda: _found(job, item, item))
    channel = job.channel(item)
    return job.seen.once(("defects", job.items, "channel", channel), lambda: _of_lines(job, item, channel))


def _together(job: Job) -> bool:
    return job.in_lines and len(job) > 1


def _of_lines(job: Job, item: int, channel: int) -> Defects:
    lines = job.items_of(channel)
    known = _found(job, item, lines)
    if known.found is None:
        return known
    whole = np.zeros((len(job), *job.frame), bool)
    whole[lines] = known.found
    return known._replace(found=whole)


def _found(job: Job, item: int, place: int | list[int]) -> Defects:
    image = job.items[place]
    mask = None if job.mask is None else job.mask[place]
    gone = missing_samples(image)
    missing = None if gone is None or gone.found.all() else gone.found  # a flat image holds what it holds
    if missing is not None and not isinstance(place, int):  # the line beside a saturated one may be dark
        missing = missing & (image < np.nanmax(image))
    even = less_pattern(job, place) if isinstance(place, int) else image
    wrong = spikes(in_own_unit(even)[0], job.sharpest(job.channel(item)), valid=_valid(missing, mask))
    if _count(wrong) > MAX_SPIKES * image.size:  # then the PSF is not that of this image, or it has none
        wrong = None
    bad = missing if wrong is None else wrong if missing is None else missing | wrong
    constants = () if gone is None else gone.values
    return Defects(bad, constants, _count(missing), _count(wrong), image.size)


def _count(found: BoolArray | None) -> int:
    return 0 if found is None else int(np.count_nonzero(found))


def _valid(bad: BoolArray | None, mask: BoolArray | None) -> BoolArray | None:
    if bad is None:
        return mask
    return ~bad if mask is None else mask & ~bad


def sentences(known: Collection[Defects]) -> Iterator[str]:
    """Return what was left out of the items of a run, in words."""
    samples = sum(one.samples for one in known)
    missing = sum(one.missing for one in known)
    if missing:
        values = sorted({value for one in known for value in one.constants})
        shown = " or ".join(f"{value:.10g}" for value in values[:NAMED_VALUES])
        yield (
            f"{100 * missing / samples:.2g} % of the samples hold exactly {shown} in connected areas and are left out; "
            f"the parameter defects keeps them."
        )
    wrong = sum(one.spikes for one in known)
    if wrong:
        many = "1 sample is" if wrong == 1 else f"{wrong} samples are"
        yield (
            f"{many} brighter or darker than any light through the PSF (hot or dead pixels, cosmic rays) and left out; "
            "the parameter defects keeps them."
        )
