"""Writer for napari: an image layer as OME-TIFF with scale, units, axis labels and the recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve.errors import FileError
from napari_deconvolve.io import write_image
from napari_deconvolve.units import canonical


def write_image_layer(path: str, data: Any, meta: Mapping[str, Any]) -> list[str]:
    """Write one image layer, whose attributes are `meta`, as TIFF or OME-TIFF, and return the path in a list.

    Scale, units, axis labels, translate, name and what this package keeps in the layer's metadata come back with the
    reader; rotation, shear and colours do not. Of several resolutions the finest is written. Raise `FileError` for
    colour images, and what the system refuses.
    """
    if meta.get("rgb"):
        raise FileError(f"{path} cannot hold a colour (RGB) image; split its channels and save one, or save as PNG.")
    array = np.asarray(data[0] if meta.get("multiscale") else data)
    scale = [float(step) for step in meta.get("scale", (1.0,) * array.ndim)]
    labels = [str(label) for label in meta.get("axis_labels") or ()]
    units = _units(meta.get("units"), array.ndim)
    ours = dict(meta.get("metadata", {}).get(KEY) or {})
    translate = [] if meta.get("translate") is None else [float(value) for value in meta["translate"]]
    place = {"scale": scale, "translate": translate, "axis_labels": labels}
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


def _letters(labels: Sequence[str], ndim: int) -> str:
    """Take labels that are the usual letters for axes; others are kept as they are beside.

    No axis is called C: the reader would make a layer of each channel, and this was one layer.
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
