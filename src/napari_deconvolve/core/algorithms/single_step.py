"""A filter as an iteration that ends with its first step, so that runs treat all methods alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Self

import numpy as np

from napari_deconvolve.core.arrays import FloatArray


class SingleStep(ABC):
    """The interface of iterations for the one estimate of a filter.

    The estimate has the shape and dtype of `like`, the data.

    Attributes
    ----------
    iteration : int
        0 or 1.
    """

    def __init__(self, like: FloatArray) -> None:
        self.iteration = 0
        self._estimate: FloatArray = np.zeros(like.shape, like.dtype)

    @property
    def blur(self) -> Self:
        """The object to close at the end: this one."""
        return self

    @property
    @abstractmethod
    def deviance(self) -> float:
        """Poisson deviance of the estimate; where the estimate is negative, the model is almost zero."""

    @property
    def objective(self) -> float:
        """The deviance."""
        return self.deviance

    def step(self) -> None:
        """Filter; a second time changes nothing."""
        if not self.iteration:
            self._estimate = self.filtered()
            self._estimate.flags.writeable = False
            self.iteration = 1

    @abstractmethod
    def filtered(self) -> FloatArray:
        """Return the estimate, and keep its deviance."""

    def states(self) -> Iterator[Self]:
        """Return the one state there is."""
        if not self.iteration:
            self.step()
            yield self

    def snapshot(self) -> FloatArray:
        """Return the estimate, read-only."""
        return self._estimate

    @abstractmethod
    def close(self) -> None:
        """Release memory; the estimate stays."""
