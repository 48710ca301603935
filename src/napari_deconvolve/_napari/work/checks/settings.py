"""What is said about the settings of a run."""

from __future__ import annotations

from napari_deconvolve._napari.layers.lineage import began_as
from napari_deconvolve._napari.work.checks.choices import ImageChoices
from napari_deconvolve._napari.work.remarks import Remark
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.units import factor, is_length


def setting_remarks(choices: ImageChoices, psf: ChannelSpread) -> list[Remark]:
    """Say what is wrong with the settings, or odd about them."""
    recipe, found = choices.recipe, []
    if choices.target_problem:
        found.append(Remark("target_fwhm", choices.target_problem, "error"))
    elif isinstance(recipe.target_fwhm, tuple) and len(recipe.target_fwhm) != psf.ndim:
        said = (
            f"These are {len(recipe.target_fwhm)} widths and the PSF has {psf.ndim} axes; write one, or one per axis."
        )
        found.append(Remark("target_fwhm", said, "error"))
    if choices.camera_problem:
        found.append(Remark("background", choices.camera_problem, "error"))
    if psf.depths and not recipe.traits.takes_strata:
        strata = len(psf.depths)
        said = f"The PSF has {strata} strata, and a Wiener filter takes one for all depths; choose Richardson-Lucy."
        found.append(Remark("method", said, "error"))
    note = recipe.traits.note
    if note:
        ends = " It ends by itself." if recipe.traits.ends_by_itself and recipe.automatic else ""
        found.append(Remark("method", note + ends))
    elif recipe.automatic and choices.start is not None:
        said = "Auto cannot see noise that is already in the start estimate. Set the number of iterations yourself."
        found.append(Remark("start", said, "warning"))
    elif choices.start is not None and began_as(choices.start):
        earlier = began_as(choices.start)
        said = f"An earlier result, {earlier}: “Continue” adds to its iterations; Run starts counting again."
        found.append(Remark("start", said))
    return found


def in_unit(recipe: Recipe, old: str, new: str) -> Recipe:
    """Return a recipe whose target resolution is in another unit; what is no length stays as it is."""
    target = recipe.target_fwhm
    if isinstance(target, str) or not (is_length(old) and is_length(new)):
        return recipe
    ratio = factor(old, new)
    changed = tuple(width * ratio for width in target) if isinstance(target, tuple) else target * ratio
    return recipe.replace(target_fwhm=changed, found_on=recipe.found_on)  # the same widths, in another unit
