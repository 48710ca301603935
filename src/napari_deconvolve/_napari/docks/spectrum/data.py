"""Where a spectrum comes from: a file, or a line through an image layer."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.source import ascending, our_metadata, pretty_unit, read, refusal
from napari_deconvolve._napari.layers.world import from_data, to_data
from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.io.columns import all_columns, data_columns
from napari_deconvolve.io.cuts import along_axis, along_line
from napari_deconvolve.io.spectra import read_spectrum
from napari_deconvolve.io.spectrum import Spectrum
from napari_deconvolve.units import kind

FILE, AXIS, LINE = "file", "layer, along an axis", "layer, along a line"
DATA_SOURCES = (FILE, AXIS, LINE)
SPECTRAL = ("energy", "wave number", "frequency", "time", "voltage")  # what spectra are recorded over, beside lengths
PLACE_SEPARATORS = re.compile(r"[\s,;×x]+")
LINE_KINDS = ("line", "path")  # kinds of shapes that have two ends
MIN_SAMPLES = 3  # samples in which something can be sharpened


@dataclass(frozen=True, slots=True, eq=False)
class DataChoice:
    """What the form says of the data.

    Attributes
    ----------
    source : str
        One of `DATA_SOURCES`.
    path : str
        Of the file.
    column : int
        Its number among all columns, from 1: headings may be equal. 0 is the first that may be data.
    axis_column : int
        The number of the column of positions; 0 is the one that is found by itself.
    layer : Image or None
        Of which a line is taken.
    axis : int
        Along which.
    at : str
        Where on the other axes, as typed.
    points : Points or None
        By which the place is taken.
    shapes : Shapes or None
        With the line.
    resample : bool
        Whether a file with uneven positions is brought to even ones.
    """

    source: str = FILE
    path: str = ""
    column: int = 0
    axis_column: int = 0
    layer: Any = None
    axis: int = -1
    at: str = ""
    points: Any = None
    shapes: Any = None
    resample: bool = False


class Files:
    """Spectra in files, read once as long as a file does not change."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[object, Any]] = {}

    def spectrum(self, path: str, column: int = 0, resample: bool = False, axis_column: int = 0) -> Spectrum:
        """Return a column of a file; raise `FileError` when it cannot be read."""
        found: Spectrum = self._once(
            path,
            f"column {column} {resample} {axis_column}",
            lambda: read_spectrum(path, column=column or None, resample=resample, axis_column=axis_column or None),
        )
        return found

    def uneven(self, path: str, column: int = 0, axis_column: int = 0) -> bool:
        """Return whether a file can be read only when it is resampled."""
        try:
            self.spectrum(path, column, axis_column=axis_column)
        except FileError:
            try:
                self.spectrum(path, column, resample=True, axis_column=axis_column)
            except FileError:
                return False  # something else is wrong, and `take` says what
            return True
        return False

    def columns(self, path: str, axis_column: int = 0) -> tuple[str, ...]:
        """Return the names of a file's columns of data, the default first; none when it cannot be read."""
        return tuple(name for _, name in self._data_columns(path, axis_column))

    def numbers(self, path: str, axis_column: int = 0) -> tuple[int, ...]:
        """Return the numbers of these columns among all, from 1."""
        return tuple(number for number, _ in self._data_columns(path, axis_column))

    def axes(self, path: str) -> tuple[str, ...]:
        """Return the names of all columns of a file, each of which may be an axis; none when it cannot be read."""
        try:
            found: tuple[str, ...] = self._once(path, "all columns", lambda: all_columns(path))
        except FileError:
            return ()
        return found

    def _data_columns(self, path: str, axis_column: int) -> tuple[tuple[int, str], ...]:
        try:
            found: tuple[tuple[int, str], ...] = self._once(
                path, f"columns {axis_column}", lambda: data_columns(path, axis_column or None)
            )
        except FileError:
            return ()  # the spectrum itself says why
        return found

    def _once(self, path: str, what: str, get: Any) -> Any:
        try:
            state = os.stat(path)
        except OSError:
            return get()  # says in words what is wrong with the path
        stamp = (state.st_mtime_ns, state.st_size)
        stamped, found = self._known.get((path, what), (None, None))
        if stamped != stamp:
            try:
                found = get()
            except FileError as error:
                found = error
            self._known[path, what] = stamp, found
        if isinstance(found, FileError):
            raise found
        return found


def take(choice: DataChoice, files: Files, viewer: Any = None) -> Spectrum:
    """Return the spectrum that is chosen; raise `DeconvolutionError` when there is none, in a sentence."""
    if choice.source == FILE:
        if not choice.path.strip():
            raise ParameterError("No file is chosen yet; press Open, drag one here, or choose a layer as the source.")
        found = files.spectrum(choice.path.strip(), choice.column, choice.resample, choice.axis_column)
    else:
        require_image(choice.layer)
        found = _along_axis(choice) if choice.source == AXIS else _along_line(choice, viewer)
    return _checked(found)


def require_image(layer: Any) -> None:
    """Refuse a layer that no spectrum can be taken from; raise `ParameterError` in a sentence."""
    if layer is None:
        raise ParameterError("No image layer is chosen; choose or open one, or choose “file” as the source.")
    why = refusal(layer)
    if why:
        raise ParameterError(why)


def _along_axis(choice: DataChoice) -> Spectrum:
    source, axis = read(choice.layer), axis_of(choice)
    places = read_places(choice.at, others(source.shape, axis))
    image = source.image.with_data(source.data, units=spectral_units(choice.layer))
    return along_axis(
        ascending(source, image, axis),
        axis,
        [*places[:axis], 0, *places[axis:]],
        name=source.name,
        quantity=_quantity(choice.layer.axis_labels[axis]),
    )


def _along_line(choice: DataChoice, viewer: Any) -> Spectrum:
    source = read(choice.layer)
    start, end = line_ends(choice.shapes, choice.layer, viewer)
    here = to_data(viewer, choice.layer, viewer.dims.point) if viewer is not None else ()
    at = [int(np.clip(round(place), 0, n - 1)) for place, n in zip(here[:-2], source.shape[:-2], strict=False)]
    return along_line(source.image, start, end, at=at, name=source.name)


def _checked(spectrum: Spectrum) -> Spectrum:
    count = int(np.isfinite(spectrum.values).sum())
    if count < MIN_SAMPLES:
        raise ParameterError(f"The spectrum has {count} samples that are numbers; at least {MIN_SAMPLES} are needed.")
    return spectrum


# ---- axes and places


def axis_of(choice: DataChoice) -> int:
    """Return the axis of the layer that is meant, 0 or more."""
    count = int(choice.layer.ndim)
    return choice.axis if 0 <= choice.axis < count else default_axis(choice.layer)


def default_axis(layer: Any) -> int:
    """Guess where spectra lie: over energy, time and the like, else along a cube's first axis, or rows of a plane."""
    if refusal(layer):
        return int(layer.ndim) - 1  # colours, say: no axis is better than another
    shape = read(layer).shape
    long = [axis for axis, length in enumerate(shape) if length > 1] or [len(shape) - 1]
    units = spectral_units(layer)
    special = [axis for axis in long if kind(units[axis]) in SPECTRAL]
    return (special or long)[0 if special or len(long) > 2 else -1]


def spectral_units(layer: Any) -> tuple[str, ...]:
    """Return the units of a layer's axes; those that napari knows no name for stand in the layer's metadata."""
    units = read(layer).units
    kept = our_metadata(layer).get("units")
    return tuple(str(unit) for unit in kept) if isinstance(kept, list) and len(kept) == len(units) else units


def axis_names(layer: Any) -> list[str]:
    """Name a layer's axes for a choice: "E (meV)"."""
    named = zip(layer.axis_labels, spectral_units(layer), strict=True)
    return [
        f"{_quantity(label) or f'axis {axis}'}{f' ({pretty_unit(unit)})' if unit != 'pixel' else ''}"
        for axis, (label, unit) in enumerate(named)
    ]


def unit_words(spectrum: Spectrum | None) -> str:
    """Return the unit of an axis as people write it: samples where they have no other places, nothing for others."""
    if spectrum is None:
        return ""
    if spectrum.unit != "pixel":
        return pretty_unit(spectrum.unit)
    return "samples" if spectrum.spacing == 1 and spectrum.start in (0, 1) else ""


def _quantity(label: str) -> str:
    """Return an axis's label, unless it is a number that napari put there."""
    return "" if re.fullmatch(r"-?\d+", label) else label


def others(shape: Sequence[int], axis: int) -> tuple[int, ...]:
    """Return the lengths of all axes but one."""
    return tuple(length for index, length in enumerate(shape) if index != axis)


def read_places(text: str, lengths: Sequence[int]) -> list[int]:
    """Read one index per axis, "12, 30", the middle from no text; raise `ParameterError` with what to write."""
    if not text.strip():
        return [length // 2 for length in lengths]
    words = [word for word in PLACE_SEPARATORS.split(text.strip()) if word]
    if not all(re.fullmatch(r"\d+", word) for word in words) or len(words) != len(lengths):
        wanted = ", ".join(f"0 to {length - 1}" for length in lengths)
        count = f"{len(lengths)} whole number{'s' if len(lengths) > 1 else ''}"
        raise ParameterError(f"The place is “{text.strip()}”; give {count} ({wanted}).")
    places = [int(word) for word in words]
    for place, length in zip(places, lengths, strict=True):
        if place >= length:
            raise ParameterError(f"The place is “{text.strip()}”, but {place} is not within 0 to {length - 1}.")
    return places


def place_in(layer: Any, world: Sequence[float], axis: int, viewer: Any = None) -> str | None:
    """Return the text for a place in the world on all axes of a layer but one; None beside the layer, or on colours."""
    if refusal(layer):
        return None
    nearest = np.floor(to_data(viewer, layer, world) + 0.5).astype(int)
    shape = read(layer).shape
    places = [int(place) for index, place in enumerate(nearest) if index != axis]
    if any(not 0 <= place < length for place, length in zip(places, others(shape, axis), strict=True)):
        return None
    return ", ".join(map(str, places))


def point_world(points: Any, ndim: int, viewer: Any = None) -> Sequence[float] | None:
    """Return where the selected point is, else the last one; None when there is none. Missing leading axes are 0."""
    if points is None or not len(points.data):
        return None
    index = min(points.selected_data, default=len(points.data) - 1)
    world = from_data(viewer, points, points.data[index])
    return [0.0] * (ndim - len(world)) + [float(place) for place in world]


def line_ends(shapes: Any, layer: Any, viewer: Any = None) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return both ends of the selected line, else the last, in samples of the last two axes; raise if there is none."""
    lines = [] if shapes is None else [index for index, one in enumerate(shapes.shape_type) if one in LINE_KINDS]
    if not lines:
        raise ParameterError("There is no line yet; press Draw, and draw one over the image.")
    chosen = [index for index in lines if index in shapes.selected_data]
    corners = shapes.data[(chosen or lines)[-1]]
    start, end = (to_data(viewer, layer, from_data(viewer, shapes, corner)) for corner in (corners[0], corners[-1]))
    return (float(start[-2]), float(start[-1])), (float(end[-2]), float(end[-1]))
