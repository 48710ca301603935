"""What an acceleration does over many small items at once: each has its step ahead."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray


class BatchAcceleration(ABC):
    """The memory of one accelerated iteration over items; see `Acceleration`.

    Parameters
    ----------
    estimate : ndarray
        The start, of shape (items, *domain); only its shape and dtype matter.
    """

    @abstractmethod
    def __init__(self, estimate: FloatArray) -> None: ...

    @property
    @abstractmethod
    def looks_ahead(self) -> BoolArray:
        """For each item whether the present step does not only do what plain iteration does."""

    @abstractmethod
    def take(self, point: FloatArray, stepped: FloatArray) -> FloatArray:
        """Take the results of a step from a point; return the new estimates."""

    @abstractmethod
    def restart(self, rows: NDArray[np.intp], last: FloatArray, again: FloatArray) -> None:
        """Discard the direction of some items, which have gone from `last` to `again`."""

    def result(self, rows: NDArray[np.intp]) -> FloatArray | None:
        """Return the results of some items before looking ahead; None if their step has to be done again."""
        return None

    def point(self, estimate: FloatArray, last: FloatArray) -> FloatArray:
        """Return the points from which the next step starts."""
        return estimate

    def model(self, model: FloatArray, last: FloatArray, floor: FloatArray) -> FloatArray:
        """Return the blurred images of these points."""
        return model
