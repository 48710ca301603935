"""Which layer another was made of: by an identity that renaming does not change; in files, by the name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from napari_deconvolve._napari.layers.source import Source, our_metadata
from napari_deconvolve.recipe.provenance import provenance_of


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
