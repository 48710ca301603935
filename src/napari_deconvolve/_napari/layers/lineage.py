"""Which layer another was made of: by an identity that renaming does not change; in files, by the name.

Simulated layers tell their recipe, too, and how many counts stand for a unit of light.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.source import Source, contrast_of, our_metadata, read, unused_name
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.provenance import provenance_of
from napari_deconvolve.recipe.simulation import Simulation


def origin(source: Source) -> dict[str, str]:
    """Return what a layer's metadata tell of the layer that it was made of."""
    return {"image": source.name, "image_id": source.identity}


def was_made_of(layer: Any, source: Any, layers: Iterable[Any]) -> bool:
    """Return whether a layer was made of another."""
    return names_source(our_metadata(layer), source, layers)


def names_source(stored: Mapping[str, Any], source: Any, layers: Iterable[Any]) -> bool:
    """Return whether what `origin` returned means a layer: that very one; where it is not in `layers`, its name."""
    wanted: str | None = stored.get("image_id")
    if wanted and any(str(one.unique_id) == wanted for one in layers):
        return str(source.unique_id) == wanted
    return bool(stored.get("image") == source.name)


def source_of(layer: Any, layers: Iterable[Any]) -> Any | None:
    """Return the layer that another was made of; None when it is not there."""
    known = list(layers)
    found = [one for one in known if one is not layer and was_made_of(layer, one, known)]
    return found[-1] if found else None


def began_as(layer: Any) -> str:
    """Say which runs led to a layer, "RL 20 + TV 10"; nothing for layers that are no results."""
    return " + ".join(step.name for step in provenance_of(our_metadata(layer)))


def simulation_of(layer: Any) -> Simulation | None:
    """Return the recipe by which a layer was simulated; None for other layers, and for recipes of other versions."""
    stored = our_metadata(layer).get("simulation")
    if not isinstance(stored, dict):
        return None
    try:
        return Simulation.from_dict(stored)
    except (ParameterError, TypeError):
        return None


def scale_of(truth: Any, result: Any, layers: Iterable[Any]) -> float | None:
    """Return how many counts of a result stand for a unit of the truth, over all simulations; None if unknown."""
    known, scale = list(layers), 1.0
    layer, (first, counts) = result, _first_truth(truth)
    seen: list[Any] = []
    while layer is not None and not any(one is layer for one in seen):
        seen.append(layer)
        stored = our_metadata(layer)
        scale *= _scale_in(stored)
        if names_source(stored, truth, known):
            return scale
        if first and _same_origin(stored, first):
            return scale / counts
        layer = source_of(layer, known)
    return None


def _first_truth(truth: Any) -> tuple[Mapping[str, Any], float]:
    """Return what a truth in counts was made of, and its counts per unit of that; nothing for other layers."""
    stored = our_metadata(truth).get("truth")
    return (stored, _scale_in(stored)) if isinstance(stored, Mapping) else ({}, 1.0)


def _scale_in(stored: Mapping[str, Any]) -> float:
    found = stored.get("scale")
    return float(found) if isinstance(found, (int, float)) and found > 0 else 1.0


def _same_origin(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    key = "image_id" if one.get("image_id") and other.get("image_id") else "image"
    return one.get(key) is not None and one.get(key) == other.get(key)


def add_truth(viewer: Any, truth: Any, scale: float | None) -> Any:
    """Return the truth in counts: the layer itself where it is that, else another, added if need be."""
    if scale is None or scale == 1.0:
        return truth
    source = read(truth)
    for layer in viewer.layers:
        stored, counts = _first_truth(layer)
        if counts == scale and stored and _same_origin(stored, origin(source)):
            return layer
    data = np.asarray(source.data) * np.float32(scale)
    layer = viewer.add_image(
        data,
        name=unused_name(truth.name, "truth in counts", [layer.name for layer in viewer.layers]),
        contrast_limits=contrast_of(data),
        visible=False,
        metadata={KEY: {"truth": {**origin(source), "scale": scale}}},
        **source.placement,
    )
    viewer.layers.move(len(viewer.layers) - 1, 0)
    return layer
