"""A prior over the object's whole domain, beside the Richardson-Lucy iteration.

``prepare`` evaluates a point, block by block, and keeps for each voxel the prior's wish and its weight against the
data; ``balance`` then turns RL's results into those of both. Voxels that the data hardly determine stay 0 and take no
part: they do not pull their neighbours.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.priors.differences import Block, Grid, Patch, Scratch, relative
from napari_deconvolve.core.priors.prior import Prior
from napari_deconvolve.core.transforms.boundary import Layout
from napari_deconvolve.core.transforms.fft import Index, Sums

MIN_MEAN = 1e-9  # data are near one, except for an image without light


class Penalty:
    """A prior over a blur's domain.

    `inverse` is 1/sensitivity over the domain, 0 where voxels take no part; the mean signal of the data is the unit of
    brightness; `spacing` is that of the domain's axes, in any unit.
    """

    def __init__(
        self, prior: Prior, blur: Blur, inverse: FloatArray, mean: float, spacing: Sequence[float] | None = None
    ) -> None:
        self.prior, self._mean = prior, max(mean, MIN_MEAN)
        self._fft = blur.fft
        self._domain, self._rows = blur.domain, blur.rows
        self._spacing = relative(spacing or (1.0,) * len(blur.domain))
        self._inverse = inverse.reshape(blur.domain)
        self._weight = None if bool(np.all(self._inverse > 0)) else self._inverse
        self._grid = grid_of(blur.layout)
        self._blocks = self._grid.blocks()
        self._local = threading.local()
        self._trust = np.zeros(blur.domain, blur.dtype)
        self._wish = np.zeros(blur.domain, blur.dtype)

    def prepare(self, point: FloatArray) -> float:
        """Evaluate a point of the domain; return strength * R there."""
        volume = point.reshape(self._domain)

        def work(block: Block) -> Sums:
            patch = self._patch(volume, block)
            stiffness, wish, value = self.prior.surrogate(patch, self._spacing, self._mean)
            np.multiply(stiffness, self._inverse[block], out=self._trust[block])
            self._trust[block] *= self.prior.strength
            self._wish[block] = wish
            return (float(np.sum(value)),)

        (value,) = self._fft.share(work, self._blocks)
        return self.prior.strength * value

    def value(self, point: FloatArray) -> float:
        """Return strength * R at a point of the domain."""
        volume = point.reshape(self._domain)

        def work(block: Block) -> Sums:
            patch = self._patch(volume, block)
            return (float(np.sum(self.prior.value(patch, self._spacing, self._mean))),)

        (value,) = self._fft.share(work, self._blocks)
        return self.prior.strength * value

    def _patch(self, volume: FloatArray, block: Block) -> Patch:
        """Copy a block into this thread's lines."""
        margin = self.prior.margin
        scratch: Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = Scratch(self._grid.longest(margin), volume.dtype)
        return self._grid.patch(volume, self._weight, block, margin, scratch)

    def balance(self, index: Index, corrected: FloatArray) -> None:
        """Turn a piece of RL's result, from the point that was prepared, into that of data and prior, in place."""
        trust, wish = self._rows(self._trust)[index], self._rows(self._wish)[index]
        self.prior.balance(corrected, trust, wish, self._mean)


def grid_of(plan: Layout) -> Grid:
    """Return the grid of a layout: an extended object begins before the frame, at the box's end, and does not wrap."""
    if plan.boundary != "extended":
        return Grid(plan.domain, (plan.boundary == "periodic",) * len(plan.frame), (-1,) * len(plan.frame))
    cuts = tuple(n + r if r else -1 for n, r in zip(plan.frame, plan.reach, strict=True))
    return Grid(plan.domain, tuple(r > 0 for r in plan.reach), cuts)
