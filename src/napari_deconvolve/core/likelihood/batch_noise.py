"""The noise model of many small items at once: each has its own scale, background and floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.noise import CAMERA_TOPS, MIN_RATIO, MIN_SATURATED, MODEL_FLOOR
from napari_deconvolve.core.likelihood.photons import given_steps, in_steps, photon_step
from napari_deconvolve.core.operators.unseen import agree_unseen

Sums = NDArray[np.float64]
Rows = slice | NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class BatchData:
    """The counts of many items, each divided by its own scale; see `PoissonData`.

    Attributes
    ----------
    data : ndarray
        Items along the first axis; 0 where `valid` is False.
    background, scale, floor, mean : ndarray
        Per item, shaped to broadcast; all but `scale` in units of it. The background may be per voxel.
    valid, saturated : ndarray of bool or None
        None when all voxels are ordinary.
    """

    data: FloatArray
    background: FloatArray
    scale: Sums
    floor: FloatArray
    mean: FloatArray
    valid: BoolArray | None
    saturated: BoolArray | None


def batch_data(
    images: NDArray[np.generic],
    *,
    background: float | FloatArray,
    dtype: np.dtype[np.floating],
    mask: BoolArray | None = None,
    level: float | FloatArray = 0.0,
    recorded: NDArray[np.generic] | None = None,
) -> BatchData:
    """Prepare the data of many items; items without a valid voxel become dark.

    Items are along the first axis of images of any real type; see `poisson_data`. The mask has the images' shape, and
    so have background and level if they are no numbers.
    """
    data, unit = in_steps(images.astype(np.float64), photon_step(images))
    above = np.asarray(background, np.float64)
    low = np.asarray(level, np.float64)
    if unit != 1:
        low, above = (one / unit if one.ndim else np.asarray(given_steps(float(one) / unit)) for one in (low, above))
    if low.any():
        data = data - low
        above = above - low
    valid = np.isfinite(data)
    if mask is not None:
        valid &= mask
    everything = bool(valid.all())
    if not everything:
        data[~valid] = 0
    under = per_item(above) / data[0].size if above.ndim else above
    mean = per_item(np.abs(data)) / data[0].size + under
    scale = np.where((mean > 0) & np.isfinite(mean), np.exp2(np.clip(np.round(_log2(mean)), -900, 900)), 1.0)
    rows: FloatArray = np.ascontiguousarray(data / scale, dtype=dtype)
    over = above / scale
    most = np.max(np.abs(rows), axis=tuple(range(1, rows.ndim)), keepdims=True)
    floor = np.maximum(MODEL_FLOOR * most.astype(np.float64), float(np.finfo(dtype).tiny) * 1e6)
    counted = np.maximum(per_item(valid.astype(np.float64)), 1)
    light = per_item(rows.astype(np.float64)) / counted
    signal = np.maximum(np.maximum(light - under / scale, 1e-3 * np.abs(light)), floor)
    return BatchData(
        rows,
        over.astype(dtype),
        scale * unit,
        floor.astype(dtype),
        signal.astype(dtype),
        None if everything else valid,
        saturated_voxels(images if recorded is None else recorded),
    )


class BatchComparison:
    """The data beside the model, as `noise.Comparison`, with one sum for each item."""

    def __init__(self, noise: BatchData) -> None:
        self._noise = noise
        counts = np.maximum(noise.data, 0)
        logarithm = np.log(counts, out=np.zeros_like(counts), where=counts > 0)
        self._offset = 2 * per_item(counts * logarithm - counts)
        self._counts = counts if noise.valid is None else counts * noise.valid
        self.light = per_item(noise.data)

    def with_background(self, model: FloatArray, rows: Rows) -> FloatArray:
        """Return c = H u + b of some items, not darker than the floor."""
        expected: FloatArray = model + self._noise.background[rows]
        np.maximum(expected, self._noise.floor[rows], out=expected)
        return expected

    def ratio(self, expected: FloatArray, rows: Rows) -> FloatArray:
        """Return data over model; voxels without data agree, see `unseen`, and saturated ones get at least 1."""
        noise = self._noise
        out: FloatArray = np.maximum(noise.data[rows] / expected, MIN_RATIO)
        if noise.saturated is not None:
            np.maximum(out, 1, out=out, where=noise.saturated[rows])
        if noise.valid is not None:
            agree_unseen(out, ~noise.valid[rows])
        return out

    def deviance(self, expected: FloatArray, rows: Rows = slice(None)) -> Sums:
        """Return each item's deviance from its model, in units of its scale."""
        noise, counts = self._noise, self._counts[rows]
        if noise.saturated is not None:
            expected = expected.copy()
            np.minimum(expected, np.maximum(counts, noise.floor[rows]), out=expected, where=noise.saturated[rows])
        light = expected if noise.valid is None else expected * noise.valid[rows]
        total = self._offset[rows] + 2 * (per_item(light) - per_item(counts * np.log(expected)))
        deviance: Sums = np.maximum(total, 0)
        return deviance


def per_item(rows: NDArray[np.floating]) -> Sums:
    """Add up each item's voxels in double precision; the result broadcasts against the items."""
    sums: Sums = np.sum(rows, axis=tuple(range(1, rows.ndim)), dtype=np.float64, keepdims=True)
    return sums


def _log2(values: Sums) -> Sums:
    return np.log2(values, out=np.zeros_like(values), where=values > 0)


def saturated_voxels(images: NDArray[np.generic]) -> BoolArray | None:
    """Find the voxels at the top of the detector's range, item by item; see `noise.saturated_voxels`."""
    if images.dtype.kind not in "ui" or images.dtype.itemsize > 2:
        return None
    axes = tuple(range(1, images.ndim))
    counts: NDArray[np.integer] = images  # type: ignore[assignment, unused-ignore]
    top = np.max(counts, axis=axes, keepdims=True)
    at_top: BoolArray = counts == top
    found: BoolArray = top == np.iinfo(str(images.dtype)).max
    if images.dtype.itemsize == 2:
        found |= np.isin(top, CAMERA_TOPS) & (np.sum(at_top, axis=axes, keepdims=True) >= MIN_SATURATED)
    at_top &= found
    return at_top if at_top.any() else None
