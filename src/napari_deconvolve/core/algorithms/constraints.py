"""Constraints on a PSF that is estimated: each is an object that maps a kernel to a permitted one.

A kernel is odd-sized, its zero lag in the middle. Its box is its support: there is no light beyond.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.transforms.lines import fast_length
from napari_deconvolve.errors import ParameterError

Values = NDArray[np.float64]

SYMMETRIES = ("none", "mirror", "rotation")


class Constraint(Protocol):
    """A property of a PSF."""

    def __call__(self, kernel: Values) -> Values:
        """Return a kernel near this one that has the property."""


class Mirror:
    """The PSF is symmetric along each axis."""

    def __call__(self, kernel: Values) -> Values:
        """Return the mean of the kernel and its mirror images."""
        return _mirrored(kernel, range(kernel.ndim))


class Rotation:
    """The PSF is round in y and x, the last two axes; along z anything is allowed. A line is symmetric."""

    def __call__(self, kernel: Values) -> Values:
        """Return the mean of each ring, half a voxel wide, interpolated between rings."""
        if kernel.ndim == 1:
            return (kernel + kernel[::-1]) / 2
        # Voxels of a square grid that are equally far from the middle come in fours and eights of one mean.
        kernel = _mirrored(kernel, (-2, -1))
        rows, columns = (np.arange(n) - n // 2 for n in kernel.shape[-2:])
        radius = np.hypot(rows[:, np.newaxis], columns)
        ring = radius / 0.5
        low = np.floor(ring).astype(np.intp)
        part = ring - low
        count = int(low.max()) + 2
        weights = [(low.ravel(), (1 - part).ravel()), (low.ravel() + 1, part.ravel())]
        seen = sum(np.bincount(place, share, count) for place, share in weights)
        planes: Values = kernel.reshape(-1, radius.size).copy()
        for number, plane in enumerate(planes):
            total = sum(np.bincount(place, share * plane, count) for place, share in weights)
            mean = np.divide(total, seen, out=np.zeros(count), where=np.asarray(seen) > 0)
            planes[number] = ((1 - part) * mean[low] + part * mean[low + 1]).ravel()
        return planes.reshape(kernel.shape)


class Centred:
    """The centroid of the PSF is the middle of its box, so that the object does not move."""

    def __call__(self, kernel: Values) -> Values:
        """Shift the kernel in Fourier space by its distance from the middle, a fraction of a voxel."""
        total = float(kernel.sum())
        if total <= 0:
            return kernel
        off = [
            float(np.tensordot(_marginal(kernel, axis), np.arange(n) - n // 2, 1)) / total
            for axis, n in enumerate(kernel.shape)
        ]
        if max(map(abs, off)) < 1e-3:
            return kernel
        spectrum = np.fft.rfftn(kernel)
        for axis, by in enumerate(off):
            n = kernel.shape[axis]
            frequency = np.fft.rfftfreq(n) if axis == kernel.ndim - 1 else np.fft.fftfreq(n)
            turn = np.exp(2j * np.pi * frequency * by)
            spectrum *= turn.reshape([-1 if a == axis else 1 for a in range(kernel.ndim)])
        return np.asarray(np.fft.irfftn(spectrum, kernel.shape, range(kernel.ndim)))


class BandLimit:
    """The lens passes nothing beyond its cut-off: a circle in y and x, and a highest frequency along z.

    Both cut-offs are in periods per voxel: `lateral` along the last two axes (or the only one), `axial` along the first
    of three.
    """

    def __init__(self, lateral: float | Sequence[float], axial: float = math.inf) -> None:
        sides = np.atleast_1d(np.asarray(lateral, np.float64))
        if not ((sides > 0).all() and axial > 0):
            raise ParameterError(f"The cut-off is {lateral!r}, axial {axial!r}; give periods per sample, above 0.")
        self._lateral, self._axial = sides, axial
        self._mask: NDArray[np.bool_] | None = None

    def __call__(self, kernel: Values) -> Values:
        """Return the kernel without frequencies that the lens cannot pass."""
        box = tuple(fast_length(2 * length) for length in kernel.shape)
        if self._mask is None:
            self._mask = self._passes(box)
        spectrum = np.fft.rfftn(kernel, box, range(kernel.ndim))
        passed = np.fft.irfftn(spectrum * self._mask, box, range(kernel.ndim))
        return np.asarray(passed[tuple(slice(0, length) for length in kernel.shape)])

    def _passes(self, box: tuple[int, ...]) -> NDArray[np.bool_]:
        axes = [np.fft.fftfreq(n) for n in box[:-1]] + [np.fft.rfftfreq(box[-1])]
        grid = np.meshgrid(*axes, indexing="ij", sparse=True)
        sides = np.broadcast_to(self._lateral, min(2, len(box)))
        circle = sum(np.square(one / side) for one, side in zip(grid[-2:], sides, strict=True)) <= 1
        inside: NDArray[np.bool_] = np.asarray(circle)
        return inside & (np.abs(grid[0]) <= self._axial) if len(box) == 3 else inside


def symmetry_constraints(name: str) -> tuple[Constraint, ...]:
    """Return the constraints of a symmetry by name; without one, the PSF only stays centred."""
    centred, turned = (Centred(),), (Rotation(), Centred())
    known: dict[str, tuple[Constraint, ...]] = {"none": centred, "mirror": (Mirror(),), "rotation": turned}
    if name not in known:
        raise ParameterError(f"The symmetry is {name!r}; choose one of {', '.join(SYMMETRIES)}.")
    return known[name]


def apply_constraints(kernel: FloatArray, constraints: Sequence[Constraint]) -> FloatArray:
    """Apply all constraints in their order; the result is not negative and has sum 1."""
    values: Values = kernel.astype(np.float64)
    for constraint in constraints:
        values = np.maximum(constraint(values), 0)
    values /= max(float(values.sum()), np.finfo(np.float64).tiny)
    return values.astype(kernel.dtype)


def _mirrored(kernel: Values, axes: Iterable[int]) -> Values:
    for axis in axes:
        kernel = (kernel + np.flip(kernel, axis)) / 2
    return kernel


def _marginal(kernel: Values, axis: int) -> Values:
    return np.asarray(kernel.sum(axis=tuple(other for other in range(kernel.ndim) if other != axis)))
