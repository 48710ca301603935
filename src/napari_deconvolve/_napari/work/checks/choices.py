"""What the form of a run says, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from napari_deconvolve._napari.layers import region as regions
from napari_deconvolve._napari.layers.psf_prepared import fingerprint
from napari_deconvolve._napari.work.checks.question import Question
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.remarks import Review, first_error
from napari_deconvolve._napari.work.tiles import why_not_in_tiles
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import Cost

ENTER_SIZE = "Enter the pixel size in step 1."


@dataclass(frozen=True, slots=True, eq=False)
class ImageChoices:
    """What the form says: layers (or None), and numbers."""

    image: Any
    psf: Any
    recipe: Recipe
    keep_every: int = 0
    region: str = regions.REGIONS[0]
    shapes: Any = None
    start: Any = None
    target_problem: str = ""
    camera_problem: str = ""
    times: str = ""
    maps: Mapping[str, Any] = field(default_factory=dict)  # layers in place of numbers, by fields of the recipe
    in_pixels: bool = True  # an image without pixel size takes the PSF's

    def signature(self) -> object:
        """Tell apart runs that cannot continue each other."""
        layers = tuple(fingerprint(layer) for layer in (self.image, self.psf, self.start, *self.maps.values()))
        fixed = self.recipe.replace(iterations=1)
        return layers, tuple(self.maps), fixed.to_json(), self.region, self.times


@dataclass(frozen=True, slots=True, eq=False)
class ImageReview(Review):
    """What comes of the choices.

    Attributes
    ----------
    remarks : tuple of Remark
        By field: image, spacing, psf, region, start, target_fwhm, method, cost, and those that maps stand for.
    plan : Plan or None
        None when something forbids a run.
    large : Plan or None
        Of a run in tiles, which needs not fit into memory.
    cost : Cost or None
        None when it cannot be known.
    uncalibrated : bool
        The image has no spacing and the PSF has.
    question : Question or None
        What is to be examined of the PSF; None when there is none that could be.
    waiting : str
        What is being done before there can be a plan.
    unit : str
        Of the image's spacing, for people; the target resolution is given in it.
    halo : tuple of int
        How far the PSF reaches, in samples.
    size_missing : bool
        The image's spacing has to be given before anything else is known.
    """

    plan: Plan | None = None
    large: Plan | None = None
    cost: Cost | None = None
    uncalibrated: bool = False
    question: Question | None = None
    waiting: str = ""
    unit: str = ""
    halo: tuple[int, ...] = ()
    size_missing: bool = False

    @property
    def reason(self) -> str:
        """Why there is no plan."""
        return ENTER_SIZE if self.size_missing else first_error(self.remarks) or self.waiting

    @property
    def waits(self) -> tuple[str, ...]:
        """The fields that nothing can be said of yet."""
        return ("psf",) if self.size_missing else ()

    @property
    def reason_against_tiles(self) -> str:
        """Why there is no run in tiles."""
        if self.size_missing:
            return ENTER_SIZE
        if self.large is not None:
            return why_not_in_tiles(self.large)
        return first_error([one for one in self.remarks if one.field != "cost"]) or self.waiting
