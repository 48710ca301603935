"""Nodes over the pupil, in s = n sin(theta), which is the same in every layer."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

MIN_NODES = 40  # enough where nothing oscillates
NODES_PER_RADIAN = 0.4  # Gauss needs a node per four radians, the sine below stretches them by pi/2


def pupil_nodes(aperture: float, edges: tuple[float, ...], reach: float) -> tuple[Values, Values]:
    """Return nodes and weights for an integral over s from 0 to the aperture.

    At the `edges` total reflection begins: the integrand has a square root there. Its phase turns by `reach` radians
    per unit of s. Gauss-Legendre in t, with ``s = b sin(pi t/2)`` in the first part and
    ``s = a + (b - a) sin(pi t/2)^2`` in the others: the nodes crowd at the square roots, which thereby become smooth.
    """
    ends = sorted({edge for edge in edges if 0 < edge < aperture} | {aperture})
    begin, nodes, weights = 0.0, [], []
    for end in ends:
        width = end - begin
        x, w = legendre(MIN_NODES + int(np.ceil(NODES_PER_RADIAN * reach * width)))
        angle = (x + 1) * np.pi / 4
        if begin == 0:
            nodes.append(width * np.sin(angle))
            weights.append(w * width * np.pi / 4 * np.cos(angle))
        else:
            nodes.append(begin + width * np.sin(angle) ** 2)
            weights.append(w * width * np.pi / 4 * np.sin(2 * angle))
        begin = end
    return np.concatenate(nodes), np.concatenate(weights)


@lru_cache(maxsize=64)
def legendre(count: int) -> tuple[Values, Values]:
    """Return Gauss-Legendre nodes in [-1, 1] and their weights, read-only."""
    from scipy.special import roots_legendre  # a hundred times faster than numpy's from 300 nodes on

    nodes, weights = (np.asarray(part, np.float64) for part in roots_legendre(count))
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights
