"""Acceleration by looking ahead along the last step (Biggs & Andrews 1997, Appl. Opt. 36:1766).

``y = x_k + a (x_k - x_(k-1))``, ``x_(k+1) = RL(y)``, with ``a`` from how well the last two corrections
``g = RL(y) - y`` agree. Blurring is linear, so H y comes from H x_k and H x_(k-1) without another transform:
every estimate's own deviance is known, at the cost of keeping one blurred image.
"""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import product
from napari_deconvolve.core.transforms.fft import Index, Sums

ACCELERATIONS = ("biggs-andrews",)

MIN_SHARE_AHEAD = 0.01  # of x: looking ahead never makes a voxel darker than this
PLANE_STRIDE = 4
ROWS_AT_A_TIME = 16  # at a time where a temporary copy of all would double the memory
MANY_PLANES = 64


def stride_of(rows: int) -> int:
    """Return the stride of remembered corrections: among many rows or planes, every fourth suffices."""
    return PLANE_STRIDE if rows >= MANY_PLANES else 1


class BiggsAndrews:
    """The memory of the accelerated iteration: last estimate, last correction, last blurred image.

    The start and any array of the data's shape come as rows (see `Blur.rows`); only their shapes and the start's dtype
    matter. Steps are those of the `leader`, if there is one, so that both apply the same linear map.

    Attributes
    ----------
    model : ndarray
        H x + b of the present estimate, as rows.
    """

    def __init__(self, estimate: FloatArray, frame: FloatArray, leader: BiggsAndrews | None = None) -> None:
        self.step = 0.0  # a
        self._leader = leader
        self._previous = np.empty_like(estimate)
        self._stride = stride_of(len(estimate))
        self._correction = np.zeros_like(estimate[:: self._stride])
        self.model = np.empty(frame.shape, estimate.dtype)
        self._agreement = 0.0  # <g, g> of the last correction
        self._corrections = 0

    def predict(self, index: Index, estimate: FloatArray) -> FloatArray:
        """Return y for a piece of the estimate; it replaces ``x_(k-1)``, which is no longer needed."""
        return self._ahead(self._previous[index], estimate, estimate * np.asarray(MIN_SHARE_AHEAD, estimate.dtype))

    def predicted(self, index: Index) -> FloatArray:
        """Return a piece of the result of `predict_all`."""
        return self._previous[index]

    def predict_all(self, estimate: FloatArray) -> FloatArray:
        """Return y as a whole, for a prior that looks at neighbours; it replaces ``x_(k-1)``."""
        for low in range(0, len(estimate), ROWS_AT_A_TIME):
            self.predict((slice(low, low + ROWS_AT_A_TIME),), estimate[low : low + ROWS_AT_A_TIME])
        return self._previous

    def predict_model(self, index: Index, expected: FloatArray, floor: float) -> FloatArray:
        """Return H y + b, at least `floor`, from H x + b for a piece; it replaces ``H x_(k-1) + b``."""
        return self._ahead(self.model[index], expected, floor)

    def record_model(self, index: Index, expected: FloatArray) -> None:
        """Remember H x + b."""
        self.model[index] = expected

    def record(self, index: Index, predicted: FloatArray, corrected: FloatArray) -> Sums:
        """Remember ``x_(k+1)`` and the correction; return its products with the last one and with itself."""
        first = -index[0].start % self._stride
        correction = corrected[first :: self._stride] - predicted[first :: self._stride]
        self._previous[index] = corrected
        if len(correction) == 0:
            return 0.0, 0.0
        begin = (index[0].start + first) // self._stride
        last = self._correction[(slice(begin, begin + len(correction)), *index[1:])]
        products = product(correction, last), product(correction, correction)
        last[...] = correction
        return products

    def _ahead(self, last: FloatArray, present: FloatArray, least: FloatArray | float) -> FloatArray:
        """Turn `last` into present + a (present - last), at least `least`, in place."""
        if self.step == 0:
            last[...] = present
            return last
        last -= present
        last *= -self.step
        last += present
        np.maximum(last, least, out=last)
        return last

    def advance(self, estimate: FloatArray, agreement: float, norm: float) -> FloatArray:
        """Swap in the new estimate and choose how far to look ahead next."""
        new, self._previous = self._previous, estimate
        self._corrections += 1
        usable = self._corrections > 1 and self._agreement > 0
        self.step = float(np.clip(agreement / self._agreement, 0, 1)) if usable else 0.0
        if self._leader is not None:
            self.step = self._leader.step
        self._agreement = norm
        return new

    def restart(self, estimate: FloatArray) -> FloatArray:
        """Go back to the last estimate and forget the direction."""
        last, self._previous = self._previous, estimate
        self._correction[...] = 0
        self.step, self._agreement, self._corrections = 0.0, 0.0, 0
        return last
