"""Richardson-Lucy over many small items at once: the spectra of a cube, each independent.

A spectrum is so short that calling the libraries costs far more than their arithmetic. Here the items are rows of one
array, and each call does all of them; the values of an item, its start, scale, background and step ahead, are
a column beside the rows. An item's estimates are those of `RichardsonLucy` over it alone (but for the
last bits of the transforms): items are independent.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.accelerations.acceleration import ACCELERATIONS
from napari_deconvolve.core.accelerations.batch import BatchAcceleration
from napari_deconvolve.core.algorithms.richardson_lucy import DEVIANCE_ROUNDING
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.batch_noise import BatchComparison, BatchData, Rows, Sums
from napari_deconvolve.core.operators.batch_blur import BatchBlur
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.core.priors.batch_penalty import BatchPenalty
from napari_deconvolve.core.priors.prior import Prior


class BatchRichardsonLucy:
    """The live state of an iteration over many items; `step` drives it.

    The start is of shape (items, *frame); see `RichardsonLucy` for all else.

    Attributes
    ----------
    deviances : ndarray
        Poisson deviance of each item's present estimate, in counts.
    """

    def __init__(
        self,
        blur: BatchBlur,
        noise: BatchData,
        *,
        start: FloatArray | None = None,
        acceleration: str | None = None,
        prior: Prior | None = None,
        spacing: Sequence[float] | None = None,
        sieve: Sieve | None = None,
    ) -> None:
        self.blur, self.noise = blur, noise
        self.iteration = 0
        self._sieve = sieve
        self._compare = BatchComparison(noise)
        self._inverse = blur.inverse_sensitivity(noise.valid)
        self._estimate = self._first(start)
        self._estimate *= self._inverse != 0
        self._penalty = None if prior is None else BatchPenalty(prior, blur, self._inverse, noise.mean, spacing)
        self._ahead = None if acceleration is None else ACCELERATIONS.look_up(acceleration).batch(self._estimate)
        self._tolerance = DEVIANCE_ROUNDING * np.abs(self._compare.light)
        self._model = self._expected(self._estimate)
        self._deviance = self._compare.deviance(self._model)
        self._misfit = self._misfits(self._deviance, self._estimate) if self._ahead else self._deviance
        self._point, self._at = self._estimate, self._model  # from where the next step starts, and its blurred image

    @property
    def deviances(self) -> Sums:
        """Poisson deviance of each item's present estimate, in counts."""
        values: Sums = (self._deviance * self.noise.scale).reshape(-1)
        return values

    @property
    def deviance(self) -> float:
        """Their sum."""
        return float(np.sum(self.deviances))

    @property
    def objective(self) -> float:
        """The minimised function: the deviance, and with a prior twice its strength times the roughness, in counts."""
        return float(np.sum(self._misfits(self._deviance, self._estimate) * self.noise.scale))

    def step(self) -> None:
        """Do one iteration; items whose step ahead failed repeat it without looking ahead."""
        if self._ahead is None:
            self._estimate = self._stepped(self._estimate, self._model, slice(None))
            self._model = self._expected(self._estimate)
            self._deviance = self._compare.deviance(self._model)
        else:
            self._step_ahead(self._ahead)
        self.iteration += 1

    def snapshot(self) -> FloatArray:
        """Return a read-only copy of the estimates inside the frame, in counts: shape (items, *frame)."""
        shown = self._estimate
        if self._sieve is not None:
            shown = self._sieve.smooth(shown, self.blur.layout.boundary, self.blur.frame, items=True)
        copy = np.multiply(self.blur.crop(shown), self.noise.scale, dtype=self.blur.dtype, casting="same_kind")
        copy.flags.writeable = False
        return copy

    def _first(self, start: FloatArray | None) -> FloatArray:
        if start is not None:
            return self.blur.extend(start / self.noise.scale)
        shape = (len(self.noise.data), *self.blur.domain)
        return np.array(np.broadcast_to(self.noise.mean, shape), self.blur.dtype)

    def _expected(self, estimate: FloatArray, rows: Rows = slice(None)) -> FloatArray:
        """Return c = H u + b, not darker than the floor."""
        return self._compare.with_background(self.blur.forward(estimate), rows)

    def _stepped(self, point: FloatArray, model: FloatArray, rows: Rows) -> FloatArray:
        """Return ``u/n * H^T(d/c)``; round-off of the transform may not make it negative."""
        out = self.blur.adjoint(self._compare.ratio(model, rows))
        out = out * (self._inverse if len(self._inverse) == 1 else self._inverse[rows])
        np.maximum(out, 0, out=out)
        out *= point
        if self._penalty is not None:
            self._penalty.balance(out, point, rows)
        return out

    def _misfits(self, deviance: Sums, estimate: FloatArray, rows: Rows = slice(None)) -> Sums:
        """Return the objective of some items: their deviance, and twice the penalty of their roughness."""
        return deviance if self._penalty is None else deviance + 2 * self._penalty.value(estimate, rows)

    def _step_ahead(self, ahead: BatchAcceleration) -> None:
        before, looked = self._misfit, ahead.looks_ahead
        last, last_model = self._estimate, self._model
        self._estimate = ahead.take(self._point, self._stepped(self._point, self._at, slice(None)))
        self._model = self._expected(self._estimate)
        self._deviance = self._compare.deviance(self._model)
        self._misfit = self._misfits(self._deviance, self._estimate)
        wrong = (looked & (self._misfit > before + self._tolerance)).reshape(-1)
        if wrong.any():
            self._restart(ahead, np.flatnonzero(wrong), last, last_model)
        self._point = ahead.point(self._estimate, last)
        self._at = ahead.model(self._model, last_model, self.noise.floor)

    def _restart(
        self, ahead: BatchAcceleration, rows: NDArray[np.intp], last: FloatArray, last_model: FloatArray
    ) -> None:
        """Take some items' step without looking ahead, and discard their direction."""
        again = ahead.result(rows)
        if again is None:
            again = self._stepped(last[rows], last_model[rows], rows)
        ahead.restart(rows, last[rows], again)
        self._estimate[rows] = again
        self._model[rows] = self._expected(again, rows)
        self._deviance[rows] = self._compare.deviance(self._model[rows], rows)
        self._misfit[rows] = self._misfits(self._deviance[rows], again, rows)
