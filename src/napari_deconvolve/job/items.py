"""An image as a stack of items: one for each place along the axes that the PSF does not act on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape, native, with_gaps
from napari_deconvolve.image import is_lazy


class Items:
    """An image's items, each a frame that the PSF acts on.

    A lazy image is read when its pixels are needed, and item by item where one is asked for. `axes` and `frame`, the
    shape of an item, are in the order of the PSF's axes; `outer` holds the lengths of the looped axes in the image's.

    `carried` are a looped axis and a place along it that hold no light, as the opacity of colours: no items are there,
    and `assemble` puts its samples back as they were.
    """

    def __init__(self, data: Any, axes: Shape, carried: tuple[int, int] | None = None) -> None:
        self._data = data
        self.axes = axes
        self.dtype = np.dtype(data.dtype).newbyteorder("=")
        lengths = tuple(int(length) for length in data.shape)
        self.outer: Shape = tuple(length for axis, length in enumerate(lengths) if axis not in axes)
        self.frame: Shape = tuple(lengths[axis] for axis in axes)
        self._carried = None if carried is None or carried[0] in axes else carried
        self._numbers = self._run_numbers()
        self._array: NDArray[np.generic] | None = None if is_lazy(data) else self.split(native(data))
        self._latest: tuple[int, NDArray[np.generic]] | None = None  # of a lazy image

    def __len__(self) -> int:
        return math.prod(self.outer) if self._numbers is None else len(self._numbers)

    def __getitem__(self, index: Any) -> NDArray[np.generic]:
        if self.lazy and isinstance(index, (int, np.integer)):
            return self._frame(int(index))
        part: NDArray[np.generic] = self.array[index]
        return part

    @property
    def lazy(self) -> bool:
        """Whether pixels have still to be read, which may take long."""
        return self._array is None

    @property
    def source(self) -> Any:
        """The array that was given."""
        return self._data

    @property
    def carried(self) -> tuple[int, int] | None:
        """A looped axis and a place along it that hold no light."""
        return self._carried

    @property
    def size(self) -> int:
        """The number of pixels of all items."""
        return len(self) * int(np.prod(self.frame, dtype=np.int64))

    @property
    def array(self) -> NDArray[np.generic]:
        """All items, of shape (items, *frame)."""
        if self._array is None:
            self._array, self._latest = self.split(native(with_gaps(np.asanyarray(self._data)))), None
        return self._array

    @property
    def shape(self) -> Shape:
        """The image's own shape."""
        return self.image_shape(self.frame)

    @property
    def data(self) -> Any:
        """The image as it was given."""
        return self._data

    def _frame(self, item: int) -> NDArray[np.generic]:
        """Read one item; it is kept until another one is read."""
        if self._latest is None or self._latest[0] != item:
            self._latest = item, self.cut(self._data, item)
        return self._latest[1]

    def cut(self, array: Any, item: int) -> NDArray[Any]:
        """Return one item of an array of the image's shape, of which only that is read."""
        return self._cut(array, item, tuple(slice(0, length) for length in self.frame))

    def part(self, item: int, region: Sequence[slice]) -> NDArray[Any]:
        """Return a part of one item, in the order of the PSF's axes, of which only that is read."""
        return self._cut(self._data, item, region)

    def _cut(self, array: Any, item: int, region: Sequence[slice]) -> NDArray[Any]:
        index, left = self.index(item, region), sorted(self.axes)
        read = native(with_gaps(np.asanyarray(array[index])))
        return np.transpose(
            read.reshape([cut.stop - cut.start for cut in index if isinstance(cut, slice)]),
            [left.index(axis) for axis in self.axes],
        )

    def index(self, item: int, region: Sequence[slice]) -> tuple[Any, ...]:
        """Return where a part of one item lies in an array of the image's shape."""
        places, inner = iter(self.place(item)), dict(zip(self.axes, region, strict=True))
        return tuple(inner[axis] if axis in inner else next(places) for axis in range(len(self.shape)))

    def turned_back(self, part: NDArray[Any]) -> NDArray[Any]:
        """Return a part of one item, whose axes are in the order of the PSF's, in the image's own order of axes."""
        return np.transpose(part, np.argsort(self.axes))

    @property
    def blocks(self) -> Shape:
        """The lengths of the blocks in which the image is kept, along the axes of an item; 1 where it has none."""
        kept = getattr(self._data, "chunksize", None) or getattr(self._data, "chunks", None) or (1,) * len(self.shape)
        return tuple(int(kept[axis]) for axis in self.axes)

    def split(self, array: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return an array of the image's shape as items, of shape (items, *frame)."""
        every = self._all(array)
        return every if self._numbers is None else every[self._numbers]

    def _all(self, array: NDArray[np.generic]) -> NDArray[np.generic]:
        moved = np.moveaxis(array, self.axes, range(array.ndim - len(self.axes), array.ndim))
        return moved.reshape(-1, *moved.shape[len(self.outer) :])

    def _run_numbers(self) -> NDArray[np.intp] | None:
        """Return the places, counted along the looped axes, that are items; None where all are."""
        if self._carried is None:
            return None
        axis, place = self._carried
        inner = axis - sum(one < axis for one in self.axes)
        along = np.indices(self.outer)[inner].ravel()
        return np.flatnonzero(along != place)

    def assemble(self, frames: Sequence[FloatArray], dtype: str | None = None, *, estimate: bool = False) -> FloatArray:
        """Return one frame per item in the image's own order of axes; all have one shape, which may be another.

        Places that hold no light are 0, or in an `estimate` as in the image.
        """
        stack = self.spread(np.asarray(frames, dtype))
        if estimate and self._numbers is not None and stack.shape[1:] == self.frame:
            others = np.setdiff1d(np.arange(len(stack)), self._numbers)
            stack[others] = self._all(np.asarray(self._data))[others]  # as it is: no PSF has blurred it
        whole = stack.reshape(*self.outer, *stack.shape[1:])
        last = tuple(range(len(self.outer), whole.ndim))
        return whole if self.axes == last else np.moveaxis(whole, last, self.axes)

    @property
    def beside(self) -> tuple[Any, ...] | None:
        """The index, in an array of the image's shape, of what holds no light and is carried along; None for none."""
        if self._carried is None:
            return None
        axis, place = self._carried
        return (*(slice(None),) * axis, place)

    def spread(self, stack: FloatArray, axis: int = 0) -> FloatArray:
        """Return what holds one entry per item along an axis with one for each place, 0 where no item is."""
        if self._numbers is None:
            return stack
        shape = list(stack.shape)
        shape[axis] = int(np.prod(self.outer, dtype=np.int64))
        full = np.zeros(shape, stack.dtype)
        full[(slice(None),) * axis + (self._numbers,)] = stack
        return full

    def number(self, item: int) -> int:
        """Return the number of an item's place, counted along the looped axes, the last one fastest."""
        return item if self._numbers is None else int(self._numbers[item])

    def image_shape(self, frame: Shape) -> Shape:
        """Return the shape, in the image's order of axes, of items with such frames."""
        lengths, inner = iter(self.outer), dict(zip(self.axes, frame, strict=True))
        ndim = len(self.outer) + len(self.axes)
        return tuple(inner[axis] if axis in inner else next(lengths) for axis in range(ndim))

    def place(self, item: int) -> tuple[int, ...]:
        """Return the indices of an item along the looped axes."""
        return tuple(int(index) for index in np.unravel_index(self.number(item), self.outer)) if self.outer else ()


def alone(image: NDArray[np.generic]) -> Items:
    """Return an image as the only item: the PSF acts along all of its axes."""
    return Items(image, tuple(range(image.ndim)))
