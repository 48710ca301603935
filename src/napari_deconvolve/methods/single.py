"""The iteration over one item by a recipe's method."""

from __future__ import annotations

from napari_deconvolve.core.algorithms.gradient_consensus import GradientConsensus
from napari_deconvolve.core.algorithms.iterate import Iteration
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.iteration import first_estimate, operator, richardson_lucy
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.filtering import wiener_step


def live_iteration(job: Job, item: int, noise: PoissonData | None = None) -> Iteration:
    """Set up the iteration over one item by the recipe's method; its own data may be replaced by others."""
    if job.recipe.method in ("rl", "blind"):
        return richardson_lucy(job, item, noise=noise)
    noise = noise_model(job, item) if noise is None else noise
    if job.recipe.method == "wiener":
        return wiener_step(job, item, noise)
    return GradientConsensus(operator(job, item), noise, start=first_estimate(job, item), sieve=job.sieve)
