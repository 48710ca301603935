"""Cross-validation of the object itself, by held-out splits of the photons into two halves.

Each photon goes to one of two images with equal chance. The noise of the two is independent (a thinned Poisson
process), and so is that of their estimates. Let u_k be one half's estimate after k iterations, and v_K
the other half's after many: then |u_k - v_K|^2 is, but for what does not depend on k, the squared error of u_k against
an object of which v_K is a noisy but, for large K, hardly biased copy. Its minimum is where one half's object is best.
`references` makes a score of it by which any settings can be compared.

Scores of the blurred image (`risk`) do not contain noise that the blur removes, and a lens removes much: in stacks of
a wide-field microscope they ask for twice the best number of iterations, and on sparse beads for half of it. Held-out
splits are within a few per cent of the best iteration there too (benchmarks/stopping.py).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace

import numpy as np

from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.likelihood.photons import halved, whole_photons
from napari_deconvolve.core.model_selection.calibration import Left
from napari_deconvolve.core.model_selection.references import HeldOutPoint, References
from napari_deconvolve.core.model_selection.search import MakeIteration
from napari_deconvolve.core.threads import at_once
from napari_deconvolve.core.transforms.fft import cpu_count

HeldOutPair = tuple[PoissonData, PoissonData]
Estimates = dict[int, tuple[FloatArray, ...]]  # of all halves, by the number of iterations

MIN_REFERENCE_ITERATIONS = 12  # at first
MIN_SHARP_REFERENCE_ITERATIONS = 100  # of references that score priors: see benchmarks/strength.py
REFERENCE_GROWTH = 1.25  # of their number, each time that they are too few
MAX_SHARE_OF_REFERENCE = 0.5  # at which the best iteration may be
MAX_REFERENCE_ITERATIONS = 300
LOOKED_AT = 8  # estimates that tell whether the references are late enough
DRIFT_OVER = 2  # enlargements
EACH_BELOW = 24  # iterations, each of which is scored; then every second, from twice as many on every fourth, and so on
MIN_COMPARED, COMPARED_SHARE = 8, 0.5  # iterations of a later search that tell its end: of the best number, if more
SEEN_BEFORE, SURELY_BEFORE = 4, 0.75  # scored ones of these, as three tell it; and the best, over that without a sieve
LEAST_RATE = 0.97  # of a fall over the one before, as steps ahead are uneven
MIN_PATIENCE, PATIENCE_SHARE = 8, 0.25  # iterations beyond the best one, and their share of it, in later searches
MAX_LENGTH_OVER_REFERENCE = 1.6  # of a later search
SPLIT_VOXELS, MAX_SPLITS = 1 << 13, 4  # voxels for which one split suffices; splits of small images
SERIAL_VOXELS = 1 << 14  # of which a step takes no longer than to hand it over
MIN_GAIN_SHARE = 1e-9  # of the largest datum: below, the data have no measurable noise


def split_photons(noise: PoissonData, gain: float, seed: int = 0) -> HeldOutPair:
    """Return two halves of the photons; their sum is the full data, but for rounding to photons.

    The gain is in counts per photon: variance over mean of the data.
    """
    scale = max(noise.over_scale(gain), MIN_GAIN_SHARE * float(noise.data.max()), np.finfo(np.float64).tiny)
    photons = whole_photons(noise.data, scale)
    first = halved(photons, np.random.default_rng(seed), sure=noise.step is not None)
    return tuple(  # type: ignore[return-value]
        replace(noise, data=(part * scale).astype(noise.data.dtype), background=noise.background / 2)
        for part in (first, photons - first)
    )


def split_count(voxels: int, enough: int = SPLIT_VOXELS) -> int:
    """Return how often to split the photons of an image: several times if it has few voxels."""
    return max(1, min(MAX_SPLITS, enough // voxels + 1))


def held_out_splits(noise: PoissonData, gain: float, enough: int = SPLIT_VOXELS) -> list[HeldOutPair]:
    """Split the photons into halves: once, or several times if there are few voxels."""
    return [split_photons(noise, gain, seed) for seed in range(split_count(noise.data.size, enough))]


def left_by(pair: HeldOutPair, models: Sequence[FloatArray]) -> Left:
    """Return what the models of both halves leave of all data, and of what chance has made the halves differ by.

    That difference is noise alone, of which the models have fitted about the same share as of the noise in the data. It
    is somewhat more, as each half is fitted by itself, so that the data seem to hold more than noise: a run and its
    twin (`GainCalibration.left`) tell it exactly, and take more iterations.
    """
    (one, other), (first, second) = pair, models
    sd = np.sqrt(np.maximum(first + second, one.floor))
    residual = np.where(one.usable, one.data + other.data - (first + second), 0)
    if one.saturated is not None:  # a lower bound: a brighter model fits
        residual[one.saturated & (residual < 0)] = 0
    noise = np.where(one.usable, one.data - other.data - (first - second), 0)
    return Left(residual / sd, noise / sd)


class HeldOutSearch:
    """The search for the best iteration by two halves of the photons.

    Few voxels need several `pairs`, each drawn by `split_photons`.

    Parameters
    ----------
    reference : HeldOutSearch, optional
        A finished search whose last estimates are the references, so that scores of both can be compared.
    min_iterations : int
        Least number of iterations of the references. To score priors they need more than to find a number of
        iterations: an early reference is smooth, and sharp borders count as errors.
    beat : float
        A search with a reference ends as soon as it can no longer reach a lower score.
    share : float
        Of the references' number, at which the best iteration may be.
    drift : float
        The references are late enough, too, when more of them move the best by a share larger than so many times the
        share by which its score falls.
    max_iterations : int
        Largest number of iterations of the references.
    later : bool
        The best number is known to be no less than the reference's, as with a wider sieve: long before it nothing is
        scored.

    Attributes
    ----------
    points : list of HeldOutPoint
        The scores so far, of those iterations that `is_scored` names. Without a reference they change whenever the
        references improve.
    numbers : list of int
        The iterations of the halves that they belong to.
    models : tuple of ndarray
        The blurred references of a finished search without a reference, as `RichardsonLucy.model`; one per half.
    first_models : dict
        The same of the first half alone, after each of those iterations.
    """

    def __init__(
        self,
        make: MakeIteration,
        pairs: Sequence[HeldOutPair],
        reference: HeldOutSearch | None = None,
        min_iterations: int = MIN_REFERENCE_ITERATIONS,
        beat: float = float("inf"),
        max_iterations: int = MAX_REFERENCE_ITERATIONS,
        share: float = MAX_SHARE_OF_REFERENCE,
        drift: float = float("inf"),
        *,
        later: bool = False,
    ) -> None:
        self._runs = tuple(make(half) for pair in pairs for half in pair)
        self.points: list[HeldOutPoint] = []
        self.numbers: list[int] = []
        self.references: References | None = None if reference is None else reference.references
        self._min_iterations = min_iterations
        self._beat, self._share, self._drift = beat, share, drift
        self._best_number = 0  # of those looked at last
        self._pool: ThreadPoolExecutor | None = None
        self._latest: tuple[FloatArray, ...] = ()
        self.models: tuple[FloatArray, ...] = ()
        self.first_models: dict[int, FloatArray] = {}
        self._max_iterations, self._telling, self._least_rate = max_iterations, float(MIN_COMPARED), LEAST_RATE
        self._first = 1
        if reference is not None:
            self._max_iterations = min(max_iterations, int(MAX_LENGTH_OVER_REFERENCE * reference.iterations))
            best = reference.numbers[int(np.argmin([point.score for point in reference.points]))]
            self._telling = max(MIN_COMPARED, COMPARED_SHARE * best)
            if reference._min_iterations >= MIN_SHARP_REFERENCE_ITERATIONS:  # a prior holds a score up for long
                self._telling, self._least_rate = float(MIN_REFERENCE_ITERATIONS), 1.0
            if later:
                self._first = max(1, min(int(self._telling) - SEEN_BEFORE, int(SURELY_BEFORE * best)))

    def __iter__(self) -> Iterator[int]:
        """Yield the number of iterations done, after each."""
        with ExitStack() as stack:
            for run in self._runs:
                stack.enter_context(closing(run.blur))
            # Test regions are too small for threads within one transform; the halves are independent.
            threads = at_once(min(len(self._runs), cpu_count()))
            if threads > 1 and self._runs[0].noise.data.size > SERIAL_VOXELS:
                self._pool = stack.enter_context(ThreadPoolExecutor(threads))
            yield from self._grown() if self.references is None else self._compared(self.references)

    @property
    def best(self) -> int:
        """The iteration at which to stop a run over the full data."""
        return min(self.points, key=lambda point: point.score).iteration if self.points else 1

    @property
    def iterations(self) -> int:
        """How many iterations are done."""
        return self._runs[0].iteration

    @property
    def lowest(self) -> float:
        """The score there."""
        return min((point.score for point in self.points), default=float("inf"))

    @property
    def estimate(self) -> FloatArray | None:
        """What both halves show together, in counts: the object, so far; None before the first iteration."""
        if not self._latest:
            return None
        first, second = self._latest[:2]
        return np.multiply(first + second, self._runs[0].noise.scale, dtype=first.dtype)

    def _step(self, *, seen: bool) -> tuple[FloatArray, ...]:
        """Do an iteration of all halves; return their estimates, the present ones where they are to be `seen`."""
        each = map if self._pool is None else self._pool.map
        if seen:
            self._latest = tuple(each(_advanced, self._runs))
        else:
            list(each(_stepped, self._runs))
        return self._latest

    def _grown(self) -> Iterator[int]:
        """Run until the references are far beyond the best iteration."""
        estimates: Estimates = {}
        bests: list[int] = []
        wanted, number = float(self._min_iterations), 0
        while True:
            while number < int(wanted):
                number += 1
                scored = is_scored(number) or number == int(wanted)
                found = self._step(seen=scored)
                if scored:
                    estimates[number] = found
                    self.first_models[number] = self._runs[0].model.copy()
                yield number
            if self._late_enough(estimates) or self._drifts(estimates, bests):
                self._score(estimates, list(estimates))
                self.models = tuple(run.model.copy() for run in self._runs)
                return
            wanted = min(wanted * REFERENCE_GROWTH, self._max_iterations)

    def _late_enough(self, estimates: Estimates) -> bool:
        """Return whether the last estimates are references; a few of all tell it, as scores fall and then rise."""
        known = list(estimates)
        count = known[-1]
        self.references = References(estimates[count])
        latest = int(self._share * count)
        looked_at = latest, *(count * part // LOOKED_AT for part in range(1, LOOKED_AT + 1))
        self._score(estimates, sorted({known[bisect_right(known, number) - 1] for number in looked_at if number}))
        self._best_number = self.numbers[int(np.argmin([point.score for point in self.points]))]
        return self._best_number <= latest or count >= self._max_iterations

    def _drifts(self, estimates: Estimates, bests: list[int]) -> bool:
        """Return whether later references only move the best on, as sharp ones favour what is as sharp; note it."""
        bests.append(best := self._best_number)
        if len(bests) <= DRIFT_OVER or best in (before := bests[-1 - DRIFT_OVER], max(estimates)):
            return False
        assert self.references is not None
        score = self.references.point(before, estimates[before]).score
        return (best / before - 1) * score > self._drift * max(score - self.lowest, 0.0)

    def _score(self, estimates: Estimates, numbers: Sequence[int]) -> None:
        """Score some of the estimates, by their numbers."""
        assert self.references is not None
        self.numbers = list(numbers)
        self.points = [self.references.point(number, estimates[number]) for number in numbers]

    def _compared(self, references: References) -> Iterator[int]:
        """Run until the score has not fallen for a while."""
        best, lowest, number = self._first - 1, float("inf"), 0
        while number < min(self._max_iterations, best + max(MIN_PATIENCE, PATIENCE_SHARE * best)):
            number += 1
            scored = is_scored(number) and number >= self._first
            estimates = self._step(seen=scored)
            if scored:
                self.numbers.append(number)
                self.points.append(references.point(number, estimates))
            yield number
            if scored and self._hopeless():
                return
            if scored and self.points[-1].score < lowest:
                best, lowest = number, self.points[-1].score

    def _hopeless(self) -> bool:
        """Return whether the score to beat is out of reach, should its falls go on as they do: get smaller, or stay."""
        if len(self.points) < 3 or self.numbers[-1] < self._telling:
            return False
        steps = np.diff(self.numbers[-3:])
        before, fall = (float(one) for one in -np.diff([point.score for point in self.points[-3:]]) / steps)
        fall = max(fall, 0.0)
        rate = float(np.clip((fall / before) ** (1 / steps[-1]), self._least_rate, 1.0)) if before > 0 else 1.0
        last, left = self.points[-1].score, self._max_iterations - self.numbers[-1]
        return last - fall * sum(rate**step for step in range(1, left + 1)) > self._beat


def is_scored(number: int) -> bool:
    """Return whether the estimates after so many iterations are scored: each at first, then one in 12 to 24 of them."""
    return number % (1 << (number // EACH_BELOW).bit_length()) == 0


def _stepped(run: RichardsonLucy) -> None:
    run.step()


def _advanced(run: RichardsonLucy) -> FloatArray:
    run.step()
    return run.shown()
