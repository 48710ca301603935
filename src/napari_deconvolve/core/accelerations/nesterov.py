"""Acceleration by momentum: the step of Nesterov (1983, Sov. Math. Dokl. 27:372), between sums and proportions.

``x = RL(u)``, and with ``d = x - x_last`` and ``a = (k + 1) / (k + 5)`` after k steps (Chambolle & Dossal 2015, J.
Optim. Theory Appl. 166:968),

    u = x + 2 a d x / max(t, x + t / 2),    t = x + x_last - a d

What falls goes on in proportion (``x (x / x_last)^a``, by its Padé form), so that no sample turns negative, and none is
zero before its light is. What rises goes half-way between a proportion and a straight line: lines end up to 5 % farther
from points, and proportions as much from flat objects. ``k / (k + 3)`` goes astray on sharp beads, and ``k / (k + 4)``
takes one step more (benchmarks/acceleration.py).

``u`` is the estimate: it is blurred, and judged by its own deviance. Should that rise, ``x`` is taken in its place,
which cannot be worse than the last ``u``, and k starts again. As ``a`` depends on nothing but k, other libraries,
precisions and tiles take the very same steps.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.accelerations.acceleration import ACCELERATIONS, Acceleration
from napari_deconvolve.core.accelerations.batch import BatchAcceleration
from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.batch_noise import Sums as ItemSums
from napari_deconvolve.core.transforms.boundary import Layout
from napari_deconvolve.core.transforms.fft import Index, Sums

HEAD, DELAY = 1, 4  # a is (k + HEAD) / (k + HEAD + DELAY)

Steps = TypeVar("Steps", float, ItemSums)


class Nesterov(Acceleration):
    """The memory of the iteration: the last result of a plain step, and how many steps have looked ahead."""

    name = "nesterov"
    rank = 0

    def __init__(self, estimate: FloatArray, frame: FloatArray) -> None:
        self._last = np.empty_like(estimate)
        self._steps = 0.0

    @property
    def looks_ahead(self) -> bool:
        """Whether there is a last result to look ahead from."""
        return self._steps > 0

    @classmethod
    def samples(cls, plan: Layout) -> int:
        """Return the samples of one more estimate."""
        return int(np.prod(plan.domain))

    @classmethod
    def batch(cls, estimate: FloatArray) -> BatchNesterov:
        """Return the memory over many items."""
        return BatchNesterov(estimate)

    def take(self, index: Index, point: FloatArray, stepped: FloatArray) -> Sums:
        """Look ahead from a piece of the result, and remember it."""
        last = self._last[index]
        ahead = growth(stepped, last, factor(self._steps)) if self._steps else None
        last[...] = stepped
        if ahead is not None:
            stepped *= ahead
        point[...] = stepped
        return ()

    def advance(self, estimate: FloatArray, sums: Sums, far: float | None = None) -> FloatArray:
        """Count the step."""
        self._steps += 1
        return estimate

    def restart(self, estimate: FloatArray) -> FloatArray:
        """Return the result of the plain step; the next step is the first of a new series."""
        new, self._last = self._last, estimate
        self._steps = 0
        return new


class BatchNesterov(BatchAcceleration):
    """The same over many items, each of which restarts by itself."""

    def __init__(self, estimate: FloatArray) -> None:
        self._last = np.zeros_like(estimate)
        self._steps: ItemSums = np.zeros((len(estimate),) + (1,) * (estimate.ndim - 1))

    @property
    def looks_ahead(self) -> BoolArray:
        """Where there is a last result to look ahead from."""
        return self._steps > 0

    def take(self, point: FloatArray, stepped: FloatArray) -> FloatArray:
        """Look ahead from the results, and remember them; a factor of 0 changes nothing."""
        ahead = look_ahead(stepped, self._last, factor(self._steps))
        self._last = stepped
        self._steps += 1
        return ahead

    def restart(self, rows: NDArray[np.intp], last: FloatArray, again: FloatArray) -> None:
        """Begin a new series with the results of the plain step."""
        self._steps[rows] = 0

    def result(self, rows: NDArray[np.intp]) -> FloatArray:
        """Return the results of the plain step."""
        return self._last[rows]


def factor(steps: Steps) -> Steps:
    """Return a, how far to look ahead after some steps: 0 after none."""
    return (steps > 0) * (steps + HEAD) / (steps + HEAD + DELAY)


def look_ahead(x: FloatArray, last: FloatArray, a: FloatArray | float) -> FloatArray:
    """Return u of two results; 0 stays 0."""
    ahead = growth(x, last, a)
    ahead *= x
    return ahead


def growth(x: FloatArray, last: FloatArray, a: FloatArray | float) -> FloatArray:
    """Return u / x of two results, 1 where both are 0; with t / 2 = x - d (1 + a) / 2."""
    way, share = (np.asarray(one, x.dtype) for one in ((1 + a) / 2, 4 * a / (1 + a)))
    step = x - last
    step *= way
    half = x - step  # t / 2
    below = np.maximum(half, x)
    below += half
    below += np.finfo(x.dtype).tiny
    step /= below
    step *= share  # 2 a d over the larger one
    step += 1
    return step


ACCELERATIONS.add(Nesterov)
