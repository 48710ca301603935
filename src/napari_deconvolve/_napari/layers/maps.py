"""Layers of maps: what may be one, and maps of a recipe as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.psf_layers import KEY, is_psf_layer
from napari_deconvolve._napari.layers.source import Source, read, refusal, unused_name
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.maps import Map, MapSamples


def may_be_map(layer: Any, image: Any) -> bool:
    """Return whether a layer may hold one number per sample of an image, or of each of its planes."""
    if image is None or layer is image or is_psf_layer(layer) or refusal(layer) or refusal(image):
        return False
    own, whole = read(layer).shape, read(image).shape
    planes = tuple(length for length in own[:-2] if length > 1)
    return own[-2:] == whole[-2:] and len(own) <= len(whole) and (not planes or own == whole[-len(own) :])


def samples_of(known: Map, source: Source, axes: Sequence[int]) -> FloatArray:
    """Return a map's samples over the last axes of an image; `axes` are those that the PSF acts on."""
    if isinstance(known, MapSamples):
        return known.data
    plane, (first, second) = known.whole.values(known.lengths), axes[-2:]
    if (first, second) == (len(source.shape) - 2, len(source.shape) - 1):
        return np.array(plane)
    turned = plane if first < second else plane.T
    shape = tuple(length if axis in (first, second) else 1 for axis, length in enumerate(source.shape))
    return np.array(np.broadcast_to(turned.reshape(shape), source.shape))


def add_map(viewer: Any, source: Source, data: FloatArray, noun: str) -> Any:
    """Add a map of an image as a layer, beneath it and in its place, and leave the selection as it is."""
    selected = set(viewer.layers.selection)
    layer = viewer.add_image(
        np.asarray(data, np.float32),
        name=unused_name(source.name, noun, [one.name for one in viewer.layers]),
        visible=False,
        metadata={KEY: {"map": noun}},
        **placed(source, data.ndim),
    )
    viewer.layers.selection = selected
    return layer


def placed(source: Source, count: int) -> dict[str, Any]:
    """Return the placement of something that lies on the last axes of an image."""
    place = dict(source.placement)
    kept: dict[str, Any] = {
        name: tuple(place[name])[-count:] for name in ("scale", "translate", "units", "axis_labels")
    }
    if count == len(source.shape):
        kept.update({name: place[name] for name in ("rotate", "shear", "affine")})
    return kept
