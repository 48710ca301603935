"""Which layers a dock begins with: what looks like an image, and what like a PSF."""

from __future__ import annotations

from typing import Any

from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.source import our_metadata


def is_like_psf(layer: Any) -> bool:
    """Return whether a layer holds a PSF, or is called so."""
    return layer is not None and (is_psf_layer(layer) or "psf" in layer.name.lower())


def default_image(images: list[Any], active: Any) -> Any:
    """Prefer the selected layer, then the topmost, that is neither a PSF nor a result."""
    others = [layer for layer in images if not is_like_psf(layer)]
    others = others or [layer for layer in images if not is_psf_layer(layer)]
    if any(active is layer for layer in others):
        return active
    inputs = [layer for layer in others if "recipe" not in our_metadata(layer)] or others
    return inputs[-1] if inputs else None


def default_psf(images: list[Any]) -> Any:
    """Prefer the newest layer that holds a PSF, then one that is called so, when there is an image beside it."""
    made = [layer for layer in images if is_psf_layer(layer)]
    named = [layer for layer in images if is_like_psf(layer)] if len(images) > 1 else []
    return made[-1] if made else named[-1] if named else None


def default_data(images: list[Any], active: Any) -> Any:
    """Prefer the selected layer, then the topmost, that holds numbers and is neither a PSF nor a result."""
    inputs = [layer for layer in images if not (layer.rgb or is_psf_layer(layer) or "recipe" in our_metadata(layer))]
    if any(active is layer for layer in inputs):
        return active
    return inputs[-1] if inputs else None
