"""Image files: TIFF, OME-TIFF, ImageJ TIFF and NPY in, OME-TIFF and NPY out."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import FileError, ParameterError
from napari_deconvolve.formats.arrays import read_npy, write_npy
from napari_deconvolve.formats.reading import reading, suffix_of
from napari_deconvolve.formats.stored import SPATIAL, Stored, described
from napari_deconvolve.formats.tiff import SUFFIXES, read_tiff, write_tiff
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.units import factor, is_length

NAMELESS = re.compile(r"Image:?\d*")  # what programs write when an image has no name


@dataclass(frozen=True, slots=True, eq=False)
class ImageFile:
    """An image with what its file says of it.

    Attributes
    ----------
    data : ndarray
        1 to 5 axes, in the file's type of numbers.
    axes : str
        One letter per axis: T time, C channel, Z, Y, X; others are allowed in files of this program.
    spacing : tuple of float or None
        Distance of samples along each axis, in `units`; 1 where only others are known; None when the file says nothing.
    units : tuple of str
        Per axis: "um" and the like, "s" and the like for T, "pixel" where nothing is known.
    name : str
        From the file, or the file's own.
    recipe : Recipe or None
        The run that made the image.
    iterations : int or None
        How many that run did.
    background : float, list of float or None
        What that run took for it, in counts.
    channels : tuple of str
        Their names, or empty.
    optics : mapping
        What the file says of objective, immersion and light, by the names of `psf.microscope`'s arguments:
        ``numerical_aperture``, ``immersion_index``, ``modality``, and one value per channel of ``emission_um``,
        ``excitation_um`` and ``pinhole_um``; only what is said.
    metadata : mapping
        All that this program stored beside the image, in plain JSON types.
    notes : tuple of str
        What one should know of the file, in words.
    """

    data: NDArray[Any]
    axes: str
    spacing: tuple[float, ...] | None
    units: tuple[str, ...]
    name: str
    recipe: Recipe | None = None
    iterations: int | None = None
    background: float | list[float] | None = None
    channels: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def optics(self) -> Mapping[str, Any]:
        """What the file says of the optics; a part of `metadata`, so that it is kept when that is written again."""
        optics = self.metadata.get("optics")
        return optics if isinstance(optics, Mapping) else {}

    @property
    def spatial(self) -> tuple[int, ...]:
        """The indices of the axes Z, Y and X; all axes when none has such a letter."""
        return tuple(axis for axis, letter in enumerate(self.axes) if letter in SPATIAL) or tuple(range(self.data.ndim))

    def grid(self, axes: Sequence[int]) -> tuple[tuple[float, ...], str] | None:
        """Return the distances of samples along some axes in the last one's unit; None when one is not known."""
        if self.spacing is None or any(self.units[axis] == "pixel" for axis in axes):
            return None
        unit = self.units[axes[-1]]
        if len({self.units[axis] for axis in axes}) > 1 and not all(is_length(self.units[axis]) for axis in axes):
            return None
        return tuple(self.spacing[axis] * factor(self.units[axis], unit) for axis in axes), unit


def read_image(path: str | os.PathLike[str]) -> ImageFile:
    """Read an image.

    Parameters
    ----------
    path : path
        ``.tif``, ``.tiff`` (plain, OME or ImageJ) or ``.npy``.

    Raises
    ------
    FileError
        When there is no such file, or it is a folder, no image, a colour image, damaged or cut off.
    ResourceError
        When it does not fit into memory.
    """
    if suffix_of(path) in SUFFIXES:
        return _image(path, read_tiff(path))
    if suffix_of(path) == ".npy":
        return _image(path, read_npy(path))
    with reading(path, "an image"):  # says first whether there is such a file at all
        raise FileError(f"{path} is not an image that can be read; give a .tif, .tiff or .npy file.")


def write_image(
    path: str | os.PathLike[str],
    data: ArrayLike,
    *,
    spacing: float | Sequence[float] | None = None,
    units: str | Sequence[str] | None = None,
    axes: str | None = None,
    recipe: Recipe | None = None,
    name: str = "",
    channels: Sequence[str] = (),
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write an image; the file is complete or absent.

    Parameters
    ----------
    path : path
        ``.ome.tif``, ``.tif`` or ``.tiff``, all of which become OME-TIFF with all that follows, or ``.npy``, with
        the bare numbers: spacing, units, axes and recipe are lost.
    data : array_like
        Real numbers, 1 to 5 axes.
    spacing : float or sequence of float, optional
        Distance of samples per axis; a single number is that of Z, Y and X, fewer than axes are those of the last ones.
    units : str or sequence of str, optional
        Per axis, or one for Z, Y and X.
    axes : str, optional
        One letter per axis; by default X, YX, ZYX, TZYX or TCZYX.
    recipe : Recipe, optional
        The run that made the image: `read_image` gives it back.
    name : str
        Of the image.
    channels : sequence of str
        Names of channels.
    extra : mapping, optional
        More to store, in plain JSON types: ``iterations``, ``background``, ``deviance``, ...

    Raises
    ------
    FileError
        When the file cannot be written, or its name's ending is none of those.
    ParameterError
        When axes, spacing and units do not fit each other.
    """
    array = np.asarray(data)
    stored = described(array, axes, spacing, units, name=name, channels=tuple(channels), extra=_extra(recipe, extra))
    if suffix_of(path) == ".npy":
        write_npy(path, _real(path, array))
    else:
        require_suffix(path)
        write_tiff(path, stored)


def require_suffix(path: str | os.PathLike[str]) -> None:
    """Refuse a name that `write_image` does not know how to write."""
    if suffix_of(path) not in (*SUFFIXES, ".npy"):
        raise FileError(f"{path} has no ending that can be written; give a name that ends in .ome.tif, .tif or .npy.")


def stem(path: str | os.PathLike[str]) -> str:
    """Return a file's name without folder and ending; ``.ome.tif`` is one ending."""
    name = Path(path).name
    return re.sub(r"(?i)((\.ome)?\.tiff?|\.(npy|csv|tsv|txt|dat))$", "", name) or name


def _image(path: str | os.PathLike[str], stored: Stored) -> ImageFile:
    extra = dict(stored.extra)
    notes = list(stored.notes)
    recipe = None
    if extra.get("recipe") is not None:
        try:
            recipe = Recipe.from_dict(extra["recipe"])
        except (ParameterError, TypeError) as error:
            notes.append(f"its recipe cannot be used: {error}")
    return ImageFile(
        data=stored.data,
        axes=stored.axes,
        spacing=stored.spacing,
        units=stored.units,
        name=stem(path) if NAMELESS.fullmatch(stored.name) or not stored.name else stored.name,
        recipe=recipe,
        iterations=extra.get("iterations"),
        background=extra.get("background"),
        channels=stored.channels,
        metadata=MappingProxyType(extra),
        notes=tuple(notes),
    )


def _extra(recipe: Recipe | None, extra: Mapping[str, Any] | None) -> dict[str, Any]:
    values = dict(extra or {})
    if recipe is not None:
        values["recipe"] = recipe.to_dict()
    return values


def _real(path: str | os.PathLike[str], array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind not in "buif" or array.size == 0:
        raise FileError(f"{path} cannot hold {array.dtype} of shape {array.shape}; give real numbers, at least one.")
    return array
