"""TIFF images of which only the parts are read that somebody asks for, by tifffile's view of a file as a Zarr store."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from napari_deconvolve.formats.ome_zarr.library import is_installed, library
from napari_deconvolve.formats.tiff_images import FileImage


class LazySeries:
    """The samples of one series of a TIFF file, which is opened when parts are asked for, and stays open.

    In another process it is opened again: what is handed over is the file's name.
    """

    def __init__(self, path: str, number: int) -> None:
        self._path, self._number = path, number

    @cached_property
    def _array(self) -> Any:
        import tifffile

        file = tifffile.TiffFile(self._path)  # which the array keeps open
        return library(self._path).open_array(file.series[self._number].aszarr(level=0), mode="r")

    def __reduce__(self) -> tuple[type[LazySeries], tuple[str, int]]:
        return LazySeries, (self._path, self._number)

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(self._array.shape)

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many samples there are."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the samples."""
        known: np.dtype[Any] = np.dtype(self._array.dtype)
        return known

    @property
    def chunks(self) -> tuple[int, ...]:
        """The lengths of the blocks that the file keeps."""
        return tuple(self._array.chunks)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        return np.asarray(self._array[index])

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self._array[...], dtype)


def lazy_samples(path: str | os.PathLike[str], tif: Any, image: FileImage) -> Any | None:
    """Return the samples of an image of an open file as an array that reads them later; None where that cannot be.

    It is for one series that the file keeps as it is: not for planes put together of several, or colours in a pixel,
    and not without Zarr.
    """
    alike = [
        number
        for number, one in enumerate(tif.series)
        if (tuple(one.shape), one.axes, one.dtype) == (tuple(image.shape), image.axes, image.dtype)
    ]
    if not is_installed(path) or len(alike) != 1 or "S" in image.axes or any(page is None for page in image.pages):
        return None
    return LazySeries(os.path.abspath(path), alike[0])
