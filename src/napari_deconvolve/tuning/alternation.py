"""Image and PSF improve each other in turn, on one half of the photons; the other half judges what comes of it.

Alternation by itself goes on narrowing a PSF for ever, as a narrow PSF with a soft object fits what a wide one fits.
So the width is that of the fit (`psf_width`), and the alternation changes the shape alone: after each cycle the PSF is
made as wide as that, and the cycle is taken whose PSF lets one half predict the other best, if that is certain. Else
the PSF stays as it was given, or as wide as the fit made it. So it does where the image holds no points in enough
light: what alternation finds there is the form of objects, or of noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing

import numpy as np

from napari_deconvolve.core.accelerations.acceleration import DEFAULT_ACCELERATION
from napari_deconvolve.core.algorithms.blind import BlindRichardsonLucy
from napari_deconvolve.core.algorithms.constraints import BandLimit, Constraint, symmetry_constraints
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.model_selection.predictive_score import (
    Values,
    negative_log_likelihood,
    uncertainty_of_sum,
)
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.otf import lens_steps
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.tuning.found_width import by_width
from napari_deconvolve.tuning.psf_width import Halves, WidthSearch
from napari_deconvolve.tuning.results import FoundPSF
from napari_deconvolve.work import Progress, Work

FIRST_FACTOR = 1.2  # of the fitted width: alternation starts wider, since it can only narrow
MAX_CYCLES, CYCLE_PATIENCE = 12, 3  # at most; and without a better score
PSF_STEPS_PER_CYCLE = 2
CERTAIN = 4.0  # standard deviations by which another shape predicts the image better
LEAST_GAIN = 20.0  # nats, at least: one is enough to be certain, and costs up to 3 times the error
SAME_WIDTH = 0.02  # of the width
ALTERNATED = "blind"  # the source of such PSFs, in recipes and files


def alternate(job: Job, channel: int) -> Work[FoundPSF]:
    """Find a channel's PSF: its width by the fit, its shape by alternation where that is certainly better."""
    given, name = job.psfs[channel], job.recipe.symmetry
    search = WidthSearch(job, channel)
    check = yield from search.work()
    fitted = by_width(given, check)
    start = search.point(fitted.factor)
    tells = check.told and check.clear
    kernel = (yield from _best_shape(search.halves, start, name)) if tells else None
    if kernel is None:
        found = "The alternation found no shape that certainly predicts the image better than that of the given PSF"
        untold = "The image does not tell the shape of the PSF: that takes points in enough light"
        said = found if tells else untold
        kept = fitted.warning or "its width is the fitted one." if fitted.factor != 1 else "it is kept as it is."
        return FoundPSF(
            fitted.psf, "alternate", fitted.factor, fitted.uncertainty, f"{said}: {kept}", fitted.iterations
        )
    info = {"source": ALTERNATED, "before": dict(given.info), "symmetry": name}
    psf = PSF(kernel, given.spacing, given.unit, info, (*given.notes, "found from an image by alternation"))
    said = (
        "The shape of the PSF was found by alternation, at the width that was fitted: look at it before you trust it."
    )
    return FoundPSF(psf, "alternate", _width_ratio(psf, given), fitted.uncertainty, said, fitted.iterations)


def _best_shape(halves: Halves, start: PSF, symmetry: str) -> Work[FloatArray | None]:
    """Return the kernel by which one half of the photons predicts the other best; None where none is sure to."""
    crop, (first, _), number = halves
    wide = scaled(start, FIRST_FACTOR)
    live = BlindRichardsonLucy(
        first,
        wide.data,
        boundary=as_boundary(crop.recipe.boundary),
        constraints=constraints_of(wide, symmetry),
        image_steps=number,
        psf_steps=PSF_STEPS_PER_CYCLE,
        cancelled=crop.cancelled,
        workers=1,
    )
    own = yield from _terms(halves, start.data, 0)
    most, best, best_cycle = 0.0, None, 0
    for cycle in range(1, MAX_CYCLES + 1):
        live.restart()  # an estimate that was made with a wider PSF would keep its rings
        live.step()
        kernel = as_wide(live.kernel, start)
        better = own - (yield from _terms(halves, kernel, cycle))
        gain = float(np.sum(better, dtype=np.float64))
        if gain > max(most, LEAST_GAIN, CERTAIN * uncertainty_of_sum(better)):
            most, best, best_cycle = gain, kernel, cycle
        if cycle - best_cycle >= CYCLE_PATIENCE:
            break
    return best


def as_wide(kernel: FloatArray, like: PSF) -> FloatArray:
    """Return a kernel made as wide as a PSF, the mean over all axes."""
    ratio = _width_ratio(PSF(kernel, like.spacing, like.unit), like)
    if not math.isfinite(ratio) or abs(ratio - 1) <= SAME_WIDTH:
        return kernel
    return in_box(scaled(PSF(kernel, like.spacing, like.unit), 1 / ratio).data, kernel.shape)


def in_box(kernel: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Return the middle of a kernel, with zeros around where it is smaller."""
    out = np.zeros(shape, kernel.dtype)
    kept = [min(own, length) // 2 for own, length in zip(kernel.shape, shape, strict=True)]
    inner, outer = (
        tuple(slice(n // 2 - k, n // 2 + k + 1) for n, k in zip(size, kept, strict=True))
        for size in (kernel.shape, shape)
    )
    out[outer] = kernel[inner]
    return out


def _terms(halves: Halves, kernel: FloatArray, cycle: int) -> Work[Values]:
    """Return how badly the first half predicts the second with a kernel, sample by sample."""
    crop, (first, second), number = halves
    boundary = as_boundary(crop.recipe.boundary)
    blur = Blur(kernel, crop.frame, boundary, crop.dtype, workers=1, cancelled=crop.cancelled)
    with closing(blur):
        run = RichardsonLucy(blur, first, acceleration=DEFAULT_ACCELERATION, keep_model=True)
        for _ in range(number):
            run.step()
            yield Progress(cycle + 1, MAX_CYCLES + 1, stage=f"judging the PSF after {cycle} cycles")
        return negative_log_likelihood(run.model, second)


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
