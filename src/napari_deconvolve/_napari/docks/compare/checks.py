"""What the choices in the dock "Compare iterations" amount to: a plan, or the reasons why there is none."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

from napari_deconvolve._napari.docks.compare.session import SweepPlan
from napari_deconvolve._napari.kit.words import number
from napari_deconvolve._napari.layers.lineage import scale_of
from napari_deconvolve._napari.layers.psf_prepared import PSFs
from napari_deconvolve._napari.layers.source import Source, read, refusal, shape_text
from napari_deconvolve._napari.work.checks.choices import ImageChoices
from napari_deconvolve._napari.work.checks.cost import cost_remark
from napari_deconvolve._napari.work.checks.review import image_review
from napari_deconvolve._napari.work.remarks import Remark, Review, first_error
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import moved_last
from napari_deconvolve.psf.protocol import strata_count
from napari_deconvolve.run.cost import Cost
from napari_deconvolve.run.sweep.cost import sweep_cost
from napari_deconvolve.run.sweep.table import Setting, as_counts, as_settings

EVERY_PATTERN = re.compile(r"every\s+(\d+)\s+(?:up\s+)?to\s+(\d+)", re.IGNORECASE)
NUMBER_SEPARATORS = re.compile(r"[\s,;]+")
OTHER_SCALE = (
    "The image has {} counts per unit of this layer, so their difference is no error; press “Compare” in "
    "the dock “Blur and noise”, which makes the truth in counts."
)


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What the form says.

    Attributes
    ----------
    base : ImageChoices
        Layers, region, and what all settings share.
    iterations, strengths, sieves : str
        As they were typed.
    prior : str or None
        Its name, or "auto" for none and all that an automatic choice tries.
    truth : layer or None
        What the result should be.
    """

    base: ImageChoices
    iterations: str
    strengths: str
    sieves: str
    prior: str | None
    truth: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class SweepReview(Review):
    """What comes of the choices.

    Attributes
    ----------
    remarks : tuple of Remark
        By field: image, psf, region, iterations, strengths, sieves, truth, cost.
    plan : SweepPlan or None
        None when something forbids a run.
    """

    plan: SweepPlan | None = None


def read_iterations(text: str) -> tuple[int, ...]:
    """Read "10, 20, 40, 80", or "every 10 to 80"; raise `ParameterError` with what was read and what to write."""
    found = EVERY_PATTERN.fullmatch(text.strip())
    try:
        if found is not None:
            step, last = int(found[1]), int(found[2])
            return as_counts(range(step, last + 1, step))
        return as_counts([int(word) for word in NUMBER_SEPARATORS.split(text.strip()) if word])
    except ValueError as error:
        why = str(error).split(";")[0] if isinstance(error, ParameterError) else f"The iterations are “{text}”"
        raise ParameterError(f"{why}; write 10, 20, 40, 80, or every 10 to 80.") from None


def read_settings(prior: str | None, text: str) -> tuple[Setting, ...]:
    """Read "none, 1e-3, 1e-2", nothing without a prior; raise `ParameterError` with what to write."""
    return as_settings(None) if prior is None else as_settings(prior, _numbers("strengths", text, "none, 0.001, 0.01"))


def read_sieves(text: str) -> tuple[float, ...]:
    """Read "none, 0.4, 0.75", nothing for none; raise `ParameterError` with what to write."""
    return tuple(one.sieve for one in as_settings(None, (), _numbers("sieves", text, "none, 0.4, 0.75")))


def _numbers(name: str, text: str, example: str) -> list[float]:
    words = [word for word in NUMBER_SEPARATORS.split(text.strip()) if word]
    try:
        return [0.0 if word.lower() == "none" else float(word) for word in words]
    except ValueError:
        raise ParameterError(f"The {name} are “{text}”; write numbers such as {example}.") from None


def review(viewer: Any, choices: Choices, psfs: PSFs) -> SweepReview:
    """Look at everything that can be known before a run; no sample of the image is read."""
    counts, settings, remarks = _read_typed(choices)
    recipe = choices.base.recipe.replace(iterations=counts[-1], prior=None)
    base = image_review(viewer, dataclasses.replace(choices.base, recipe=recipe), psfs)
    remarks = [*(_here(one) for one in base.remarks if one.field != "cost"), *remarks]
    if base.plan is None:
        return SweepReview((*remarks, *(one for one in base.remarks if one.field == "cost" and one.level == "error")))
    truth, said = _truth(viewer, choices, base.plan.source)
    remarks += [said] if said else []
    if first_error(remarks):
        return SweepReview(tuple(remarks))
    plan = SweepPlan(base.plan, counts, settings, truth)
    runs = f"{len(plan.settings)} run{'s' if len(plan.settings) > 1 else ''} of {plan.counts[-1]} iterations: "
    remarks.append(cost_remark(plan_cost(plan, psfs), "take a smaller region or fewer settings", runs=runs))
    return SweepReview(tuple(remarks), None if first_error(remarks) else plan)


def _read_typed(choices: Choices) -> tuple[tuple[int, ...], tuple[Setting, ...], list[Remark]]:
    """Return numbers of iterations and settings, and what cannot be read, in whose place stands a usual one."""
    remarks = []
    counts: tuple[int, ...] = (1,)
    settings: tuple[Setting, ...] = (Setting(),)
    sieves: tuple[float, ...] = (0.0,)
    try:
        counts = read_iterations(choices.iterations)
    except ParameterError as error:
        remarks.append(Remark("iterations", str(error), "error"))
    try:
        settings = read_settings(choices.prior, choices.strengths)
    except ParameterError as error:
        remarks.append(Remark("strengths", str(error), "error"))
    try:
        sieves = read_sieves(choices.sieves)
    except ParameterError as error:
        remarks.append(Remark("sieves", str(error), "error"))
    return counts, tuple(dataclasses.replace(one, sieve=width) for one in settings for width in sieves), remarks


def plan_cost(plan: SweepPlan, psfs: PSFs) -> Cost:
    """Predict memory and time."""
    base = plan.base
    fitted = psfs.fitted(base.psf, base.spacing) or base.psf  # None only while it is being resampled
    return sweep_cost(
        moved_last(base.crop.outer_shape, base.axes),
        fitted.shape,
        plan.counts,
        plan.settings,
        recipe=base.recipe,
        kept=base.crop.shape,
        score=plan.truth is None,
        strata=strata_count(base.psf),
    )


def _here(remark: Remark) -> Remark:
    """Say where the spacing can be given: this dock has no field for it."""
    return dataclasses.replace(
        remark, text=remark.text.replace("Give the pixel size above", "Give the pixel size in the dock “Deconvolve”")
    )


def _truth(viewer: Any, choices: Choices, source: Source) -> tuple[Source | None, Remark | None]:
    layer = choices.truth
    if layer is None:
        return None, None
    if layer is choices.base.image:
        return None, Remark("truth", "This is the image itself; choose what it should become, or none.", "error")
    reason = refusal(layer)
    truth = None if reason else read(layer)
    if truth is not None and truth.shape != source.shape:
        reason = (
            f"This layer has shape {shape_text(truth.shape)} and the image {shape_text(source.shape)}; "
            "choose one of the image's shape, or none."
        )
    if reason:
        return None, Remark("truth", reason, "error")
    scale = scale_of(layer, choices.base.image, list(viewer.layers))
    return truth, Remark("truth", OTHER_SCALE.format(number(scale)), "warning") if scale not in (None, 1.0) else None
