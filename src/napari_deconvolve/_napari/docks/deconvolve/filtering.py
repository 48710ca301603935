"""A Wiener filter kept ready for any strength: what the live preview computes, in whichever thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np

from napari_deconvolve._napari.work.plan import Plan, prepared
from napari_deconvolve.core.algorithms.wiener import WienerFilter
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.wiener import ready_filter, strength_of
from napari_deconvolve.run.cost import require_memory

UNSET = 1.0  # a strength in place of what is chosen: all but that decides what is kept ready


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """What came of a strength.

    Attributes
    ----------
    plan : Plan
        With the strength or the rule that was asked for.
    estimate : ndarray
        Of the region, without its halo.
    strength : float
        That was given or found; of several channels the first one's.
    """

    plan: Plan
    estimate: FloatArray
    strength: float


class Ready:
    """The transforms of a region's data and of its PSF: made with the first strength, kept for all others."""

    def __init__(self, plan: Plan) -> None:
        self._base = replace(plan, recipe=plan.recipe.replace(regularization=UNSET))
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._job: Job | None = None
        self._filters: dict[int, tuple[PoissonData, WienerFilter]] = {}
        self._found: dict[str, tuple[float, ...]] = {}

    def end(self) -> None:
        """End what is being computed: nobody wants it any more."""
        self._ended.set()

    def fits(self, plan: Plan) -> bool:
        """Return whether a plan differs from this one by its strength alone."""
        base = self._base
        same = plan.crop == base.crop and plan.psf is base.psf and plan.source.data is base.source.data
        recipe = plan.recipe.replace(regularization=UNSET)
        maps = {name: one.data for name, one in plan.maps.items()}
        layers = maps.keys() == base.maps.keys() and all(one is base.maps[name].data for name, one in maps.items())
        return same and layers and plan.spacing == base.spacing and recipe == base.recipe

    def filtered(self, plan: Plan) -> Filtered:
        """Filter by the plan's strength, or by what its rule finds."""
        with self._lock:
            job = self._set_up()
            strengths = self._strengths(job, plan.recipe.regularization)
            found = []
            for item, (noise, ready) in self._filters.items():
                estimate = ready.estimate(strengths[job.channel(item)])
                estimate *= estimate.dtype.type(noise.scale)
                found.append(estimate)
            whole = np.ascontiguousarray(job.items.assemble(found, estimate=True)[plan.crop.inner])
        return Filtered(plan, whole, strengths[0])

    def _set_up(self) -> Job:
        if self._job is None:
            job = prepared(self._base, self._ended.is_set)
            require_memory(job, lockstep=True)
            noises = [noise_model(job, item) for item in range(len(job))]
            self._filters = {item: (noise, ready_filter(job, item, noise)) for item, noise in enumerate(noises)}
            self._job = job
        return self._job

    def _strengths(self, job: Job, given: float | str) -> tuple[float, ...]:
        """Return each channel's strength."""
        if not isinstance(given, str):
            return (given,) * len(job.psfs)
        if given not in self._found:
            ruled = replace(job, recipe=job.recipe.replace(regularization=given))
            found = [strength_of(ruled, channel, self._filters) for channel in range(len(job.psfs))]
            self._found[given] = tuple(found)
        return self._found[given]
