"""All that decides a run of the dock, fixed when Run is pressed, and the job that it sets up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.region import Crop
from napari_deconvolve._napari.layers.source import Source, axes_of
from napari_deconvolve.core.likelihood.maps import MAPS, Map, MapSamples, as_map
from napari_deconvolve.job.data import informed
from napari_deconvolve.job.items import Items
from napari_deconvolve.job.meant import meant
from napari_deconvolve.job.pixels import MAPPED, laid
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.base import camera_of
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.recipe.provenance import ProvenanceStep
from napari_deconvolve.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """An estimate from which a run can go on.

    Attributes
    ----------
    provenance : tuple of ProvenanceStep
        What led to it.
    offset, shape : tuple of int
        Which part of the image it shows.
    image : str
        Name of the image's layer; empty where nobody knows.
    identity : str
        Of that layer, whatever it is called by now; empty where it is not in the viewer, and the name has to tell.
    read : callable
        Gives the samples.
    """

    provenance: tuple[ProvenanceStep, ...]
    offset: tuple[int, ...]
    shape: tuple[int, ...]
    image: str
    identity: str
    read: Callable[[], NDArray[Any]]

    @property
    def name(self) -> str:
        """Say how it was made: "RL 20 + TV 10"."""
        return " + ".join(step.name for step in self.provenance)

    def start(self, crop: Crop) -> NDArray[Any]:
        """Return the estimate over a crop's margin too, where its border goes on."""
        margins = [(part.start, whole - part.stop) for part, whole in zip(crop.inner, crop.outer_shape, strict=True)]
        found: NDArray[Any] = np.pad(np.maximum(self.read(), 0), margins, mode="edge")
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that decides a run, fixed when Run is pressed.

    Attributes
    ----------
    source : Source
        The image.
    crop : Crop
        The part of it that is deconvolved.
    psf : ChannelSpread
        As its layer gave it.
    recipe : Recipe
        Without the PSF's description.
    spacing : tuple of float or None
        Of the image along the PSF's axes, in the PSF's unit; None when unknown.
    start : Source or None
        First estimate, of the image's shape.
    keep_every : int
        0 for no snapshots.
    region : str
        In the words of the form, for the metadata.
    origin : Origin or None
        An estimate to go on from, in place of a start.
    maps : mapping of str to Source
        Layers that stand for numbers of the recipe, by its fields; over the whole image. Maps of the recipe itself, of
        an earlier run say, are over the crop.
    """

    source: Source
    crop: Crop
    psf: ChannelSpread
    recipe: Recipe
    spacing: tuple[float, ...] | None = None
    start: Source | None = None
    keep_every: int = 0
    region: str = "whole image"
    origin: Origin | None = None
    maps: Mapping[str, Source] = field(default_factory=dict)

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of the image that the PSF acts on, in the PSF's order."""
        return axes_of(self.source, self.psf)

    def name(self, iterations: int | str, recipe: Recipe | None = None) -> str:
        """Say what is done, for the name of a layer: "RL 20", "RL 20 + TV 10", "RL running", "Wiener 1e-3".

        A recipe in which numbers stand that were found may be given.
        """
        own = self.recipe.traits.ending((recipe or self.recipe).to_dict(), iterations)
        return own if self.origin is None else f"{self.origin.name} + {own}"


def prepared(plan: Plan, cancelled: Callable[[], bool]) -> Job:
    """Read the samples (they may be computed only now) and set the job up."""
    part = plan.source.image.part(plan.crop.outer)
    told = meant(plan.recipe, np.asarray(part.data))
    plan = replace(plan, recipe=told.recipe)
    start = None if plan.start is None else np.asarray(plan.start.data[plan.crop.outer])
    if plan.origin is not None:
        start = plan.origin.start(plan.crop)
    psf = _of_the_part(plan)
    how: dict[str, Any] = {"axes": plan.axes, "start": start, "cancelled": cancelled, "offsets": plan.source.offsets}
    whole, known = _whole_frame(plan), known_of(plan)
    if whole is not None:
        known = camera_of(*whole)
    if plan.crop.outer_shape != plan.source.shape:
        known = {name: _cut(plan, value) for name, value in known.items()}
    recipe = plan.recipe.replace(**known)
    job = prepare(np.asarray(part.data), psf if plan.spacing is None else psf.resampled(plan.spacing), recipe, **how)
    return told.known_to(job if whole is None else informed(job, *whole))


def _of_the_part(plan: Plan) -> ChannelSpread:
    """Return the PSF for the part of the image that is computed: strata lie at depths of the whole."""
    axis = plan.axes[0]
    planes, step = plan.crop.outer[axis], None if plan.spacing is None else plan.spacing[0]
    return plan.psf.within(planes.start, planes.stop, plan.source.shape[axis], step)


def _whole_frame(plan: Plan) -> tuple[Job, int] | None:
    """Return a job over the whole image, and which of its items holds the part that is computed; None for several.

    What a frame's dark tells is found from all of it, not from the part, so that the part looks as the whole will. A
    recipe that holds maps has been found before, for this part.
    """
    source, crop, recipe = plan.source, plan.crop, plan.recipe
    looped = [axis for axis in range(len(source.shape)) if axis not in plan.axes]
    whole = crop.outer_shape == source.shape or source.lazy
    if (
        whole
        or any(crop.shape[axis] > 1 for axis in looped)
        or any(isinstance(getattr(recipe, name), MAPS) for name in MAPPED)
    ):
        return None
    start, lengths = ([one[axis] for axis in looped] for one in ([part.start for part in crop.outer], source.shape))
    items = Items(np.asarray(source.data), plan.axes)
    job = Job(items, plan.psf, recipe.replace(**known_of(plan)), offsets=source.offsets * len(items))
    return job, int(np.ravel_multi_index(start, lengths)) if looped else 0


def known_of(plan: Plan) -> dict[str, Any]:
    """Read the layers of maps, which lie on the whole image."""
    return {
        name: as_map(np.asarray(source.data), Recipe.parameter(name).noun or name) for name, source in plan.maps.items()
    }


def _of_one(known: MapSamples, plan: Plan) -> MapSamples:
    """Return a map of several frames as that of the only one which is computed."""
    looped = [axis for axis in range(known.data.ndim) if axis not in plan.axes]
    if all(known.shape[axis] == 1 for axis in looped) or any(plan.crop.shape[axis] > 1 for axis in looped):
        return known
    own = [axis for axis in looped if known.shape[axis] > 1]
    return MapSamples(
        known.data[tuple(part if axis in own else slice(None) for axis, part in enumerate(plan.crop.outer))]
    )


def _cut(plan: Plan, known: float | Map) -> float | Map:
    """Return the part of a map that lies on the part of the image."""
    outer = plan.crop.outer
    if isinstance(known, MapSamples):
        known = _of_one(laid(known, plan.source.shape, plan.axes), plan)
        return known.part([one.start for one in outer], plan.crop.outer_shape)
    if isinstance(known, MAPS):  # found, in the order of the PSF's axes
        return known.part([outer[axis].start for axis in plan.axes], plan.crop.outer_shape)
    return known
