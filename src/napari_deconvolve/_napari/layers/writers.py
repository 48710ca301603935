"""Writer for napari: image layers as OME-TIFF or OME-Zarr with scale, units, axis labels, colours and the recipe."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.looks import stored_looks
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.readers import PICTURE
from napari_deconvolve.errors import DeconvolutionWarning, FileError
from napari_deconvolve.image.axes import COLOUR_CHANNELS
from napari_deconvolve.io import write_image
from napari_deconvolve.units import canonical

CHANNEL_AXIS = "C"
TURNS = ("rotate", "shear", "affine")


def write_image_layer(path: str, data: Any, meta: Mapping[str, Any]) -> list[str]:
    """Write one image layer, whose attributes are `meta`, as TIFF, OME-TIFF or OME-Zarr, and return the path in a list.

    Scale, units, axis labels, translate, name, colours and what this package keeps in the layer's metadata come back
    with the reader; so do rotation, shear and affine, which a warning says that other programs do not see. Pictures
    (RGB) become channels, and pictures again. Of several resolutions the finest is written. Raise `FileError` for what
    the system refuses.
    """
    array = np.asarray(data[0] if meta.get("multiscale") else data)
    if meta.get("rgb"):
        return _write_picture(path, array, meta)
    ours = dict(meta.get("metadata", {}).get(KEY) or {})
    place, units = _place(array, meta), _units(meta.get("units"), array.ndim)
    scale, labels = place["scale"], place["axis_labels"]
    _warn_of_turns(path, place)
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
    if any(meta.get("rgb") for _, meta in layers):
        raise FileError(f"{path} cannot hold several colour (RGB) images; save each to a file.")
    arrays = [np.asarray(data[0] if meta.get("multiscale") else data) for data, meta in layers]
    metas = [meta for _, meta in layers]
    places = [_place(array, meta) for array, meta in zip(arrays, metas, strict=True)]
    first, ndim = places[0], arrays[0].ndim
    units = [_units(meta.get("units"), ndim) for meta in metas]
    alike = (
        one.shape == arrays[0].shape and _where(place) == _where(first)
        for one, place in zip(arrays, places, strict=True)
    )
    if not all(alike) or any(one != units[0] for one in units):
        raise FileError(f"{path} cannot hold layers of different shapes, places or units; save each to a file.")
    _warn_of_turns(path, first)
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
        units=_inserted(units[0], at, "pixel"),
        axes=letters[:at] + CHANNEL_AXIS + letters[at:],
        name=name,
        channels=[one["name"] for one in stored],
        extra={"channel_layers": stored},
    )
    return [path]


def _place(array: Any, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a layer lies and how it is drawn, in plain types."""
    return {
        "scale": [float(step) for step in meta.get("scale", (1.0,) * array.ndim)],
        "translate": [] if meta.get("translate") is None else [float(value) for value in meta["translate"]],
        "axis_labels": [str(label) for label in meta.get("axis_labels") or ()],
        "looks": stored_looks(meta),
        **_turned(meta),
    }


def _where(place: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in place.items() if name != "looks"}


def _inserted(values: Sequence[Any], at: int, value: Any) -> list[Any]:
    return [*values[:at], value, *values[at:]]


def _write_picture(path: str, array: NDArray[Any], meta: Mapping[str, Any]) -> list[str]:
    """Write colours as channels, before the last two axes."""
    count = array.shape[-1]
    channels = np.moveaxis(array, -1, -3)
    outer = channels.ndim - 3
    place = _place(array[..., 0], meta)
    scale = [abs(step) for step in place["scale"]]
    units = _units(meta.get("units"), outer + 2)
    if outer > 2:
        raise FileError(f"{path} cannot hold a colour image of {outer} more axes; save a part of it.")
    write_image(
        path,
        channels,
        spacing=[*scale[:outer], 1.0, *scale[outer:]],
        units=[*units[:outer], "pixel", *units[outer:]],
        axes="TZ"[2 - outer :] + "CYX",
        name=str(meta.get("name", "")),
        channels=COLOUR_CHANNELS[:count],
        extra={**(meta.get("metadata", {}).get(KEY) or {}), "layer": {**place, PICTURE: True}},
    )
    _warn_of_turns(path, place)
    return [path]


def _turned(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return rotation, shear and affine where there are any."""
    found: dict[str, Any] = {}
    for name in TURNS:
        values = np.asarray(getattr(meta.get(name), "affine_matrix", meta.get(name, 0.0)), np.float64)
        straight = np.eye(values.shape[0]) if values.ndim == 2 else np.zeros(values.shape)
        if not np.allclose(values, straight):
            found[name] = values.tolist()
    return found


def _warn_of_turns(path: str, place: Mapping[str, Any]) -> None:
    """Warn that other programs do not see what turns a layer."""
    found = [name for name in TURNS if name in place]
    if found:
        warnings.warn(
            f"{path}: {', '.join(found)} of the layer come back in napari, but other programs do not see them.",
            DeconvolutionWarning,
            stacklevel=3,
        )


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
