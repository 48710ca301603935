"""Acceleration by looking ahead along the last step (Biggs & Andrews 1997, Appl. Opt. 36:1766).

``y = x_k + a (x_k - x_(k-1))``, ``x_(k+1) = RL(y)``, with ``a`` from how well the last two corrections
``g = RL(y) - y`` agree. Blurring is linear, so H y comes from H x_k and H x_(k-1) without another transform:
every estimate's own deviance is known, at the cost of keeping one blurred image.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.fft import Sums
from napari_deconvolve.errors import ParameterError

Acceleration = Literal["biggs-andrews"]
ACCELERATIONS: tuple[str, ...] = get_args(Acceleration)

LEAST = 0.01  # of x: looking ahead never makes a sample darker than this


def as_acceleration(name: object) -> Acceleration | None:
    """Accept a name, or None or ``"none"`` for the plain iteration."""
    if name is None or name == "none":
        return None
    if name not in ACCELERATIONS:
        raise ParameterError(f"The acceleration is {name!r}; choose one of none, {', '.join(ACCELERATIONS)}.")
    return name  # type: ignore[return-value]


class BiggsAndrews:
    """The memory of the accelerated iteration: last estimate, last correction, last blurred image.

    Parameters
    ----------
    estimate : ndarray
        The start, as rows (see `Blur.rows`); only its shape and dtype matter.
    frame : ndarray
        Any array of the data's shape, as rows.
    """

    def __init__(self, estimate: FloatArray, frame: FloatArray) -> None:
        self.step = 0.0  # a
        self._previous = np.empty_like(estimate)
        self._correction = np.zeros_like(estimate)
        self._model = np.empty(frame.shape, estimate.dtype)
        self._agreement = 0.0  # <g, g> of the last correction
        self._corrections = 0

    def predict(self, rows: slice, estimate: FloatArray) -> FloatArray:
        """Give y for some rows of the estimate, as a new array."""
        if self.step == 0:
            return estimate.copy()
        ahead: FloatArray = estimate - self._previous[rows]
        ahead *= self.step
        ahead += estimate
        np.maximum(ahead, LEAST * estimate, out=ahead)
        return ahead

    def predict_model(self, rows: slice, model: FloatArray) -> FloatArray:
        """Give H y from H x for some rows, as a new array, and remember H x."""
        last = self._model[rows]
        if self.step == 0:
            last[...] = model
            return model.copy()
        ahead: FloatArray = model - last
        ahead *= self.step
        ahead += model
        last[...] = model
        np.maximum(ahead, 0, out=ahead)
        return ahead

    def record(self, rows: slice, predicted: FloatArray, corrected: FloatArray) -> Sums:
        """Remember ``x_(k+1)`` and the correction; return its products with the last one and with itself."""
        self._previous[rows] = corrected
        np.subtract(corrected, predicted, out=predicted)
        last = self._correction[rows]
        agreement = float(np.sum(predicted * last))
        last[...] = predicted
        np.square(predicted, out=predicted)
        return agreement, float(np.sum(predicted))

    def advance(self, estimate: FloatArray, agreement: float, norm: float) -> FloatArray:
        """Swap in the new estimate and choose how far to look ahead next."""
        new, self._previous = self._previous, estimate
        self._corrections += 1
        usable = self._corrections > 1 and self._agreement > 0
        self.step = float(np.clip(agreement / self._agreement, 0, 1)) if usable else 0.0
        self._agreement = norm
        return new

    def restart(self, estimate: FloatArray) -> FloatArray:
        """Go back to the last estimate and forget the direction."""
        last, self._previous = self._previous, estimate
        self._correction[...] = 0
        self.step, self._agreement, self._corrections = 0.0, 0.0, 0
        return last
