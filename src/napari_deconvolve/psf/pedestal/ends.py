"""The ends of samples: those farthest from their middle, which light of a point reaches last."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

OUTER = 0.2  # of each axis: the samples farthest from the middle are those of a corner
SHORT = 4  # samples: an axis that is shorter has no ends


class Ends(NamedTuple):
    """The samples farthest from the middle, those next to them, and both by corners."""

    outer: Mask
    inner: Mask
    sides: list[Mask]
    inner_sides: list[Mask]


def find_ends(inside: Mask) -> Ends | None:
    """Return the ends of the part that is inside; None where it is too short to have any."""
    axes = [axis for axis, length in enumerate(inside.shape) if length >= SHORT]
    if not axes:
        return None
    distance = np.zeros(inside.shape)
    signs = []
    for axis in axes:
        held = np.flatnonzero(inside.any(axis=tuple(other for other in range(inside.ndim) if other != axis)))
        middle, half = (held[0] + held[-1]) / 2, max((held[-1] - held[0]) / 2, 0.5)
        places = (np.arange(inside.shape[axis]) - middle) / half
        shape = [1] * inside.ndim
        shape[axis] = -1
        distance = distance + np.square(places).reshape(shape)
        signs.append(np.broadcast_to(np.sign(places).reshape(shape), inside.shape))
    count = max(2 ** len(axes), round(OUTER ** len(axes) * np.count_nonzero(inside)))
    ordered = np.sort(distance[inside])[::-1]
    next_to = max(2 * count, round((2 * OUTER) ** len(axes) * len(ordered)))
    if next_to >= len(ordered):
        return None
    outer = inside & (distance >= ordered[count - 1])
    inner = inside & ~outer & (distance >= ordered[next_to - 1])
    if not inner.any():
        return None
    corners = [
        np.logical_and.reduce([s == one for s, one in zip(signs, corner, strict=True)])
        for corner in product((-1, 1), repeat=len(axes))
    ]
    sides, inner_sides = ([ring & corner for corner in corners] for ring in (outer, inner))
    return Ends(outer, inner, [one for one in sides if one.any()], [one for one in inner_sides if one.any()])
