"""The operator of a job's items, and the Richardson-Lucy iteration over one of them: what all methods build on."""

from __future__ import annotations

from typing import Any

from napari_deconvolve.core.accelerations.acceleration import step_of
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import BoolArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.search import MakeIteration
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.repeated import Inverse
from napari_deconvolve.core.priors.prior import make_prior
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.problem import Job


def operator(job: Job, item: int = 0) -> Blur:
    """Make the blur of one item, to be closed by the caller; all of a channel share one transfer function."""
    channel = job.channel(item)
    key = "transfer function", channel
    boundary = as_boundary(job.recipe.boundary)
    how: dict[str, Any] = {"workers": job.workers, "cancelled": job.cancelled, "transfer": job.workspace.get(key)}
    if job.cut is not None:
        how["padded"] = job.cut.padded
    blur = job.point(channel).operator(job.frame, boundary, job.dtype, widen=job.widened, **how)
    job.workspace.once(key, lambda: blur.transfer)
    return blur


def richardson_lucy(
    job: Job,
    item: int,
    *,
    noise: PoissonData | None = None,
    leader: RichardsonLucy | None = None,
    keep_model: bool = False,
    inverse: Inverse | None = None,
    recorded: bool = False,
) -> RichardsonLucy:
    """Set up Richardson-Lucy over one item, or over other data in its place, such as a held-out split.

    Acceleration, prior and sieve are the recipe's. For `leader`, `keep_model` and `inverse` see `RichardsonLucy`;
    `recorded` is for an iteration whose steps others take (see `Step.recorded`).
    """
    recipe = job.recipe
    return RichardsonLucy(
        operator(job, item),
        noise_model(job, item) if noise is None else noise,
        start=job.first_estimate(item),
        acceleration=step_of(recipe.acceleration).recorded() if recorded else recipe.acceleration,
        leader=leader,
        keep_model=keep_model,
        prior=make_prior(recipe.named_prior, recipe.usual_strength),
        spacing=job.psfs[0].spacing,
        sieve=job.sieve,
        steps=None if job.cut is None else job.cut.steps,
        inverse=inverse,
    )


def maker(job: Job) -> MakeIteration:
    """Return a function that sets up Richardson-Lucy over a job's first item, with other data in its place.

    Data at the same places, as halves of photons are, share what places of the object are seen from there.
    """
    known: list[tuple[BoolArray | None, Inverse]] = []

    def make(noise: PoissonData, leader: RichardsonLucy | None = None) -> RichardsonLucy:
        inverse = next((one for valid, one in known if valid is noise.valid), None)
        run = richardson_lucy(job, 0, noise=noise, leader=leader, keep_model=True, inverse=inverse)
        known[:] = [(noise.valid, run.inverse)]
        return run

    return make
