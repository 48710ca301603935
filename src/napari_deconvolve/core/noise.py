"""The noise model: photon counts on a background, with samples that say nothing and samples that say "at least".

A sample that is NaN, infinite or masked by the user says nothing and is left out of every sum. A saturated sample
says that at least so much light was there: it pulls the estimate up where the model is darker, and never down.
That is maximum likelihood for censored counts with the deviance min over d' >= d of D(d', c), so each RL
step still lowers the deviance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.errors import ParameterError

FLOOR = 1e-6  # of the largest datum: the model is never darker, so that no ratio explodes


@dataclass(frozen=True, slots=True, eq=False)
class PoissonData:
    """Counts with what is known of them, divided by a power of two that brings them near one.

    Attributes
    ----------
    data : ndarray
        The counts over `scale`; 0 where `valid` is False.
    background : float
        Over `scale` too.
    valid : ndarray of bool or None
        None when all samples are.
    saturated : ndarray of bool or None
        None when no sample is.
    scale : float
        A power of two: dividing by it is exact.
    """

    data: FloatArray
    background: float
    valid: BoolArray | None
    saturated: BoolArray | None
    scale: float

    @property
    def floor(self) -> float:
        """The least value of the model."""
        return max(FLOOR * float(self.data.max()), float(np.finfo(self.data.dtype).tiny) * 1e6)

    def mean_signal(self) -> float:
        """Give the mean of the valid counts above background, and something small if there is nothing above."""
        mean = float(np.mean(self.data, dtype=np.float64, where=True if self.valid is None else self.valid))
        return max(mean - self.background, 1e-3 * abs(mean), self.floor)

    def deviance(self, rows: slice, model: FloatArray) -> float:
        """Give the Poisson deviance of a blurred estimate (without background) over some rows; see `compare`."""
        return self.compare(rows, model.copy())

    def compare(self, rows: slice, model: FloatArray) -> float:
        """Turn a blurred estimate into the ratio data/model in place.

        Returns
        -------
        float
            The Poisson deviance 2 sum(d log(d/c) - d + c) of these rows, in units of `scale`.
        """
        data = self.expected(rows, model)
        gap = model - data
        np.divide(data, model, out=model)
        terms = np.log(np.maximum(model, 1e-30))
        terms *= np.maximum(data, 0)
        terms += gap
        if self.valid is not None:
            terms *= self.valid[rows]
            model *= self.valid[rows]
        return 2.0 * float(np.sum(terms))

    def ratio(self, rows: slice, model: FloatArray) -> None:
        """Turn a blurred estimate into the ratio data/model in place, without the deviance."""
        data = self.expected(rows, model)
        np.divide(data, model, out=model)
        if self.valid is not None:
            model *= self.valid[rows]

    def expected(self, rows: slice, model: FloatArray) -> FloatArray:
        """Add the background to the model in place, and give the data; saturated ones follow a brighter model."""
        model += self.background
        np.maximum(model, self.floor, out=model)
        data = self.data[rows]
        if self.saturated is not None:
            data = np.where(self.saturated[rows], np.maximum(data, model), data)
        return data


def poisson_data(
    image: NDArray[np.generic],
    *,
    background: float,
    dtype: np.dtype[np.floating],
    mask: BoolArray | None = None,
) -> PoissonData:
    """Prepare one frame of data.

    Parameters
    ----------
    image : ndarray
        Any real dtype; its integer type tells which samples may be saturated.
    background : float
        Counts per sample that did not come through the PSF.
    dtype : numpy dtype
        float32 or float64.
    mask : ndarray of bool, optional
        True where the data are to be used.

    Raises
    ------
    ParameterError
        When no sample is left.
    """
    saturated = saturated_samples(image)
    data = image.astype(np.float64 if image.dtype.kind == "f" and image.dtype.itemsize > 4 else dtype)
    valid = np.isfinite(data)
    if mask is not None:
        valid &= mask
    if not valid.any():
        raise ParameterError("No sample of the image is finite and inside the mask; there is nothing to deconvolve.")
    everything = bool(valid.all())
    if not everything:
        data[~valid] = 0
    scale = _power_of_two(float(np.mean(np.abs(data), dtype=np.float64)))
    data = np.ascontiguousarray(data / scale, dtype=dtype)
    return PoissonData(data, background / scale, None if everything else valid, saturated, scale)


def saturated_samples(image: NDArray[np.generic]) -> BoolArray | None:
    """Find the samples at the top of the detector's range.

    Integer data saturate at the largest number of their type, or at 2^10, 2^12 or 2^14 less one when at least four
    samples pile up there and none is above. Data of floating-point type do not tell.
    """
    if image.dtype.kind not in "ui" or image.dtype.itemsize > 2:
        return None
    top = int(image.max())
    at_top = image == top
    full = top == int(np.iinfo(str(image.dtype)).max)
    camera = image.dtype.itemsize == 2 and top in (1023, 4095, 16383) and np.count_nonzero(at_top) >= 4
    return at_top if full or camera else None


def _power_of_two(mean: float) -> float:
    if mean <= 0 or not np.isfinite(mean):
        return 1.0
    return float(2.0 ** np.round(np.log2(mean)))
