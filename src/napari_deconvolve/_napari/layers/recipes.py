"""Recipes that layers keep, the last one that was run, and what a recipe is in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from napari_deconvolve._napari.layers.announced import Results
from napari_deconvolve._napari.layers.optics import channels_of
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve._napari.work.per_viewer import of_viewer
from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.recipe import Recipe

AGAIN = "Auto (again for every file)"


def is_result(layer: Any) -> bool:
    """Return whether a layer is a complete result, which tells its recipe."""
    stored = our_metadata(layer)
    return isinstance(stored.get("recipe"), Mapping) and "preview" not in stored


def last_run(viewer: Any) -> Mapping[str, Any]:
    """Return what the last complete result of a viewer keeps beside its samples; nothing where there was none."""
    return of_viewer(viewer, Results).last


def recipe_in(stored: Mapping[str, Any]) -> Recipe | None:
    """Return the recipe that lies beside the samples of a layer; None where there is none, or it cannot be read."""
    try:
        return Recipe.from_dict(stored["recipe"])
    except (KeyError, TypeError, ParameterError):
        return None


def channel_psfs(stored: Mapping[str, Any], layers: Sequence[Any]) -> Mapping[str, Any] | None:
    """Return the PSFs of all channels of the image that a result was made of, as recipes describe them.

    They are those of the last result of each channel. None where the image has one channel, or a channel has no result.
    """
    image = next((layer for layer in layers if str(layer.unique_id) == stored.get("image_id")), None)
    made = [our_metadata(layer) for layer in layers if is_result(layer)]
    found = []
    for channel in channels_of(image, layers):
        own = [one["recipe"].get("psf") for one in made if one.get("image_id") == str(channel.unique_id)]
        if not own or not isinstance(own[-1], Mapping) or own[-1].get("source") in ("strata", "channels"):
            return None
        found.append(dict(own[-1]))
    return {"source": "channels", "psfs": found, "axis": None} if len(found) > 1 else None


def sentence(recipe: Recipe, *, as_found: bool, psf: str) -> str:
    """Say what a recipe is; without `as_found` what it asks of any image."""
    asked = recipe.as_found() if as_found else recipe.as_asked()
    traits, parts = asked.traits, [asked.traits.label.replace("-L", "–L")]
    if traits.iterates:
        parts.append(AGAIN if asked.automatic else f"{asked.iterations} iteration{'s' * (asked.iterations != 1)}")
    elif "regularization" in traits.fields:
        given = asked.regularization
        parts.append(AGAIN if isinstance(given, str) else f"regularization {given:.3g}")
    if "prior" in traits.fields:
        parts.append(_smoothing(asked))
    return f"{', '.join([*parts, psf])}."


def _smoothing(recipe: Recipe) -> str:
    if recipe.chooses_prior:
        return "smoothing chosen for every file"
    if recipe.prior is None:
        return "no smoothing"
    strength = "Auto" if recipe.strength_wanted else f"{recipe.usual_strength:.3g}"
    return f"smoothing {PRIORS[recipe.prior].short}, strength {strength}"
