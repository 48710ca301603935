"""Gaussian and Lorentzian PSFs by their full width at half maximum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.psf.values import MAX_AXES, as_spacing, odd_lengths

Widths = float | Sequence[float]

GAUSSIAN_REACH = 1.75  # FWHMs from the centre: 4.1 sigma
LORENTZIAN_REACH = {1: 16.0, 2: 6.0, 3: 4.0}  # FWHMs: a Lorentzian never ends, so this is a choice
GAUSS_NODES = 5  # of the Gauss-Legendre rule over a sample, per axis


def gaussian(
    fwhm: Widths,
    spacing: Widths = 1.0,
    *,
    ndim: int | None = None,
    shape: int | Sequence[int] | None = None,
    unit: str = "um",
) -> PSF:
    """Make a Gaussian PSF, integrated over each sample.

    Parameters
    ----------
    fwhm : float or sequence of float
        Full width at half maximum per axis, or one for all, in `unit`.
    spacing, unit
        See `PSF`.
    ndim : int, optional
        1 to 3; by default as many as the other arguments name, else 2.
    shape : int or sequence of int, optional
        Odd lengths; by default 1.75 FWHM to either side (99.99 % of the energy).

    Raises
    ------
    PSFError
        For widths or spacings that are not positive, or numbers of axes that differ.
    """
    from scipy.special import erf

    widths, steps, lengths = _arguments(fwhm, spacing, ndim, shape, lambda _, samples: ceil(GAUSSIAN_REACH * samples))
    data = np.ones(())
    for width, step, length in zip(widths, steps, lengths, strict=True):
        sigma = width / np.sqrt(8 * np.log(2))
        edges = (np.arange(length + 1) - length / 2) * step
        data = np.multiply.outer(data, np.diff(erf(edges / (np.sqrt(2) * sigma))))
    return PSF(data, steps, unit, _info("gaussian", widths, steps, lengths, unit))


def lorentzian(
    fwhm: Widths,
    spacing: Widths = 1.0,
    *,
    ndim: int | None = None,
    shape: int | Sequence[int] | None = None,
    unit: str = "um",
) -> PSF:
    """Make a Lorentzian PSF ``1/(1 + sum((2 x_i/fwhm_i)^2))``, integrated over each sample.

    Parameters
    ----------
    fwhm, spacing, ndim, shape, unit
        As for `gaussian`. A Lorentzian has no end: by default it is cut 16 FWHM from the centre in 1D, 6 in
        2D and 4 in 3D.

    Raises
    ------
    PSFError
        For widths or spacings that are not positive, or numbers of axes that differ.
    """
    # Rounded, since much light lies at the cut: a finer one, resampled, is cut at the same place.
    widths, steps, lengths = _arguments(
        fwhm, spacing, ndim, shape, lambda axes, samples: max(1, round(LORENTZIAN_REACH[axes] * samples))
    )
    nodes, weights = np.polynomial.legendre.leggauss(GAUSS_NODES)
    grids = [
        (((np.arange(length) - length // 2)[:, None] + nodes / 2) * step * 2 / width).ravel() ** 2
        for width, step, length in zip(widths, steps, lengths, strict=True)
    ]
    data = _integrated(grids, weights / 2)
    return PSF(data, steps, unit, _info("lorentzian", widths, steps, lengths, unit))


def _integrated(squares: list[NDArray[np.float64]], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integrate 1/(1 + r^2) over samples; plane by plane, so that the fine grid is never held whole."""
    rest = squares[1:]
    radius = np.zeros(())
    for square in rest:
        radius = np.add.outer(radius, square)
    count = len(squares[0]) // GAUSS_NODES
    planes = []
    for index in range(count):
        plane = sum(
            weight / (1 + square + radius)
            for weight, square in zip(weights, squares[0][index * GAUSS_NODES : (index + 1) * GAUSS_NODES], strict=True)
        )
        planes.append(_summed(np.asarray(plane), weights))
    return np.array(planes)


def _summed(fine: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    for axis in range(fine.ndim):
        moved = np.moveaxis(fine, axis, -1)
        fine = np.moveaxis(moved.reshape(*moved.shape[:-1], -1, GAUSS_NODES) @ weights, -1, axis)
    return fine


def _arguments(
    fwhm: Widths,
    spacing: Widths,
    ndim: int | None,
    shape: int | Sequence[int] | None,
    reach: Callable[[int, float], int],  # half a length from the number of axes and the FWHM in samples
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[int, ...]]:
    axes = _axes(fwhm, spacing, ndim, shape)
    steps = as_spacing(spacing, axes)
    widths = tuple(float(width) for width in np.broadcast_to(np.asarray(fwhm, np.float64), (axes,)))
    if not all(np.isfinite(width) and width > 0 for width in widths):
        raise PSFError(f"The FWHM is {fwhm!r}; give positive numbers in the unit of the spacing.")
    if shape is None:
        lengths = tuple(2 * reach(axes, width / step) + 1 for width, step in zip(widths, steps, strict=True))
    else:
        lengths = odd_lengths(shape, axes)
    if np.prod(lengths, dtype=float) > 2**28:
        raise PSFError(
            f"A PSF of {' x '.join(map(str, lengths))} samples is too large; give a smaller FWHM or shape, "
            "or check that FWHM and spacing have the same unit."
        )
    return widths, steps, lengths


def _axes(fwhm: Widths, spacing: Widths, ndim: int | None, shape: object) -> int:
    named = {np.size(value) for value in (fwhm, spacing, shape) if value is not None and np.ndim(value) == 1}  # type: ignore[arg-type]
    if ndim is not None:
        named.add(int(ndim))
    named_many = {count for count in named if count != 1} or named
    if len(named_many) > 1:
        raise PSFError(f"FWHM {fwhm!r}, spacing {spacing!r} and shape {shape!r} differ in their number of axes.")
    axes = named_many.pop() if named_many else 2
    if not 1 <= axes <= MAX_AXES:
        raise PSFError(f"A PSF of {axes} axes was asked for; give 1 to {MAX_AXES}.")
    return axes


def _info(
    source: str, widths: tuple[float, ...], steps: tuple[float, ...], lengths: tuple[int, ...], unit: str
) -> dict[str, object]:
    return {"source": source, "fwhm": list(widths), "spacing": list(steps), "shape": list(lengths), "unit": unit}
