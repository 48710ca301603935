"""One pass over an image that is larger than memory: range, light, saturation, and a small picture of where light is.

Each block of the image is read once and forgotten. What stays are a few numbers per item, and the means of samples in
bins of the item with the most light: at most `COARSE_VOXELS` of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.likelihood.noise import CAMERA_TOPS, MIN_SATURATED
from napari_deconvolve.errors import DeconvolutionError, ParameterError
from napari_deconvolve.formats.ome_zarr.samples import SamplesError
from napari_deconvolve.job.items import Items
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import widths_of
from napari_deconvolve.work import Progress, Work

COARSE_VOXELS = 1 << 19  # of the small picture at most
MIN_BINS = 8  # along an axis, however long the others are
BLOCK_BYTES = 1 << 22  # that are read at a time
MOST_UNREAD = 16  # blocks that cannot be read, beyond which an image is not looked at
MOST_ADDED = 1 << 16  # numbers of 16 bits, whose sum has 32 bits
LARGEST_CHUNK = 1 << 26  # bytes of a chunk that is read as a whole

Region = tuple[slice, ...]


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """The samples of one item, in counts.

    Attributes
    ----------
    total, samples : float, int
        Sum and number of finite samples.
    low, high : float
        Range of these.
    at_top : int
        How many are as large as the largest.
    """

    total: float
    samples: int
    low: float
    high: float
    at_top: int

    @property
    def mean(self) -> float:
        """Mean of the finite samples; 0 without any."""
        return self.total / self.samples if self.samples else 0.0

    def top(self, dtype: np.dtype[Any]) -> int:
        """Return the counts of saturated samples, as `saturated_voxels` finds them; -1 where there are none."""
        if dtype.kind not in "ui" or dtype.itemsize > 2 or not self.samples:
            return -1
        full = self.high == np.iinfo(str(dtype)).max
        camera = dtype.itemsize == 2 and int(self.high) in CAMERA_TOPS and self.at_top >= MIN_SATURATED
        return int(self.high) if full or camera else -1


@dataclass(frozen=True, slots=True, eq=False)
class Coarse:
    """A small picture of an item.

    Attributes
    ----------
    item : int
        Its place.
    bins : tuple of int
        Samples per bin along each axis.
    means : ndarray
        Mean of the finite samples of each bin; NaN where there are none.
    """

    item: int
    bins: Shape
    means: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What one pass over an image has found: facts per item, and the picture of each channel's brightest item."""

    items: tuple[ItemFacts, ...]
    coarse: tuple[Coarse, ...]


def survey(job: Job) -> Work[Survey]:
    """Look at every sample of a job's image once; raise `ParameterError` where none is finite."""
    facts: list[ItemFacts] = []
    brightest: dict[int, Coarse] = {}
    for item in range(len(job)):
        channel = job.channel(item)
        look = ItemLook(job.items, item, bins_for(job, channel))
        for number, block in enumerate(look.blocks, start=1):
            look.take(block)
            done = (item + number / len(look.blocks)) / len(job)
            yield Progress(0, len(job), stage=f"looking at the image, {done:.0%}")
        facts.append(look.facts())
        known = brightest.get(channel)
        if known is None or facts[known.item].total < facts[item].total:
            brightest[channel] = look.coarse()
    if not any(one.samples for one in facts):
        raise ParameterError("No sample of the image is finite; there is nothing to deconvolve.")
    return Survey(tuple(facts), tuple(brightest[channel] for channel in sorted(brightest)))


def bins_for(job: Job, channel: int) -> Shape:
    """Return how many samples a bin has along each axis: about equal lengths in widths of the PSF, powers of two."""
    return bins_of(job.frame, widths_of(job.point(channel)))


def bins_of(frame: Shape, widths: Sequence[float]) -> Shape:
    """Return them for widths in samples."""
    bins = [1] * len(frame)
    while math.prod(_counts(frame, bins)) > COARSE_VOXELS:
        able = [axis for axis, length in enumerate(frame) if length > MIN_BINS * bins[axis]]
        if not able:
            break
        bins[min(able, key=lambda axis: (bins[axis] / widths[axis], -frame[axis]))] *= 2
    return tuple(bins)


class ItemLook:
    """The pass over one item: `take` each of its `blocks`."""

    def __init__(self, items: Items, item: int, bins: Shape) -> None:
        self._items, self._item, self._bins = items, item, bins
        self._sums = np.zeros(_counts(items.frame, bins))
        self._missing: NDArray[np.float64] | None = None  # samples of each bin that are not finite
        self._low, self._high, self._at_top = math.inf, -math.inf, 0
        self.blocks = list(blocks_of(items, BLOCK_BYTES))
        self.unread: list[tuple[Region, Exception]] = []

    def take(self, region: Region) -> None:
        """Read a block, and add it up; one that cannot be read counts as missing, as its tile will name it.

        Where most cannot, as when a network is gone, the error is raised.
        """
        block = self._read(region)
        place = tuple(
            slice(cut.start // size, -(-cut.stop // size)) for cut, size in zip(region, self._bins, strict=True)
        )
        finite = np.isfinite(block) if block.dtype.kind == "f" else None
        if finite is not None and not finite.all():
            if self._missing is None:
                self._missing = np.zeros(self._sums.shape)
            self._missing[place] += self._binned(~finite, region)
            self._range(block[finite])
            block = np.where(finite, block, 0)
        else:
            self._range(block)
        self._sums[place] += self._binned(block, region)

    def _read(self, region: Region) -> NDArray[Any]:
        try:
            return self._items.part(self._item, region)
        except (DeconvolutionError, MemoryError) as error:
            if not isinstance(error, SamplesError):
                raise
            self.unread.append((region, error))
        except Exception as error:  # a damaged chunk can make its decoder raise anything
            self.unread.append((region, error))
        if len(self.unread) > min(MOST_UNREAD, len(self.blocks) // 2):
            raise self.unread[0][1]
        shape = tuple(cut.stop - cut.start for cut in region)
        return np.broadcast_to(np.float32(np.nan), shape)

    def _range(self, known: NDArray[Any]) -> None:
        if not known.size:
            return
        top = known.max()
        low, high = float(known.min()), float(top)
        self._low = min(self._low, low)
        if high >= self._high:
            count = int(np.count_nonzero(known == top))
            self._at_top = count + (self._at_top if high == self._high else 0)
            self._high = high

    def _binned(self, values: NDArray[Any], region: Region) -> NDArray[np.float64]:
        """Add up the samples of each bin."""
        found: NDArray[Any] = values
        added = 1
        for axis, (size, cut) in enumerate(zip(self._bins, region, strict=True)):
            if size > 1:
                begins = np.arange(cut.start - cut.start % size, cut.stop, size) - cut.start
                added *= min(size, cut.stop - cut.start)
                found = _added_up(found, axis, np.maximum(begins, 0), _sum_type(values.dtype, added))
        return found.astype(np.float64, copy=False)

    def facts(self) -> ItemFacts:
        """Return the numbers of the item."""
        gone = 0 if self._missing is None else int(self._missing.sum())
        samples = math.prod(self._items.frame) - gone
        low, high = (self._low, self._high) if samples else (0.0, 0.0)
        return ItemFacts(float(self._sums.sum()), samples, low, high, self._at_top)

    def coarse(self) -> Coarse:
        """Return the small picture of the item."""
        volume = np.ones((1,) * len(self._bins))
        for axis, (length, size) in enumerate(zip(self._items.frame, self._bins, strict=True)):
            begins = np.arange(0, length, size)
            along = np.minimum(begins + size, length) - begins
            volume = volume * along.reshape([-1 if other == axis else 1 for other in range(len(self._bins))])
        count = volume if self._missing is None else volume - self._missing
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where(count > 0, self._sums / count, np.nan)
        return Coarse(self._item, self._bins, means.astype(np.float32))


def _sum_type(dtype: np.dtype[Any], added: int) -> Any:
    """Return the type of sums of so many samples: small whole numbers stay so where they cannot overflow."""
    if dtype.kind not in "iu" or dtype.itemsize > 2 or added > MOST_ADDED:
        return np.float64
    return np.uint32 if dtype.kind == "u" else np.int32


def _added_up(values: NDArray[Any], axis: int, begins: NDArray[np.intp], kind: Any) -> NDArray[Any]:
    """Return the sums of the bins that begin at these places along an axis.

    Whole planes and rows are added, which takes a fifth of the time of short runs along the last axis; so that axis
    comes last, when little is left.
    """
    if axis == values.ndim - 1:
        return np.add.reduceat(values, begins, axis=axis, dtype=kind)
    sums = np.empty((*values.shape[:axis], len(begins), *values.shape[axis + 1 :]), kind)
    planes, bins = np.moveaxis(values, axis, 0), np.moveaxis(sums, axis, 0)
    for number, (low, high) in enumerate(zip(begins, [*begins[1:], len(planes)], strict=True)):
        np.add.reduce(planes[low:high], axis=0, dtype=kind, out=bins[number])
    return sums


def blocks_of(items: Items, most: int = BLOCK_BYTES) -> Iterator[Region]:
    """Yield the parts of an item that are read one after another: whole chunks, several where they are small."""
    frame, size = items.frame, items.dtype.itemsize
    step = [min(length, kept) for length, kept in zip(frame, items.blocks, strict=True)]
    while math.prod(step) * size > LARGEST_CHUNK:
        step[int(np.argmax(step))] = -(-max(step) // 2)
    for axis in reversed(range(len(frame))):
        times = max(1, most // (math.prod(step) * size))
        step[axis] = min(frame[axis], step[axis] * times)
    yield from boxes(frame, step)


def boxes(frame: Sequence[int], step: Sequence[int]) -> Iterator[Region]:
    """Yield the boxes of some lengths that fill a frame, the last axis fastest; those at its ends may be smaller."""
    along = [
        [slice(begin, min(begin + size, length)) for begin in range(0, length, size)]
        for length, size in zip(frame, step, strict=True)
    ]
    yield from itertools.product(*along)


def _counts(frame: Shape, bins: Sequence[int]) -> Shape:
    return tuple(-(-length // size) for length, size in zip(frame, bins, strict=True))
