"""Transforms of whole arrays, axis by axis, under which a blur is a product: for filters that are applied once.

Along an axis on which the PSF is even, the cosine transform stands for an object that is mirrored at the domain's
ends: no padding is needed, all is real, and nothing wraps around. Along others, and for periods, it is the Fourier
transform; the padding between the frame's end and its beginning then leads smoothly from one to the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.threads import at_once
from napari_deconvolve.core.transforms.boundary import Boundary, copied_by
from napari_deconvolve.core.transforms.fft import SERIAL_BYTES, cpu_count
from napari_deconvolve.core.transforms.lines import fast_length

Coefficients = NDArray[Any]  # real or complex

MAX_ASYMMETRY = 1e-6  # of the PSF's maximum: as far as it may differ from its mirror image


@dataclass(frozen=True, slots=True)
class Domain:
    """Where the frame lies in a larger array, and which transform each of its axes takes.

    Attributes
    ----------
    frame, shape : tuple of int
        Of the data, and of the array that is transformed.
    offset : tuple of int
        Where the frame begins.
    cosine : tuple of bool
        For each axis: cosine transform (True) or Fourier transform.
    boundary : str
        The object beyond the frame; under ``extended`` the border voxels are repeated until an estimate is known.
    """

    frame: Shape
    shape: Shape
    offset: Shape
    cosine: tuple[bool, ...]
    boundary: Boundary

    @property
    def inside(self) -> tuple[slice, ...]:
        """Index of the frame."""
        return tuple(slice(low, low + n) for low, n in zip(self.offset, self.frame, strict=True))

    def embed(self, data: FloatArray) -> FloatArray:
        """Put a frame into the domain, and fill the rest as the boundary says."""
        out = data
        for axis, (length, whole, low) in enumerate(zip(self.frame, self.shape, self.offset, strict=True)):
            if whole == length:
                continue
            if self.boundary == "zero":
                widths = [(0, 0)] * data.ndim
                widths[axis] = (low, whole - length - low)
                out = np.pad(out, widths)
            elif self.cosine[axis]:
                out = np.take(out, copied_by(np.arange(-low, whole - low), length, self.boundary), axis)
            else:
                out = self._joined(out, axis, length, whole - length)
        return out

    def _joined(self, data: FloatArray, axis: int, length: int, gap: int) -> FloatArray:
        """Return the padding that leads from the frame's end to its beginning."""
        steps = np.arange(gap)
        after = np.take(data, copied_by(length + steps, length, self.boundary), axis)
        before = np.take(data, copied_by(steps - gap, length, self.boundary), axis)
        share = (0.5 - 0.5 * np.cos(np.pi * (steps + 0.5) / gap)).astype(data.dtype)
        share = share.reshape([-1 if other == axis else 1 for other in range(data.ndim)])
        out: FloatArray = np.concatenate([data, after + share * (before - after)], axis)
        return out

    def forward(self, array: FloatArray) -> Coefficients:
        """Transform an array of the domain's shape; the transform keeps sums of squares."""
        out: Coefficients = self._call("dctn", array, self._axes(True))
        return self._call("rfftn", out, self._axes(False))

    def backward(self, coefficients: Coefficients) -> FloatArray:
        """Transform back."""
        axes = self._axes(False)
        out = self._call("irfftn", coefficients, axes, s=[self.shape[axis] for axis in axes])
        return self._call("idctn", out, self._axes(True))

    def response(self, psf: FloatArray, dtype: np.dtype[np.floating]) -> Coefficients:
        """Return the factor of each coefficient when an odd-sized, centred PSF blurs the array.

        A PSF of any size wraps around, or is mirrored, as often as necessary.
        """
        halved = self._axes(False)[-1:]
        order = [*self._axes(True), *halved, *self._axes(False)[:-1]]  # all is real up to the one that is halved
        out: Coefficients = psf.astype(np.float64)
        for axis in order:
            if axis == order[-1] and dtype == np.float32:  # the large array is made in the precision that is kept
                out = out.astype(np.complex64 if np.iscomplexobj(out) else dtype)
            out = np.moveaxis(self._along(np.moveaxis(out, axis, 0), axis), 0, axis)
        return np.ascontiguousarray(out)

    def weights(self) -> NDArray[np.float64]:
        """Return how often each coefficient stands for itself and its conjugate; broadcasts along the first axes."""
        axes = self._axes(False)
        if not axes:
            return np.ones(1)
        length = self.shape[axes[-1]]
        twice = np.full(length // 2 + 1, 2.0)
        twice[0] = 1
        if length % 2 == 0:
            twice[-1] = 1
        return twice.reshape([-1 if axis == axes[-1] else 1 for axis in range(len(self.shape))])

    def _axes(self, cosine: bool) -> list[int]:
        return [axis for axis, kind in enumerate(self.cosine) if kind == cosine]

    def _along(self, values: Coefficients, axis: int) -> Coefficients:
        """Transform a PSF along one of its axes, which comes first."""
        import scipy.fft

        cosine, size = self.cosine[axis], len(values)
        period = self.shape[axis] * (2 if cosine else 1)
        places = (np.arange(size) - size // 2) % period
        wrapped = np.zeros((period, *values.shape[1:]), values.dtype)
        if size <= period:
            wrapped[places] = values
        else:
            np.add.at(wrapped, places, values)
        if np.iscomplexobj(wrapped):
            found: Coefficients = scipy.fft.fft(wrapped, axis=0, overwrite_x=True)
            return found
        found = scipy.fft.rfft(wrapped, axis=0)
        return found[: self.shape[axis]].real.copy() if cosine else found

    def _call(self, name: str, array: Coefficients, axes: list[int], **more: Any) -> Coefficients:
        """Call one of the library's transforms, if any axis takes it."""
        if not axes:
            return array
        import scipy.fft

        transform: Callable[..., Coefficients] = getattr(scipy.fft, name)
        workers = 1 if array.nbytes < SERIAL_BYTES else at_once(cpu_count())
        return transform(array, axes=axes, norm="ortho", workers=workers, **more)


def domain_for(psf: FloatArray, frame: Shape, boundary: Boundary) -> Domain:
    """Choose the domain for an odd-sized, centred PSF and a frame of as many axes."""
    if boundary == "periodic":
        return Domain(frame, frame, (0,) * len(frame), (False,) * len(frame), boundary)
    cosine = tuple(_is_even(psf, axis) for axis in range(psf.ndim))
    shape, offset = [], []
    for length, size, even in zip(frame, psf.shape, cosine, strict=True):
        reach = min(size // 2, length)
        none = even and boundary == "reflect"
        shape.append(length if none else fast_length(length + 2 * reach))
        offset.append(reach if even and not none else 0)
    return Domain(frame, tuple(shape), tuple(offset), cosine, boundary)


def _is_even(psf: FloatArray, axis: int) -> bool:
    difference = np.abs(psf - np.flip(psf, axis)).max(initial=0.0)
    return bool(difference <= MAX_ASYMMETRY * np.abs(psf).max(initial=0.0))
