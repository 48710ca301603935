"""The samples of a store: read when they are asked for, and what goes wrong then is a sentence."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.errors import DeconvolutionError, FileError
from napari_deconvolve.formats.addresses import is_address
from napari_deconvolve.formats.ome_zarr.places import still_there, why


class SamplesError(FileError):
    """Samples that could not be read, and the `reason`, in a few words."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"Samples of {path} cannot be read ({reason}); check that it is complete, and try again.")

    def __reduce__(self) -> Any:
        """Return how it is made again in another process."""
        return type(self), (self.path, self.reason)


class StoredSamples:
    """An array in a store: lazy, as zarr's own is.

    Attributes
    ----------
    shape, dtype, chunks : tuple of int, dtype, tuple of int
        As in zarr.
    array : zarr.Array
        The array itself.
    """

    def __init__(self, path: str | os.PathLike[str], array: Any) -> None:
        self._path, self.array = os.fspath(path), array
        self.shape: Shape = tuple(int(length) for length in array.shape)
        self.dtype: np.dtype[Any] = np.dtype(array.dtype)
        self.chunks: Shape = tuple(array.chunks)

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many samples there are."""
        return int(np.prod(self.shape, dtype=object))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Return a part; raise `SamplesError` where it cannot be read, or its store is gone."""
        try:
            part = np.asarray(self.array[index])
            gone = self._may_be_gone(part) and not still_there(self._path, self.array)
        except (DeconvolutionError, MemoryError, IndexError):
            raise
        except Exception as error:  # a damaged chunk can make its decoder raise anything, and so can a network
            raise SamplesError(self._path, why(error)) from error
        if gone:
            raise SamplesError(self._path, "the store is gone")
        return part

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all samples."""
        return np.asarray(self[...], dtype)

    def _may_be_gone(self, part: NDArray[Any]) -> bool:
        """Return whether to look for the store: elsewhere that takes time, so only where there is nothing but zeros."""
        return not is_address(self._path) or not part.any()
