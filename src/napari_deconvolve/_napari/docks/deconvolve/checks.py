"""What a choice of layers and settings amounts to: a plan to run, or the reasons why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve._napari.docks.deconvolve.axes import misplaced, unknown_step
from napari_deconvolve._napari.docks.deconvolve.branch import began_as
from napari_deconvolve._napari.docks.deconvolve.health import Question, question
from napari_deconvolve._napari.kit.methods import method_of
from napari_deconvolve._napari.kit.status import Remark, first_error
from napari_deconvolve._napari.layers import region as regions
from napari_deconvolve._napari.layers.optics import lens_of
from napari_deconvolve._napari.layers.psf_prepared import PSFs, fingerprint
from napari_deconvolve._napari.layers.source import (
    Source,
    is_uncalibrated,
    pretty_unit,
    read,
    refusal,
    shape_text,
    spacing_in,
    spacing_text,
    times,
)
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.psf import PSF, Strata
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import SPARE, Cost, estimate_cost, free_bytes, strata_of
from napari_deconvolve.units import factor, is_length

ITSELF = "This is the image itself; choose the image of a point, or make a PSF."
PREPARING = "The PSF is being prepared …"
RESAMPLING = "The PSF is being resampled to the image's spacing …"
LEAST_ACROSS = 0.5  # samples of the image that a PSF is wide at least, to blur anything
COMPARED = 100_000  # samples that tell whether two layers hold the same


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What the form says: layers (or None), and numbers."""

    image: Any
    psf: Any
    recipe: Recipe
    keep_every: int = 0
    region: str = regions.REGIONS[0]
    shapes: Any = None
    start: Any = None
    target_problem: str = ""

    def signature(self) -> object:
        """Tell apart runs that cannot continue each other."""
        layers = tuple(fingerprint(layer) for layer in (self.image, self.psf, self.start))
        fixed = self.recipe.replace(iterations=1)
        return layers, fixed.to_json(), self.region


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """What comes of the choices.

    Attributes
    ----------
    remarks : tuple of Remark
        By field: image, psf, region, start, target_fwhm, method, cost.
    plan : Plan or None
        None when something forbids a run.
    cost : Cost or None
        None when it cannot be known.
    uncalibrated : bool
        The image has no spacing and the PSF has.
    question : Question or None
        What to ask the doctor about the PSF; None when there is none that could be examined.
    waiting : str
        What is being done before there can be a plan.
    unit : str
        Of the image's spacing, for people; the target resolution is given in it.
    halo : tuple of int
        How far the PSF reaches, in samples.
    """

    remarks: tuple[Remark, ...]
    plan: Plan | None = None
    cost: Cost | None = None
    uncalibrated: bool = False
    question: Question | None = None
    waiting: str = ""
    unit: str = ""
    halo: tuple[int, ...] = ()

    def remark(self, field: str) -> Remark:
        """Return the most serious remark on a field."""
        order = {"error": 0, "warning": 1, "good": 2, "info": 3}
        found = sorted((one for one in self.remarks if one.field == field), key=lambda one: order[one.level])
        return found[0] if found else Remark(field, "")

    @property
    def reason(self) -> str:
        """Why there is no plan."""
        return first_error(self.remarks) or self.waiting


def review(viewer: Any, choices: Choices, psfs: PSFs) -> Review:
    """Look at everything that can be known before a run; no sample of the image is read."""
    remarks = [_image_remark(choices.image)]
    if remarks[0].level == "error":
        return Review((*remarks, _psf_waits(choices)), question=_question(choices, psfs))
    source = read(choices.image)
    if _is_itself(choices, source):
        return Review((*remarks, Remark("psf", ITSELF, "error")))
    try:
        psf = _psf(choices, source, psfs)
    except DeconvolutionError as error:
        return Review((*remarks, Remark("psf", str(error), "error")), question=_question(choices, psfs, source))
    if psf is None:
        return Review((*remarks, Remark("psf", PREPARING)), waiting=PREPARING)
    spacing = spacing_in(source, psf)
    asked = _question(choices, psfs, source, spacing)
    try:
        fitted = psfs.fitted(psf, spacing)
    except DeconvolutionError as error:  # the image's spacing is so much finer that it must be in another unit
        return Review((*remarks, Remark("psf", str(error), "error")), question=asked)
    if fitted is None:
        return Review((*remarks, Remark("psf", RESAMPLING)), question=asked, waiting=RESAMPLING)
    remarks.append(_psf_remark(source, psf, fitted, spacing))
    recipe = in_unit(choices.recipe, source.units[-1], psf.unit)
    remarks += _setting_remarks(choices, psf)
    uncalibrated = is_length(psf.unit) and is_uncalibrated(source, psf.ndim)
    try:
        bounds = _bounds(viewer, choices, source, psf)
        start = _start(choices, source)
    except _Refused as refused:
        return Review((*remarks, refused.remark), uncalibrated=uncalibrated, question=asked)
    halo = regions.reach(fitted)
    crop = regions.crop(bounds, source.shape, halo)
    remarks += _region_remarks(choices, crop)
    plan = Plan(source, crop, psf, recipe, spacing, start, choices.keep_every, choices.region)
    cost = plan_cost(plan, fitted.shape)
    remarks.append(_cost_remark(cost, plan.recipe))
    allowed = not first_error(remarks)
    unit = pretty_unit(source.units[-1])
    return Review(tuple(remarks), plan if allowed else None, cost, uncalibrated, asked, unit=unit, halo=halo)


def plan_cost(plan: Plan, psf_shape: tuple[int, ...]) -> Cost:
    """Predict memory, snapshots included, and time."""
    recipe = plan.recipe
    return estimate_cost(
        plan.crop.outer_shape,
        psf_shape,
        recipe.expected_iterations,
        acceleration=recipe.acceleration,
        prior=recipe.prior,
        method=recipe.method,
        boundary=recipe.boundary,
        dtype=recipe.dtype,
        lockstep=True,
        snapshots=recipe.expected_iterations // plan.keep_every if plan.keep_every else 0,
        strata=strata_of(plan.psf),
    )


class _Refused(Exception):  # noqa: N818 - a way out, not an error
    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.text)
        self.remark = remark


def _image_remark(layer: Any) -> Remark:
    if layer is None:
        return Remark("image", "Open or choose an image layer.", "error")
    reason = refusal(layer)
    if reason:
        return Remark("image", reason, "error")
    source = read(layer)
    units = (
        "no spacing set" if is_uncalibrated(source, len(source.shape)) else spacing_text(source.spacing, source.units)
    )
    finest = "; the finest of its resolutions is used" if layer.multiscale else ""
    return Remark("image", f"{shape_text(source.shape)}, {units}{finest}")


def _psf_waits(choices: Choices) -> Remark:
    return Remark("psf", "" if choices.psf is not None else "Choose a PSF, or make one in the dock “PSF”.")


def _psf(choices: Choices, source: Source, psfs: PSFs) -> PSF | Strata | None:
    if choices.psf is None:
        raise DeconvolutionError("Choose a PSF layer, or make one in the dock “PSF”.")
    psf = psfs.of(choices.psf)
    if psf is not None and psf.ndim > len(source.shape):
        raise DeconvolutionError(
            f"This PSF has {psf.ndim} axes and the image {len(source.shape)}; "
            f"choose a PSF of at most {len(source.shape)}."
        )
    why = "" if psf is None else misplaced(source, psf)
    if why:
        raise DeconvolutionError(why)
    return psf


def _is_itself(choices: Choices, source: Source) -> bool:
    return choices.psf is not None and (choices.psf is choices.image or _same(choices.psf, source))


def _question(
    choices: Choices, psfs: PSFs, source: Source | None = None, spacing: tuple[float, ...] | None = None
) -> Question | None:
    given = None if choices.psf is None or choices.psf is choices.image else psfs.held(choices.psf)
    return None if given is None else question(choices.psf, given, source, spacing, lens_of(choices.image))


def _same(layer: Any, source: Source) -> bool:
    if layer.multiscale or layer.rgb or tuple(layer.data.shape) != source.shape:
        return False
    if layer.data is source.data:
        return True
    if source.lazy or not isinstance(layer.data, np.ndarray):
        return False
    step = max(1, layer.data.size // COMPARED)
    return bool(np.array_equal(layer.data.ravel()[::step], source.data.ravel()[::step]))


def _psf_remark(source: Source, psf: PSF | Strata, fitted: PSF | Strata, spacing: tuple[float, ...] | None) -> Remark:
    unit = pretty_unit(psf.unit)
    widths = times("–" if np.isnan(width) else f"{width:.3g}" for width in psf.fwhm)
    text = f"{shape_text(psf.shape)}, FWHM {widths}\u00a0{unit}"
    if isinstance(psf, Strata):
        text = f"{_depths(psf, source)}, each {text}"
    looped = len(source.shape) - psf.ndim
    if looped:
        count = int(np.prod(source.shape[:looped]))
        text += f"; acts on the last {psf.ndim} axes, so each of {count} parts is deconvolved on its own"
    notes = f" ({'; '.join(psf.notes)})" if psf.notes else ""
    if spacing is not None and (across := _samples_across(psf, spacing)) < LEAST_ACROSS:
        asked = f"The PSF is {across:.1g} samples wide in this image, which blurs nothing: is the image's unit right?"
        return Remark("psf", f"{asked} {text}{notes}", "warning")
    if spacing is None:
        who = "image" if is_length(psf.unit) else "PSF"
        remedy = " Give it below if that is wrong." if is_uncalibrated(source, psf.ndim) and is_length(psf.unit) else ""
        taken = f"The {who} has no spacing: the PSF is taken to have the image's.{remedy}"
        return Remark("psf", f"{taken} {text}{notes}", "warning")
    unsure = unknown_step(source, psf)
    if unsure:
        return Remark("psf", f"{unsure} {text}{notes}", "warning")
    if fitted is not psf:
        steps = spacing_text(psf.spacing, (psf.unit,) * psf.ndim), spacing_text(spacing, (psf.unit,) * psf.ndim)
        return Remark("psf", f"{text}; will be resampled from {steps[0]} to {steps[1]}{notes}")
    return Remark("psf", f"{text}{notes}")


def _samples_across(psf: PSF | Strata, spacing: tuple[float, ...]) -> float:
    """Return how many of the image's samples the PSF is wide, where it is widest; infinite where it has no width."""
    widths = [width / step for width, step in zip(psf.fwhm, spacing, strict=True)]
    return max(widths) if all(np.isfinite(widths)) else np.inf


def _depths(strata: Strata, source: Source) -> str:
    """Say which planes the strata are for."""
    places = ", ".join(f"{depth:.3g}" for depth in strata.depths)
    end = "first" if strata.coverslip == "first" else "last"
    return f"{len(strata)} strata at {places} {pretty_unit(strata.unit)} from the coverslip, by the {end} plane"


def _bounds(viewer: Any, choices: Choices, source: Source, psf: PSF | Strata) -> regions.Bounds:
    try:
        if choices.region == "what I see":
            return regions.seen(viewer, choices.image, psf.ndim)
        if choices.region == "rectangle":
            return regions.rectangle(viewer, choices.image, choices.shapes, psf.ndim)
    except DeconvolutionError as error:
        raise _Refused(Remark("region", str(error), "error")) from error
    return regions.whole(source.shape)


def _start(choices: Choices, source: Source) -> Source | None:
    if choices.start is None:
        return None
    reason = refusal(choices.start)
    start = None if reason else read(choices.start)
    if start is not None and start.shape != source.shape:
        reason = (
            f"This layer has shape {shape_text(start.shape)} and the image {shape_text(source.shape)}; "
            "choose one of the image's shape."
        )
    if reason:
        raise _Refused(Remark("start", reason, "error"))
    return start


def _region_remarks(choices: Choices, crop: regions.Crop) -> list[Remark]:
    if choices.region == regions.REGIONS[0]:
        return []
    return [Remark("region", f"{shape_text(crop.shape)}, computed with a margin as wide as the blur")]


def in_unit(recipe: Recipe, old: str, new: str) -> Recipe:
    """Return a recipe whose target resolution is in another unit; what is no length stays as it is."""
    target = recipe.target_fwhm
    if isinstance(target, str) or not (is_length(old) and is_length(new)):
        return recipe
    ratio = factor(old, new)
    if isinstance(target, tuple):
        return recipe.replace(target_fwhm=tuple(width * ratio for width in target))
    return recipe.replace(target_fwhm=target * ratio)


def _setting_remarks(choices: Choices, psf: PSF | Strata) -> list[Remark]:
    """Say what is wrong with the settings, or odd about them."""
    recipe, found = choices.recipe, []
    if choices.target_problem:
        found.append(Remark("target_fwhm", choices.target_problem, "error"))
    elif isinstance(recipe.target_fwhm, tuple) and len(recipe.target_fwhm) != psf.ndim:
        said = (
            f"These are {len(recipe.target_fwhm)} widths and the PSF has {psf.ndim} axes; write one, or one per axis."
        )
        found.append(Remark("target_fwhm", said, "error"))
    if recipe.method == "wiener" and isinstance(psf, Strata):
        said = f"The PSF has {len(psf)} strata, and a Wiener filter takes one for all depths; choose Richardson-Lucy."
        found.append(Remark("method", said, "error"))
    note = method_of(recipe.method).note
    if note:
        ends = " It ends by itself." if recipe.method == "rl-gc" and recipe.automatic else ""
        found.append(Remark("method", note + ends))
    elif recipe.automatic and choices.start is not None:
        said = "Noise that the start estimate holds already cannot be told by Auto; better give a number of iterations."
        found.append(Remark("start", said, "warning"))
    elif choices.start is not None and began_as(choices.start):
        said = f"An earlier result, {began_as(choices.start)}: “Go on” below adds to its iterations; Run counts anew."
        found.append(Remark("start", said))
    return found


def _cost_remark(cost: Cost, recipe: Recipe) -> Remark:
    free = free_bytes()
    if cost.bytes > SPARE * free:
        needed, there = f"{cost.bytes / 1e9:.3g} GB", f"{free / 1e9:.3g} GB"
        return Remark(
            "cost",
            f"The run needs {needed} of memory and {there} are free; take a smaller region or fewer snapshots.",
            "error",
        )
    counted = recipe.automatic and "iterations" in method_of(recipe.method).controls
    if not counted:
        return Remark("cost", str(cost))
    searched = "Auto finds how many, which takes time of its own"
    return Remark("cost", f"{cost} for about {recipe.expected_iterations} iterations: {searched}")
