"""A prior of squared differences over whole arrays of a device; see `Penalty` and `majorizers` for the same in blocks.

Differences are steps along axes: what lies beyond an end is 0 and unknown, unless the object goes around.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_deconvolve.core.device import Array
from napari_deconvolve.core.operators.device_blur import DeviceBlur
from napari_deconvolve.core.priors.differences import Steps, relative
from napari_deconvolve.core.priors.majorizers import MIN_DENOMINATOR, Bend
from napari_deconvolve.core.priors.penalty import MIN_MEAN, grid_of
from napari_deconvolve.core.priors.prior import Prior
from napari_deconvolve.core.priors.squared_differences import SquaredDifferences


@dataclass(frozen=True, slots=True)
class _Axes:
    """Stands for a patch where operators are asked for: a step along an axis is its number from 1, back negative."""

    def stride(self, axis: int) -> int:
        return axis + 1


class DevicePenalty:
    """A prior over a blur's domain; see `Penalty` for the parameters."""

    def __init__(
        self, prior: Prior, blur: DeviceBlur, inverse: Array, mean: float, spacing: Sequence[float] | None
    ) -> None:
        assert isinstance(prior, SquaredDifferences), "others are left to the CPU"
        self._xp, self._device, self._strength = blur.device.xp, blur.device, prior.strength
        self._mean, self._inverse = max(mean, MIN_MEAN), inverse
        self._bend: Bend = prior.bend(self._mean)
        self._operators = prior.operators(_Axes(), relative(spacing or (1.0,) * len(blur.domain)))
        grid = grid_of(blur.layout)
        self._around = grid.around
        self._known = self._counted(grid.cuts, blur.dtype)
        self._trust: Array = None
        self._wish: Array = None

    def _counted(self, cuts: Sequence[int], dtype: np.dtype[np.floating]) -> Array:
        """Return 1 for each sample that takes part, else 0."""
        known = self._device.get(self._inverse > 0)
        for axis, place in enumerate(cuts):
            if place >= 0:
                np.moveaxis(known, axis, 0)[place : place + 1] = False
        return self._device.put(known.astype(dtype))

    def prepare(self, point: Array) -> float:
        """Evaluate a point of the domain; return strength * R there."""
        xp = self._xp
        size, changes = xp.zeros_like(point), []
        for steps, length in self._operators:
            known = self._combined(self._known, steps, xp.multiply)
            change = self._combined(point, steps, xp.subtract) * known
            size = size + length * change * change
            changes.append((steps, length, change, known))
        weight, value = self._bent(size)
        gradient, stiffness = xp.zeros_like(point), xp.zeros_like(point) + MIN_DENOMINATOR
        for steps, length, change, known in changes:
            counted = weight * known * length
            gradient = gradient + self._transposed(change * counted, steps)
            stiffness = stiffness + self._spread(counted, steps)
        stiffness = stiffness * 2 ** len(self._operators[0][0])
        self._wish = point - gradient / stiffness
        self._trust = self._strength * stiffness * self._inverse
        return self._strength * value

    def _bent(self, size: Array) -> tuple[Array, float]:
        """Return 2 f'(S) and the sum of f(S), see `Bend`."""
        scale, edge = self._bend.scale, self._bend.edge
        if edge == 0:
            return self._xp.zeros_like(size) + 1 / scale, self._device.total(size) / (2 * scale)
        root = self._xp.sqrt(size + edge * edge)
        return 1 / root, self._device.total(root - edge)

    def balanced(self, corrected: Array) -> Array:
        """Turn RL's result, from the point that was prepared, into that of data and prior.

        It is the positive root of ``trust u^2 + (1 - trust wish) u - corrected = 0``, see `between_parabolas`.
        """
        xp = self._xp
        share = 1 / (1 + self._trust * self._mean)
        a, b = self._trust * share, share - self._trust * share * self._wish
        c = corrected * share
        root = xp.sqrt(b * b + 4 * a * c) + xp.abs(b)
        rising = b >= 0
        return xp.where(rising, 2 * c, root) / (xp.where(rising, root, 2 * a) + MIN_DENOMINATOR)

    def _combined(self, values: Array, steps: Steps, how: object) -> Array:
        """Combine each sample with its next one (step > 0) or its last one; the later comes first."""
        assert callable(how)
        for step in steps:
            other = self._moved(values, step)
            values = how(other, values) if step > 0 else how(values, other)
        return values

    def _transposed(self, values: Array, steps: Steps) -> Array:
        for step in steps[::-1]:
            other = self._moved(values, -step)
            values = other - values if step > 0 else values - other
        return values

    def _spread(self, values: Array, steps: Steps) -> Array:
        for step in steps[::-1]:
            values = values + self._moved(values, -step)
        return values

    def _moved(self, values: Array, step: int) -> Array:
        """Return each sample's next one along an axis, or its last one."""
        axis, xp = abs(step) - 1, self._xp
        if self._around[axis]:
            return xp.roll(values, -1 if step > 0 else 1, axis=axis)
        before = (slice(None),) * axis
        zeros = xp.zeros_like(values[(*before, slice(0, 1), ...)])
        if step > 0:
            return xp.concat([values[(*before, slice(1, None), ...)], zeros], axis=axis)
        return xp.concat([zeros, values[(*before, slice(None, -1), ...)]], axis=axis)
