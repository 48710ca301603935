"""Colours of pictures as channels: a layer each, which add up to the picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.source import our_metadata, unused_name

COLOURS = ("red", "green", "blue")
PLACED_BY = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")


def split_colours(viewer: Any, picture: Any) -> list[Any]:
    """Add a layer for each colour of an RGB layer, as channels of one image, hide that layer, and return the new ones.

    How opaque its pixels are stays with the picture: that is no light.
    """
    data = picture.data[0] if picture.multiscale else picture.data
    place = {name: getattr(picture, name) for name in PLACED_BY}
    white = float(np.iinfo(data.dtype).max) if np.dtype(data.dtype).kind in "iu" else max(1.0, float(np.max(data)))
    layers = []
    for index, colour in enumerate(COLOURS):
        channel = {"index": index, "of": len(COLOURS), "image": picture.name}
        layers.append(
            viewer.add_image(
                np.ascontiguousarray(data[..., index]),
                name=unused_name(picture.name, colour, {layer.name for layer in viewer.layers}),
                colormap=colour,
                blending="additive",
                contrast_limits=(0.0, white),
                metadata={KEY: {**our_metadata(picture), "channel": channel}},
                **place,
            )
        )
    picture.visible = False
    return layers
