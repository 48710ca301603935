"""A surface that bends, by least squares: cubic splines over a coarse grid of knots.

How much it bends is chosen by restricted maximum likelihood (Wood & Fasiolo 2017, Biometrics 73:1071).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.likelihood.maps import MIN_KNOTS
from napari_deconvolve.core.remember import of_shape

MAX_KNOTS, KNOT_BINS = 17, 4  # of a spline along an axis; bins to a knot at least
FIRST_BEND, BENDS = 0.05, 4  # second differences that are expected, as a share of the level; steps to better ones

Values = NDArray[np.float64]


def spline_basis(places: Values) -> Values:
    """Return what each knot of a cubic spline adds at some places from -1 to 1."""
    from scipy import interpolate

    count = int(np.clip(len(places) // KNOT_BINS, MIN_KNOTS, MAX_KNOTS))
    spline = interpolate.make_interp_spline(np.linspace(-1, 1, count), np.eye(count), k=3)
    return np.asarray(spline(places))


def spline_knots(rest: Values, weights: Values, along_y: Values, along_x: Values) -> Values:
    """Return values at the knots, least squares with second differences that are expected to be small."""
    height, length = along_y.shape[1], along_x.shape[1]
    pairs_y, pairs_x = (np.einsum("pi,pj->pij", one, one).reshape(len(one), -1) for one in (along_y, along_x))
    normal = (pairs_y.T @ weights @ pairs_x).reshape(height, height, length, length)
    normal = normal.transpose(0, 2, 1, 3).reshape(height * length, -1)
    wanted = (along_y.T @ (weights * rest) @ along_x).ravel()
    bending = _bending((height, length))
    strength = 1 / (FIRST_BEND * float(np.average(rest, weights=weights))) ** 2
    for _ in range(BENDS - 1):
        inverse = _inverse(normal + strength * bending)
        knots = inverse @ wanted
        freedom = float(np.sum(inverse * normal)) - 3  # of what bends
        strength = max(freedom, 1e-3) / max(float(knots @ bending @ knots), 1e-12 * float(knots @ knots))
    return np.asarray(np.linalg.solve(normal + strength * bending, wanted).reshape(height, length))


def _inverse(matrix: Values) -> Values:
    """Return the inverse of a symmetric matrix: by its root, in a third of the time, where it is positive."""
    from scipy.linalg import lapack

    root, failed = lapack.dpotrf(matrix, lower=1, clean=0)
    if failed:
        return np.asarray(np.linalg.inv(matrix), np.float64)
    half = np.tril(lapack.dpotri(root, lower=1)[0])
    return np.asarray(half + np.tril(half, -1).T)


@of_shape
def _bending(grid: Shape) -> Values:
    """Return the sum of squared second differences over a grid, as a matrix: 0 for a plane."""
    height, length = grid
    first_y, first_x = np.diff(np.eye(height), axis=0), np.diff(np.eye(length), axis=0)
    second_y, second_x = np.diff(np.eye(height), 2, axis=0), np.diff(np.eye(length), 2, axis=0)
    parts = (
        np.kron(second_y, np.eye(length)),
        np.kron(np.eye(height), second_x),
        np.sqrt(2) * np.kron(first_y, first_x),
    )
    return np.asarray(sum(part.T @ part for part in parts))
