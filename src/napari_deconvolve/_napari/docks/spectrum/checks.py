"""What the choices amount to: a plan to run, or the reasons why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_deconvolve._napari.docks.spectrum import kernel as kernels
from napari_deconvolve._napari.docks.spectrum.data import AXIS, FILE, LINE, DataChoice, Files, axis_of, take
from napari_deconvolve._napari.docks.spectrum.kernel import KernelChoice
from napari_deconvolve._napari.docks.spectrum.session import CubePlan, SpectrumPlan, plan_of
from napari_deconvolve._napari.kit.words import number
from napari_deconvolve._napari.layers.psf_prepared import fingerprint
from napari_deconvolve._napari.layers.source import pretty_unit, read, refusal
from napari_deconvolve._napari.work.checks.cost import cost_remark
from napari_deconvolve._napari.work.remarks import Remark, Review, first_error
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.psf import PSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import recipe_cost

FEW_SAMPLES = 100  # samples: what Auto finds from fewer is unsure


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What the form says."""

    data: DataChoice
    kernel: KernelChoice
    recipe: Recipe
    target_problem: str = ""
    camera_problem: str = ""
    settings_problem: str = ""

    def signature(self) -> object:
        """Tell apart runs that cannot continue each other; samples changed in place are not seen."""
        counting = (
            self.data.layer if self.data.source != FILE else None,
            self.kernel.layer if self.kernel.kernel == kernels.LAYER else None,
        )
        layers = tuple(fingerprint(layer) for layer in counting)
        data, kernel = self.data, self.kernel
        words = (data.source, data.path, data.column, data.axis_column, data.resample, data.axis, data.at)
        fixed = self.recipe.replace(iterations=1).to_json()
        return layers, words, (kernel.kernel, kernel.fwhm, kernel.formula, kernel.path, kernel.center), fixed


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumReview(Review):
    """What comes of the choices.

    Attributes
    ----------
    remarks : tuple of Remark
        By field: data, kernel, target_fwhm, method, iterations, cost.
    spectrum : Spectrum or None
        The data, as soon as there are any.
    psf : PSF or None
        The kernel.
    plan : SpectrumPlan or None
        None when something forbids a run.
    """

    spectrum: Spectrum | None = None
    psf: PSF | None = None
    plan: SpectrumPlan | None = None


def review(choices: Choices, files: Files, viewer: Any, *before: Spectrum | None) -> SpectrumReview:
    """Look at everything that can be known before a run; data that equal some `before` are those."""
    remarks: list[Remark] = []
    spectrum = psf = None
    try:
        spectrum = same(take(choices.data, files, viewer), *before)
        remarks.append(Remark("data", data_words(spectrum, choices.data)))
    except DeconvolutionError as error:
        remarks.append(Remark("data", str(error), "error"))
    if spectrum is not None:
        try:
            psf = kernels.make(choices.kernel, spectrum, files)
            odd = kernels.warnings_of(psf, spectrum)
            said = f"{kernels.words(psf)}. {odd}".rstrip() if odd else kernels.words(psf)
            remarks.append(Remark("kernel", said, "warning" if odd else "info"))
        except DeconvolutionError as error:
            remarks.append(Remark("kernel", str(error).replace("PSF", "kernel"), "error"))
    remarks += _settings_remarks(choices, spectrum)
    if spectrum is None or psf is None or first_error(remarks):
        return SpectrumReview(tuple(remarks), spectrum, psf)
    searched = choices.recipe.automatic and choices.recipe.traits.compares
    cost = recipe_cost(choices.recipe, (len(spectrum),), psf.shape)
    remarks.append(cost_remark(cost, "take fewer samples", searched=searched))
    return SpectrumReview(tuple(remarks), spectrum, psf, plan_of(spectrum, psf, choices.recipe))


def same(spectrum: Spectrum, *before: Spectrum | None) -> Spectrum:
    """Return the spectrum before that says the same, if one does, so that what was found for it goes on to be shown."""
    fields = ("spacing", "unit", "start", "name", "quantity", "value_unit", "descending", "notes")
    for one in before:
        if one is None or any(getattr(spectrum, name) != getattr(one, name) for name in fields):
            continue
        if np.array_equal(spectrum.values, one.values, equal_nan=True):
            return one
    return spectrum


def cube_plan(choices: Choices, found: SpectrumReview) -> CubePlan | str:
    """Return the plan for all spectra of the chosen layer, or why there is none."""
    layer = choices.data.layer
    if choices.data.source == FILE or layer is None:
        return "The data are one spectrum; choose a layer of several as the source."
    if choices.data.source == LINE:
        return f"The data lie along a line; choose “{AXIS}” as the source."
    why = refusal(layer)
    if why:
        return why
    source, axis = read(layer), axis_of(choices.data)
    if int(np.prod(source.shape)) == source.shape[axis]:
        return "This layer holds one spectrum only; press Run."
    if found.psf is None or found.reason:
        return found.reason or "The kernel above cannot be used; see there."
    return CubePlan(source, axis, found.psf, choices.recipe)


def data_words(spectrum: Spectrum, choice: DataChoice) -> str:
    """Say what was understood of the data."""
    axis = np.asarray(spectrum.axis, np.float64)
    unit = "" if spectrum.unit == "pixel" else f" {pretty_unit(spectrum.unit)}"
    step = f"{float(axis[0]):.5g} to {float(axis[-1]):.5g}{unit} in steps of {float(spectrum.spacing):.4g}"
    values = np.asarray(spectrum.values)
    finite = values[np.isfinite(values)]
    parts = [
        f"{len(spectrum)} samples, {step}",
        f"values {number(float(finite.min()))} to {number(float(finite.max()))}",
    ]
    missing = len(values) - len(finite)
    if choice.source == FILE:  # the file's own notes tell of the axis, and of what is missing
        return "; ".join([Path(choice.path).name, *spectrum.notes, parts[1]])
    return "; ".join([*parts, *([f"{missing} missing"] if missing else [])])


def _settings_remarks(choices: Choices, spectrum: Spectrum | None) -> list[Remark]:
    recipe = choices.recipe
    remarks = []
    if choices.target_problem:
        remarks.append(Remark("target_fwhm", choices.target_problem, "error"))
    if choices.camera_problem:
        remarks.append(Remark("background", choices.camera_problem, "error"))
    if isinstance(recipe.target_fwhm, tuple) and len(recipe.target_fwhm) > 1:
        text = f"The target resolution has {len(recipe.target_fwhm)} widths, but a spectrum has one axis; give one."
        remarks.append(Remark("target_fwhm", text, "error"))
    if choices.settings_problem:
        remarks.append(Remark("method", choices.settings_problem, "error"))
    few = spectrum is not None and len(spectrum) < FEW_SAMPLES
    if recipe.automatic and recipe.traits.compares and few and spectrum is not None:
        text = f"{len(spectrum)} samples tell little about the best number: compare with your own choice."
        remarks.append(Remark("iterations", text, "warning"))
    return remarks
