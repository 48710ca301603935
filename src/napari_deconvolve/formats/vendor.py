"""What readers of makers' own formats share: their libraries, which are an extra, and the names of optics."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.objectives import INDICES, MOST_APERTURE, medium_of, optics_of_objective
from napari_deconvolve.formats.ome_optics import WAVELENGTHS_UM
from napari_deconvolve.formats.optional import optional_library
from napari_deconvolve.formats.stored import Steps, known_steps, standard_axes
from napari_deconvolve.formats.stored import Stored as Read
from napari_deconvolve.image import SampledArray


def library(path: str | os.PathLike[str], name: str) -> Any:
    """Import the library that reads a format; raise `FileError` that says how to get it where it is missing."""
    return optional_library(path, name, "formats", "save the image as OME-TIFF")


def installed(name: str) -> Callable[[str | os.PathLike[str]], bool]:
    """Return a function that says whether a library is there, for formats that nothing else can read."""
    return lambda path: importlib.util.find_spec(name) is not None


def numbered(path: str | os.PathLike[str], sizes: Sequence[Sequence[int]], number: int | None) -> tuple[int, str]:
    """Return the index of the image of a number from 1, or of the largest, and what to say of the others."""
    if not sizes:
        raise FileError(f"{path} holds no image; open it in the program that made it.")
    each = ", ".join(f"{one}: {' x '.join(map(str, size))}" for one, size in enumerate(sizes[:6], start=1))
    listed = each if len(sizes) <= 6 else f"{each}, ..."
    if number is not None:
        if not 1 <= number <= len(sizes):
            raise FileError(f"{path} has no image number {number}; it holds {len(sizes)} ({listed}).")
        return number - 1, ""
    samples = [float(np.prod(size, dtype=np.float64)) for size in sizes]
    largest = int(np.argmax(samples))
    if len(sizes) == 1:
        return 0, ""
    which = "the largest" if samples[largest] > min(samples) else "the first"
    return largest, f"it holds {len(sizes)} images ({listed}); number {largest + 1} is read, {which}; choose by --image"


def stored(
    data: Any, axes: str, steps: Steps, channels: Sequence[str], optics: Mapping[str, Any], *, name: str, note: str
) -> Read:
    """Return an image with what its file says of it; what is not known stays unknown."""
    letters = standard_axes(axes, len(data.shape))
    known, lost = known_steps(steps)
    found = [known.get(letter) for letter in letters]
    image = SampledArray(
        data,
        tuple(letters),
        tuple(None if step is None else float(f"{step[0]:.9g}") for step in found),
        tuple("pixel" if step is None else step[1] for step in found),
    )
    if letters != axes:
        lost = (*lost, f"its axes {axes} are named {letters}")
    count = data.shape[letters.index("C")] if "C" in letters else 0
    names = tuple(channels) if len(channels) == count and any(channels) else ()
    notes = tuple(one for one in (note, *lost) if one)
    return Read(image, name, names, {"optics": dict(optics)} if optics else {}, notes)


def optics(
    *,
    aperture: object = None,
    index: object = None,
    immersion: object = None,
    magnification: object = None,
    objective: object = None,
    modality: str | None = None,
    emission_nm: Sequence[object] = (),
    excitation_nm: Sequence[object] = (),
    pinhole_um: Sequence[object] = (),
) -> dict[str, Any]:
    """Return what is known of lens and light by the names of `read_optics`; only plausible values."""
    by_name = optics_of_objective(str(objective or ""))
    found: dict[str, Any] = {
        "numerical_aperture": within(aperture, 1e-3, MOST_APERTURE) or by_name.get("numerical_aperture"),
        "immersion_index": within(index, *INDICES) or medium_of(immersion or "") or by_name.get("immersion_index"),
        "magnification": within(magnification, 1e-2, 1000),
        "objective": str(objective).strip() if objective else None,
        "modality": modality,
    }
    for key, values, factor, bounds in (
        ("emission_um", emission_nm, 1e-3, WAVELENGTHS_UM),
        ("excitation_um", excitation_nm, 1e-3, WAVELENGTHS_UM),
        ("pinhole_um", pinhole_um, 1.0, (1e-3, 1e5)),
    ):
        each = [within(value, bounds[0] / factor, bounds[1] / factor) for value in values]
        if any(value is not None for value in each):
            found[key] = [None if value is None else float(f"{value * factor:.9g}") for value in each]
    return {key: value for key, value in found.items() if value is not None}


def within(value: object, low: float, high: float) -> float | None:
    """Return a number within bounds; None for another, and for what is none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if low <= number <= high else None


def bare_name(path: str | os.PathLike[str]) -> str:
    """Return a file's name without its ending."""
    return Path(path).stem
