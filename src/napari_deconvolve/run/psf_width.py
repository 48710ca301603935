"""Whether a PSF is as wide as the one that made the image: five widths of it are tried on a part of the image.

Each photon goes to one of two images with equal chance. One half's object, blurred and with its background, foretells
the other half's counts; the score of a width is minus the logarithm of their probability, in nats. It is in the data's
own terms, so widths can be compared whatever their objects look like; and as a sum over samples it tells its spread.

It is read twice. At each width's best iteration somewhat too narrow a PSF does well, because objects are smooth while
iterations are few. After many iterations somewhat too wide a PSF does well, because it learns less noise. The true
width lies between the two, and their mean is told; a PSF is called too wide or too narrow only where both agree.

Of the scores that were tried (benchmarks/psf_width.py prints these two) this one tells widths best. The squared
distance of two halves' objects, by which the number of iterations is found, always takes the side of the width that
its copies were made with, and the deviance always takes the narrowest PSF, which can fit everything that a wider one
can.

In flat images with a Gaussian PSF it found 28 of 36 that were 20 % too narrow or too wide, and called none of 18 wrong
that were right. A PSF that is too narrow is the harder one: it fits all that the true one fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.halves import split
from napari_deconvolve.core.noise import PoissonData
from napari_deconvolve.core.search import CALIBRATION, calibrated
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf import PSF, Strata
from napari_deconvolve.psf.resampling import resample
from napari_deconvolve.run.channels import GivenPSF
from napari_deconvolve.run.crop import Region, brightest_item, brightest_region, cropped
from napari_deconvolve.run.job import Job, prepare
from napari_deconvolve.run.recipe import Recipe
from napari_deconvolve.run.running import Progress

WIDTHS = (0.8, 0.9, 1.0, 1.1, 1.2)  # over the PSF's own
WARN_AT = 0.1  # from the PSF's own width, over it
CERTAIN = 2.0  # standard deviations by which the best width is better than the PSF's own
LATE = 60  # iterations for each width

Values = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class WidthCheck:
    """How wide the PSF is, as the image tells it.

    Attributes
    ----------
    widths : tuple of float
        That were tried, over the PSF's own.
    scores : tuple of float
        By how much each foretells the image worse than the best of them, in nats: the lower the better. The mean of
        the two readings.
    between : tuple of float
        Where the two readings are lowest, by a parabola through the lowest three: the true width lies between them.
    best : float
        The middle of these, over the PSF's own width.
    warning : str
        What is wrong with the PSF's width, in a sentence; empty when nothing is to be said.
    psf : PSF or Strata
        The PSF made as wide as fits best; of strata, each.
    item : int
        Which item was looked at.
    region : tuple of slice
        Which part of it.
    """

    widths: tuple[float, ...]
    scores: tuple[float, ...]
    between: tuple[float, float]
    best: float
    warning: str
    psf: PSF | Strata
    item: int
    region: Region


class WidthLook:
    """Tries widths of a job's PSF; loop over it for progress, then ask for the `result`.

    Parameters
    ----------
    job : Job
        Its prior, sieve and number of iterations do not matter.
    channel : int
        Whose PSF and items are looked at.
    widths : sequence of float
        Over the PSF's own: at least three in rising order, 1 among them.

    Attributes
    ----------
    points : list of tuple of float
        Width and score of what is done so far.

    Raises
    ------
    ParameterError
        For widths that cannot be compared.
    """

    def __init__(self, job: Job, channel: int = 0, widths: Sequence[float] = WIDTHS) -> None:
        self.widths = _as_widths(widths)
        self._psf: PSF | Strata = job.psf if isinstance(job.psf, Strata) else job.psfs[channel]
        self.item = brightest_item(job, channel)
        self.region = brightest_region(job.image[self.item], job.psfs[channel])
        self._crop = cropped(job, self.item, self.region)
        self._noise = self._crop.noise(0)
        self._terms: list[tuple[Values, Values]] = []  # of each width and reading, sample by sample
        self._steps = 0

    def __iter__(self) -> Iterator[Progress]:
        gain = self._crop.recipe.gain
        if isinstance(gain, str):
            gain = 1.0
            narrowest = self._job(self.widths[0])  # it can fit everything, so what is left is noise
            make = lambda noise, leader=None: narrowest.iteration(0, noise=noise, leader=leader)  # noqa: E731
            for found in calibrated(make, self._noise, narrowest.psfs[0].data):
                gain = found or 1.0
                yield self._progress("measuring the noise")
        halves = split(self._noise, gain)
        for width in self.widths:
            yield from self._try(width, halves, gain)

    @property
    def points(self) -> list[tuple[float, float]]:
        """Width and score of what is done so far."""
        early, late = self._readings()
        both = [(one + other) / 2 for one, other in zip(early, late, strict=True)]
        return [(width, total - min(both)) for width, total in zip(self.widths, both, strict=False)]

    def result(self) -> WidthCheck:
        """Give what was found; run to the end first if nobody looped."""
        if len(self._terms) < len(self.widths):
            self._terms.clear()
            self._steps = 0
            for _ in self:
                pass
        low, high = sorted(_lowest_point(self.widths, scores) for scores in self._readings())
        best = (low + high) / 2
        warning = ""
        if (high < 1 or low > 1) and abs(best - 1) >= WARN_AT and all(map(self._certain, (0, 1))):
            warning = _warning(best, low == self.widths[0] or high == self.widths[-1])
        scores = tuple(score for _, score in self.points)
        return WidthCheck(
            self.widths, scores, (low, high), best, warning, widened(self._psf, best), self.item, self.region
        )

    def _readings(self) -> list[list[float]]:
        """Give the scores of what is done so far: at the best iterations, and late."""
        return [[float(np.sum(terms[reading], dtype=np.float64)) for terms in self._terms] for reading in (0, 1)]

    def _certain(self, reading: int) -> bool:
        """Say whether the best width is better than the PSF's own by more than chance."""
        scores, own = self._readings()[reading], self.widths.index(1.0)
        lowest = int(np.argmin(scores))
        spread = _spread(self._terms[own][reading] - self._terms[lowest][reading])
        return scores[own] - scores[lowest] > CERTAIN * spread

    def _try(self, width: float, halves: tuple[PoissonData, PoissonData], gain: float) -> Iterator[Progress]:
        """Run both halves, and see how well each foretells the other at its best, and late."""
        job = self._job(width)
        lowest, best, terms = math.inf, np.zeros(()), np.zeros(())
        with ExitStack() as stack:
            runs = [job.iteration(0, noise=half, keep_model=True) for half in halves]
            for run in runs:
                stack.enter_context(closing(run.blur))
            for number in range(1, LATE + 1):
                for run in runs:
                    run.step()
                terms = _surprise(runs[0].model, halves[1]) + _surprise(runs[1].model, halves[0])
                terms *= self._noise.scale / gain
                total = float(np.sum(terms, dtype=np.float64))
                if total < lowest:
                    lowest, best = total, terms
                yield self._progress(f"trying {width:g} of the width, {number} iterations")
        self._terms.append((best, terms))

    def _job(self, width: float) -> Job:
        """Give the crop's job with another PSF, and plain settings."""
        recipe = self._crop.recipe.replace(
            method="rl", prior=None, target_fwhm=0.0, acceleration="biggs-andrews", iterations=LATE
        )
        psf = self._crop.psf if isinstance(self._crop.psf, Strata) else self._crop.psfs[0]
        return replace(self._crop, psf=widened(psf, width), recipe=recipe, start=None, _transfer={})

    def _progress(self, stage: str) -> Progress:
        self._steps += 1
        measured = CALIBRATION * isinstance(self._crop.recipe.gain, str)
        return Progress(self._steps, LATE * len(self.widths) + measured, math.nan, stage)


def check_psf_width(
    image: ArrayLike,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    widths: Sequence[float] = WIDTHS,
    channel: int = 0,
    **how: Any,
) -> WidthCheck:
    """Try five widths of a PSF on an image, and say which fits best.

    Parameters
    ----------
    image, psf, recipe
        See `deconvolve`. Of the recipe, background, boundary, gain and precision matter.
    widths : sequence of float
        Over the PSF's own: at least three in rising order, 1 among them.
    channel : int
        Whose PSF is checked, if there are several.
    **how
        ``spacing``, ``axes``, ``channel_axis``, ``mask``, ``cancelled`` as for `deconvolve`.

    Returns
    -------
    WidthCheck
        With a warning when the best width differs by a tenth or more, and is certainly better.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> points = np.zeros((64, 64))
    >>> points[::9, ::11] = 3000
    >>> psf = nd.psf.gaussian(4, ndim=2)
    >>> counts = np.random.default_rng(0).poisson(nd.convolve(points, psf) + 10)
    >>> nd.check_psf_width(counts, psf).warning
    ''
    >>> "too wide" in nd.check_psf_width(counts, nd.psf.gaussian(4.8, ndim=2)).warning
    True
    """
    return WidthLook(prepare(image, psf, recipe, **how), channel, widths).result()


def widened(psf: PSF | Strata, factor: float) -> PSF | Strata:
    """Give a PSF that is so many times as wide, or strata of which each is."""
    if isinstance(psf, Strata):
        return psf.each([scaled(one, factor) for one in psf.psfs])
    return scaled(psf, factor)


def scaled(psf: PSF, factor: float) -> PSF:
    """Give a PSF that is so many times as wide along all axes, at the same spacing.

    Parameters
    ----------
    psf : PSF
        Of any source.
    factor : float
        Above 0; 1 gives the PSF itself.
    """
    if factor == 1:
        return psf
    info = {"source": "scaled", "factor": float(factor), "before": dict(psf.info)}
    wider = PSF(psf.data, tuple(factor * step for step in psf.spacing), psf.unit, info, psf.notes)
    found = resample(wider, psf.spacing)
    return PSF(found.data, psf.spacing, psf.unit, info, (*psf.notes, f"made {factor:.3g} times as wide"))


def _surprise(model: FloatArray, other: PoissonData) -> Values:
    """Give how badly a half's model foretells each count of the other half, but for what no model changes."""
    terms: Values = model - other.data * np.log(model)
    if other.valid is not None:
        terms[~other.valid] = 0
    if other.saturated is not None:
        terms[other.saturated] = 0
    return terms


def _spread(difference: Values) -> float:
    """Give the standard deviation of a sum over samples."""
    return float(math.sqrt(difference.size) * np.std(difference, dtype=np.float64))


def _lowest_point(widths: Sequence[float], scores: Sequence[float]) -> float:
    """Give where a parabola through the lowest score and its neighbours is lowest; at an end, the end."""
    lowest = int(np.argmin(scores))
    if lowest in (0, len(scores) - 1):
        return widths[lowest]
    near = slice(lowest - 1, lowest + 2)
    curve = np.polyfit(np.asarray(widths[near]) - widths[lowest], np.asarray(scores[near]), 2)
    return float(widths[lowest] - curve[1] / (2 * curve[0])) if curve[0] > 0 else widths[lowest]


def _warning(best: float, beyond: bool) -> str:
    kind = "too narrow" if best > 1 else "too wide"
    least = "at least " if beyond else ""
    return (
        f"The PSF seems {least}{abs(1 / best - 1):.0%} {kind}: one of {best:.2f} times its width foretells the image "
        "better; check what it was made from (aperture, wavelength, spacing, index), or measure it with beads."
    )


def _as_widths(widths: Sequence[float]) -> tuple[float, ...]:
    given = tuple(float(width) for width in widths)
    rising = all(0 < low < high < math.inf for low, high in pairwise(given))
    if len(given) < 3 or not rising or 1.0 not in given:
        raise ParameterError(f"The widths are {given}; give at least three in rising order, 1 among them.")
    return given
