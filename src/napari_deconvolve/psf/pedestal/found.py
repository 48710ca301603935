"""A pedestal: its level or plane, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pedestal:
    """A level, and where it is.

    Attributes
    ----------
    level : float
        In the middle of the samples; 0 where there is none.
    slope : tuple of float
        By which it rises from sample to sample, per axis; empty where it is even.
    inside : ndarray of bool or None
        The samples that stand on it; None for all of them, else a filled border is around.
    """

    level: float
    slope: tuple[float, ...] = ()
    inside: Mask | None = None

    def __bool__(self) -> bool:
        """Whether there is one."""
        return self.level != 0 or bool(self.slope)

    def surface(self, shape: tuple[int, ...]) -> Values:
        """Return it at every sample."""
        level = np.full(shape, self.level)
        for axis, (length, slope) in enumerate(zip(shape, self.slope, strict=False)):
            along = slope * (np.arange(length) - (length - 1) / 2)
            level += along.reshape([-1 if other == axis else 1 for other in range(len(shape))])
        return level

    def taken_off(self, values: Values) -> Values:
        """Return the samples above it, 0 outside."""
        above = values - (self.surface(values.shape) if self.slope else self.level)
        return above if self.inside is None else np.where(self.inside, above, 0.0)

    def held(self, shape: tuple[int, ...]) -> float:
        """Return the sum of its samples, those below zero counted as those above it."""
        every = np.abs(self.surface(shape))
        return float((every if self.inside is None else every[self.inside]).sum())

    def words(self, shape: tuple[int, ...]) -> str:
        """Return a note on what was taken off."""
        where = "" if self.inside is None else ", inside of a border without data"
        if not self.slope:
            return f"pedestal {self.level:.4g} taken off{where}"
        surface = self.surface(shape)
        return f"sloping pedestal, {surface.min():.4g} to {surface.max():.4g}, taken off{where}"
