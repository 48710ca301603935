"""Least squares of a polynomial over a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.remember import of_kernel

ORDERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))  # of y and x, in the terms of a polynomial of second order
POORLY_KNOWN = 1e-8  # of the largest eigenvalue of the normal equations is the least: then they are too coarse

Values = NDArray[np.float64]


def polynomial_through(y: Values, x: Values, values: Values, weights: NDArray[np.generic], terms: int = 6) -> Values:
    """Return the coefficients of 1, y, x, y^2, y x, x^2, or of the first of these, that come nearest to values.

    Values and weights lie on the grid of y and x. So the normal equations need sums over powers of y and x by turns,
    which take far less time than a decomposition of all samples, and tell the same.
    """
    along_y, along_x = (_powers(places, places.shape) for places in (y, x))
    weight: Values = weights.astype(np.float64)
    moments = along_y.T @ weight @ along_x
    products = along_y[:, :3].T @ (weight * values) @ along_x[:, :3]
    orders = ORDERS[:terms]
    of_y, of_x = np.array(orders).T
    normal = moments[np.add.outer(of_y, of_y), np.add.outer(of_x, of_x)]
    known = np.linalg.eigvalsh(normal)
    if known[0] > POORLY_KNOWN * known[-1]:
        return np.linalg.solve(normal, products[of_y, of_x])
    design = np.stack([np.multiply.outer(along_y[:, i], along_x[:, j]).ravel() for i, j in orders], axis=1)
    root = np.sqrt(weight).ravel()
    return np.asarray(np.linalg.lstsq(design * root[:, np.newaxis], values.ravel() * root, rcond=None)[0], np.float64)


@of_kernel
def _powers(places: Values, shape: Shape) -> Values:
    """Return 1, y, y^2, y^3, y^4 of some places."""
    return np.asarray(np.power.outer(places, np.arange(5)), np.float64)
