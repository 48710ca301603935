"""Acceleration by looking ahead along the last step (Biggs & Andrews 1997, Appl. Opt. 36:1766).

``y = x_k + a (x_k - x_(k-1))``, ``x_(k+1) = RL(y)``, with ``a`` from how well the last two corrections
``g = RL(y) - y`` agree. Blurring is linear, so H y comes from H x_k and H x_(k-1) without another transform:
every estimate's own deviance is known, at the cost of keeping one blurred image.

Corrections are compared over the whole box, padding included, which depends on the library that transforms it. Steps
that others take over are read in the frame alone (`InFrame`), where all libraries agree.
"""

from __future__ import annotations

from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.accelerations.acceleration import ACCELERATIONS, Acceleration, Step
from napari_deconvolve.core.accelerations.batch import BatchAcceleration
from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.batch_noise import Sums as ItemSums
from napari_deconvolve.core.likelihood.batch_noise import per_item
from napari_deconvolve.core.likelihood.noise import product
from napari_deconvolve.core.transforms.boundary import Layout
from napari_deconvolve.core.transforms.fft import Index, Sums

MIN_SHARE_AHEAD = 0.01  # of x: looking ahead never makes a voxel darker than this
PLANE_STRIDE = 4
ROWS_AT_A_TIME = 16  # at a time where a temporary copy of all would double the memory
MANY_PLANES = 64


def stride_of(rows: int) -> int:
    """Return the stride of remembered corrections: among many rows or planes, every fourth suffices."""
    return PLANE_STRIDE if rows >= MANY_PLANES else 1


class BiggsAndrews(Acceleration):
    """The memory of the iteration: last estimate, last correction, last blurred image."""

    name = "biggs-andrews"
    rank = 1
    starts_elsewhere = True
    repeats = True
    reads_data = True
    model: FloatArray

    @classmethod
    def batch(cls, estimate: FloatArray) -> BatchBiggsAndrews:
        """Return the memory over many items."""
        return BatchBiggsAndrews(estimate)

    def __init__(self, estimate: FloatArray, frame: FloatArray) -> None:
        self.far = 0.0  # a
        self._previous = np.empty_like(estimate)
        self._whole = False  # whether `_previous` holds the point of this step
        read = self._read(estimate, frame)
        self._stride = stride_of(len(read))
        self._correction = np.zeros_like(estimate[:: self._stride])
        self._compared = (-(-len(read) // self._stride), *read.shape[1:])  # of a correction
        self.model = np.empty(frame.shape, estimate.dtype)
        self._agreement = 0.0  # <g, g> of the last correction
        self._corrections = 0

    @classmethod
    def recorded(cls) -> type[Step]:
        """Return the same, read in the frame alone."""
        return InFrame

    @staticmethod
    def _read(estimate: FloatArray, frame: FloatArray) -> FloatArray:
        """Return an array of the shape over which corrections are compared."""
        return estimate

    @property
    def looks_ahead(self) -> bool:
        """Whether a is not 0."""
        return self.far > 0

    @classmethod
    def samples(cls, plan: Layout) -> int:
        """Return the samples of an estimate, a correction and a blurred image."""
        domain = int(np.prod(plan.domain))
        return domain + domain // stride_of(plan.domain[0]) + int(np.prod(plan.frame))

    def point(self, index: Index, estimate: FloatArray) -> FloatArray:
        """Return a piece of y; it replaces ``x_(k-1)``, which is no longer needed."""
        if self._whole:
            return self._previous[index]
        present = estimate[index]
        return self._ahead(self._previous[index], present, present * np.asarray(MIN_SHARE_AHEAD, present.dtype))

    def whole_point(self, estimate: FloatArray) -> FloatArray:
        """Return y as a whole; it replaces ``x_(k-1)``."""
        for low in range(0, len(estimate), ROWS_AT_A_TIME):
            self.point((slice(low, low + ROWS_AT_A_TIME),), estimate)
        self._whole = True
        return self._previous

    def compared(self, index: Index, expected: FloatArray, least: float) -> FloatArray:
        """Return H y + b, from H x + b for a piece; it replaces ``H x_(k-1) + b``."""
        return self._ahead(self.model[index], expected, least)

    def take(self, index: Index, point: FloatArray, stepped: FloatArray) -> Sums:
        """Remember ``x_(k+1)`` and the correction; return its products with the last one and with itself."""
        first = -index[0].start % self._stride
        correction = stepped[first :: self._stride] - point[first :: self._stride]
        self._previous[index] = stepped
        if len(correction) == 0:
            return 0.0, 0.0
        begin = (index[0].start + first) // self._stride
        place = (slice(begin, begin + len(correction)), *index[1:])
        starts = (cut.start for cut in place)
        read = tuple(slice(max(n - low, 0)) for n, low in zip_longest(self._compared, starts, fillvalue=0))
        last = self._correction[place]
        products = product(correction[read], last[read]), product(correction[read], correction[read])
        last[...] = correction
        return products

    def advance(self, estimate: FloatArray, sums: Sums, far: float | None = None) -> FloatArray:
        """Swap in the new estimate and choose how far to look ahead next."""
        agreement, norm = sums
        new, self._previous = self._previous, estimate
        self._whole = False
        self._corrections += 1
        usable = self._corrections > 1 and self._agreement > 0
        read = float(np.clip(agreement / self._agreement, 0, 1)) if usable else 0.0
        self.far = read if far is None else far
        self._agreement = norm
        return new

    def restart(self, estimate: FloatArray) -> FloatArray:
        """Go back to the last estimate and forget the direction."""
        last, self._previous = self._previous, estimate
        self._correction[...] = 0
        self.far, self._agreement, self._corrections = 0.0, 0.0, 0
        return last

    def _ahead(self, last: FloatArray, present: FloatArray, least: FloatArray | float) -> FloatArray:
        """Turn `last` into present + a (present - last), at least `least`, in place."""
        if self.far == 0:
            last[...] = present
            return last
        last -= present
        last *= -self.far
        last += present
        np.maximum(last, least, out=last)
        return last


class InFrame(BiggsAndrews):
    """The same, read in the frame alone: neither the box nor what nobody sees decides. No recipe names it."""

    @staticmethod
    def _read(estimate: FloatArray, frame: FloatArray) -> FloatArray:
        return frame


class BatchBiggsAndrews(BatchAcceleration):
    """The same over many items, with one factor for each."""

    def __init__(self, estimate: FloatArray) -> None:
        self.step: ItemSums = np.zeros((len(estimate),) + (1,) * (estimate.ndim - 1))
        self._correction = np.zeros_like(estimate)
        self._agreement, self._corrections = np.zeros_like(self.step), np.zeros_like(self.step)

    @property
    def looks_ahead(self) -> BoolArray:
        """Where the factor is not 0."""
        return self.step > 0

    def take(self, point: FloatArray, stepped: FloatArray) -> FloatArray:
        """Remember the correction, and choose the next step ahead."""
        correction = stepped - point
        agreement, norm = per_item(correction * self._correction), per_item(correction * correction)
        self._corrections += 1
        usable = (self._corrections > 1) & (self._agreement > 0)
        ratio = np.divide(agreement, self._agreement, out=np.zeros_like(agreement), where=usable)
        self.step = np.clip(ratio, 0, 1)
        self._correction, self._agreement = correction, norm
        return stepped

    def restart(self, rows: NDArray[np.intp], last: FloatArray, again: FloatArray) -> None:
        """Begin again with the step that some items have repeated."""
        self._correction[rows] = again - last
        self._agreement[rows] = per_item(self._correction[rows] * self._correction[rows])
        self._corrections[rows], self.step[rows] = 1, 0

    def point(self, estimate: FloatArray, last: FloatArray) -> FloatArray:
        """Return x + a (x - x_last), not much darker than x."""
        step = self.step.astype(estimate.dtype)
        ahead = estimate + step * (estimate - last)
        return np.where(step > 0, np.maximum(ahead, estimate * np.asarray(MIN_SHARE_AHEAD, estimate.dtype)), estimate)

    def model(self, model: FloatArray, last: FloatArray, floor: FloatArray) -> FloatArray:
        """Return the blurred image of that point: blurring is linear."""
        step = self.step.astype(model.dtype)
        return np.where(step > 0, np.maximum(model + step * (model - last), floor), model)


ACCELERATIONS.add(BiggsAndrews)
