"""Writer for napari: image layers as OME-TIFF with scale, units, axis labels, colours and the recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.looks import stored_looks
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve.errors import FileError
from napari_deconvolve.io import write_image
from napari_deconvolve.units import canonical

CHANNEL_AXIS = "C"


def write_image_layer(path: str, data: Any, meta: Mapping[str, Any]) -> list[str]:
    """Write one image layer, whose attributes are `meta`, as TIFF or OME-TIFF, and return the path in a list.

    Scale, units, axis labels, translate, name, colours and what this package keeps in the layer's metadata come back
    with the reader; rotation and shear do not. Of several resolutions the finest is written. Raise `FileError` for
    colour images, and what the system refuses.
    """
    array, meta = _samples(path, data, meta)
    ours = dict(meta.get("metadata", {}).get(KEY) or {})
    place, units = _place(array, meta), _units(meta.get("units"), array.ndim)
    scale, labels = place["scale"], place["axis_labels"]
    if ours.pop("line", False) and len(array) == 1:
        array, scale, units, labels = array[0], scale[-1:], units[-1:], labels[-1:]
    write_image(
        path,
        array,
        spacing=[abs(step) for step in scale],
        units=units,
        axes=_letters(labels, array.ndim),
        name=str(meta.get("name", "")),
        extra={**ours, "layer": place},
    )
    return [path]


def write_channels(path: str, layers: Sequence[tuple[Any, Mapping[str, Any]]], name: str) -> list[str]:
    """Write image layers of one shape and place as the channels of one file, and return the path in a list.

    Each layer's name, colours and metadata come back with the reader. Raise `FileError` where they do not lie upon each
    other, and for all that `write_image_layer` refuses.
    """
    if len(layers) == 1:
        return write_image_layer(path, *layers[0])
    arrays, metas = zip(*(_samples(path, data, meta) for data, meta in layers), strict=True)
    places = [_place(array, meta) for array, meta in zip(arrays, metas, strict=True)]
    if len({(array.shape, *map(tuple, _where(place))) for array, place in zip(arrays, places, strict=True)}) > 1:
        raise FileError(f"{path} cannot hold layers of different shapes or places; save each to a file.")
    first, ndim = places[0], arrays[0].ndim
    letters = _letters(first["axis_labels"], ndim)
    at = 1 if letters.startswith("T") else 0
    stored = [
        {"name": str(meta.get("name", "")), "metadata": dict(meta.get("metadata", {}).get(KEY) or {}), **place}
        for meta, place in zip(metas, places, strict=True)
    ]
    write_image(
        path,
        np.stack(arrays, axis=at),
        spacing=_inserted([abs(step) for step in first["scale"]], at, 1.0),
        units=_inserted(_units(metas[0].get("units"), ndim), at, "pixel"),
        axes=letters[:at] + CHANNEL_AXIS + letters[at:],
        name=name,
        channels=[one["name"] for one in stored],
        extra={"channel_layers": stored},
    )
    return [path]


def _samples(path: str, data: Any, meta: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
    if meta.get("rgb"):
        raise FileError(f"{path} cannot hold a colour (RGB) image; split its channels and save one, or save as PNG.")
    return np.asarray(data[0] if meta.get("multiscale") else data), meta


def _place(array: Any, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a layer lies and how it is drawn, in plain types."""
    return {
        "scale": [float(step) for step in meta.get("scale", (1.0,) * array.ndim)],
        "translate": [] if meta.get("translate") is None else [float(value) for value in meta["translate"]],
        "axis_labels": [str(label) for label in meta.get("axis_labels") or ()],
        "looks": stored_looks(meta),
    }


def _where(place: Mapping[str, Any]) -> tuple[list[Any], ...]:
    return place["scale"], place["translate"], place["axis_labels"]


def _inserted(values: Sequence[Any], at: int, value: Any) -> list[Any]:
    return [*values[:at], value, *values[at:]]


def _letters(labels: Sequence[str], ndim: int) -> str:
    """Take labels that are the usual letters for axes; others are kept as they are beside.

    No axis of a layer is called C: the reader would make a layer of each channel, and this was one layer.
    """
    letters = "".join(labels).upper()
    usual = len(letters) == len(labels) == len(set(letters)) == ndim and set(letters) <= set("TZYX")
    return letters if usual else "QTZYX"[-ndim:]


def _units(units: Any, ndim: int) -> list[str]:
    """Return short names: napari hands over pint's units, one per axis."""
    if units is None:
        return ["pixel"] * ndim
    each = [units] * ndim if isinstance(units, str) or not isinstance(units, Sequence) else list(units)
    return [canonical(unit if isinstance(unit, str) else f"{unit:~}") for unit in each]
