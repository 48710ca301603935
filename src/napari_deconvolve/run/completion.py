"""The recipe that repeats a run."""

from __future__ import annotations

from collections.abc import Sequence

from napari_deconvolve.job.data import dark_noise
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.base import method_of
from napari_deconvolve.psf.description import describe
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.tuning.choice import Choice, settled


def complete(
    job: Job, backgrounds: Sequence[float] = (), choices: Sequence[Choice] = (), iterations: int | None = None
) -> Recipe:
    """Return the recipe that repeats a run: the PSF described, and as numbers what was found for an only item.

    What was found for several items or channels stays "auto": it is found again, to the same numbers. The job's recipe
    is that before its settings were chosen. There is a background per item, as far as they are known, a choice per
    channel if settings were chosen, and a number of iterations once the run has ended.
    """
    recipe = job.recipe.replace(psf=describe(job.psf))
    if len(backgrounds) == 1:
        recipe = recipe.replace(background=float(backgrounds[0]), dark_noise=dark_noise(job, 0))
    if len(choices) == 1:
        recipe = settled(job, choices[0]).recipe.replace(
            psf=recipe.psf, background=recipe.background, dark_noise=recipe.dark_noise
        )
    if recipe.automatic and iterations is not None and len(job) == 1:
        recipe = recipe.replace(iterations=iterations)
    if iterations is not None:
        recipe = method_of(recipe).completed(job, recipe)
    if not recipe.automatic and isinstance(recipe.target_fwhm, str):
        recipe = recipe.replace(target_fwhm=0.0)
    return recipe


def fixed(recipe: Recipe, iterations: int) -> Recipe:
    """Return a recipe of so many iterations, without the target resolution that was still to be chosen."""
    target = 0.0 if isinstance(recipe.target_fwhm, str) else recipe.target_fwhm
    return recipe.replace(iterations=max(1, iterations), target_fwhm=target)
