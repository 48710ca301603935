"""Image files: TIFF, OME-TIFF, ImageJ TIFF and NPY in, OME-TIFF and NPY out."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import DeconvolutionWarning, FileError, ParameterError, PSFError
from napari_deconvolve.formats.images import format_of, image_suffixes, listed, usual_suffixes, writer_of
from napari_deconvolve.formats.ome_zarr.library import SUFFIX as ZARR
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.formats.stored import Stored, described, letters_of, steps_of
from napari_deconvolve.formats.tables import ALL_TABLES
from napari_deconvolve.formats.tiff_writer import SUFFIXES
from napari_deconvolve.image import Grid, SampledArray, is_lazy
from napari_deconvolve.io.renaming import renamed
from napari_deconvolve.io.stored_about import sound
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import MADE, Made

NAMELESS = re.compile(r"Image:?\d*")  # what programs write when an image has no name


@dataclass(frozen=True, slots=True, eq=False)
class ImageFile:
    """An image with what its file says of it.

    Attributes
    ----------
    image : SampledArray
        1 to 5 axes, in the file's type of numbers, each called by one capital letter: T time, C channel, Z, Y, X;
        others are allowed.
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
    metadata : mapping
        All that this program stored beside the image, in plain JSON types.
    notes : tuple of str
        What one should know of the file, in words.
    """

    image: SampledArray
    name: str
    recipe: Recipe | None = None
    iterations: int | None = None
    background: float | list[float] | None = None
    channels: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def made(self) -> Made | None:
        """By what the image was made; None for one that this program did not make."""
        return Made.from_dict(self.metadata[MADE]) if MADE in self.metadata else None

    @property
    def data(self) -> NDArray[Any]:
        """The samples."""
        data: NDArray[Any] = self.image.data
        return data

    @property
    def axes(self) -> str:
        """One letter per axis, such as "TZYX"."""
        return letters_of(self.image)

    @property
    def spacing(self) -> tuple[float, ...] | None:
        """Distance of samples along each axis, in `units`; 1 where only others are known; None when none is."""
        return steps_of(self.image)

    @property
    def units(self) -> tuple[str, ...]:
        """Per axis: "um" and the like, "s" and the like for T, "pixel" where nothing is known."""
        return self.image.units

    @property
    def optics(self) -> Mapping[str, Any]:
        """What the file says of objective, immersion and light, by the names of `psf.microscope`'s arguments.

        ``numerical_aperture``, ``immersion_index``, ``modality``, and one value per channel of ``emission_um``,
        ``excitation_um``, ``pinhole_um``, ``detector_offset`` and ``detector_gain``; only what is said. A part of
        `metadata`, so that it is kept when that is written again.
        """
        optics = self.metadata.get("optics")
        return optics if isinstance(optics, Mapping) else {}

    @property
    def spatial(self) -> tuple[int, ...]:
        """The indices of the axes Z, Y and X, in this order; all axes when none has such a letter."""
        return self.image.spatial

    def grid(self, axes: Sequence[int]) -> Grid | None:
        """Return the distances of samples along some axes in the last one's unit; None when one is not known."""
        return self.image.grid(axes)


def read_image(
    path: str | os.PathLike[str],
    *,
    image: int | None = None,
    axes: str | None = None,
    notes: bool = False,
    lazily: bool = False,
) -> ImageFile:
    """Read an image.

    Parameters
    ----------
    path : path
        ``.tif``, ``.tiff`` (plain, OME or ImageJ), ``.ome`` (a companion file) or ``.npy``; with the extra ``formats``
        ``.czi``, ``.nd2``, ``.lif``, ``.oib`` and ``.oif`` too; with the extra ``big`` ``.zarr``, which is lazy,
        and with ``remote`` also at an address such as ``s3://bucket/cells.zarr``.
    image : int, optional
        Which of the images in the file, from 1; by default the largest, which the notes then say.
    axes : str, optional
        Names of the axes in place of the file's, such as "ZYX" for frames that are really planes.
    notes : bool
        Warn of what one should know of the file, too, by a `DeconvolutionWarning` each.
    lazily : bool
        Leave the samples in the file until parts of them are needed, where its format lets that be.

    Raises
    ------
    FileError
        When there is no such file, or it is a folder, no image, damaged or cut off, or has no image of that number.
    ParameterError
        When the names of axes do not fit the image.
    ResourceError
        When it does not fit into memory.
    """
    found = format_of(path)
    if found is not None:
        read = _image(path, found.open(path, image, lazily=lazily))
        read = read if axes is None else with_axes(read, axes)
        if notes:
            tell_notes(path, read.notes)
        return read
    with reading(path, "an image"):  # says first whether there is such a file at all
        raise FileError(f"{path} is not an image that can be read; give a {listed(usual_suffixes())} file.")


def with_axes(read: ImageFile, axes: str) -> ImageFile:
    """Return an image of a file under other names of its axes; see `read_image`."""
    image, more = renamed(read.image, axes)
    place = image.find("C")
    kept = place is not None and len(read.channels) == image.shape[place]
    channels = read.channels if kept else ()
    return replace(read, image=image, channels=channels, notes=(*read.notes, *more))


def tell_notes(path: str | os.PathLike[str], notes: Sequence[str]) -> None:
    """Warn of what one should know of a file."""
    for note in notes:
        warnings.warn(f"{Path(path).name}: {note}", DeconvolutionWarning, stacklevel=3)


def write_image(
    path: str | os.PathLike[str],
    data: ArrayLike | SampledArray,
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
    data : array_like or SampledArray
        Real numbers, 1 to 5 axes. A `SampledArray` brings spacing, units and names of axes, in place of those below.
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
    if isinstance(data, SampledArray):
        axes, spacing, units = _letters(data), steps_of(data), data.units
    more = {**(extra or {}), **({} if recipe is None else {"recipe": recipe.to_dict()})}
    array: Any = data.data if isinstance(data, SampledArray) else data
    array = array if is_lazy(array) and isinstance(data, SampledArray) else np.asarray(array)
    stored = described(array, axes, spacing, units, name=name, channels=tuple(channels), extra=more)
    writer_of(path)(path, stored)


def _letters(image: SampledArray) -> str | None:
    """Return one letter per axis, another one for names that are words; None where no axis has a name."""
    given = [name if len(name) == 1 and name.isascii() and name.isalpha() else "" for name in image.letters]
    unused = (letter for letter in "QIRPV" if letter not in given)
    return "".join(name or next(unused) for name in given) if any(given) else None


def stem(path: str | os.PathLike[str]) -> str:
    """Return a file's name without folder and ending; ``.ome.tif`` is one ending."""
    name, suffix = Path(path).name, Path(path).suffix
    if suffix.lower() not in (*image_suffixes(), *ALL_TABLES):
        return name
    bare = name.removesuffix(suffix)
    if suffix.lower() in (*SUFFIXES, ZARR) and bare.lower().endswith(".ome"):
        bare = bare[: -len(".ome")]
    return bare or name


def _image(path: str | os.PathLike[str], stored: Stored) -> ImageFile:
    extra, left_out = sound(stored.extra)
    notes = [*stored.notes, *left_out]
    recipe = None
    if extra.get("recipe") is not None:
        try:
            recipe = Recipe.from_dict(extra["recipe"])
        except (ParameterError, PSFError) as error:
            notes.append(f"its recipe cannot be used: {error}")
    return ImageFile(
        image=stored.image,
        name=stem(path) if NAMELESS.fullmatch(stored.name) or not stored.name else stored.name,
        recipe=recipe,
        iterations=extra.get("iterations"),
        background=extra.get("background"),
        channels=stored.channels,
        metadata=MappingProxyType(extra),
        notes=tuple(notes),
    )
