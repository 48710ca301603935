"""OIB and OIF files of Olympus, by the library oiffile; OIR files, which no open library reads, are refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.images import FORMATS, ImageFormat
from napari_deconvolve.formats.reading import reading, require_memory
from napari_deconvolve.formats.stored import Stored, axis_unit
from napari_deconvolve.formats.vendor import bare_name, installed, library, numbered, optics, stored, within


def read_oif(path: str | os.PathLike[str], number: int | None = None) -> Stored:
    """Read the only image of a file."""
    with reading(path, "an OIB or OIF file") as source, library(path, "oiffile").OifFile(source) as file:
        shape = tuple(int(length) for length in file.shape)
        numbered(path, [shape], number)
        require_memory(path, int(np.prod(shape, dtype=np.float64)) * np.dtype(file.dtype).itemsize)
        steps, channels, known = oif_facts(file.mainfile)
        axes, data = str(file.axes), np.asarray(file.asarray())
        return stored(data, axes, steps, channels, known, name=bare_name(path), note="")


def oif_facts(settings: Mapping[str, Any]) -> tuple[dict[str, tuple[float, str]], tuple[str, ...], dict[str, Any]]:
    """Return steps, names of channels and optics by a file's settings."""
    steps: dict[str, tuple[float, str]] = {}
    reference = settings.get("Reference Image Parameter", {})
    for letter, side in (("X", "Width"), ("Y", "Height")):
        value = within(reference.get(f"{side}ConvertValue"), 1e-9, 1e9)
        if value is not None:
            steps[letter] = (value, axis_unit(letter, str(reference.get(f"{side}Unit", "um"))))
    for number in range(8):
        axis = settings.get(f"Axis {number} Parameters Common", {})
        letter, count = str(axis.get("AxisCode", "")), within(axis.get("MaxSize"), 2, 1e9)
        begin, end = (within(axis.get(name), -1e15, 1e15) for name in ("StartPosition", "EndPosition"))
        if letter not in ("Z", "T") or count is None or begin is None or end is None or begin == end:
            continue
        steps[letter] = (abs(end - begin) / (count - 1), axis_unit(letter, str(axis.get("UnitName", ""))))
    acquired = settings.get("Acquisition Parameters Common", {})
    channels = [
        settings[name] for name in (f"Channel {number} Parameters" for number in range(1, 17)) if name in settings
    ]
    pinhole = within(acquired.get("PinholeDiameter"), 1e-3, 1e9)
    found = optics(
        aperture=acquired.get("ObjectiveLens NAValue"),
        magnification=acquired.get("Magnification"),
        objective=acquired.get("ObjectiveLens Name"),
        modality="confocal" if pinhole is not None else None,
        emission_nm=[one.get("EmissionWavelength") for one in channels],
        excitation_nm=[one.get("ExcitationWavelength") for one in channels],
    )
    return steps, tuple(str(one.get("DyeName", "") or "") for one in channels), found


def _refuse_oir(path: str | os.PathLike[str]) -> Stored:
    with reading(path, "an OIR file"):
        raise FileError(
            f"{path} is an OIR file, which no open library reads; save it as OME-TIFF in Olympus' program, or in Fiji."
        )


FORMATS.add(
    ImageFormat("OIB", 13, (".oib", ".oif"), read_oif, extra=True, holds_image=installed("oiffile"), several=read_oif)
)
FORMATS.add(ImageFormat("OIR", 14, (".oir",), _refuse_oir, extra=True, holds_image=lambda path: False))
