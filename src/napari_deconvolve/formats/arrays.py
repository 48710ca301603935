"""NPY files."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.atomic import replacing
from napari_deconvolve.formats.images import FORMATS, ImageFormat
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.formats.stored import STANDARD_AXES, Stored
from napari_deconvolve.image import SampledArray

REAL = "buif"  # kinds of dtype that hold real numbers


def read_npy(path: str | os.PathLike[str], *, lazily: bool = False) -> Stored:
    """Read an array of 1 to 5 axes; raise `FileError` for other files, for objects, and for one that is cut off.

    With `lazily` it is mapped into memory, and read when parts are asked for.
    """
    with reading(path, "an NPY array") as source, source.open("rb") as file:
        if file.read(6) != b"\x93NUMPY":
            raise FileError(f"{path} is not an NPY file; save it with numpy.save.")
        file.seek(0)
        if lazily:
            data = np.load(source, mmap_mode="r", allow_pickle=False)
        else:
            data = np.lib.format.read_array(file, allow_pickle=False)
    if not 1 <= data.ndim <= 5 or data.size == 0:
        raise FileError(f"{path} holds an array of shape {data.shape}; give 1 to 5 axes with samples in them.")
    return Stored(SampledArray(data, tuple(STANDARD_AXES[data.ndim])))


def _read_lazily(path: str | os.PathLike[str], number: int | None = None) -> Stored:
    if number not in (None, 1):
        raise FileError(f"{path} holds one image, and number {number} is asked for; leave the number out.")
    return read_npy(path, lazily=True)


def write_npy(path: str | os.PathLike[str], data: NDArray[Any]) -> None:
    """Write the bare numbers; the file is complete or absent."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array(file, np.asanyarray(data), allow_pickle=False)


def _write(path: str | os.PathLike[str], stored: Stored) -> None:
    data = np.asarray(stored.image.data)
    if data.dtype.kind not in REAL or data.size == 0:
        raise FileError(f"{path} cannot hold {data.dtype} of shape {data.shape}; give real numbers, at least one.")
    write_npy(path, data)


def _holds_image(path: str | os.PathLike[str]) -> bool:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return array.dtype.kind in REAL and 1 <= array.ndim <= 5 and array.size > 0


FORMATS.add(ImageFormat("NPY", 1, (".npy",), read_npy, _write, _holds_image, later=_read_lazily))
