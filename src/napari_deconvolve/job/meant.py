"""What a recipe means for an image: the numbers that were found on it, and on any other what was asked.

This is the only place that decides it, and that writes into a recipe on which image its numbers were found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, NamedTuple

from napari_deconvolve.core.arrays import BoolArray
from napari_deconvolve.job.digest import digest_of, is_of
from napari_deconvolve.job.items import Items
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf.description import describe
from napari_deconvolve.recipe.found import ASKED, IMAGE
from napari_deconvolve.recipe.recipe import Recipe

CHOSEN_AGAIN = "The recipe's numbers were found on another image: chosen again here."
OWN = ("psf", "found_on", "version")  # of a recipe, whatever was asked


class Meant(NamedTuple):
    """What a recipe means for an image."""

    recipe: Recipe  # to be run
    intended: Recipe | None = None  # asked of any image, where the recipe holds numbers that were found on this one
    remarks: tuple[str, ...] = ()

    def known_to(self, job: Job) -> Job:
        """Return a job of the recipe that knows what was meant, too."""
        return replace(job, intended=self.intended or job.intended, remarks=(*job.remarks, *self.remarks))


def meant(recipe: Recipe, data: Any, as_found: bool = False, mask: BoolArray | None = None) -> Meant:
    """Return what a recipe means for an array of samples, which is read only where its shape and type fit.

    What a `mask` of its shape hides counts as missing. With `as_found` the numbers are taken, whatever image they were
    found on.
    """
    known = recipe.found_on
    if known is None:
        return Meant(recipe)
    if as_found or is_of(known[IMAGE], data, mask):
        return Meant(recipe.as_found(), recipe.as_asked())
    return Meant(recipe.as_asked(), remarks=(CHOSEN_AGAIN,))


def intended(job: Job) -> Recipe:
    """Return what a job's recipe asks of any image."""
    return job.intended or job.asked or job.recipe


def with_given_psf(job: Job) -> Job:
    """Return a job whose PSF is about to be found: other images ask for one near that which was given."""
    return replace(job, intended=intended(job).replace(psf=describe(job.psf)))


def found_here(job: Job, recipe: Recipe, by_hand: Collection[str] = ()) -> Recipe:
    """Return a recipe that repeats a run of a job, with all that was asked where it holds numbers that were found.

    Fields that were changed `by_hand` on the way, as by Stop, are asked as they are now.
    """
    wanted = intended(job)
    before, now = wanted.to_dict(), recipe.to_dict()
    own = (*by_hand, *(OWN[1:] if wanted.traits.finds_psf else OWN))
    asked = {name: before[name] for name in before if name not in own and before[name] != now[name]}
    if not asked:
        return recipe.as_found()
    return recipe.replace(found_on={IMAGE: image_digest(job), ASKED: asked})


def image_digest(job: Job) -> str:
    """Return the digest of a job's image."""
    items = job.items
    masked, several = whole_mask(items, job.mask), len(items) > 1
    found: str = job.seen.once(("digest", items), lambda: digest_of(items.data, masked, by_frames=several))
    return found


def whole_mask(items: Items, mask: BoolArray | None) -> BoolArray | None:
    """Return a mask of items in the shape of their image; None where it hides nothing."""
    return None if mask is None or mask.all() else items.assemble(list(mask), "bool").astype(bool, copy=False)
