"""The Wiener filter of a job: each item by its channel's strength, which a rule may find on the brightest item."""

from __future__ import annotations

from napari_deconvolve.core.algorithms.wiener import Response, WienerFilter, WienerStep
from napari_deconvolve.core.algorithms.wiener_rules import RULES
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.job.data import noise_model, visible
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import brightest_item
from napari_deconvolve.psf.given import refuse_strata


def wiener_step(job: Job, item: int, noise: PoissonData) -> WienerStep:
    """Set up the filter of one item's data, which the job's background belongs to."""
    ready = ready_filter(job, item, noise)
    return WienerStep(ready, noise, strength_of(job, job.channel(item), {item: (noise, ready)}))


def ready_filter(job: Job, item: int, noise: PoissonData) -> WienerFilter:
    """Transform one item's data less their background."""
    return _filter(job, job.channel(item), noise, noise.background)


def strength_of(job: Job, channel: int, known: dict[int, tuple[PoissonData, WienerFilter]] | None = None) -> float:
    """Return a channel's strength: the recipe's number, or found once by its rule.

    Parameters
    ----------
    job : Job
        Of the method "wiener".
    channel : int
        Which.
    known : dict, optional
        Filters of items that are set up already.
    """
    given = job.recipe.regularization
    if not isinstance(given, str):
        return given
    return job.workspace.once(("regularization", channel), lambda: _found(job, channel, given, known or {}))


def _found(job: Job, channel: int, rule: str, known: dict[int, tuple[PoissonData, WienerFilter]]) -> float:
    item = brightest_item(job, channel)
    noise, ready = known[item] if item in known else (noise_model(job, item), None)
    background = noise.background
    if background == 0:  # nobody has taken it off, but a rule that looks at negative values has to
        background = estimate_background(visible(job, item)) / noise.scale
    if ready is None or background != noise.background:
        ready = _filter(job, channel, noise, background)
    return RULES[rule](ready)


def _filter(job: Job, channel: int, noise: PoissonData, background: float) -> WienerFilter:
    return WienerFilter(
        response_of(job, channel),
        noise.data - noise.data.dtype.type(background),
        known=noise.valid,
        saturated=noise.saturated,
        cancelled=job.cancelled,
    )


def response_of(job: Job, channel: int) -> Response:
    """Return the OTF of a channel, worked out once."""
    refuse_strata(job.psf, "the Wiener filter")
    frame, boundary, dtype = job.frame, as_boundary(job.recipe.boundary), job.dtype
    kernel, sieve = job.kernel(channel), job.sieve
    return job.workspace.once(("response", channel), lambda: Response(kernel, frame, boundary, dtype, sieve))
