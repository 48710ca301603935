"""Memory and work of a tile, by what it reads; one axis at a time, as a tile's box is a product of axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.transforms.boundary import Boundary, Layout, as_boundary
from napari_deconvolve.core.transforms.fft import SLAB_BYTES, cpu_count
from napari_deconvolve.core.transforms.lines import fast_length
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf.protocol import strata_count
from napari_deconvolve.recipe.recipe import Recipe

FLAGS = 2  # bytes per sample of masks and what is made of them
SLABS = 4  # per thread, in real and half-complex numbers


@dataclass(frozen=True)
class AxisCut:
    """One axis of an image, cut into pieces.

    Attributes
    ----------
    length, own : int
        Of the axis, and of a piece.
    halo, reach : int
        Samples beyond each cut face, and of padding beyond each of the image's own.
    padded : bool
        Whether cut faces are padded as well.
    """

    length: int
    own: int
    halo: int
    reach: int
    padded: bool = False

    @cached_property
    def inner(self) -> list[slice]:
        """What each piece writes."""
        return [slice(low, min(low + self.own, self.length)) for low in range(0, self.length, self.own)]

    @cached_property
    def outer(self) -> list[slice]:
        """What each piece reads: its halo too, and more where a transform is as quick with it."""
        return [self._outer(cut) for cut in self.inner]

    @cached_property
    def boxes(self) -> list[int]:
        """How long each piece is with its padding."""
        return [fast_length(cut.stop - cut.start + self._padding(cut)) for cut in self.outer]

    @cached_property
    def sums(self) -> tuple[float, float]:
        """The sum of the boxes' lengths, and that of each times its logarithm."""
        boxes = np.array(self.boxes, np.float64)
        return float(boxes.sum()), float((boxes * np.log2(np.maximum(boxes, 2))).sum())

    @cached_property
    def largest(self) -> int:
        """The place of the piece with the longest box."""
        return int(np.argmax(self.boxes))

    def _padding(self, cut: slice) -> int:
        return 2 * self.reach * (self.padded or cut.start == 0 or cut.stop == self.length)

    def _outer(self, cut: slice) -> slice:
        low, high = max(0, cut.start - self.halo), min(self.length, cut.stop + self.halo)
        wide = high - low + self._padding(slice(low, high))
        spare = fast_length(wide) - wide
        after = min(spare if low == 0 else spare // 2, self.length - high)
        before = min(spare - after, low)
        if (low - before == 0) != (low == 0) or (high + after == self.length) != (high == self.length):
            return slice(low, high)  # it would come to need more padding
        return slice(low - before, high + after)


class Needs:
    """What the tiles of a job take, once its settings are known.

    Attributes
    ----------
    frame, reach : tuple of int
        Shape of an item, and how far the PSF reaches.
    """

    def __init__(self, job: Job, recipe: Recipe, channel: int = 0) -> None:
        self.frame, self._recipe, self._traits = job.frame, recipe, recipe.traits
        self._boundary: Boundary = as_boundary(recipe.boundary)
        kernel = job.widened(job.psfs[channel].data)
        self.reach: Shape = tuple(length // 2 for length in kernel.shape)
        self._padded = not recipe.traits.iterates
        even = np.array_equal(kernel, np.flip(kernel))
        self._transfer = strata_count(job.psf) * (0.5 if even else 1.0)
        self._size, self._raw = job.dtype.itemsize, job.items.dtype.itemsize
        self._threads = job.workers or cpu_count()

    def cut(self, axis: int, own: int, halo: int) -> AxisCut:
        """Return an axis cut into pieces of a length."""
        return AxisCut(self.frame[axis], own, halo, self.reach[axis], self._padded)

    def bytes(self, cuts: Sequence[AxisCut]) -> int:
        """Return the memory of the largest tile."""
        reads = tuple(one.outer[one.largest] for one in cuts)
        frame = tuple(cut.stop - cut.start for cut in reads)
        box = tuple(one.boxes[one.largest] for one in cuts)
        plan = Layout(frame, box, self._boundary, self.reach)
        samples: float = self._traits.working_samples(plan, self._recipe.acceleration, self._recipe.named_prior)
        samples += self._transfer * math.prod(box)
        inside = math.prod(frame)
        slabs = SLABS * SLAB_BYTES * self._threads
        return int(self._size * samples + (FLAGS + (self._raw if self._padded else 0)) * inside + slabs)

    def work(self, cuts: Sequence[AxisCut]) -> float:
        """Return samples times their logarithm, over all tiles of an item."""
        lengths = [one.sums[0] for one in cuts]
        return math.fsum(one.sums[1] * math.prod(lengths[:axis] + lengths[axis + 1 :]) for axis, one in enumerate(cuts))
