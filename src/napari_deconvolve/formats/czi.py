"""CZI files of Zeiss, by the library pylibCZIrw."""

from __future__ import annotations

import os
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.images import FORMATS, ImageFormat
from napari_deconvolve.formats.ome_optics import OME_MODES
from napari_deconvolve.formats.planes import Planes
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.formats.stored import Stored
from napari_deconvolve.formats.vendor import bare_name, installed, library, numbered, optics, stored, within

Element = ElementTree.Element
OUTER = "TCZ"  # axes beside Y and X that are read; others keep their first place


def read_czi(path: str | os.PathLike[str], number: int | None = None) -> Stored:
    """Read the scene of a number from 1, or the largest; planes are read when they are asked for."""
    with reading(path, "a CZI file") as source:
        reader = library(path, "pylibCZIrw.czi")
        with reader.open_czi(str(source)) as file:
            box, scenes = file.total_bounding_box, file.scenes_bounding_rectangle
            types = {str(kind) for kind in file.pixel_types.values()}
            xml = file.raw_metadata
        lengths = {axis: int(ends[1] - ends[0]) for axis, ends in box.items()}
        axes = "".join(axis for axis in OUTER if lengths.get(axis, 1) > 1)
        rooms = [(int(one.h), int(one.w)) for one in scenes.values()] or [(lengths["Y"], lengths["X"])]
        outer = tuple(lengths[axis] for axis in axes)
        index, note = numbered(path, [(*outer, *room) for room in rooms], number)
        if not types <= {"Gray8", "Gray16", "Gray32Float"}:
            raise FileError(f"{path} holds pixels of type {', '.join(sorted(types))}; export it as OME-TIFF.")
        dtype = {"Gray8": np.uint8, "Gray16": np.uint16, "Gray32Float": np.float32}[max(types)]
        scene = sorted(scenes)[index] if scenes else None
        others = [axis for axis, length in lengths.items() if axis not in (*OUTER, "X", "Y") and length > 1]
        notes = [note] if note else []
        notes += [f"of {lengths[axis]} places along {axis} the first is read" for axis in others]
        begins = {axis: int(ends[0]) for axis, ends in box.items() if axis not in "XY"}
        data = Planes((*outer, *rooms[index]), dtype, _plane_reader(reader, str(source), begins, axes, scene))
        steps, channels, known = czi_facts(xml)
        return stored(data, f"{axes}YX", steps, channels, known, name=bare_name(path), note="; ".join(notes))


def _plane_reader(reader: Any, path: str, begins: dict[str, int], axes: str, scene: int | None) -> Any:
    def read(place: tuple[int, ...]) -> NDArray[Any]:
        plane = {**begins, **{axis: begins[axis] + at for axis, at in zip(axes, place, strict=True)}}
        with reader.open_czi(path) as file:
            samples: NDArray[Any] = np.asarray(file.read(plane=plane, scene=scene))
        return samples[..., 0] if samples.ndim == 3 else samples

    return read


def czi_facts(xml: str) -> tuple[dict[str, tuple[float, str]], tuple[str, ...], dict[str, Any]]:
    """Return steps, names of channels and optics by a CZI file's own XML; distances in it are in metres."""
    root = ElementTree.fromstring(xml)
    steps = {}
    for distance in root.iterfind(".//Scaling/Items/Distance"):
        value = within(_text(distance, "Value"), 1e-12, 1.0)
        if value is not None and distance.get("Id") in ("X", "Y", "Z"):
            steps[str(distance.get("Id"))] = (value * 1e6, "um")
    image = root.find(".//Information/Image")
    interval = None if image is None else _text(image, "Dimensions/T/Positions/Interval/Increment")
    seconds = within(interval, 1e-9, 1e9)
    if seconds is not None:
        steps["T"] = (seconds, "s")
    channels = [] if image is None else image.findall("Dimensions/Channels/Channel")
    return steps, tuple(one.get("Name", "") for one in channels), _optics(root, image, channels)


def _optics(root: Element, image: Element | None, channels: list[Element]) -> dict[str, Any]:
    settings = None if image is None else image.find("ObjectiveSettings")
    reference = None if settings is None else settings.find("ObjectiveRef")
    lenses = root.findall(".//Information/Instrument/Objectives/Objective")
    wanted = None if reference is None else reference.get("Id")
    lens = next((one for one in lenses if one.get("Id") == wanted), lenses[0] if len(lenses) == 1 else None)
    modes = {OME_MODES.get(_text(one, "AcquisitionMode") or "") for one in channels}
    return optics(
        aperture=None if lens is None else _text(lens, "LensNA"),
        index=None if settings is None else _text(settings, "RefractiveIndex"),
        immersion=None if lens is None else _text(lens, "Immersion"),
        magnification=None if lens is None else _text(lens, "NominalMagnification"),
        objective=None if lens is None else (_text(lens, "Manufacturer/Model") or lens.get("Name")),
        modality=modes.pop() if len(modes) == 1 else None,
        emission_nm=[_text(one, "EmissionWavelength") for one in channels],
        excitation_nm=[_text(one, "ExcitationWavelength") for one in channels],
        pinhole_um=[_text(one, "PinholeSize") for one in channels],
    )


def _text(element: Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else found.text


FORMATS.add(
    ImageFormat("CZI", 10, (".czi",), read_czi, extra=True, holds_image=installed("pylibCZIrw"), several=read_czi)
)
