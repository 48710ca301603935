"""A surface that bends, by least squares: cubic splines over a coarse grid of knots.

How much it bends is chosen by restricted maximum likelihood (Wood & Fasiolo 2017, Biometrics 73:1071).
"""

from __future__ import annotations

from typing import NamedTuple

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


class Bending(NamedTuple):
    """Values at the knots, and how strongly their second differences were held down: over their expected square."""

    knots: Values
    strength: float


def spline_knots(
    rest: Values, weights: Values, along_y: Values, along_x: Values, strength: float | None = None
) -> Bending:
    """Return values at the knots, least squares with second differences that are expected to be small.

    A `strength` that a fit to nearly the same has found is a step from the best one.
    """
    height, length = along_y.shape[1], along_x.shape[1]
    pairs_y, pairs_x = (np.einsum("pi,pj->pij", one, one).reshape(len(one), -1) for one in (along_y, along_x))
    normal = (pairs_y.T @ weights @ pairs_x).reshape(height, height, length, length)
    normal = normal.transpose(0, 2, 1, 3).reshape(height * length, -1)
    wanted = (along_y.T @ (weights * rest) @ along_x).ravel()
    bending, steps = _bending((height, length)), 1
    if strength is None:
        strength, steps = 1 / (FIRST_BEND * float(np.average(rest, weights=weights))) ** 2, BENDS - 1
    for _ in range(steps):
        knots, freedom = _fitted(normal, normal + strength * bending, wanted)
        bent = max(freedom - 3, 1e-3)  # a plane is free
        strength = bent / max(float(knots @ bending @ knots), 1e-12 * float(knots @ knots))
    return Bending(_solved(normal + strength * bending, wanted).reshape(height, length), strength)


def _fitted(normal: Values, held: Values, wanted: Values) -> tuple[Values, float]:
    """Return what equations `held` by a penalty make the wanted of, and how many of their numbers are free.

    That is the trace of held^-1 normal. Half of a symmetric inverse tells it, by the root of a positive matrix.
    """
    from scipy.linalg import lapack

    root, failed = lapack.dpotrf(held.T, lower=1, clean=0)
    if failed:
        inverse = np.linalg.inv(held)
        return np.asarray(inverse @ wanted), float(np.sum(inverse * normal))
    knots = np.asarray(lapack.dpotrs(root, wanted, lower=1)[0])
    half = lapack.dpotri(root, lower=1, overwrite_c=1)[0].T
    beside = float(np.vdot(half, np.triu(normal, 1)))
    return knots, 2 * beside + float(np.vdot(half.diagonal(), normal.diagonal()))


def _solved(held: Values, wanted: Values) -> Values:
    """Return what equations make the wanted of."""
    from scipy.linalg import lapack

    root, failed = lapack.dpotrf(held.T, lower=1, clean=0)
    return np.asarray(np.linalg.solve(held, wanted) if failed else lapack.dpotrs(root, wanted, lower=1)[0])


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
