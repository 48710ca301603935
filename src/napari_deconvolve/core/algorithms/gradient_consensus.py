"""Richardson-Lucy by consensus: a voxel changes only where two halves of the photons agree (RL-GC).

In each iteration the counts are split at random into two halves of independent noise. Where both
change it in the same direction, the change is signal; where they disagree, it is noise, and the voxel stays. So
iterations stop by themselves, region by region (Manton & York 2023, doi:10.5281/zenodo.10278919).

The counts over the gain have to be photons: with another gain, halves drawn at random would not be independent.

It stops when both halves' divergences from the model rise. Fresh halves are drawn each time, and their noise alone
makes both rise together by chance: after 2 to 46 iterations on the phantoms of benchmarks/phantoms.py, at up to 2.6
times the least error. So means over `DIVERGENCE_WINDOW` iterations are compared: that takes 100 to 240 iterations and
ends within 2 % of the least error on filaments and shells, within 5 to 13 % on beads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.algorithms.iterate import frame_snapshot
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import MIN_RATIO, Comparison, PoissonData
from napari_deconvolve.core.likelihood.photons import halved
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.core.operators.unseen import agree_unseen
from napari_deconvolve.core.transforms.fft import Index

WHOLE_FRAME: Index = (slice(None),)
ROUNDING = 1e-6  # of the photons: counts over a gain that is no power of two are that much too small at most
DIVERGENCE_WINDOW = 20  # iterations whose mean divergence is compared with that of as many before


class GradientConsensus:
    """The live state of one iteration over one item, as `RichardsonLucy` is.

    The gain is in counts per photon, and the seed is that of the splits; see `RichardsonLucy` for all else.

    Attributes
    ----------
    finished : bool
        Whether the divergences rise: then further steps change nothing.
    moving : float
        Share of the voxels that the last step moved.
    """

    def __init__(
        self,
        blur: Blur,
        noise: PoissonData,
        *,
        start: FloatArray | None = None,
        seed: int = 0,
        sieve: Sieve | None = None,
        gain: float = 1.0,
    ) -> None:
        self.blur, self.noise = blur, noise
        self.iteration, self.finished, self.moving = 0, False, 1.0
        self._sieve = sieve
        self._random = np.random.default_rng(seed)
        self._inverse = blur.inverse_sensitivity(noise.valid)
        self._estimate = self._first(start)
        self._estimate[self._inverse == 0] = 0
        self._comparison = Comparison(noise)
        self._gain = noise.over_scale(gain)
        self._photons = noise.data.astype(np.float64) / self._gain
        self._expected = self._model(self._estimate)
        self._divergences: deque[tuple[float, float]] = deque(maxlen=2 * DIVERGENCE_WINDOW)

    @property
    def deviance(self) -> float:
        """Poisson deviance of the present estimate, in counts."""
        part = self._comparison.deviance(WHOLE_FRAME, self._expected.copy())
        return max(part + self._comparison.offset, 0.0) * self.noise.scale

    @property
    def objective(self) -> float:
        """The deviance: nothing else is minimised."""
        return self.deviance

    def states(self) -> Iterator[GradientConsensus]:
        """Iterate until there is nothing more to gain; yield this live object."""
        while not self.finished:
            self.step()
            yield self

    def snapshot(self) -> FloatArray:
        """Return a read-only copy of the frame's part of the estimate, in counts."""
        return frame_snapshot(self._estimate, self.blur, self._sieve, self.noise.scale)

    def step(self) -> None:
        """Do one iteration; none when it is finished."""
        if self.finished:
            return
        halves = self._split()
        self._divergences.append((self._divergence(halves[0]), self._divergence(halves[1])))
        first, second = self._gradient(halves[0]), self._gradient(halves[1])
        agreed = self._agreed(first, second)
        first += second
        first /= 2  # the gradient of the full data is the mean of the halves'
        np.maximum(first, 0, out=first)
        np.multiply(self._estimate, first, out=self._estimate, where=agreed)
        known = self._inverse > 0
        self.moving = int(np.count_nonzero(agreed & known)) / max(1, int(np.count_nonzero(known)))
        self._expected = self._model(self._estimate)
        self.iteration += 1
        self.finished = self._rising()

    def _split(self) -> tuple[FloatArray, FloatArray]:
        """Assign each photon to one half or the other, over `scale`; fractions of photons are halved."""
        photons = np.floor(np.maximum(self._photons, 0) * (1 + ROUNDING))
        drawn = halved(photons.astype(np.int64), self._random, sure=self.noise.step is not None)
        half = (drawn + (self._photons - photons) / 2) * self._gain
        first = half.astype(self.noise.data.dtype)
        return first, self.noise.data - first

    def _gradient(self, half: FloatArray) -> FloatArray:
        """Return H^T(half / model) / n, which is 1 where this half requires no change, and 0 without data."""
        ratio = np.maximum(2 * half / self._expected, MIN_RATIO)
        if self.noise.saturated is not None:
            np.maximum(ratio, 1, out=ratio, where=self.noise.saturated)
        if self.noise.valid is not None:
            agree_unseen(ratio, ~self.noise.valid)
        gradient = self.blur.adjoint(ratio)
        gradient *= self._inverse
        return gradient

    def _agreed(self, first: FloatArray, second: FloatArray) -> NDArray[np.bool_]:
        """Return where the gradients' product, blurred and correlated with the PSF, is not negative."""
        product = (first - 1) * (second - 1)
        product[self._inverse == 0] = 0
        agreed: NDArray[np.bool_] = self.blur.adjoint(self.blur.forward(product)) >= 0
        return agreed

    def _divergence(self, half: FloatArray) -> float:
        """Return sum(half log(half / (c/2)) - half + c/2) over the valid voxels.

        The part that no model changes is included: it differs between draws and is larger than the rest.
        """
        light = np.maximum(half, 0)
        expected = self._expected / 2
        ratio = np.divide(light, expected)
        logarithm = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
        parts: FloatArray = light * logarithm - light + expected
        return float(np.sum(parts, dtype=np.float64, where=True if self.noise.valid is None else self.noise.valid))

    def _rising(self) -> bool:
        if len(self._divergences) < 2 * DIVERGENCE_WINDOW:
            return False
        traces = np.array(self._divergences)
        return bool((traces[DIVERGENCE_WINDOW:].mean(axis=0) > traces[:DIVERGENCE_WINDOW].mean(axis=0)).all())

    def _model(self, estimate: FloatArray) -> FloatArray:
        return self._comparison.with_background(self.blur.forward(estimate))

    def _first(self, start: FloatArray | None) -> FloatArray:
        if start is not None:
            return self.blur.extend(start / self.noise.scale)
        return np.full(self.blur.domain, self.noise.mean_signal(), self.blur.dtype)
