"""Reader for napari: image files as layers with scale, units, axis labels and the recipe."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.looks import keywords_of
from napari_deconvolve._napari.layers.psf_layers import KEY, psf_layer_data
from napari_deconvolve.formats.images import format_of
from napari_deconvolve.formats.ome_optics import optics_of_channel
from napari_deconvolve.formats.ome_zarr.library import is_store
from napari_deconvolve.formats.stored import Stored
from napari_deconvolve.io import ImageFile, read_image
from napari_deconvolve.psf.files import stored_psf, stored_strata

LayerData = tuple[NDArray[Any], dict[str, Any], str]
Reader = Callable[[str | list[str]], list[LayerData]]

PICTURE = "rgb"  # in what a file keeps of a layer: that its channels are the colours of a picture
COLORMAPS = ("bop orange", "bop blue", "bop purple", "gray")  # told apart by the colour blind, and add to white


def get_reader(path: str | list[str]) -> Reader | None:
    """Return the reader for a file, or None for what it cannot read: napari then asks others.

    Only the file's head is looked at. Colour (RGB) images and lists of files are left to other readers.
    """
    if not isinstance(path, (str, os.PathLike)) or not (os.path.isfile(path) or is_store(path)):
        return None
    found = format_of(path)
    return read_layers if found is not None and found.holds_image(path) else None


def read_layers(path: str | list[str]) -> list[LayerData]:
    """Read a file as image layers, one per channel; raise `FileError` in a sentence, which napari shows."""
    source = path if isinstance(path, str) else path[0]
    image = read_image(source)
    _tell(source, image)
    stored = Stored(image.image, extra=image.metadata)
    psf = stored_strata(stored) or stored_psf(stored)
    if psf is not None:
        return [psf_layer_data(psf, image.name)]
    return _layers(image)


def _tell(path: str, image: ImageFile) -> None:
    """Show what one should know of the file, as a notification."""
    from napari.utils.notifications import show_warning

    for note in image.notes:
        show_warning(f"{os.path.basename(path)}: {note}.")


def layer_unit(unit: str) -> str:
    """Return a unit in the form that napari takes; what it does not know becomes "pixel"."""
    from napari.utils.transforms._units import get_units_from_name

    try:
        get_units_from_name(unit)
    except Exception:  # the library that parses units raises many kinds for words that are none
        return "pixel"
    return unit


def _layers(image: ImageFile) -> list[LayerData]:
    keywords = _keywords(image)
    data = image.data
    if data.ndim == 1:  # napari's images have two axes at least: one row
        row = {name: value * 2 for name, value in keywords.items() if name in ("scale", "units")}
        ours = {**keywords["metadata"][KEY], "line": True}
        keywords |= {**row, "axis_labels": ("y", "x"), "metadata": {KEY: ours}}
        keywords.pop("translate", None)
        return [(data[np.newaxis], keywords, "image")]
    if _is_picture(image) or (image.image.axes[-3:-2] in (("rgb",), ("rgba",)) and data.dtype == np.uint8):
        return [_picture(image, keywords)]
    if "C" not in image.axes or data.ndim < 3:
        return [(data, {**keywords, "metadata": _metadata_of_channel(keywords, image, None)}, "image")]
    return _channels(image, keywords)


def _is_picture(image: ImageFile) -> bool:
    """Return whether a layer of colours was written."""
    place = image.metadata.get("layer")
    known = isinstance(place, Mapping) and place.get(PICTURE) is True
    return known and image.axes[-3:-2] == "C" and image.data.shape[-3] in (3, 4)


def _picture(image: ImageFile, keywords: Mapping[str, Any]) -> LayerData:
    """Return a picture as one layer of colours, as napari shows it."""
    axis = image.data.ndim - 3
    own = dict(keywords)
    for name in ("scale", "units", "axis_labels", "translate"):
        if name in own:
            own[name] = own[name][:axis] + own[name][axis + 1 :]
    if _is_picture(image):
        kept = _layer_keywords(image.metadata["layer"], axis + 2)
        own |= {name: value for name, value in kept.items() if name not in ("colormap", "contrast_limits", "gamma")}
    return np.moveaxis(np.asarray(image.data), axis, -1), {**own, "rgb": True}, "image"


def _channels(image: ImageFile, keywords: Mapping[str, Any]) -> list[LayerData]:
    axis = image.axes.index("C")
    layers: list[LayerData] = []
    for number in range(image.data.shape[axis]):
        own = dict(keywords)
        for name in ("scale", "units", "axis_labels", "translate"):
            if name in own:
                own[name] = own[name][:axis] + own[name][axis + 1 :]
        channel = image.channels[number] if number < len(image.channels) else ""
        own["name"] = f"{image.name} · {channel or f'channel {number + 1}'}"
        own["colormap"] = COLORMAPS[number % len(COLORMAPS)]
        own["blending"] = "additive"
        own["metadata"] = _metadata_of_channel(keywords, image, number)
        own |= _channel_layer(own["metadata"], number, image.data.ndim - 1)
        cut: tuple[Any, ...] = (*(slice(None),) * axis, number)
        layers.append((image.data[cut], own, "image"))
    return layers


def _channel_layer(metadata: dict[str, Any], number: int, ndim: int) -> dict[str, Any]:
    """Return what the file keeps of the layer that a channel was, and put its own metadata in place of the file's."""
    kept = metadata[KEY].pop("channel_layers", None)
    one = kept[number] if isinstance(kept, list) and number < len(kept) else None
    if not isinstance(one, Mapping):
        return {}
    ours = one.get("metadata")
    metadata[KEY] |= ours if isinstance(ours, Mapping) else {}
    return {"name": str(one.get("name", "")), **_layer_keywords(one, ndim)}


def _metadata_of_channel(keywords: Mapping[str, Any], image: ImageFile, number: int | None) -> dict[str, Any]:
    """Return a layer's metadata with its own channel's optics, and which channel of what it is; None: of no several."""
    ours = dict(keywords["metadata"][KEY])
    if image.optics:
        ours["optics"] = optics_of_channel(image.optics, number or 0)
    if number is not None:
        ours["channel"] = {"index": number, "of": int(image.data.shape[image.axes.index("C")]), "image": image.name}
    return {KEY: ours}


def _keywords(image: ImageFile) -> dict[str, Any]:
    ours = dict(image.metadata)
    place = ours.pop("layer", {})
    if image.recipe is not None:
        ours["recipe"] = image.recipe.to_dict()
    keywords: dict[str, Any] = {
        "name": image.name,
        "axis_labels": tuple(image.axes.lower()),
        "metadata": {KEY: ours} if ours else {KEY: {}},
    }
    if image.spacing is not None:
        keywords["scale"] = image.spacing
        keywords["units"] = tuple(layer_unit(unit) for unit in image.units)
    return keywords if _is_picture(image) else {**keywords, **_layer_keywords(place, image.data.ndim)}


def _layer_keywords(place: object, ndim: int) -> dict[str, Any]:
    """Return where a layer that was written lay, and how it was drawn."""
    if not isinstance(place, Mapping):
        return {}
    found = {name: place.get(name) for name in ("scale", "translate", "axis_labels")}
    usable = {name: tuple(values) for name, values in found.items() if isinstance(values, list) and len(values) == ndim}
    turned = {
        name: np.asarray(place[name], np.float64)
        for name in ("rotate", "shear", "affine")
        if place.get(name) is not None
    }
    return {**usable, **turned, **keywords_of(place.get("looks"))}
