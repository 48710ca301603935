"""An image as a stack of items: one for each place along the axes that the PSF does not act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape


class Items:
    """An image's items, each a frame that the PSF acts on; the image is read when its first pixel is needed.

    Parameters
    ----------
    data : array_like
        The image: an array, or anything lazy with shape, dtype and slicing.
    axes : tuple of int
        Where the PSF acts, in the order of the PSF's axes.

    Attributes
    ----------
    outer : tuple of int
        Lengths of the looped axes, in the image's order.
    frame : tuple of int
        Shape of an item, in the order of the PSF's axes.
    """

    def __init__(self, data: Any, axes: Shape) -> None:
        self._data = data
        self.axes = axes
        self.dtype = np.dtype(data.dtype)
        lengths = tuple(int(length) for length in data.shape)
        self.outer: Shape = tuple(length for axis, length in enumerate(lengths) if axis not in axes)
        self.frame: Shape = tuple(lengths[axis] for axis in axes)
        self._array: NDArray[np.generic] | None = None

    def __len__(self) -> int:
        return int(np.prod(self.outer, dtype=np.int64))

    def __getitem__(self, index: Any) -> NDArray[np.generic]:
        part: NDArray[np.generic] = self.array[index]
        return part

    @property
    def lazy(self) -> bool:
        """Whether pixels have still to be read, which may take long."""
        return self._array is None and not isinstance(self._data, np.ndarray)

    @property
    def size(self) -> int:
        """The number of pixels of all items."""
        return len(self) * int(np.prod(self.frame, dtype=np.int64))

    @property
    def array(self) -> NDArray[np.generic]:
        """All items, of shape (items, *frame)."""
        if self._array is None:
            self._array = self.split(np.asarray(self._data))
        return self._array

    @property
    def shape(self) -> Shape:
        """The image's own shape."""
        return self.image_shape(self.frame)

    def split(self, array: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return an array of the image's shape as items, of shape (items, *frame)."""
        moved = np.moveaxis(array, self.axes, range(array.ndim - len(self.axes), array.ndim))
        return moved.reshape(-1, *moved.shape[len(self.outer) :])

    def assemble(self, frames: Sequence[FloatArray], dtype: str | None = None) -> FloatArray:
        """Return one frame per item in the image's own order of axes.

        Parameters
        ----------
        frames : sequence of ndarray
            In the order of the items; all of one shape, which may differ from `frame`.
        dtype : str, optional
            Of the result; by default the frames'.
        """
        stack = np.asarray(frames, dtype)
        first, last = len(self.outer), len(self.outer) + len(self.axes)
        return np.moveaxis(stack.reshape(*self.outer, *stack.shape[1:]), range(first, last), self.axes)

    def image_shape(self, frame: Shape) -> Shape:
        """Return the shape, in the image's order of axes, of items with such frames."""
        lengths, inner = iter(self.outer), dict(zip(self.axes, frame, strict=True))
        ndim = len(self.outer) + len(self.axes)
        return tuple(inner[axis] if axis in inner else next(lengths) for axis in range(ndim))

    def place(self, item: int) -> tuple[int, ...]:
        """Return the indices of an item along the looped axes."""
        return tuple(int(index) for index in np.unravel_index(item, self.outer)) if self.outer else ()


def alone(image: NDArray[np.generic]) -> Items:
    """Return an image as the only item: the PSF acts along all of its axes."""
    return Items(image, tuple(range(image.ndim)))
