"""Majorizers of roughness penalties, voxel by voxel (De Pierro 1995, IEEE Trans. Med. Imaging 14:132).

At the present estimate a penalty is replaced by a parabola for each voxel by itself, which touches it there and
lies above it everywhere. The parabola's lowest point is the prior's *wish* for the voxel, its curvature the prior's
*stiffness*. RL has the same kind of majorizer for the divergence; the sum of both is least at the positive root of
a quadratic equation, which exists for every strength.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.priors.differences import Patch, Steps, add_spread, add_transposed, difference, together

MIN_DENOMINATOR = 1e-30

RowSums = NDArray[np.float64]  # one number per row of a block, along the last axis
Surrogate = tuple[FloatArray, FloatArray, RowSums]
Operator = tuple[Steps, float]


class Strides(Protocol):
    """What tells a step along each axis."""

    def stride(self, axis: int) -> int:
        """Return the step to a neighbour along an axis."""


def first_differences(patch: Strides, spacing: Sequence[float]) -> list[Operator]:
    """Return the differences of neighbours as steps in memory, each with the factor of its square.

    Along an axis of infinite spacing there are no neighbours.
    """
    return [((patch.stride(axis),), length**-2) for axis, length in enumerate(spacing) if isfinite(length)]


def second_differences(patch: Strides, spacing: Sequence[float]) -> list[Operator]:
    """Return all second differences, mixed ones twice since both orders count."""
    axes = [(patch.stride(axis), length) for axis, length in enumerate(spacing) if isfinite(length)]
    pure: list[Operator] = [((stride, -stride), length**-4) for stride, length in axes]
    mixed: list[Operator] = [
        ((one, two), 2 * (length * other) ** -2) for (one, length), (two, other) in combinations(axes, 2)
    ]
    return pure + mixed


@dataclass(frozen=True, slots=True)
class Bend:
    """The cost f of a squared difference S: in proportion to S, or to its root beyond an edge.

    Attributes
    ----------
    scale : float
        f = S / (2 scale) when there is no edge.
    edge : float
        f = sqrt(S + edge^2) - edge when positive.
    """

    scale: float
    edge: float = 0.0

    def cost(self, patch: Patch, size: FloatArray) -> RowSums:
        """Add up f(S) over the block's rows; with an edge, S becomes sqrt(S + edge^2)."""
        if self.edge == 0:
            parts: RowSums = _sum(patch.inside(size)) / (2 * self.scale)
            return parts
        edge = size.dtype.type(self.edge)
        size += edge * edge
        np.sqrt(size, out=size)
        block = patch.inside(size)
        sums: RowSums = _sum(block) - float(edge) * block.shape[-1]
        return sums

    def weight(self, size: FloatArray) -> None:
        """Turn the result of `cost` into 2 f'(S)."""
        if self.edge == 0:
            size[...] = 1 / self.scale
        else:
            np.divide(1, size, out=size)


def parabolas(patch: Patch, operators: Sequence[Operator], bend: Bend) -> Surrogate:
    """Return stiffness and wish of the block's voxels, and the block's part of the penalty sum f(S).

    With the weights w = 2 f' of the present estimate, the gradient is G = D'WDu, the stiffness
    C_j = sum_r w_r |D_rj| sum_l |D_rl|, and the wish u - G/C.
    """
    scratch = patch.scratch
    weight, changes = squares(patch, operators)
    value = bend.cost(patch, weight)
    bend.weight(weight)
    gradient, stiffness, scaled = scratch.line(), scratch.line(), scratch.line()
    gradient[...] = 0
    stiffness[...] = MIN_DENOMINATOR
    for (steps, factor), (change, known) in zip(operators, changes, strict=True):
        counted = weight
        if factor != 1 or known is not None:
            counted = np.multiply(weight, factor if known is None else known, out=scaled)
        if factor != 1 and known is not None:
            counted *= factor
        change *= counted
        add_transposed(change, steps, gradient, scratch)
        add_spread(counted, steps, stiffness, scratch)
    stiffness *= 2 ** len(operators[0][0])  # the sum of a row's magnitudes, but for its factor
    gradient /= stiffness
    wish = np.subtract(patch.values, gradient, out=gradient)
    return patch.inside(stiffness), patch.inside(wish), value


def squares(
    patch: Patch, operators: Sequence[Operator]
) -> tuple[FloatArray, list[tuple[FloatArray, FloatArray | None]]]:
    """Return S for every voxel, and the differences that it is made of; those with an unknown partner are 0."""
    scratch = patch.scratch
    size, squared, changes = scratch.line(), scratch.line(), []
    for number, (steps, factor) in enumerate(operators):
        change, known = difference(patch.values, steps, scratch), None
        if patch.known is not None:
            known = together(patch.known, steps, scratch)
            change *= known
        to = squared if number else size
        np.multiply(change, change, out=to)
        if factor != 1:
            to *= factor
        if number:
            size += squared
        changes.append((change, known))
    return size, changes


def _sum(block: FloatArray) -> RowSums:
    """Add up each row in its precision; the sums are in double precision."""
    return np.asarray(np.sum(block, axis=-1), np.float64)


def between_parabolas(corrected: FloatArray, trust: FloatArray, wish: FloatArray, mean: float) -> None:
    """Replace RL's result by the positive root of ``trust u^2 + (1 - trust wish) u - corrected = 0``.

    Divided by 1 + trust * mean, so that nothing overflows at any strength.
    """
    share = np.divide(1, 1 + trust * trust.dtype.type(mean))
    a = trust * share
    b = share - a * wish
    corrected *= share
    root = b * b
    root += 4 * a * corrected
    np.sqrt(root, out=root)
    root += np.abs(b)
    rising = b >= 0
    corrected *= 2
    a *= 2
    np.divide(np.where(rising, corrected, root), np.where(rising, root, a) + MIN_DENOMINATOR, out=corrected)


def contrasts(patch: Patch, operators: Sequence[Operator]) -> Surrogate:
    """Return the same for the penalty sum of (a - b)^2 / (a + b) over neighbours a, b.

    That is a + b - 4 / (1/a + 1/b), and 1/(p + q) lies above its tangent; so with h = ab/(a + b) at the present
    estimate, each pair costs at most a + b + 4 h^2 (1/a + 1/b) + const: exact, convex, and each voxel by itself.
    The majorizer ``k u + K/u`` has its lowest point at sqrt(K/k), the wish, and k is the stiffness.
    """
    scratch = patch.scratch
    value: RowSums = np.zeros(())
    cost, stiffness, means = scratch.line(), scratch.line(), scratch.line()
    stiffness[...] = MIN_DENOMINATOR
    means[...] = 0
    harmonic = scratch.line()
    for steps, factor in operators:
        step = steps[0]
        share, total = _pairs(patch, steps, factor)
        value = value + _pair_cost(patch, steps, total, share, cost)
        np.divide(patch.values[:-step], total[:-step], out=harmonic[:-step])
        harmonic[:-step] *= patch.values[step:]
        harmonic[-step:] = 0
        harmonic *= harmonic
        harmonic *= share
        add_spread(harmonic, steps, means, scratch)
        add_spread(share, steps, stiffness, scratch)
    means *= 4
    means /= stiffness
    return patch.inside(stiffness), np.sqrt(patch.inside(means)), value


def contrast(patch: Patch, operators: Sequence[Operator]) -> RowSums:
    """Return the block's part of the penalty sum of (a - b)^2 / (a + b)."""
    value: RowSums = np.zeros(())
    cost = patch.scratch.line()
    for steps, factor in operators:
        share, total = _pairs(patch, steps, factor)
        value = value + _pair_cost(patch, steps, total, share, cost)
    return value


def _pairs(patch: Patch, steps: Steps, factor: float) -> tuple[FloatArray, FloatArray]:
    """Return `factor` where a voxel and its neighbour are known, else 0; and the sum of both, never 0."""
    step, total = steps[0], patch.scratch.line()
    np.add(patch.values[:-step], patch.values[step:], out=total[:-step])
    total[-step:] = 0
    total += MIN_DENOMINATOR
    if patch.known is None:
        share = patch.scratch.line()
        share[...] = factor
    else:
        share = together(patch.known, steps, patch.scratch)
        if factor != 1:
            share *= factor
    share[-step:] = 0
    return share, total


def _pair_cost(patch: Patch, steps: Steps, total: FloatArray, share: FloatArray, cost: FloatArray) -> RowSums:
    """Add up share (a - b)^2 / (a + b) over the block's rows, in `cost`."""
    step = steps[0]
    np.subtract(patch.values[step:], patch.values[:-step], out=cost[:-step])
    cost[-step:] = 0
    cost *= cost
    cost *= share
    cost /= total
    return _sum(patch.inside(cost))


def between_contrasts(corrected: FloatArray, trust: FloatArray, wish: FloatArray) -> None:
    """Replace RL's result by the positive root of ``(1 + trust) u^2 - corrected u - trust wish^2 = 0``."""
    share = np.divide(1, 1 + trust)
    corrected *= share
    corrected /= 2
    rest = wish * wish
    rest *= trust
    rest *= share
    rest += corrected * corrected
    corrected += np.sqrt(rest, out=rest)
