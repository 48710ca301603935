"""A PSF that is found from the image: the method "blind" is to find it, and then to go on as with any other.

Two ways. "width" fits how wide the given PSF should be (`psf_width`), from either side. "alternate" makes the PSF wider
and lets image and PSF improve each other (`core.blind`), by which its shape may change too; the cycle is taken whose
PSF foretells the image best, by the same score. Both look at the brightest part of the image.

The run that follows is plain Richardson-Lucy with the PSF found, and so is its recipe: it repeats the numbers without
looking for the PSF again.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.algorithms.blind import IMAGE_STEPS, PSF_STEPS, BlindRichardsonLucy
from napari_deconvolve.core.algorithms.constraints import BandLimit, Constraint, symmetry_constraints
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray, as_iterations
from napari_deconvolve.core.likelihood.dark_noise import dark_noise_for
from napari_deconvolve.core.model_selection.predictive_score import PredictiveScore
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.given import GivenPSF, refuse_strata
from napari_deconvolve.psf.otf import lens_steps
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.engine import Progress
from napari_deconvolve.tuning.psf_width import WidthLook
from napari_deconvolve.tuning.search import Choice

WIDER = 1.2  # than the given one: what alternation starts from, since it can only narrow
CYCLES, PATIENCE = 12, 3  # of the alternation, at most; and how many without a better score
SHARPEN = 2  # steps of the PSF in a cycle
HELD, FEW = 0.9, 3  # of the number of iterations that a width was found with, and more: what a run does at most


@dataclass(frozen=True, slots=True, eq=False)
class FoundPSF:
    """A PSF that was found from an image.

    Attributes
    ----------
    psf : PSF
        What was found.
    how : str
        "width" or "alternate".
    factor : float
        How wide it is, over the one that was given.
    uncertainty : float
        Standard deviation of the factor; NaN where it is not known.
    warning : str
        What limits it, in a sentence; empty when nothing is to be said.
    iterations : int
        That were found with the width, and that a run should not go beyond; 0 where none were.
    """

    psf: PSF
    how: str
    factor: float
    uncertainty: float
    warning: str
    iterations: int = 0

    def __str__(self) -> str:
        sure = f" ± {self.uncertainty:.2f}" if math.isfinite(self.uncertainty) else ""
        return f"The PSF found is {self.factor:.2f}{sure} times as wide as the one given."


class PSFSearch:
    """Looks for a channel's PSF; loop over it for progress, then ask for what was `found`.

    Parameters
    ----------
    job : Job
        Of the method "blind".
    channel : int
        Whose PSF is looked for.
    """

    def __init__(self, job: Job, channel: int = 0) -> None:
        self._job, self._given = job, job.psfs[channel]
        self.look = WidthLook(job, channel)
        self._best: FloatArray | None = None
        self._first = True  # whether the first kernel is still the best
        self.found: FoundPSF | None = None

    def __iter__(self) -> Iterator[Progress]:
        if self._job.recipe.blind == "width":
            yield from self.look
            self.found = self._of_width()
        else:
            yield from self._alternate()
            self.found = self._of_alternation()

    def _of_width(self) -> FoundPSF:
        found = self.look.result()
        if not found.told:
            said = (
                "The image does not tell how wide the PSF is (too few photons, or nothing fine in it), so the given "
                "one is kept; measure it with beads, or calculate it."
            )
            return FoundPSF(self._given, "width", 1.0, found.uncertainty, said)
        said = ""
        if found.at_the_end:
            said = (
                f"The PSF's width is at the end of what is tried, {found.best:g} times the given one's: the true width "
                "may lie beyond; check what the PSF was made from."
            )
        return FoundPSF(found.psf.middle, "width", found.best, found.uncertainty, said, found.iterations)

    def _alternate(self) -> Iterator[Progress]:
        """Improve image and PSF in turn; keep the PSF that foretells one half of the photons best from the other."""
        crop, pairs, gain, number = yield from self.look.prepare_halves()
        noise = noise_model(crop, 0)
        wide = scaled(crop.psfs[0], WIDER)
        live = BlindRichardsonLucy(
            noise,
            wide.data,
            boundary=as_boundary(crop.recipe.boundary),
            constraints=constraints_of(wide, self._job.recipe.symmetry),
            image_steps=number,
            psf_steps=SHARPEN,
            cancelled=crop.cancelled,
            workers=1,
        )
        judge, since, lowest = PredictiveScore(noise, pairs, gain), 0, math.inf
        for cycle in range(CYCLES + 1):
            kernel, scores = live.kernel, []
            for score in judge.curve(lambda half, leader=None, kernel=kernel: _run(crop, kernel, half), number):
                scores.append(score)
                yield Progress(cycle + 1, CYCLES + 1, math.nan, f"judging the PSF after {cycle} cycles")
            since = 0 if scores[-1] < lowest else since + 1
            if since == 0:
                lowest, self._best, self._first = scores[-1], kernel, cycle == 0
            if since >= PATIENCE or cycle == CYCLES:
                return
            live.restart()  # an estimate that was made with a wider PSF would keep its rings
            live.step()

    def _of_alternation(self) -> FoundPSF:
        assert self._best is not None
        given = self._given
        info = {"source": "blind", "before": dict(given.info), "symmetry": self._job.recipe.symmetry}
        psf = PSF(self._best, given.spacing, given.unit, info, (*given.notes, "found from an image by alternation"))
        return FoundPSF(psf, "alternate", _width_ratio(psf, given), math.nan, self._doubts(psf))

    def _doubts(self, psf: PSF) -> str:
        if self._first:
            return (
                f"The alternation found nothing better than the PSF that it started from, {WIDER:g} times as wide as "
                "the given one; fit the width instead."
            )
        if _width_ratio(psf, self._given) < 0.95:
            return (
                "The PSF found is narrower than the one given. Alternation narrows easily and cannot widen: compare "
                "with the width that is fitted."
            )
        return "Alternation cannot widen a PSF that is more than a fifth too narrow; compare with the fitted width."


def find_psfs(job: Job) -> Generator[Progress, None, tuple[Job, tuple[FoundPSF, ...]]]:
    """Find the PSFs of a job of the method "blind"; give the job that goes on with them, and what was found.

    Parameters
    ----------
    job : Job
        One PSF for all items is found on the brightest of them, PSFs of channels on the brightest of each.
    """
    refuse_strata(job.psf, "the method blind")
    found = []
    for channel in range(len(job.psfs)):
        search = PSFSearch(job, channel)
        yield from search
        assert search.found is not None
        found.append(search.found)
    return with_found(job, found), tuple(found)


def held_back(choice: Choice, found: FoundPSF | None) -> Choice:
    """Return a choice whose number of iterations is hardly more than that with which the width was found.

    Two halves of the photons share the rings of a PSF that is a few per cent too wide, so they take them for structure
    and ask for too many iterations. Where width and number are found together, that is avoided.
    """
    if found is None or not found.iterations or not choice.iterations:
        return choice
    return replace(choice, iterations=min(choice.iterations, round(HELD * found.iterations) + FEW))


def with_found(job: Job, found: Sequence[FoundPSF]) -> Job:
    """Return the job that goes on with the PSFs found, by plain Richardson-Lucy."""
    psf = job.psf.with_channels([one.psf for one in found])
    return replace(job, psf=psf, recipe=job.recipe.replace(method="rl"))


def resolved(job: Job) -> Job:
    """Find the PSFs of a job if its method is "blind", looking at no progress."""
    if job.recipe.method != "blind":
        return job
    search = find_psfs(job)
    while True:
        try:
            next(search)
        except StopIteration as end:
            going_on: Job = end.value[0]
            return going_on


def blind_richardson_lucy(
    image: ArrayLike,
    psf: GivenPSF,
    iterations: int = 10,
    *,
    image_steps: int = IMAGE_STEPS,
    psf_steps: int = PSF_STEPS,
    symmetry: str = "none",
    band_limit: bool = True,
    background: float | str = 0.0,
    boundary: str = "extended",
    mask: ArrayLike | None = None,
    start: ArrayLike | None = None,
    axes: Sequence[int] | None = None,
    dtype: str = "float32",
) -> tuple[FloatArray, PSF]:
    """Estimate image and PSF in turn, each by Richardson-Lucy (Fish et al. 1995, J. Opt. Soc. Am. A 12:58).

    It narrows a PSF that is too wide, and goes on narrowing when there are many cycles; it hardly widens one that is
    too narrow. Where only the width is in doubt, ``Recipe(method="blind")`` fits it from either side.

    Parameters
    ----------
    image : array_like
        One item: as many axes as the PSF, or axes of length 1 beside them.
    psf : PSF or array_like
        To start from: better 20 to 25 % too wide. Its box is the support of the PSF that is found.
    iterations : int
        Cycles.
    image_steps, psf_steps : int
        Iterations of each in one cycle.
    symmetry : {"none", "mirror", "rotation"}
        What is known of the PSF: nothing, that it looks the same in mirrors, or that it is round in y and x.
    band_limit : bool
        Whether a microscope's PSF keeps to what its lens passes; other PSFs tell no limit.
    background, boundary, mask, start, axes, dtype
        See `richardson_lucy`.

    Returns
    -------
    estimate : ndarray
        The image's shape, in counts.
    psf : PSF
        Of the start's spacing.

    Raises
    ------
    ParameterError, PSFError
        For arguments that cannot be used or do not fit each other.
    """
    recipe = Recipe(
        iterations=as_iterations(iterations),
        background=background,
        dark_noise=dark_noise_for(background),
        boundary=boundary,
        dtype=dtype,
    )
    job = prepare(image, psf, recipe, axes=axes, mask=mask, start=start)
    refuse_strata(job.psf, "the method blind")
    if len(job) != 1:
        raise ParameterError(
            f"The image has {len(job)} items along axes that the PSF does not act on; give one, or find the PSF with "
            "deconvolve and the method 'blind'."
        )
    first = job.psfs[0]
    live = BlindRichardsonLucy(
        noise_model(job, 0),
        first.data,
        boundary=as_boundary(boundary),
        constraints=constraints_of(first, symmetry, band_limit),
        image_steps=as_iterations(image_steps),
        psf_steps=as_iterations(psf_steps),
        start=None if job.start is None else job.start[0],
    )
    for _ in range(iterations):
        live.step()
    info = {"source": "blind", "before": dict(first.info), "symmetry": symmetry}
    return job.items.assemble([live.freeze().estimate]), PSF(live.kernel, first.spacing, first.unit, info)


def constraints_of(psf: PSF, name: str, band_limit: bool = True) -> tuple[Constraint, ...]:
    """Return what is known of a PSF: its symmetry, and the cut-off of the lens where the PSF tells its optics.

    Parameters
    ----------
    psf : PSF
        To start from.
    name : str
        Of the symmetry.
    band_limit : bool
        Whether the cut-off counts.
    """
    limit = _lens(psf) if band_limit else None
    return symmetry_constraints(name) if limit is None else (*symmetry_constraints(name), limit)


def _lens(psf: PSF) -> BandLimit | None:
    info = psf.info
    while isinstance(info.get("before"), Mapping):  # of a PSF that was made wider
        info = info["before"]
    steps = lens_steps(PSF(psf.data, psf.spacing, psf.unit, info)) if psf.ndim > 1 else None
    if steps is None:
        return None
    axial, lateral = steps
    sides = [step / (2 * lateral) for step in psf.spacing[-2:]]
    return BandLimit(sides, psf.spacing[0] / (2 * axial) if psf.ndim == 3 else math.inf)


def _run(crop: Job, kernel: FloatArray, half: object) -> RichardsonLucy:
    boundary = as_boundary(crop.recipe.boundary)
    blur = Blur(kernel, crop.frame, boundary, crop.dtype, workers=1, cancelled=crop.cancelled)
    return RichardsonLucy(blur, half, accelerate=True, keep_model=True)  # type: ignore[arg-type]


def _width_ratio(psf: PSF, given: PSF) -> float:
    """Return the mean ratio of the widths of two PSFs over their axes."""
    ratios = [one / other for one, other in zip(psf.fwhm, given.fwhm, strict=True)]
    known = [ratio for ratio in ratios if math.isfinite(ratio) and ratio > 0]
    return float(np.exp(np.mean(np.log(known)))) if known else math.nan
