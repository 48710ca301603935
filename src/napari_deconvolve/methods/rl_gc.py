"""Richardson-Lucy by gradient consensus: it moves only where two halves of the photons agree, and ends by itself."""

from __future__ import annotations

from typing import Any, ClassVar

from napari_deconvolve.core.algorithms.gradient_consensus import GradientConsensus
from napari_deconvolve.core.algorithms.iterate import Iteration
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.transforms.boundary import Layout
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.iteration import operator
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.base import Method
from napari_deconvolve.recipe.method import ITERATED, METHODS, samples_of
from napari_deconvolve.tuning.gain import photon_gain

RELATIVE_COST = 3.0  # measured in 2D and 3D


class GradientConsensusMethod(Method):
    """RL-GC (Manton & York 2023, doi:10.5281/zenodo.10278919)."""

    name: ClassVar[str] = "rl-gc"
    label: ClassVar[str] = "RL-GC"
    short: ClassVar[str] = "RL-GC"
    meaning: ClassVar[str] = "moves only where two halves of the photons agree"
    noun: ClassVar[str] = "the Richardson-Lucy algorithm by consensus of two halves of the photons"
    note: ClassVar[str] = "Takes counts over the gain for photons, and no prior."
    rank: ClassVar[int] = 1
    fields: ClassVar[frozenset[str]] = ITERATED | {"gain"}
    ends_by_itself: ClassVar[bool] = True

    def iteration(self, job: Job, item: int, noise: PoissonData | None = None) -> Iteration:
        """Return the iteration over one item."""
        data = noise_model(job, item) if noise is None else noise
        how: dict[str, Any] = {"start": job.first_estimate(item), "sieve": job.sieve}
        return GradientConsensus(operator(job, item), data, gain=photon_gain(job, item), **how)

    def relative_cost(self, prior_cost: float) -> float:
        """Return the time of two gradients and a split."""
        return RELATIVE_COST

    def working_samples(self, plan: Layout, acceleration: str | None, prior: str | None) -> int:
        """Return those of Richardson-Lucy, both halves' gradients and images, and splits in double precision."""
        _, domain, inside = samples_of(plan)
        return super().working_samples(plan, None, prior) + 4 * domain + 8 * inside


METHODS.add(GradientConsensusMethod())
