"""Arrays on disk as napari is to see them: of a plane that is looked at, only that is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.formats.ome_zarr.writer import open_level


class LazyView:
    """A part of an array that is read once it becomes an array.

    napari cuts the window out first, and the plane out of that: a cut that is read at once reads all planes of it.

    Parameters
    ----------
    array : array_like
        With shape, dtype, and cuts of slices and integers.
    places : iterable of range or int, optional
        Per axis of the array, what the view holds; by default all.

    Attributes
    ----------
    shape, dtype, ndim, size
        As of arrays.
    """

    def __init__(self, array: Any, places: Iterable[range | int] | None = None) -> None:
        self._array = array
        self._places = tuple(map(range, array.shape)) if places is None else tuple(places)
        self.shape = tuple(len(place) for place in self._places if isinstance(place, range))
        self.dtype = np.dtype(array.dtype)
        self.ndim, self.size = len(self.shape), int(np.prod(self.shape, dtype=np.int64))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> LazyView:
        """Return a part of the part; nothing is read."""
        keys = key if isinstance(key, tuple) else (key,)
        if Ellipsis in keys:
            at = keys.index(Ellipsis)
            keys = (*keys[:at], *(slice(None),) * (self.ndim + 1 - len(keys)), *keys[at + 1 :])
        left = iter((*keys, *(slice(None),) * (self.ndim - len(keys))))
        return LazyView(self._array, [one if isinstance(one, int) else one[next(left)] for one in self._places])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Read it."""
        cuts = tuple(one if isinstance(one, int) else slice(one.start, one.stop, one.step) for one in self._places)
        if 0 in self.shape:
            return np.zeros(self.shape, dtype or self.dtype)
        return np.asarray(self._array[cuts], dtype or self.dtype)


def levels_of(folder: str | Path) -> list[LazyView]:
    """Return the levels of a store, the finest first."""
    count = 0
    while (Path(folder) / str(count)).is_dir():
        count += 1
    return [LazyView(open_level(folder, level)) for level in range(count)]
