"""Zarr stores in: OME-Zarr 0.4 and 0.5, and bare arrays. Samples are read when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.ome_zarr.places import opened
from napari_deconvolve.formats.ome_zarr.samples import StoredSamples
from napari_deconvolve.formats.stored import STANDARD_AXES, Stored, axis_unit, known_steps, positive
from napari_deconvolve.image import SampledArray

OWN = "napari-deconvolve"  # the attribute with what this program stores beside an image
LAYOUT = "bioformats2raw.layout"


def read_zarr(path: str | os.PathLike[str], number: int | None = None) -> Stored:
    """Open the image of a number from 1, or the first; its finest level. No sample is read.

    Raise `FileError` for what is no store of 1 to 5 axes.
    """
    with opened(path) as node:
        if not hasattr(node, "attrs") or hasattr(node, "chunks"):
            return _array(path, node, number)
        group = _image_in(path, node, number)
        attributes = dict(group.attrs)
        said = attributes.get("ome", attributes)
        scales = said.get("multiscales") if isinstance(said, Mapping) else None
        if not scales:
            raise FileError(f"{path} holds no image that OME-Zarr describes; give the array in it.")
        return _described(path, group, scales[0], said, attributes.get(OWN, {}))


def _array(path: str | os.PathLike[str], array: Any, number: int | None) -> Stored:
    if number not in (None, 1):
        raise FileError(f"{path} holds one array, and number {number} is asked for; leave the number out.")
    _require_axes(path, len(array.shape))
    return Stored(SampledArray(StoredSamples(path, array), tuple(STANDARD_AXES[len(array.shape)])))


def _image_in(path: str | os.PathLike[str], group: Any, number: int | None) -> Any:
    """Return the group of an image: this one, or one of several that lie in it by their numbers."""
    attributes = dict(group.attrs)
    said = attributes.get("ome", attributes)
    if "plate" in said or "well" in said:
        raise FileError(f"{path} is a plate; give the folder of one of its fields, such as A/1/0.")
    if said.get(LAYOUT) is None:
        if number not in (None, 1):
            raise FileError(f"{path} holds one image, and number {number} is asked for; leave the number out.")
        return group
    place = str((number or 1) - 1)
    if place not in group:
        raise FileError(f"{path} has no image number {number or 1}; give another.")
    return group[place]


def _described(
    path: str | os.PathLike[str], group: Any, scale: Mapping[str, Any], said: Mapping[str, Any], own: Any
) -> Stored:
    level = scale["datasets"][0]
    array = group[level["path"]]
    count = len(array.shape)
    _require_axes(path, count)
    axes = scale.get("axes") or STANDARD_AXES[count]
    names = [str(one.get("name", "") if isinstance(one, Mapping) else one).upper() for one in axes]
    units = [str(one.get("unit") or "pixel") if isinstance(one, Mapping) else "pixel" for one in axes]
    steps = _steps(level, scale, count)
    given = {
        name: (step, axis_unit(name, unit))
        for name, step, unit in zip(names, steps, units, strict=True)
        if step is not None and (unit != "pixel" or step != 1)
    }
    known, lost = known_steps(given)
    found = [known.get(name) for name in names]
    image = SampledArray(
        StoredSamples(path, array),
        names,
        tuple(None if step is None else step[0] for step in found),
        tuple("pixel" if step is None else step[1] for step in found),
    )
    extra = dict(own) if isinstance(own, Mapping) else {}
    return Stored(image, _name(path, scale), _channels(said, names, array.shape), extra, tuple(lost))


def _steps(level: Mapping[str, Any], scale: Mapping[str, Any], count: int) -> list[float | None]:
    """Return the distances of samples: the product of the level's own scale and that of all levels."""
    steps: list[float | None] = [None] * count
    for transforms in (level.get("coordinateTransformations"), scale.get("coordinateTransformations")):
        for one in transforms or ():
            if one.get("type") == "scale" and len(one.get("scale", ())) == count:
                factors = [positive(value) for value in one["scale"]]
                steps = [
                    None if factor is None else factor * (1.0 if step is None else step)
                    for step, factor in zip(steps, factors, strict=True)
                ]
    return steps


def _channels(said: Mapping[str, Any], names: Sequence[str], shape: Sequence[int]) -> tuple[str, ...]:
    listed = (said.get("omero") or {}).get("channels") or ()
    found = tuple(str(one.get("label") or "") for one in listed)
    fits = "C" in names and len(found) == shape[names.index("C")]
    return found if fits and any(found) else ()


def _name(path: str | os.PathLike[str], scale: Mapping[str, Any]) -> str:
    name = str(scale.get("name") or "")
    return "" if name in ("", "/") else Path(name).name


def _require_axes(path: str | os.PathLike[str], count: int) -> None:
    if not 1 <= count <= 5:
        raise FileError(f"{path} holds an array of {count} axes; give one of 1 to 5.")
