"""Samples of a job's items that hold no data: hidden by the user, filled with a constant, or made by no light."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray
from napari_deconvolve.core.likelihood.missing import Missing, missing_samples
from napari_deconvolve.core.likelihood.noise import MIN_SATURATED, saturated_voxels
from napari_deconvolve.core.likelihood.photons import in_own_unit
from napari_deconvolve.core.likelihood.spikes import find_spikes
from napari_deconvolve.core.percent import percent
from napari_deconvolve.job.pixels import less_pattern
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.defects import MASK

MAX_SPIKES = 0.05  # share of the samples
ALONE = 4  # samples at most in the midst of missing ones say nothing
NAMED = 3  # constants, planes and frames are named


class Defects(NamedTuple):
    """What is wrong with an item, or with all lines of a channel.

    Attributes
    ----------
    found : ndarray of bool or None
        True where there are no data; of lines, all of the job's.
    constants : tuple of float
        Values that stand in place of data.
    missing, hot, dead, sharp, saturated, samples : int
        How many samples hold such a value, how many are brighter and how many darker than light makes them, how many
        are light that the PSF is too wide for, how many others stand at the top of the detector's range, and how many
        there are.
    planes, frames : tuple of int
        Planes of a stack, and the frame of a series, that hold one value throughout.
    """

    found: BoolArray | None = None
    constants: tuple[float, ...] = ()
    missing: int = 0
    hot: int = 0
    dead: int = 0
    sharp: int = 0
    saturated: int = 0
    samples: int = 0
    planes: tuple[int, ...] = ()
    frames: tuple[int, ...] = ()

    @property
    def spikes(self) -> int:
        """Return how many samples no light has made."""
        return self.hot + self.dead


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
    even = in_own_unit(less_pattern(job, place) if isinstance(place, int) else image)[0]
    gone, wrong = missing_samples(image), None
    for again in (False, True):
        missing = _missing(image, gone, together=not isinstance(place, int))
        wrong = find_spikes(even, job.sharpest(job.channel(item)), valid=_valid(missing, mask))
        if again or wrong is None or not wrong.hot.any():
            break
        before, gone = gone, missing_samples(image, spikes=wrong.hot)  # they hide that an area ends abruptly
        if _share(gone) == _share(before):
            break
    sharp = 0 if wrong is None else wrong.sharp
    if wrong is not None and not 0 < _count(wrong.found) <= MAX_SPIKES * image.size:
        wrong = None  # if so many, the PSF is not that of this image, or it has none
    alone = None if missing is None else _alone(missing)
    bad = missing if wrong is None else wrong.found if missing is None else missing | wrong.found
    bad = bad if bad is None or alone is None else bad | alone
    return Defects(
        bad,
        () if gone is None else gone.values,
        _count(missing),
        _count(alone) + (0 if wrong is None else _count(wrong.hot)),
        0 if wrong is None else _count(wrong.dead),
        sharp,
        _saturated(image, bad),
        image.size,
        _planes(missing),
        (place,) if isinstance(place, int) and len(job) > 1 and _is_blank(image) else (),
    )


def _share(gone: Missing | None) -> float:
    return 0.0 if gone is None else gone.share


def _alone(missing: BoolArray) -> BoolArray | None:
    """Return samples that lie in the midst of missing ones, as hot pixels do in a gap: no neighbour judges them."""
    from scipy import ndimage

    labels, count = ndimage.label(~missing, np.ones((3,) * missing.ndim))
    few: BoolArray = np.bincount(labels.ravel(), minlength=count + 1) <= ALONE
    few[0] = False
    return few[labels] if few.any() else None


def _missing(image: NDArray[np.generic], gone: Missing | None, *, together: bool) -> BoolArray | None:
    """Return which samples hold no data, those of lines together as far as it is sure."""
    if gone is None or gone.found.all():
        return None  # a flat image holds what it holds
    return gone.found & (image < np.nanmax(image)) if together else gone.found  # a line beside a saturated one is dark


def _saturated(image: NDArray[np.generic], bad: BoolArray | None) -> int:
    """Return the number of samples at the top of the range; few may be the largest of an image scaled to its type."""
    full = saturated_voxels(image)
    count = 0 if full is None else _count(full if bad is None else full & ~bad)
    return count if count >= MIN_SATURATED else 0


def _planes(missing: BoolArray | None) -> tuple[int, ...]:
    """Return the planes of a stack that hold no data at all."""
    if missing is None or missing.ndim < 3:
        return ()
    return tuple(int(plane) for plane in np.flatnonzero(missing.all(axis=(1, 2))))


def _is_blank(image: NDArray[np.generic]) -> bool:
    return image.size > 1 and bool((image == image.flat[0]).all())


def _count(found: BoolArray | None) -> int:
    return 0 if found is None else int(np.count_nonzero(found))


def _valid(bad: BoolArray | None, mask: BoolArray | None) -> BoolArray | None:
    if bad is None:
        return mask
    return ~bad if mask is None else mask & ~bad


def sentences(known: Collection[Defects]) -> Iterator[str]:
    """Return what was left out of the items of a run, in words."""
    samples = sum(one.samples for one in known)
    frames = sorted({frame for one in known for frame in one.frames})
    if frames:
        yield f"{_named('Frame', frames)} {'holds' if len(frames) == 1 else 'hold'} one value and no image."
    missing = sum(one.missing for one in known)
    if missing:
        values = sorted({value for one in known for value in one.constants})
        shown = " or ".join(f"{value:.10g}" for value in values[:NAMED])
        planes = sorted({plane for one in known for plane in one.planes})
        among = f", among them all of {_named('plane', planes)}" if planes else ""
        yield (
            f"{percent(missing / samples)} of the samples hold exactly {shown} in connected areas and are left out"
            f"{among}; the parameter defects keeps them."
        )
    hot, dead = sum(one.hot for one in known), sum(one.dead for one in known)
    if hot or dead:
        yield f"{in_words(hot, dead)} and left out; the parameter defects keeps them."
    sharp = sum(one.sharp for one in known)
    if sharp:
        yield (
            f"{sharp} samples are brighter than light through the PSF can be, and light all the same, as it reaches "
            "those beside: a sign of a PSF that was made too wide. Check numerical aperture, wavelength and spacing."
        )
    full = sum(one.saturated for one in known)
    if full:
        yield f"{percent(full / samples)} of the samples are saturated and count as “at least so bright”."


def in_words(hot: int, dead: int) -> str:
    """Return how many samples no light has made: "3 samples are brighter or darker than ...", and of what kind."""
    many = "1 sample is" if hot + dead == 1 else f"{hot + dead} samples are"
    kinds = [f"{count} {kind}" for count, kind in ((hot, "hot"), (dead, "dead")) if count]
    pixels = "pixel" if hot + dead == 1 else "pixels"
    rays = ", or cosmic rays" if hot else ""
    return f"{many} brighter or darker than any light through the PSF ({' and '.join(kinds)} {pixels}{rays})"


def _named(what: str, numbers: Sequence[int]) -> str:
    """Return some numbers in words: "frame 3", "frames 3 and 7", "frames 3, 7, 8 and 4 others"."""
    if len(numbers) == 1:
        return f"{what} {numbers[0]}"
    shown = [str(number) for number in numbers[:NAMED]] + [f"{len(numbers) - NAMED} others"] * (len(numbers) > NAMED)
    return f"{what}s {', '.join(shown[:-1])} and {shown[-1]}"
