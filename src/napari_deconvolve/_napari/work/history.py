"""Snapshots on the way, as one array with the iterations along its first axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.algorithms.iterate import Iterate


class History:
    """Every so many iterations an estimate, in one array that is allocated once and filled as the run goes on.

    The worker writes a slot before it counts it; readers look at counted slots only. `shape` and `dtype` are an
    estimate's.
    """

    def __init__(self, every: int, shape: tuple[int, ...], dtype: str = "float32") -> None:
        self.every = every
        self.count = 0
        self.data: NDArray[np.floating] = np.zeros((0, *shape), dtype)

    def reserve(self, iterations: int) -> None:
        """Make room for a run up to so many iterations; what is there is kept."""
        slots = iterations // self.every
        if slots > len(self.data):
            larger = np.zeros((slots, *self.data.shape[1:]), self.data.dtype)
            larger[: self.count] = self.data[: self.count]
            self.data = larger

    def record(self, state: Iterate, inner: tuple[slice, ...]) -> None:
        """Keep the state if its turn has come."""
        slot, rest = divmod(state.iteration, self.every)
        if rest == 0 and slot <= len(self.data):
            self.data[slot - 1] = state.estimate[inner]
            self.count = slot

    def filled(self) -> NDArray[np.floating]:
        """Return the part that has been written."""
        return self.data[: self.count]
