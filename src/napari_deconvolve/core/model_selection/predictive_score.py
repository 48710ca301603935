"""The predictive score: how well one half of the photons predicts the other, by which PSFs can be compared.

Each half's object, blurred and with its background, predicts the other half's counts. The score is minus the
logarithm of their probability, in nats, summed over both halves: in terms of the data, so that PSFs can be compared
whatever their objects are.

Of the scores that were tried this one separates PSFs best. The squared distance of two halves' objects, by which the
number of iterations is found, always prefers the PSF of its references, and the deviance always prefers the narrowest
PSF, which fits everything that a wider one fits.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.held_out import HeldOutPair
from napari_deconvolve.core.model_selection.search import MakeIteration
from napari_deconvolve.core.threads import at_once
from napari_deconvolve.core.transforms.fft import cpu_count

Values = NDArray[np.floating]

PREDICTIVE_SPLIT_VOXELS = 1 << 15  # for which one split suffices to compare PSFs


class PredictiveScore:
    """Scores of iterations by how well one half of the photons predicts the other."""

    def __init__(self, noise: PoissonData, pairs: Sequence[HeldOutPair], gain: float) -> None:
        self._noise, self._pairs, self._gain = noise, pairs, gain

    def curve(self, make: MakeIteration, iterations: int, keep: int = 0) -> Generator[float, None, Values]:
        """Yield the score after each iteration; return the terms of one of them, voxel by voxel.

        `make` makes an iteration that keeps its model; the terms are those of iteration `keep`.
        """
        kept: Values = np.zeros(())
        with ExitStack() as stack:
            runs = [[make(half) for half in pair] for pair in self._pairs]
            everyone = [run for pair in runs for run in pair]
            for run in everyone:
                stack.enter_context(closing(run.blur))
            pool = stack.enter_context(ThreadPoolExecutor(at_once(min(len(everyone), cpu_count()))))
            for number in range(1, iterations + 1):
                list(pool.map(RichardsonLucy.step, everyone))
                terms = self._terms(runs)
                kept = terms if number == keep else kept
                yield float(np.sum(terms, dtype=np.float64))
        return kept

    def _terms(self, runs: list[list[RichardsonLucy]]) -> Values:
        terms: Values = np.zeros(self._noise.data.shape, np.float64)
        for (one, other), (first, second) in zip(runs, self._pairs, strict=True):
            terms += negative_log_likelihood(one.model, second) + negative_log_likelihood(other.model, first)
        terms *= self._noise.scale / (self._gain * len(runs))
        return terms


def uncertainty_of_sum(difference: Values) -> float:
    """Return the standard deviation of a sum over voxels, from that of its terms."""
    return float(math.sqrt(difference.size) * np.std(difference, dtype=np.float64))


def negative_log_likelihood(model: FloatArray, other: PoissonData) -> Values:
    """Return minus the log-likelihood of the other half's counts under a half's model, but for a constant."""
    terms: Values = model - other.data * np.log(model)
    if other.valid is not None:
        terms[~other.valid] = 0
    if other.saturated is not None:
        terms[other.saturated] = 0
    return terms
