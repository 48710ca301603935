"""Which layers a dock begins with: what looks like an image, and what like a PSF.

Nobody has to undo a choice that was made for them: a hidden layer and one that this package made, a result, a preview
or a map, is never chosen by itself, and a truth only where one is to be blurred.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from napari_deconvolve._napari.layers.covered import is_covered
from napari_deconvolve._napari.layers.lineage import names_source
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.source import our_metadata

MADE = frozenset({"recipe", "look", "error", "preview", "sweep", "map"})  # what the metadata of our own layers hold
TRUTH = re.compile(r"truth(?![a-z])", re.IGNORECASE)  # also in "cells_truth_2" and "DAPI_GroundTruth"


def is_like_psf(layer: Any) -> bool:
    """Return whether a layer holds a PSF, or is called so."""
    return layer is not None and (is_psf_layer(layer) or "psf" in layer.name.lower())


def is_made(layer: Any) -> bool:
    """Return whether this package made a layer of another: a result, a preview, a map."""
    return bool(MADE & our_metadata(layer).keys())


def is_truth(layer: Any, layers: Sequence[Any]) -> bool:
    """Return whether a layer is the truth of a simulation: it is called so, or another was simulated from it."""
    if "truth" in our_metadata(layer) or TRUTH.search(layer.name):
        return True
    measured = [our_metadata(one) for one in layers if one is not layer and not is_made(one)]
    return any(names_source(stored, layer, layers) for stored in measured if "image" in stored)


def fits_image(layer: Any, layers: Sequence[Any], *, truths: bool = False) -> bool:
    """Return whether a dock may keep a layer that it chose by itself; `truths` are fit where a truth is looked for.

    An input that its own result covers stays.
    """
    if not (layer.visible or is_covered(layer)) or is_like_psf(layer) or is_made(layer):
        return False
    return truths or not is_truth(layer, layers)


def default_image(images: Sequence[Any], active: Any, *, truths: bool = False) -> Any:
    """Prefer the selected layer, then the topmost, of those that fit; None where none does."""
    fit = [layer for layer in images if layer.visible and fits_image(layer, images, truths=truths)]
    return active if any(active is layer for layer in fit) else fit[-1] if fit else None


def default_psf(images: Sequence[Any]) -> Any:
    """Prefer the newest layer that holds a PSF, then one that is called so, when there is an image beside it."""
    made = [layer for layer in images if is_psf_layer(layer)]
    named = [layer for layer in images if is_like_psf(layer)] if len(images) > 1 else []
    return made[-1] if made else named[-1] if named else None


def default_data(images: Sequence[Any], active: Any) -> Any:
    """Choose as `default_image` does among layers that hold numbers, not colours."""
    return default_image([layer for layer in images if not layer.rgb], active)


def fits_data(layer: Any, layers: Sequence[Any]) -> bool:
    """Return whether a dock may choose a layer of numbers by itself."""
    return not layer.rgb and fits_image(layer, layers)
