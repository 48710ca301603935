"""Searches for the best number of iterations from the data alone.

A search runs until its score has not fallen for a while. Its best iteration is not the very lowest, but the first that
no later one beats by half of the score's uncertainty, because a score that hardly falls any more is mostly noise.
benchmarks/stopping.py prints how close that comes to the best iteration of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.likelihood.photons import MAX_OFF_STEP
from napari_deconvolve.core.model_selection.risk import Reading, RiskMeter, Sharpened
from napari_deconvolve.errors import ParameterError

MIN_PATIENCE = 10  # iterations without a better score, at least
PATIENCE_SHARE = 0.25  # of the best iteration, when that is more
MAX_RISK_ITERATIONS = 500  # iterations of a search
MIN_CERTAINTY = 0.5  # standard deviations by which a later score has to be better
TRAINING_SHARE = 0.8  # of the photons that thinning leaves to the estimate


class MakeIteration(Protocol):
    """A callable that makes an iteration over data, which follows a leader if there is one."""

    def __call__(self, noise: PoissonData, leader: RichardsonLucy | None = None) -> RichardsonLucy:
        """Return the iteration."""


@dataclass(frozen=True, slots=True)
class SearchPoint:
    """The score after one iteration.

    Attributes
    ----------
    iteration : int
        Number of iterations, from 1.
    score : float
        Lower is better; the scale depends on the search.
    phi : float
        Variance over mean of the data in counts, estimated from this state; NaN if it was not estimated.
    best : int
        The best iteration so far.
    """

    iteration: int
    score: float
    phi: float
    best: int


class RiskSearch:
    """The search by the risk, from an iteration and its twin.

    `make` makes an iteration that keeps its model; `phi`, variance over mean of the data in counts, is calibrated on
    the run by default.

    Attributes
    ----------
    points : list of SearchPoint
        One per iteration, all by what is known of `phi` by now, so that their scores can be compared.
    """

    def __init__(self, make: MakeIteration, noise: PoissonData, psf: FloatArray, phi: float | None = None) -> None:
        self._meter = RiskMeter(noise, psf)
        self._leader = make(noise)
        self._twin = make(self._meter.twin, leader=self._leader)
        self._scale = noise.scale
        self._given = noise.photon() if phi is None else noise.over_scale(phi)
        self._best: tuple[int, Reading] | None = None
        self._parts: list[tuple[float, float]] = []  # sums of misfit and freedom
        self.points: list[SearchPoint] = []

    def __iter__(self) -> Iterator[SearchPoint]:
        with closing(self._leader.blur), closing(self._twin.blur):
            while not self._finished():
                yield self._step()

    @property
    def best(self) -> int:
        """The iteration to stop at."""
        return 1 if self._best is None else self._best[0]

    @property
    def phi(self) -> float:
        """Variance over mean of the data, in counts."""
        return self._phi * self._scale

    @property
    def _phi(self) -> float:
        if self._given is not None:
            return self._given
        return 1.0 if self._best is None else self._best[1].phi

    @property
    def lowest(self) -> float:
        """The relative risk where it is best."""
        assert self._best is not None
        return self._meter.relative(self._best[1].sums, self._phi)

    @property
    def misfit(self) -> float:
        """`phi` of the last state: above the best one's, the data hold structure that the PSF cannot produce."""
        return self.points[-1].phi if self.points else float("nan")

    def _step(self) -> SearchPoint:
        self._leader.step()
        self._twin.step()
        reading = self._meter.read(self._leader.model, self._twin.model)
        phi = reading.phi if self._given is None else self._given
        if self._best is None:
            self._best = (1, reading)
        else:
            lower, uncertain = reading.gain_over(self._best[1], phi)
            if lower > MIN_CERTAINTY * uncertain:
                self._best = (self._leader.iteration, reading)
        self._parts.append(reading.sums)
        number = self._leader.iteration
        self.points.append(SearchPoint(number, float("nan"), reading.phi * self._scale, self.best))
        self.points = [
            replace(point, score=self._meter.relative(parts, self._phi))
            for point, parts in zip(self.points, self._parts, strict=True)
        ]
        return self.points[-1]

    def _finished(self) -> bool:
        if self._best is None:
            return False
        return self._leader.iteration >= min(
            MAX_RISK_ITERATIONS, self._best[0] + max(MIN_PATIENCE, PATIENCE_SHARE * self._best[0])
        )


class ThinningSearch:
    """Cross-validation: part of the photons make the estimate, the rest score it.

    Needs counts of photons. Drawing each photon with probability `TRAINING_SHARE` makes two images whose noise is
    independent (a thinned Poisson process), so noise that the estimate has learnt from one does not fit the other. The
    data over `gain`, in counts per photon, have to be whole numbers; without one their own step is taken.
    """

    def __init__(
        self, make: MakeIteration, noise: PoissonData, psf: FloatArray, gain: float | None = None, seed: int = 0
    ) -> None:
        gain = gain or (1.0 if noise.step is None else noise.step * noise.scale)
        scale = noise.over_scale(gain)
        photons = np.maximum(noise.data, 0) / scale
        whole = np.rint(photons).astype(np.int64)
        rounding = float(np.finfo(noise.data.dtype).eps)  # of the data, divided by a gain that is no power of two
        if (np.abs(photons - whole) > MAX_OFF_STEP + 2 * rounding * photons).any():
            raise ParameterError(
                f"Thinning needs counts of photons, but with a gain of {gain:g} counts per photon the data are no "
                "whole numbers; give the camera's gain, or choose the risk."
            )
        kept = np.random.default_rng(seed).binomial(whole, TRAINING_SHARE)
        part = replace(
            noise, data=(kept * scale).astype(noise.data.dtype), background=TRAINING_SHARE * noise.background
        )
        self._run = make(part)
        self._sharp = Sharpened(psf, noise.data.shape)
        self._usable = noise.usable
        self._rest = np.where(self._usable, (whole - kept) * scale, 0)
        self._terms: FloatArray | None = None
        self._best = 1
        self.phi = gain
        self.points: list[SearchPoint] = []

    def __iter__(self) -> Iterator[SearchPoint]:
        with closing(self._run.blur):
            while self._run.iteration < min(
                MAX_RISK_ITERATIONS, self._best + max(MIN_PATIENCE, PATIENCE_SHARE * self._best)
            ):
                yield self._step()

    @property
    def best(self) -> int:
        """The iteration to stop at."""
        return self._best

    def _step(self) -> SearchPoint:
        self._run.step()
        expected = self._run.model * np.float32((1 - TRAINING_SHARE) / TRAINING_SHARE)
        terms = self._sharp.squares(self._sharp.transform(np.where(self._usable, self._rest - expected, 0)))
        if self._terms is None:
            self._terms = terms
        else:
            lower = self._terms - terms
            if lower.sum(dtype=np.float64) > MIN_CERTAINTY * np.sqrt(lower.size) * lower.std(dtype=np.float64):
                self._best, self._terms = self._run.iteration, terms
        score = float(terms.sum(dtype=np.float64))
        self.points.append(SearchPoint(self._run.iteration, score, float("nan"), self.best))
        return self.points[-1]
