"""The Wiener filter: linear, quick, signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from napari_deconvolve.core.algorithms.iterate import Iteration, StopRule, after
from napari_deconvolve.core.algorithms.wiener import Response, WienerFilter, WienerStep
from napari_deconvolve.core.algorithms.wiener_lines import WienerLines
from napari_deconvolve.core.algorithms.wiener_rules import RULES
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.batch_noise import BatchData, saturated_voxels
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.transforms.boundary import Layout, as_boundary
from napari_deconvolve.job.data import batch_model, noise_model
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.samples import valid_pixels
from napari_deconvolve.job.test_region import brightest_item
from napari_deconvolve.methods.base import BatchIteration, Method
from napari_deconvolve.recipe.method import METHODS, samples_of
from napari_deconvolve.recipe.naming import power_text
from napari_deconvolve.recipe.recipe import Recipe

RELATIVE_COST = 8.0  # over an iteration of Richardson-Lucy, measured in 2D and 3D


class WienerMethod(Method):
    """The Wiener filter, its strength given or found by a rule on each channel's brightest item."""

    name: ClassVar[str] = "wiener"
    label: ClassVar[str] = "Wiener"
    short: ClassVar[str] = "Wiener"
    meaning: ClassVar[str] = "a linear filter, quick and signed"
    noun: ClassVar[str] = "a Wiener filter"
    source: ClassVar[str] = "Wiener 1949, Extrapolation, Interpolation and Smoothing of Stationary Time Series"
    note: ClassVar[str] = "A linear filter: quick; values may be negative."
    rank: ClassVar[int] = 2
    fields: ClassVar[frozenset[str]] = frozenset({"regularization"})
    iterates: ClassVar[bool] = False
    takes_start: ClassVar[bool] = False
    continues: ClassVar[bool] = False
    takes_strata: ClassVar[bool] = False
    takes_signed: ClassVar[bool] = True
    takes_tiles: ClassVar[bool] = True

    def expected_iterations(self, iterations: int | str) -> int:
        """Return 1: it is applied once."""
        return 1

    def ending(self, recipe: Mapping[str, Any], iterations: int | str) -> str:
        """Return the name with its strength where that is one number: "Wiener 1e-3"."""
        strength = recipe.get("regularization")
        if isinstance(iterations, str):
            return f"{self.short} {iterations}"
        return self.short if strength is None or isinstance(strength, str) else f"{self.short} {power_text(strength)}"

    def summary(self, recipe: Mapping[str, Any], iterations: int) -> str:
        """Return the filter with its strength."""
        strength = recipe["regularization"]
        each = f"by the rule {strength} for each channel" if isinstance(strength, str) else power_text(strength)
        return f"Wiener filter, regularization {each}"

    def description(self, recipe: Mapping[str, Any]) -> str:
        """Return the filter with its strength or rule."""
        return f"{self.name}, regularization {recipe.get('regularization')}"

    def iteration(self, job: Job, item: int, noise: PoissonData | None = None) -> Iteration:
        """Return the filter of one item, as an iteration of one step."""
        data = noise_model(job, item) if noise is None else noise
        ready = ready_filter(job, item, data)
        return WienerStep(ready, data, strength_of(job, job.channel(item), {item: (data, ready)}))

    def batches(self, job: Job) -> bool:
        """Return True as long as every sample is an ordinary count and no sieve is asked for."""
        plain = valid_pixels(job) == job.items.size and saturated_voxels(job.items.array) is None
        return plain and job.sieve is None

    def batch(self, job: Job, items: Sequence[int]) -> BatchIteration:
        """Return the filter of several lines of one channel."""
        channel, boundary = job.channel(items[0]), as_boundary(job.recipe.boundary)
        noise, strength = batch_model(job, items), strength_of(job, channel)
        return WienerLines(job.kernel(channel), noise, boundary, strength, job.cancelled)

    def conditions(self, recipe: Recipe, noise: PoissonData | BatchData) -> tuple[StopRule, ...]:
        """Return the end of the only step."""
        return (after(1),)

    def completed(self, job: Job, recipe: Recipe) -> Recipe:
        """Return the recipe with the strength that a rule has found, where it is one for all."""
        return recipe.replace(regularization=strength_of(job, 0)) if len(job.psfs) == 1 else recipe

    def relative_cost(self, prior_cost: float) -> float:
        """Return the time of its transforms."""
        return RELATIVE_COST

    def working_samples(self, plan: Layout, acceleration: str | None, prior: str | None) -> int:
        """Return transforms and their products, completed data, and the mirrored ones for a rule."""
        return 8 * samples_of(plan)[0]


METHODS.add(WienerMethod())


def ready_filter(job: Job, item: int, noise: PoissonData) -> WienerFilter:
    """Transform one item's data less their background."""
    return _filter(job, job.channel(item), noise, noise.background)


def strength_of(job: Job, channel: int, known: dict[int, tuple[PoissonData, WienerFilter]] | None = None) -> float:
    """Return a channel's strength: the recipe's number, or found once by its rule.

    `known` holds the filters of items that are set up already.
    """
    given = job.recipe.regularization
    if not isinstance(given, str):
        return given
    return job.workspace.once(("regularization", channel), lambda: _found(job, channel, given, known or {}))


def _found(job: Job, channel: int, rule: str, known: dict[int, tuple[PoissonData, WienerFilter]]) -> float:
    item = brightest_item(job, channel)
    noise, ready = known[item] if item in known else (noise_model(job, item), None)
    background, taken = noise.background, True
    if np.ndim(background) == 0 and background == 0:  # nobody has taken it off, but a rule for negative values has to
        background = estimate_background(np.where(noise.usable, noise.data, np.nan))
        taken = background == 0
    if ready is None or not taken:
        ready = _filter(job, channel, noise, background)
    return RULES[rule](ready)


def _filter(job: Job, channel: int, noise: PoissonData, background: float | FloatArray) -> WienerFilter:
    return WienerFilter(
        _response(job, channel),
        noise.data - np.asarray(background, noise.data.dtype),
        known=noise.valid,
        saturated=noise.saturated,
        cancelled=job.cancelled,
    )


def _response(job: Job, channel: int) -> Response:
    """Return the OTF of a channel, computed once."""
    frame, boundary, dtype = job.frame, as_boundary(job.recipe.boundary), job.dtype
    kernel, sieve = job.kernel(channel), job.sieve
    return job.workspace.once(("response", channel), lambda: Response(kernel, frame, boundary, dtype, sieve))
