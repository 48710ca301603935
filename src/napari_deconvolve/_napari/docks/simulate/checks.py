"""What the choices in the dock "Blur and noise" amount to: a plan, or the reasons why there is none."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from napari_deconvolve._napari.docks.simulate.fields import read_widths
from napari_deconvolve._napari.docks.simulate.session import SimulationPlan
from napari_deconvolve._napari.layers import region as regions
from napari_deconvolve._napari.layers.psf_prepared import PSFs, fingerprint
from napari_deconvolve._napari.layers.source import read
from napari_deconvolve._napari.work.checks.choices import ImageChoices
from napari_deconvolve._napari.work.checks.cost import cost_remark
from napari_deconvolve._napari.work.checks.review import image_review
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.remarks import Remark, Review, first_error
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.simulate.run import gaussian_kernels, simulation_cost

BLURS = ("PSF", "Gaussian", "none")
NOTHING_TO_DO = "There is nothing to do: choose a blur, a number of photons, a background or noise."


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What the form says: layers (or None), the kind of blur, widths as they were typed, and the rest."""

    image: Any
    blur: str
    psf: Any
    fwhm: str
    recipe: Simulation


@dataclass(frozen=True, slots=True, eq=False)
class SimulationReview(Review):
    """What comes of the choices.

    Attributes
    ----------
    remarks : tuple of Remark
        By field: image, psf, fwhm, noise, cost.
    plan : SimulationPlan or None
        None when something forbids a run.
    waiting : str
        What is being done before there can be a plan.
    """

    plan: SimulationPlan | None = None
    waiting: str = ""

    @property
    def reason(self) -> str:
        """Why there is no plan."""
        return first_error(self.remarks) or self.waiting


def review(viewer: Any, choices: Choices, psfs: PSFs, *, region: str = regions.REGIONS[0]) -> SimulationReview:
    """Look at all that can be known before a run, or before a preview of what is seen; no sample is read."""
    with_psf = choices.blur == BLURS[0]
    # The question is the same as before a deconvolution: does this PSF fit this image?
    asked = ImageChoices(choices.image, choices.psf if with_psf else None, Recipe(iterations=1), region=region)
    base = image_review(viewer, asked, psfs)
    remarks = [
        _here(one) for one in base.remarks if one.field in (("image", "psf", "region") if with_psf else ("image",))
    ]
    if first_error(remarks) or (with_psf and base.plan is None):
        return SimulationReview(tuple(remarks), waiting=base.waiting)
    try:
        plan = _plan(viewer, choices, base.plan if with_psf else None, region)
    except DeconvolutionError as error:  # of the widths, or of the Gaussian that they would make
        return SimulationReview((*remarks, Remark("fwhm", str(error).replace("PSF", "Gaussian"), "error")))
    recipe = plan.recipe
    if not (with_psf or recipe.smooths or recipe.noisy) and recipe.photons is None and not recipe.background:
        remarks.append(Remark("noise", NOTHING_TO_DO, "error"))
    elif recipe.poisson and recipe.photons is None:
        remarks.append(Remark("noise", "The image's values are taken for numbers of photons."))
    fitted = None if plan.psf is None or base.plan is None else psfs.fitted(plan.psf, base.plan.spacing) or plan.psf
    cost = simulation_cost(plan.source.shape, None if fitted is None else fitted.shape, plan.recipe)
    remarks.append(cost_remark(cost, "take a smaller image"))
    return SimulationReview(tuple(remarks), None if first_error(remarks) else plan)


def _plan(viewer: Any, choices: Choices, base: Any, region: str) -> SimulationPlan:
    """Put image, blur and the rest together; raise `DeconvolutionError` for widths that cannot be."""
    layers = tuple(fingerprint(layer) for layer in (choices.image, choices.psf if base is not None else None))
    if base is not None:
        recipe = choices.recipe.replace(spacing=_in_image_order(base))
        crop = None if region == regions.REGIONS[0] else base.crop
        return SimulationPlan(base.source, recipe, base.psf, crop, (layers, recipe.boundary))
    source, recipe = read(choices.image), choices.recipe
    halo = (0,) * len(source.shape)
    if choices.blur == BLURS[1]:
        widths, steps = read_widths(choices.fwhm, source)
        recipe = recipe.replace(fwhm=widths, spacing=steps)
        reach = {axis: len(kernel) // 2 for axis, kernel in gaussian_kernels(widths, steps)}
        halo = tuple(reach.get(axis, 0) for axis in range(len(source.shape)))
    return SimulationPlan(
        source, recipe, None, _crop(viewer, choices, source.shape, halo, region), (layers, recipe.boundary, recipe.fwhm)
    )


def _crop(viewer: Any, choices: Choices, shape: Sequence[int], halo: Sequence[int], region: str) -> regions.Crop | None:
    if region == regions.REGIONS[0]:
        return None
    blurred = [axis for axis, width in enumerate(halo) if width] or range(max(0, len(shape) - 2), len(shape))
    bounds = regions.seen(viewer, choices.image, blurred)
    return regions.crop(bounds, shape, halo, range(len(shape)))


def _in_image_order(base: Plan) -> tuple[float, ...] | None:
    """Return the spacing along the PSF's axes as a simulation takes it: where there are no others, as the image's."""
    if base.spacing is None or len(base.axes) < len(base.source.shape):
        return base.spacing
    return tuple(base.spacing[base.axes.index(axis)] for axis in range(len(base.axes)))


def _here(remark: Remark) -> Remark:
    """Say it for this dock: its image is blurred, and it has no field for a spacing."""
    text = remark.text.replace("Give the pixel size above", "Give the pixel size in the dock “Deconvolve”").replace(
        "is deconvolved", "is blurred"
    )
    return dataclasses.replace(remark, text=text)
