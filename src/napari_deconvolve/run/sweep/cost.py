"""What a sweep will cost, before it begins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_deconvolve.core.model_selection.held_out import MIN_SHARP_REFERENCE_ITERATIONS, split_count
from napari_deconvolve.core.model_selection.references import of_halves
from napari_deconvolve.memory import free_bytes
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import Cost, estimate_cost
from napari_deconvolve.run.sweep.score import part_shape
from napari_deconvolve.run.sweep.store import ESTIMATES_SHARE
from napari_deconvolve.run.sweep.table import Setting


def sweep_cost(
    shape: Sequence[int],
    psf_shape: Sequence[int],
    counts: Sequence[int],
    settings: Sequence[Setting] = (Setting(),),
    *,
    recipe: Recipe | None = None,
    kept: Sequence[int] | None = None,
    score: bool = False,
    strata: int = 1,
) -> Cost:
    """Predict memory, that of the estimates included, and time of a sweep; see `estimate_cost` and `SweepRun`.

    `kept` is the shape of the part of the image that is kept, all by default; `score` says whether it is computed.
    """
    recipe = recipe or Recipe()
    how: dict[str, Any] = {
        "acceleration": recipe.acceleration,
        "boundary": recipe.boundary,
        "dtype": recipe.dtype,
        "strata": strata,
    }
    frame = tuple(shape[len(shape) - len(psf_shape) :])
    part = part_shape(frame)
    splits = 2 * split_count(math.prod(part)) if score else 0
    fewer = of_halves(counts[-1], len(frame))
    memory, seconds = 0, splits * estimate_cost(part, psf_shape, MIN_SHARP_REFERENCE_ITERATIONS, **how).seconds
    for setting in settings:
        run = estimate_cost(shape, psf_shape, counts[-1], prior=setting.prior, **how)
        split_run = estimate_cost(part, psf_shape, fewer, prior=setting.prior, **how)
        memory = max(memory, run.bytes + splits * split_run.bytes)
        seconds += run.seconds + splits * split_run.seconds
    samples = math.prod(shape if kept is None else kept)
    estimates = len(settings) * len(counts) * samples * np.dtype(recipe.dtype).itemsize
    return Cost(memory + min(estimates, int(ESTIMATES_SHARE * free_bytes())), seconds)
