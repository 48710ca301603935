"""ND2 files of Nikon, by the library nd2."""

from __future__ import annotations

import os
from typing import Any

from napari_deconvolve.formats.images import FORMATS, ImageFormat
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.formats.stored import Stored
from napari_deconvolve.formats.vendor import bare_name, installed, library, numbered, optics, stored, within

MODES = {
    "widefield": "widefield", "fluorescence": "widefield", "spinningDisk": "spinning-disk",
    "spinningDiskConfocal": "spinning-disk", "laserScanConfocal": "confocal", "multiPhoton": "two-photon",
    "NLMultiphoton": "two-photon",
}  # fmt: skip


def read_nd2(path: str | os.PathLike[str], number: int | None = None) -> Stored:
    """Read the position of a number from 1, or the first; planes are read when they are asked for."""
    with reading(path, "an ND2 file") as source, library(path, "nd2").ND2File(source) as file:
        sizes = {str(axis): int(length) for axis, length in file.sizes.items()}
        lazy = file.to_dask()
        axes, note = "".join(sizes), ""
        if "P" in sizes:
            one = [length for axis, length in sizes.items() if axis != "P"]
            index, note = numbered(path, [one] * sizes["P"], number)
            lazy = lazy[(slice(None),) * axes.index("P") + (index,)]
            axes = axes.replace("P", "")
        else:
            numbered(path, [list(sizes.values())], number)
        axes = axes.replace("S", "C") if "C" not in axes else axes
        steps, channels, known = nd2_facts(file)
        return stored(lazy, axes, steps, channels, known, name=bare_name(path), note=note)


def nd2_facts(file: Any) -> tuple[dict[str, tuple[float, str]], tuple[str, ...], dict[str, Any]]:
    """Return steps, names of channels and optics of an open file; sizes that nobody calibrated do not count."""
    size = file.voxel_size()
    steps = {}
    for letter, length in (("X", size.x), ("Y", size.y), ("Z", size.z)):
        value = within(length, 1e-6, 1e6)
        if value is not None and _is_calibrated(file, letter):
            steps[letter] = (value, "um")
    period = _period_ms(file)
    if period is not None:
        steps["T"] = (period / 1000, "s")
    metadata = file.metadata
    channels = list(getattr(metadata, "channels", None) or ())
    lens = getattr(channels[0], "microscope", None) if channels else None
    described = [getattr(one, "channel", None) for one in channels]
    pinhole = within(getattr(lens, "pinholeDiameterUm", None), 1e-3, 1e5)
    known = optics(
        aperture=getattr(lens, "objectiveNumericalAperture", None),
        index=getattr(lens, "immersionRefractiveIndex", None),
        magnification=getattr(lens, "objectiveMagnification", None),
        objective=getattr(lens, "objectiveName", None),
        modality=_mode(channels),
        emission_nm=[getattr(one, "emissionLambdaNm", None) for one in described],
        excitation_nm=[getattr(one, "excitationLambdaNm", None) for one in described],
        pinhole_um=[pinhole] * len(described) if pinhole else (),
    )
    return steps, tuple(str(getattr(one, "name", "") or "") for one in described), known


def _is_calibrated(file: Any, letter: str) -> bool:
    """Return whether somebody measured the pixels along an axis."""
    channels = getattr(file.metadata, "channels", None) or ()
    volume = getattr(channels[0], "volume", None) if channels else None
    flags = getattr(volume, "axesCalibrated", None)
    return flags is None or bool(flags["XYZ".index(letter)])


def _period_ms(file: Any) -> float | None:
    for loop in getattr(file, "experiment", None) or ():
        parameters = getattr(loop, "parameters", None)
        measured = within(getattr(getattr(parameters, "periodDiff", None), "avg", None), 1e-6, 1e12)
        asked = within(getattr(parameters, "periodMs", None), 1e-6, 1e12)
        if measured or asked:
            return measured or asked
    return None


def _mode(channels: list[Any]) -> str | None:
    """Return how the image was made where all channels agree."""
    found = set()
    for one in channels:
        flags = getattr(getattr(one, "microscope", None), "modalityFlags", None) or ()
        known = [MODES[flag] for flag in flags if flag in MODES]
        special = [mode for mode in known if mode != "widefield"]
        found.add(next(iter((*special, *known)), None))
    return found.pop() if len(found) == 1 else None


FORMATS.add(ImageFormat("ND2", 11, (".nd2",), read_nd2, extra=True, holds_image=installed("nd2"), several=read_nd2))
