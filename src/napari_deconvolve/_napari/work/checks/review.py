"""All that can be known before a run; no sample of the image is read."""

from __future__ import annotations

from typing import Any

from napari_deconvolve._napari.layers import region as regions
from napari_deconvolve._napari.layers.psf_prepared import PSFs
from napari_deconvolve._napari.layers.source import (
    Source,
    axes_of,
    pretty_unit,
    read,
    refusal,
    shape_text,
    spacing_in,
    spacing_text,
)
from napari_deconvolve._napari.layers.times import with_times
from napari_deconvolve._napari.layers.transforms import askew
from napari_deconvolve._napari.work.checks.choices import ImageChoices, ImageReview
from napari_deconvolve._napari.work.checks.cost import cost_remark
from napari_deconvolve._napari.work.checks.psf import is_itself, psf_is_missing, psf_of, psf_remark, question_of
from napari_deconvolve._napari.work.checks.settings import in_unit, setting_remarks
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.remarks import Remark, first_error
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.image import moved_last
from napari_deconvolve.job.pixels import require_shape
from napari_deconvolve.psf.protocol import strata_count
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import Cost, recipe_cost
from napari_deconvolve.units import is_length

ITSELF = "This is the image itself; choose the image of a point, or make a PSF."
PREPARING = "The PSF is being prepared …"
SIZE_MISSING = (
    Remark("spacing", "Pixel size is missing", "error"),
    Remark("psf", "Waits for the pixel size of step 1."),
    Remark("cost", "Time and memory: known with the pixel size"),
)
LESS = "take a smaller region or fewer snapshots, or press “In tiles…”"
RESAMPLING = "The PSF is being resampled to the image's spacing …"


def image_review(viewer: Any, choices: ImageChoices, psfs: PSFs) -> ImageReview:
    """Look at everything that can be known before a run; no sample of the image is read."""
    remarks = [_image_remark(choices.image)]
    if remarks[0].level == "error":
        return ImageReview((*remarks, psf_is_missing(choices)), question=question_of(choices, psfs))
    source = read(choices.image)
    if is_itself(choices, source):
        return ImageReview((*remarks, Remark("psf", ITSELF, "error")))
    try:
        psf = psf_of(choices, source, psfs)
    except DeconvolutionError as error:
        return ImageReview((*remarks, Remark("psf", str(error), "error")), question=question_of(choices, psfs, source))
    if psf is None:
        return ImageReview((*remarks, Remark("psf", PREPARING)), waiting=PREPARING)
    axes, spacing = axes_of(source, psf), spacing_in(source, psf)
    uncalibrated = is_length(psf.unit) and source.image.is_uncalibrated(axes)
    if uncalibrated and not choices.in_pixels:
        return ImageReview((*remarks, *SIZE_MISSING), uncalibrated=True, size_missing=True)
    asked = question_of(choices, psfs, source, spacing)
    try:
        fitted = psfs.fitted(psf, spacing)
    except DeconvolutionError as error:  # the image's spacing is so much finer that it must be in another unit
        return ImageReview((*remarks, Remark("psf", str(error), "error")), question=asked)
    if fitted is None:
        return ImageReview((*remarks, Remark("psf", RESAMPLING)), question=asked, waiting=RESAMPLING)
    remarks.append(psf_remark(source, psf, fitted, spacing))
    recipe = in_unit(choices.recipe, source.units[axes[-1]], psf.unit)
    remarks += setting_remarks(choices, psf)
    try:
        bounds = _bounds(viewer, choices, source, axes)
        start = _start(choices, source)
        maps = _maps(choices, source, axes)
    except _Refused as refused:
        return ImageReview((*remarks, refused.remark), uncalibrated=uncalibrated, question=asked)
    halo = regions.reach(fitted)
    crop = regions.crop(bounds, source.shape, halo, axes)
    remarks += _region_remarks(choices, crop)
    plan = Plan(source, crop, psf, recipe, spacing, start, choices.keep_every, choices.region, maps=maps)
    cost = plan_cost(plan, fitted.shape)
    large = None if first_error(remarks) else plan
    searched = plan.recipe.automatic and plan.recipe.traits.iterates
    remarks.append(cost_remark(cost, LESS, searched=searched))
    allowed = not first_error(remarks)
    unit = pretty_unit(source.units[axes[-1]])
    ready = plan if allowed else None
    return ImageReview(tuple(remarks), ready, large, cost, uncalibrated, asked, unit=unit, halo=halo)


def plan_cost(plan: Plan, psf_shape: tuple[int, ...]) -> Cost:
    """Predict memory, snapshots included, and time."""
    shape = moved_last(plan.crop.outer_shape, plan.axes)
    snapshots = plan.recipe.expected_iterations // plan.keep_every if plan.keep_every else 0
    strata = strata_count(plan.psf)
    return recipe_cost(plan.recipe, shape, psf_shape, lockstep=True, snapshots=snapshots, strata=strata)


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
        "no spacing set"
        if source.image.is_uncalibrated(range(len(source.shape)))
        else spacing_text(source.spacing, source.units)
    )
    finest = "; the finest of its resolutions is used" if layer.multiscale else ""
    place = askew(layer)
    return Remark("image", f"{shape_text(source.shape)}, {units}{finest}{f'; {place}' if place else ''}")


def _bounds(viewer: Any, choices: ImageChoices, source: Source, axes: tuple[int, ...]) -> regions.Bounds:
    try:
        if choices.region == "what I see":
            return regions.seen(viewer, choices.image, axes)
        if choices.region == regions.SMALL:
            return regions.small(viewer, choices.image, axes)
        if choices.region == "rectangle":
            return regions.rectangle(viewer, choices.image, choices.shapes, axes)
    except DeconvolutionError as error:
        raise _Refused(Remark("region", str(error), "error")) from error
    try:
        return with_times(regions.whole(source.shape), choices.image, choices.times)
    except DeconvolutionError as error:
        raise _Refused(Remark("times", str(error), "error")) from error


def _start(choices: ImageChoices, source: Source) -> Source | None:
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


def _maps(choices: ImageChoices, source: Source, axes: tuple[int, ...]) -> dict[str, Source]:
    """Return the layers of maps; their samples are read when the run begins."""
    found = {name: read(layer) for name, layer in choices.maps.items()}
    for name, one in found.items():
        try:
            require_shape(one.shape, Recipe.parameter(name).noun or name, source.shape, axes)
        except DeconvolutionError as error:
            raise _Refused(Remark(name, str(error), "error")) from error
    return found


def _region_remarks(choices: ImageChoices, crop: regions.Crop) -> list[Remark]:
    if choices.region == regions.REGIONS[0]:
        return []
    return [Remark("region", f"{shape_text(crop.shape)}, computed with a margin as wide as the blur")]
