"""A prior over many small items at once, beside `BatchRichardsonLucy`: each item has its own roughness.

A prior has one unit of brightness, the mean signal, and its penalty grows in proportion to the counts. So each item
is divided by its mean; then all have the mean 1, and the result of a step is the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.batch_noise import Rows, Sums
from napari_deconvolve.core.operators.batch_blur import BatchBlur
from napari_deconvolve.core.priors.differences import Block, Grid, Patch, Scratch, relative
from napari_deconvolve.core.priors.penalty import MIN_MEAN, grid_of
from napari_deconvolve.core.priors.prior import Prior


class BatchPenalty:
    """A prior over a batch, along the axes of its items only.

    Items have one or two axes. `inverse` is 1/sensitivity of each item, or one row for all, and 0 where voxels take no
    part; `mean` is the mean signal of each item, shaped to broadcast; `spacing` is that of an item's axes, in any unit.
    """

    def __init__(
        self,
        prior: Prior,
        blur: BatchBlur,
        inverse: FloatArray,
        mean: FloatArray,
        spacing: Sequence[float] | None = None,
    ) -> None:
        self.prior = prior
        self._mean: FloatArray = np.maximum(mean, MIN_MEAN).astype(blur.dtype)
        self._inverse = inverse
        self._whole = bool(np.all(inverse > 0))
        self._spacing = (math.inf, *relative(spacing or (1.0,) * len(blur.domain)))
        self._item = grid_of(blur.layout)
        self._room = 0  # of a line of the memory below
        self._scratch = Scratch(0, blur.dtype)

    def balance(self, corrected: FloatArray, point: FloatArray, rows: Rows) -> None:
        """Turn RL's result of some items, from this point, into that of data and prior, in place."""
        mean = self._mean[rows]
        inverse = np.broadcast_to(self._inverse if len(self._inverse) == 1 else self._inverse[rows], point.shape)
        corrected /= mean
        for block, patch in self._patches(point / mean, inverse):
            stiffness, wish, _ = self.prior.surrogate(patch, self._spacing, 1.0)
            trust = stiffness * inverse[block]
            trust *= self.prior.strength
            self.prior.balance(corrected[block], trust, wish, 1.0)
        corrected *= mean

    def value(self, estimate: FloatArray, rows: Rows) -> Sums:
        """Return strength * R of some items, shaped to broadcast."""
        mean = self._mean[rows]
        inverse = np.broadcast_to(self._inverse if len(self._inverse) == 1 else self._inverse[rows], estimate.shape)
        roughness = np.zeros(len(estimate))
        for block, patch in self._patches(estimate / mean, inverse):
            value = self.prior.value(patch, self._spacing, 1.0)
            roughness[block[0]] += value.reshape(len(value), -1).sum(1)
        cost: Sums = self.prior.strength * mean.astype(np.float64) * roughness.reshape(mean.shape)
        return cost

    def _patches(self, volume: FloatArray, inverse: FloatArray) -> Iterator[tuple[Block, Patch]]:
        """Yield the blocks of some items one by one; each reuses the memory of the last."""
        item, margin = self._item, self.prior.margin
        # Items have no neighbours; with wrapping from the last to the first, none has a border to mark either.
        grid = Grid((len(volume), *item.shape), (True, *item.around), (-1, *item.cuts))
        if grid.longest(margin) > self._room:
            self._room = grid.longest(margin)
            self._scratch = Scratch(self._room, volume.dtype)
        for block in grid.blocks():
            yield block, grid.patch(volume, None if self._whole else inverse, block, margin, self._scratch)
