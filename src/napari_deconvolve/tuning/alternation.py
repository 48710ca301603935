"""Image and PSF improve each other in turn: the PSF's shape may change, but it only gets narrower."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.algorithms.blind import BlindRichardsonLucy
from napari_deconvolve.core.algorithms.constraints import BandLimit, Constraint, symmetry_constraints
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.model_selection.predictive_score import PredictiveScore
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.otf import lens_steps
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.tuning.psf_width import WidthSearch
from napari_deconvolve.tuning.results import FoundPSF
from napari_deconvolve.work import Progress, Work

FIRST_FACTOR = 1.2  # of the given width: alternation starts wider, since it can only narrow
MAX_CYCLES, CYCLE_PATIENCE = 12, 3  # at most; and without a better score
PSF_STEPS_PER_CYCLE = 2
HARDLY_NARROWER = 0.95  # of the given width: below, the PSF found deserves a warning
ALTERNATED = "blind"  # the source of such PSFs, in recipes and files


def alternate(job: Job, channel: int) -> Work[FoundPSF]:
    """Find a channel's PSF; the cycle is taken whose PSF predicts one half of the photons best from the other."""
    given, name = job.psfs[channel], job.recipe.symmetry
    crop, pairs, gain, number = yield from WidthSearch(job, channel).prepare_splits()
    noise = noise_model(crop, 0)
    wide = scaled(crop.psfs[0], FIRST_FACTOR)
    live = BlindRichardsonLucy(
        noise,
        wide.data,
        boundary=as_boundary(crop.recipe.boundary),
        constraints=constraints_of(wide, name),
        image_steps=number,
        psf_steps=PSF_STEPS_PER_CYCLE,
        cancelled=crop.cancelled,
        workers=1,
    )
    judge, lowest, best, best_cycle = PredictiveScore(noise, pairs, gain), math.inf, live.kernel, 0
    for cycle in range(MAX_CYCLES + 1):
        score = yield from _judged(judge, crop, live.kernel, number, cycle)
        if score < lowest:
            lowest, best, best_cycle = score, live.kernel, cycle
        if cycle - best_cycle >= CYCLE_PATIENCE or cycle == MAX_CYCLES:
            break
        live.restart()  # an estimate that was made with a wider PSF would keep its rings
        live.step()
    return _found(best, given, name, first=best_cycle == 0)


def _judged(judge: PredictiveScore, crop: Job, kernel: FloatArray, number: int, cycle: int) -> Work[float]:
    """Return how badly one half of the photons is predicted from the other with a kernel."""
    last = math.inf
    for score in judge.curve(lambda half, leader=None: _half_run(crop, kernel, half), number):
        last = score
        yield Progress(cycle + 1, MAX_CYCLES + 1, stage=f"judging the PSF after {cycle} cycles")
    return last


def _half_run(crop: Job, kernel: FloatArray, half: object) -> RichardsonLucy:
    boundary = as_boundary(crop.recipe.boundary)
    blur = Blur(kernel, crop.frame, boundary, crop.dtype, workers=1, cancelled=crop.cancelled)
    return RichardsonLucy(blur, half, acceleration=DEFAULT_ACCELERATION, keep_model=True)  # type: ignore[arg-type]


def _found(kernel: FloatArray, given: PSF, symmetry: str, *, first: bool) -> FoundPSF:
    info = {"source": ALTERNATED, "before": dict(given.info), "symmetry": symmetry}
    psf = PSF(kernel, given.spacing, given.unit, info, (*given.notes, "found from an image by alternation"))
    ratio = _width_ratio(psf, given)
    return FoundPSF(psf, "alternate", ratio, math.nan, _warning(ratio, first))


def _warning(ratio: float, first: bool) -> str:
    if first:
        return (
            f"The alternation found nothing better than the PSF that it started from, {FIRST_FACTOR:g} times as wide "
            "as the given one; fit the width instead."
        )
    if ratio < HARDLY_NARROWER:
        return (
            "The PSF found is narrower than the one given. Alternation narrows easily and cannot widen: compare "
            "with the width that is fitted."
        )
    return "Alternation cannot widen a PSF that is more than a fifth too narrow; compare with the fitted width."


def constraints_of(psf: PSF, name: str, band_limit: bool = True) -> tuple[Constraint, ...]:
    """Return what is known of a PSF: a symmetry by its name, and the cut-off of the lens where its optics are known."""
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


def _width_ratio(psf: PSF, given: PSF) -> float:
    """Return the mean ratio of the widths of two PSFs over their axes."""
    ratios = [one / other for one, other in zip(psf.fwhm, given.fwhm, strict=True)]
    known = [ratio for ratio in ratios if math.isfinite(ratio) and ratio > 0]
    return float(np.exp(np.mean(np.log(known)))) if known else math.nan
