"""Images whose planes lie in a file until somebody asks for them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

ReadPlane = Callable[[tuple[int, ...]], NDArray[Any]]


class Planes:
    """An array of which only the planes that are asked for are read.

    Parameters
    ----------
    shape : tuple of int
        Those of the outer axes, then Y and X.
    dtype : dtype
        Of the samples.
    read : callable
        Returns the plane, of shape (Y, X), at given places along the outer axes.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any, read: ReadPlane) -> None:
        self.shape = tuple(int(length) for length in shape)
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self._read = read

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many samples there are."""
        return int(np.prod(self.shape, dtype=np.int64))

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        whole = self[...]
        return whole if dtype is None else whole.astype(dtype, copy=False)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Return a part, cut out by slices and whole numbers, of which only the planes are read that it needs."""
        given = index if isinstance(index, tuple) else (index,)
        if Ellipsis in given:
            place = given.index(Ellipsis)
            given = (*given[:place], *(slice(None),) * (self.ndim - len(given) + 1), *given[place + 1 :])
        cuts = (*given, *(slice(None),) * (self.ndim - len(given)))
        places = [np.arange(length)[cut] for cut, length in zip(cuts[:-2], self.shape[:-2], strict=True)]
        outer = tuple(len(place) for place in places if np.ndim(place))
        planes = [self._read(tuple(map(int, one)))[cuts[-2:]] for one in itertools.product(*map(np.atleast_1d, places))]
        if not planes:
            return np.empty((*outer, *np.empty(self.shape[-2:])[cuts[-2:]].shape), self.dtype)
        return np.stack(planes).reshape((*outer, *planes[0].shape)).astype(self.dtype, copy=False)
