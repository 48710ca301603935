"""The noise model: photon counts on a background, with unknown and saturated voxels.

A voxel that is NaN, infinite or masked by the user is left out of every sum. A saturated voxel
is a lower bound of the light: it pulls the estimate up where the model is darker, and never down.
That is maximum likelihood for censored counts with the deviance min over d' >= d of D(d', c), so each RL
step still lowers the deviance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.at_least import at_least
from napari_deconvolve.core.likelihood.counting import counts_photons
from napari_deconvolve.core.likelihood.photons import given_steps, in_small_steps, in_steps, photon_step
from napari_deconvolve.core.likelihood.shared_scale import SharedScale
from napari_deconvolve.core.operators.unseen import agree_unseen
from napari_deconvolve.core.transforms.fft import Index
from napari_deconvolve.errors import ParameterError

BLOCK_VOXELS = 1 << 18  # voxels at a time where whole temporary arrays would double the memory
CAMERA_TOPS, MIN_SATURATED = (1023, 4095, 16383), 4  # of 10, 12 and 14 bits; fewer voxels there are chance
NO_VALID_VOXEL = "No sample of the image is finite and inside the mask; there is nothing to deconvolve."
MIN_RATIO = -1e3  # of data to model: a model is at least as dark as one needs, and larger numbers only add rounding
MODEL_FLOOR = 1e-6  # of the largest datum: the model is never darker, so that no ratio explodes


@dataclass(frozen=True, slots=True, eq=False)
class PoissonData:
    """Counts, their background and masks, divided by a number that brings them near one.

    Attributes
    ----------
    data : ndarray
        The counts over `scale`; 0 where `valid` is False.
    background : float or ndarray
        Over `scale` too, above the level at which there is no noise; an array has the data's shape.
    valid : ndarray of bool or None
        None when all voxels are.
    saturated : ndarray of bool or None
        None when no voxel is.
    scale : float
        A power of two: dividing by it is exact. Of counts in another unit, that times the step that makes them whole.
    step : float or None
        Over `scale`: all data before dark noise are whole multiples of it; None where there is no such step.
    signal, least : float or None
        Over `scale`: mean signal and floor of the whole image, where these are data of a part; see `SharedScale`.
    """

    data: FloatArray
    background: float | FloatArray
    valid: BoolArray | None
    saturated: BoolArray | None
    scale: float
    step: float | None = None
    signal: float | None = None
    least: float | None = None

    @property
    def floor(self) -> float:
        """The least value of the model."""
        if self.least is not None:
            return self.least
        largest = max(float(self.data.max()), -float(self.data.min()))
        return max(MODEL_FLOOR * largest, float(np.finfo(self.data.dtype).tiny) * 1e6)

    def mean_signal(self) -> float:
        """Return the mean of the valid counts above background; a small positive number if there are none."""
        if self.signal is not None:
            return self.signal
        mean = float(np.mean(self.data, dtype=np.float64, where=True if self.valid is None else self.valid))
        return max(mean - self.mean_background, 1e-3 * abs(mean), self.floor)

    @property
    def mean_background(self) -> float:
        """The mean of the background."""
        return float(np.mean(self.background, dtype=np.float64))

    @property
    def samples(self) -> int:
        """How many voxels count."""
        return self.data.size if self.valid is None else int(np.count_nonzero(self.valid))

    def light(self) -> float:
        """Return the sum of the valid counts above background, in counts."""
        under = np.broadcast_to(np.asarray(self.background, self.data.dtype), self.data.shape)
        step = max(1, BLOCK_VOXELS * len(self.data) // self.data.size)
        parts = [slice(low, low + step) for low in range(0, len(self.data), step)]
        used = [True if self.valid is None else self.valid[part] for part in parts]
        above = (self.data[part] - under[part] for part in parts)
        return self.scale * math.fsum(
            float(np.sum(one, dtype=np.float64, where=known)) for one, known in zip(above, used, strict=True)
        )

    def entropy(self) -> float:
        """Return sum(d log d - d) of the valid data: the part of the deviance that no model changes."""
        flat = self.data.ravel()
        return math.fsum(_entropy(flat[low : low + BLOCK_VOXELS]) for low in range(0, flat.size, BLOCK_VOXELS))

    def over_scale(self, gain: float) -> float:
        """Return a gain over `scale`, without what rounding has added."""
        return gain / self.scale if self.step is None else given_steps(gain / self.scale / self.step) * self.step

    def photon(self) -> float | None:
        """Return the data of one photon, over `scale`, where photons were counted one by one; else None."""
        if self.step is None:
            return None
        data = self.data / self.step
        return self.step if counts_photons(data if self.valid is None else np.where(self.valid, data, np.nan)) else None

    @property
    def usable(self) -> BoolArray:
        """Where there are data."""
        return np.ones(self.data.shape, bool) if self.valid is None else self.valid


class Comparison:
    """The data beside a model, piece by piece: ratio for the next step, and deviance.

    The deviance 2 sum(d log(d/c) - d + c) is summed as 2 (sum(d log d - d) + sum(c) - sum(d log c)): the first sum is
    known beforehand, the other two take three sweeps over a piece that is in the cache. The arrays of the data are rows
    (see `Blur.rows`).
    """

    def __init__(self, noise: PoissonData) -> None:
        self._noise = noise
        self._data, self._saturated = noise.data, noise.saturated
        self._unseen = None if noise.valid is None else ~noise.valid
        self._background, self.floor = np.asarray(noise.background, noise.data.dtype), noise.floor
        self._signed = float(noise.data.min()) < 0
        self.offset = 2 * noise.entropy()
        self._weights = None if noise.valid is None else noise.valid.astype(noise.data.dtype)

    def with_background(self, model: FloatArray, index: Index = ()) -> FloatArray:
        """Return c = H u + b of a piece, or of all, as a new array, not darker than the floor."""
        background = self._background
        expected: FloatArray = model + (background[index] if background.ndim else background)
        return at_least(expected, self.floor)

    def ratio(self, index: Index, expected: FloatArray, out: FloatArray) -> None:
        """Write data/model to `out`; voxels without data agree, see `unseen`, and saturated ones get at least 1."""
        np.divide(self._data[index], expected, out=out)
        if self._signed:
            at_least(out, MIN_RATIO)
        if self._saturated is not None:
            np.maximum(out, 1, out=out, where=self._saturated[index])
        if self._unseen is not None:
            agree_unseen(out, self._unseen[index])

    def deviance(self, index: Index, expected: FloatArray) -> float:
        """Return these voxels' part of the deviance less `offset`, in units of `scale`; `expected` is overwritten."""
        data = self._data[index]
        if self._signed:
            data = at_least(data.copy(), 0.0)
        if self._saturated is not None:
            # A model brighter than a saturated voxel fits it perfectly: then c is as good as d.
            np.minimum(expected, np.maximum(data, self.floor), out=expected, where=self._saturated[index])
        light = expected
        if self._weights is not None:
            light, data = expected * self._weights[index], data * self._weights[index]
        total = _sum(light)
        np.log(expected, out=expected)
        return 2 * (total - product(data, expected))


def _entropy(data: FloatArray) -> float:
    counts = np.maximum(data, 0)
    logarithm = np.log(np.maximum(counts, np.finfo(data.dtype).tiny))  # of which 0 counts take nothing
    logarithm *= counts
    logarithm -= counts
    return float(np.sum(logarithm, dtype=np.float64))


def _sum(piece: FloatArray) -> float:
    """Add up a piece: pairs of pairs in its own precision, rows in double precision."""
    return float(np.add.reduce(np.add.reduce(piece, axis=-1), axis=None, dtype=np.float64))


def product(first: FloatArray, second: FloatArray) -> float:
    """Add up products: along rows in their own precision, rows in double precision."""
    return float(np.add.reduce(np.einsum("...i,...i->...", first, second), axis=None, dtype=np.float64))


def poisson_data(
    image: NDArray[np.generic],
    *,
    background: float | FloatArray,
    dtype: np.dtype[np.floating],
    mask: BoolArray | None = None,
    level: float | FloatArray = 0.0,
    recorded: NDArray[np.generic] | None = None,
    shared: SharedScale | None = None,
) -> PoissonData:
    """Prepare one frame of data.

    The integer type of the image, or of what the camera `recorded` if that is another, decides which voxels may be
    saturated. `background` is the counts per voxel that did not pass through the PSF, one number or one per voxel, and
    the mask is True where data are used; `level` is the counts at which there is no noise (see `photon_transfer`), one
    number or one per voxel, and is taken off data and background alike. What a part has of the whole image is
    `shared`. Raise `ParameterError` when no voxel is left.
    """
    saturated = saturated_voxels(image if recorded is None else recorded, None if shared is None else shared.top)
    step = photon_step(image) if shared is None else shared.step
    data = image.astype(np.float64 if image.dtype.kind == "f" and image.dtype.itemsize > 4 else dtype)
    data, unit = in_steps(data, step)
    above = np.asarray(background, np.float64)
    low = np.asarray(level, np.float64)
    if unit != 1:
        low, above = (one / unit if one.ndim else np.asarray(given_steps(float(one) / unit)) for one in (low, above))
    if step is not None:
        low, above = (in_small_steps(one, step / unit) if one.ndim else one for one in (low, above))
    if low.any():
        data -= low.astype(data.dtype)
        above = above - low
    valid = np.isfinite(data)
    if mask is not None:
        valid &= mask
    if not valid.any():
        raise ParameterError(NO_VALID_VOXEL)
    everything = bool(valid.all())
    if not everything:
        data[~valid] = 0
    scale = _scale_of(data, float(np.mean(above))) if shared is None else shared.scale
    data /= scale
    data = np.ascontiguousarray(data, dtype=dtype)
    under = (above / scale).astype(dtype) if above.ndim else float(above / scale)
    over = None if step is None else step / unit / scale
    whole = () if shared is None else (shared.signal / (scale * unit), shared.floor / (scale * unit))
    return PoissonData(data, under, None if everything else valid, saturated, scale * unit, over, *whole)


def saturated_voxels(image: NDArray[np.generic], known: int | None = None) -> BoolArray | None:
    """Find the voxels at the top of the detector's range.

    Integer data saturate at the largest number of their type, or at 2^10, 2^12 or 2^14 less one when at least four
    voxels pile up there and none is above. Data of floating-point type have no known range. Of a part of an image the
    whole's largest number is `known`, and -1 if it is no sign of saturation.
    """
    if image.dtype.kind not in "ui" or image.dtype.itemsize > 2:
        return None
    if known is not None:
        found: BoolArray = image == known
        return found if known >= 0 and found.any() else None
    top = int(image.max())
    at_top = image == top
    full = top == int(np.iinfo(str(image.dtype)).max)
    camera = image.dtype.itemsize == 2 and top in CAMERA_TOPS and np.count_nonzero(at_top) >= MIN_SATURATED
    return at_top if full or camera else None


def _scale_of(data: FloatArray, background: float) -> float:
    scale = power_of_two(float(np.mean(np.abs(data), dtype=np.float64) + background))
    return max(scale, float(np.finfo(data.dtype).tiny))  # of numbers that are 0 but for rounding


def power_of_two(mean: float) -> float:
    """Return the power of two that is nearest to a mean, in proportion; 1 where that is none."""
    if mean <= 0 or not np.isfinite(mean):
        return 1.0
    return float(2.0 ** np.clip(np.round(np.log2(mean)), -900, 900))  # well inside what numbers can hold
