"""All that decides a run of the dock, fixed when Run is pressed, and the job that it sets up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.region import Crop
from napari_deconvolve._napari.layers.source import Source, axes_of
from napari_deconvolve.job.items import alone
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
    start = None if plan.start is None else np.asarray(plan.start.data[plan.crop.outer])
    if plan.origin is not None:
        start = plan.origin.start(plan.crop)
    psf = _of_the_part(plan)
    return prepare(
        np.asarray(part.data),
        psf if plan.spacing is None else psf.resampled(plan.spacing),
        _as_for_all(plan),
        axes=plan.axes,
        start=start,
        cancelled=cancelled,
    )


def _of_the_part(plan: Plan) -> ChannelSpread:
    """Return the PSF for the part of the image that is computed: strata lie at depths of the whole."""
    axis = plan.axes[0]
    planes, step = plan.crop.outer[axis], None if plan.spacing is None else plan.spacing[0]
    return plan.psf.within(planes.start, planes.stop, plan.source.shape[axis], step)


def _as_for_all(plan: Plan) -> Recipe:
    """Find what a frame's dark tells from all of it, not from the part: so that the part looks as the whole will."""
    recipe, source, crop = plan.recipe, plan.source, plan.crop
    looped = [axis for axis in range(len(source.shape)) if axis not in plan.axes]
    single = all(crop.shape[axis] == 1 for axis in looped)
    if source.lazy or not single or crop.outer_shape == source.shape:
        return recipe
    at = tuple(part.start if axis in looped else slice(None) for axis, part in enumerate(crop.outer))
    blurred = sorted(plan.axes)
    frame = np.transpose(np.asarray(source.data[at]), [blurred.index(axis) for axis in plan.axes])
    found = camera_of(Job(alone(frame), plan.psf, recipe), 0)
    if not isinstance(found["background"], float):
        inner = [crop.outer[axis] for axis in plan.axes]
        found["background"] = found["background"].part(
            [one.start for one in inner], [one.stop - one.start for one in inner]
        )
    return recipe.replace(**found)
