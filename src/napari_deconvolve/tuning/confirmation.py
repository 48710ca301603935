"""Whether a narrower PSF explains an image better: what half of the photons says of a fit to the other half.

A narrower PSF always fits a half better, as it follows more of that half's noise; that half's model then predicts the
other half worse, by about as much. If the given PSF is too wide, part of the better fit is true, and the other half
confirms it. The share that is confirmed,

    (gain of the other half) / (gain of the half that was fitted)    in log-likelihood,

is -0.9 to -0.4 for right PSFs, whatever the object, the light and the number of samples are
(benchmarks/confusion.py), and rises to +1 where all of the better fit is true. It depends on the object and on how far
both fits have come as well as on chance, by about 0.1, which no number of samples makes less. In stacks the brightest
samples alone are asked: elsewhere hardly anything but noise is fitted, and there are so many more of them that they
decide.

Both PSFs are fitted by the same steps, whatever the recipe says of acceleration: how far Biggs and Andrews look ahead
is read off the data, so that two runs are not equally far after as many iterations, and the share jumps by 0.3. It is
clearest early; but before a fit is far enough, a narrower PSF always does better. That takes the longer the wider the
PSF is, and the thinner and brighter the object, and in stacks, whose light out of focus is followed slowly.

There is no such test for a PSF that is too narrow: a wider one never fits better, and a soft object loses nothing by
it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.held_out import HeldOutPair
from napari_deconvolve.core.model_selection.predictive_score import negative_log_likelihood, uncertainty_of_sum
from napari_deconvolve.job.iteration import maker
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import shortened
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.work import Progress, Work

NARROWER = 0.85  # of the PSF's width
CERTAIN = 3.5  # standard deviations
CONTRARY = 2.5  # standard deviations
MARGIN = 1.5  # standard deviations by which the sum of two has to be larger than one alone
LEAST_SUM = {2: 1.5, 3: 1.5}  # standard deviations, by axes: of right PSFs 1 in 60 had more
BRIGHTEST = {1: 1.0, 2: 1.0, 3: 0.05}  # of the samples, by axes: those that are asked
MIN_ITERATIONS = 18  # before, an estimate still gets sharper, and faster with a narrower PSF
ENOUGH_ITERATIONS, ENOUGH_FOR = 25, 2.9  # by which both are compared: so many for a PSF so many samples wide,
BEFORE_LATEST = 60  # or so many fewer than a search's last
COMPARED_BY = "nesterov"  # it reads nothing off the data
RIGHT_SHARE = -0.4  # about the most that is confirmed of a better fit if the given PSF is right
UNLIKE = 0.1  # by which the share differs from object to object, as a standard deviation

Values = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the second half says of a better fit to the first.

    Attributes
    ----------
    share : float
        Gain of the second half over that of the first.
    uncertainty : float
        Its standard deviation; infinite where nothing is known.
    """

    share: float = RIGHT_SHARE
    uncertainty: float = math.inf

    @property
    def deviations(self) -> float | None:
        """By how many standard deviations more is confirmed than if the given PSF is right; None if that is unknown."""
        unsure = math.hypot(self.uncertainty, UNLIKE)
        return (self.share - RIGHT_SHARE) / unsure if math.isfinite(unsure) else None


def shows_finer_detail(axes: int, upturn: float, confirmed: float | None, unexplained: float = 0.0) -> bool:
    """Return whether an image of so many axes certainly holds finer detail than its PSF lets through.

    All are in standard deviations: the object's spectrum (`object_spectrum.upturn`), what the other half of the photons
    confirms, and what a run leaves of the data (`residual_spectrum.unexplained`). For a right PSF the first is below 0
    but for chance, the second far below, and the last 0, so that the sum of all three is below 0; without the second it
    has to be larger. A spectrum that certainly falls speaks against it, whatever a dense object makes of the others.
    The second speaks against it only so far, as a narrower PSF follows the noise of a dense object whether the given
    one is right or not. Runs over stacks end with light left to follow, so that there the last does not speak for it.
    """
    if upturn > CERTAIN or upturn < -CONTRARY:
        return upturn > 0
    left = unexplained if axes == 2 else min(unexplained, 0.0)
    if confirmed is None:
        return upturn + left > CERTAIN + MARGIN
    return upturn + max(confirmed, -CONTRARY) + left > LEAST_SUM[axes]


def told_early(job: Job) -> float:
    """Return how far a fit is after a few iterations, at most 1: the wider the PSF in y and x, the less."""
    point = job.point()
    widths = [width / step for width, step in zip(point.fwhm, point.spacing, strict=True)][-2:]
    width = max((one for one in widths if math.isfinite(one)), default=ENOUGH_FOR)
    return min(1.0, (ENOUGH_FOR / width) ** 2)


def compared(
    job: Job, pair: HeldOutPair, latest: int, known: Mapping[int, FloatArray] = MappingProxyType({})
) -> Work[Confirmation]:
    """Fit the first half with the given PSF and with a narrower one, and return what the second half says.

    `job` is a test region without prior and sieve, and `latest` the number at which a search on it ended. Models of the
    first half that are `known`, by their number of iterations, save the first fit.
    """
    same = replace(job, recipe=job.recipe.replace(acceleration=COMPARED_BY))
    enough = (
        latest if len(job.frame) == 3 and job.frame[0] > 1 else min(round(ENOUGH_ITERATIONS / told_early(job)), latest)
    )
    iterations = max(ENOUGH_ITERATIONS, latest - BEFORE_LATEST, enough)
    if fitted := [number for number in known if number >= iterations]:
        return (yield from confirmation(same, pair, known[min(fitted)], min(fitted)))
    run = maker(same)(pair[0])
    with closing(run.blur):
        for number in range(1, iterations + 1):
            run.step()
            yield Progress(number, iterations, stage="fitting with the given PSF")
        return (yield from confirmation(same, pair, run.model, iterations))


def confirmation(job: Job, pair: HeldOutPair, model: FloatArray, iterations: int) -> Work[Confirmation]:
    """Return what the second half says of a narrower PSF.

    `job` is a test region without prior and sieve, and `model` the first half's with the job's PSF after so many
    iterations. Nothing is confirmed after too few iterations, for PSFs of several depths, and for single lines.
    """
    point = job.point()
    if iterations < MIN_ITERATIONS or point.depths or min(job.frame[:2]) < 2:
        return Confirmation()
    first, second = pair
    narrow = replace(job, psf=shortened(scaled(point, NARROWER), job.frame))
    run = maker(narrow)(first)
    with closing(run.blur):
        for number in range(1, iterations + 1):
            run.step()
            yield Progress(number, iterations, stage="comparing with a narrower PSF")
        bright = _brightest(model - np.asarray(first.background, model.dtype))
        fitted, predicted = (_gains(one, model, run.model)[bright] for one in (first, second))
    total = abs(float(np.sum(fitted, dtype=np.float64)))
    spread = uncertainty_of_sum(predicted)
    if not (total > 0 and spread > 0):
        return Confirmation()
    return Confirmation(float(np.sum(predicted, dtype=np.float64)) / total, spread / total)


def _brightest(light: FloatArray) -> BoolArray:
    """Return the samples whose light is brightest."""
    share = BRIGHTEST[light.ndim]
    return np.asarray(light >= (np.quantile(light, 1 - share) if share < 1 else -np.inf))


def _gains(half: PoissonData, given: FloatArray, narrow: FloatArray) -> Values:
    """Return by how much more likely the second model makes each count, as a logarithm."""
    gains: Values = negative_log_likelihood(given, half) - negative_log_likelihood(narrow, half)
    return gains
