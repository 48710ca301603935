"""A simulation in a worker: what is to be done, as one value, and the doing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from napari_deconvolve._napari.docks.simulate.fields import widths_text
from napari_deconvolve._napari.layers.region import Crop
from napari_deconvolve._napari.layers.source import Source
from napari_deconvolve._napari.work.task import Task
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.simulate.run import Simulated, SimulationRun
from napari_deconvolve.work import Work, finish

LARGEST = 1 << 24  # samples of an image that is blurred whole to find its brightest for a preview

Light = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class SimulationPlan:
    """All that decides a simulation, fixed when Run is pressed.

    Attributes
    ----------
    source : Source
        The image.
    recipe : Simulation
        Without the PSF's description.
    psf : ChannelSpread or None
        As its layer gave it.
    crop : Crop or None
        The part that a preview shows; None for all.
    key : object
        Tells apart blurs of which something else may come.
    """

    source: Source
    recipe: Simulation
    psf: ChannelSpread | None = None
    crop: Crop | None = None
    key: object = None

    @property
    def ending(self) -> str:
        """What is done, for the name of a layer."""
        if self.psf is not None:
            return "blurred"
        if self.recipe.smooths:
            return f"smoothed {widths_text(self.recipe.widths(len(self.source.shape)), self.source.units[-1])}"
        return "with noise" if self.recipe.noisy else "scaled"

    def run(self, cancelled: Cancel, light: Light | None = None) -> SimulationRun:
        """Read the samples (they may be computed only now) and set the simulation up."""
        part = self.source.image if self.crop is None else self.source.image.part(self.crop.outer)
        image = part.with_data(np.asarray(part.data))
        return SimulationRun(image, self.psf, self.recipe, light=light, cancelled=cancelled)


class SimulationTask(Task[SimulationPlan, Simulated]):
    """A simulation that a worker does."""

    noun: ClassVar[str] = "simulation"

    @property
    def finished(self) -> bool:
        """Whether it came to its end."""
        return self.outcome.error is None and not self.stopped and self.progress.done >= self.progress.total

    def free(self) -> None:
        """Let the counts go: the layer holds them now."""
        self.outcome.value = None

    def _work(self) -> Work[Simulated]:
        return (yield from self.plan.run(self.control.cancelled).work())


def preview(plan: SimulationPlan, known: dict[object, Light], cancelled: Cancel) -> tuple[FloatArray, bool]:
    """Simulate the part that is seen; return its counts, and whether they are as bright as in the whole.

    `known` is the light of whole blurred images, by the plan's key; one is added where it takes little time to find.
    `cancelled` says when nobody wants it any more.
    """
    assert plan.crop is not None
    scaled = plan.recipe.photons is not None
    size = int(np.prod(plan.source.shape, dtype=object))
    if scaled and plan.key not in known and size <= LARGEST:
        recipe = plan.recipe.replace(photons=None, background=0.0, poisson=False, read_noise=0.0)
        whole = replace(plan, crop=None, recipe=recipe)
        known[plan.key] = finish(whole.run(cancelled).work()).light
    light = known.get(plan.key) if scaled else None
    counts = finish(plan.run(cancelled, light).work()).counts
    return np.ascontiguousarray(counts[plan.crop.inner]), light is not None or not scaled
