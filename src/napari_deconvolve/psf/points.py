"""PSFs of a few points: the kernel of side lobes, such as those of a 4Pi microscope.

A point between samples is shared among its neighbours by multi-linear weights. Of the two ways to place it,
this one keeps the properties of a PSF: no value is negative, the light is that of the weights, and its centroid lies
where the offset says, exactly. Band-limited placing (a shifted sinc) would keep the spectrum flat instead, but it
rings below zero around every point, and cutting that off moves light and centroid. The price of sharing is a little
blur: a variance of at most a quarter of a squared sample. Where points are to cancel each other, as side lobes by
deconvolution, it matters more that all are blurred alike than that one of them is not: ``alike`` shares the others
among their neighbours too, until all have the same variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.values import MAX_AXES, MAX_SAMPLES, as_spacing, odd_lengths, refuse_large

SAME_PLACE = 1e-6  # samples: an offset this close to a sample is on it


def points(
    offsets: ArrayLike,
    weights: ArrayLike,
    spacing: float | Sequence[float] = 1.0,
    *,
    shape: int | Sequence[int] | None = None,
    unit: str = "um",
    alike: bool = False,
) -> PSF:
    """Make a PSF of a few points.

    Parameters
    ----------
    offsets : array_like, shape (points, axes)
        Where each point is, from the centre, in `unit`, axes as in the image (z, y, x). A flat list is a
        list of points along one axis.
    weights : array_like, shape (points,)
        How much of the light each holds; not negative. They are divided by their sum.
    spacing, unit
        See `PSF`.
    shape : int or sequence of int, optional
        Odd lengths; by default the least that hold all points.
    alike : bool
        Blur all points alike, as much as the one that lies worst between samples.

    Returns
    -------
    PSF
        Its zero lag, the centre sample, stands for the offset 0, wherever the light is. Points between samples are
        shared among their neighbours.

    Raises
    ------
    PSFError
        For offsets and weights that do not fit together, negative weights, or a shape that does not hold all points.

    Examples
    --------
    >>> psf = points([-0.25, 0, 0.25], [0.4, 1, 0.4], 0.125)  # a 4Pi microscope's lobes, along z
    >>> [round(float(value), 3) for value in psf.data]
    [0.222, 0.0, 0.556, 0.0, 0.222]
    """
    places, shares = _arguments(offsets, weights)
    steps = as_spacing(spacing, places.shape[1])
    positions = places / steps
    near = np.round(positions)
    positions = np.where(np.abs(positions - near) < SAME_PLACE, near, positions)
    placed, light = _alike(positions, shares) if alike else (positions, shares)
    lengths = _lengths(placed, shape)
    data = _placed(placed + np.array(lengths) // 2, light, lengths)
    info = {
        "source": "points",
        "offsets": places.tolist(),
        "weights": shares.tolist(),
        "spacing": list(steps),
        "shape": list(lengths),
        "unit": unit,
        **({"alike": True} if alike else {}),
    }
    return PSF(data, steps, unit, info)


def _arguments(offsets: ArrayLike, weights: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    places, shares = _real(offsets, "offsets"), _real(weights, "weights")
    if places.ndim == 1:
        places = places[:, None]
    if places.ndim != 2 or not 1 <= places.shape[1] <= MAX_AXES or len(places) == 0:
        raise PSFError(
            f"The points' offsets have the shape {places.shape}; give one line per point with 1 to {MAX_AXES} numbers."
        )
    if shares.shape != (len(places),):
        raise PSFError(f"There are {len(places)} points and weights of shape {shares.shape}; give one weight a point.")
    if shares.min() < 0 or shares.max() <= 0:
        raise PSFError(
            f"The points' weights go from {shares.min():.3g} to {shares.max():.3g}; "
            "light is not negative: give numbers of at least 0, one of them above."
        )
    return places, shares


def _real(given: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        values = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise PSFError(f"The points' {name} are {given!r}; give numbers, as many for each point.") from None
    if not np.isfinite(values).all():
        raise PSFError(f"The points' {name} are not all finite; give numbers.")
    return values


def _lengths(positions: NDArray[np.float64], shape: int | Sequence[int] | None) -> tuple[int, ...]:
    reach = np.ceil(np.abs(positions).max(0))
    if shape is None:
        lengths = tuple(2 * int(far) + 1 for far in np.minimum(reach, MAX_SAMPLES))
    else:
        try:
            lengths = odd_lengths(shape, len(reach))
        except PSFError:
            raise
        except (TypeError, ValueError):
            raise PSFError(f"The PSF's shape is {shape!r} for {len(reach)} axes; give odd whole numbers.") from None
        if any(length // 2 < far for length, far in zip(lengths, reach, strict=True)):
            need = " x ".join(str(2 * int(far) + 1) for far in reach)
            raise PSFError(f"The PSF's shape {lengths} does not hold all points; give at least {need}, or no shape.")
    refuse_large(lengths, "check that offsets and spacing have the same unit")
    return lengths


def _alike(
    positions: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split points along each axis until sharing gives all the same variance: that of the worst placed one."""
    for axis in range(positions.shape[1]):
        part = positions[:, axis] - np.floor(positions[:, axis])
        variance = part * (1 - part)
        missing = variance.max() - variance
        if missing.max() < SAME_PLACE:
            continue
        step = np.eye(positions.shape[1])[axis]
        positions = np.concatenate([positions - step, positions, positions + step])
        weights = np.concatenate([weights * missing / 2, weights * (1 - missing), weights * missing / 2])
        positions, weights = positions[weights > 0], weights[weights > 0]
    return positions, weights


def _placed(positions: NDArray[np.float64], weights: NDArray[np.float64], lengths: tuple[int, ...]) -> NDArray[Any]:
    """Share each point among its neighbours, in proportion to how near they are."""
    data = np.zeros(lengths)
    low = np.floor(positions).astype(int)
    rest = positions - low
    for corner in product((0, 1), repeat=len(lengths)):
        share = weights * np.prod(np.where(corner, rest, 1 - rest), axis=1)
        used = share > 0  # a neighbour that gets nothing may lie outside
        np.add.at(data, tuple((low + corner)[used].T), share[used])
    return data
