"""LIF files of Leica, by the library liffile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from napari_deconvolve.formats.images import FORMATS, ImageFormat
from napari_deconvolve.formats.reading import reading, require_memory
from napari_deconvolve.formats.stored import Stored
from napari_deconvolve.formats.vendor import bare_name, installed, library, numbered, optics, stored, within

UNITS = {"X": 1e6, "Y": 1e6, "Z": 1e6, "T": 1.0}  # of metres and seconds


def read_lif(path: str | os.PathLike[str], number: int | None = None) -> Stored:
    """Read the image of a number from 1, or the largest."""
    with reading(path, "a LIF file") as source, library(path, "liffile").LifFile(source) as file:
        images = list(file.images)
        index, note = numbered(path, [tuple(one.shape) for one in images], number)
        image = images[index]
        require_memory(path, int(image.nbytes))
        axes = "".join("C" if axis == "S" else str(axis)[:1] for axis in image.dims)
        data, letters = np.asarray(image.asarray()), axes
        if axes.endswith("YXC"):
            data, letters = np.moveaxis(data, -1, -3), f"{axes[:-3]}CYX"
        steps, known = lif_facts(image)
        name = f"{bare_name(path)} · {image.name}" if len(images) > 1 else bare_name(path)
        return stored(data, letters, steps, (), known, name=name, note=note)


def lif_facts(image: Any) -> tuple[dict[str, tuple[float, str]], dict[str, Any]]:
    """Return steps and optics of an image: coordinates are in metres and seconds, optics in its settings."""
    steps = {}
    for axis, factor in UNITS.items():
        places = image.coords.get(axis)
        if places is None or len(places) < 2:
            continue
        step = within(abs(float(places[-1] - places[0])) / (len(places) - 1) * factor, 1e-9, 1e9)
        if step is not None:
            steps[axis] = (step, "s" if axis == "T" else "um")
    entries = list(_entries(image.attrs))
    scans = [one for one in entries if "NumericalAperture" in one]
    lens = scans[0] if scans else {}
    pinhole = within(lens.get("Pinhole"), 1e-9, 1e-1)
    return steps, optics(
        aperture=lens.get("NumericalAperture"),
        index=lens.get("RefractionIndex"),
        immersion=lens.get("Immersion"),
        magnification=lens.get("Magnification"),
        objective=lens.get("ObjectiveName"),
        modality="confocal" if pinhole is not None else None,
        pinhole_um=[pinhole * 1e6] if pinhole is not None else (),
    )


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all mappings in a tree of settings."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _entries(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _entries(one)


FORMATS.add(ImageFormat("LIF", 12, (".lif",), read_lif, extra=True, holds_image=installed("liffile"), several=read_lif))
