"""The blur of many small items at once: rows of one array, each convolved with the same PSF."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.arrays import BoolArray, FloatArray, Shape
from napari_deconvolve.core.operators.blur import NEGLIGIBLE_SENSITIVITY, fold, wrapped
from napari_deconvolve.core.operators.unseen import weights
from napari_deconvolve.core.transforms.boundary import Boundary, layout
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.core.transforms.lines import ComplexArray, available_lines
from napari_deconvolve.errors import Cancelled


class BatchBlur:
    """Convolution of many items with one PSF; the same operator as `Blur`, for arrays of shape (items, ...)."""

    def __init__(
        self,
        psf: FloatArray,
        frame: Shape,
        boundary: Boundary = "extended",
        dtype: np.dtype[np.floating] | None = None,
        *,
        cancelled: Cancel | None = None,
    ) -> None:
        self.dtype = np.dtype(dtype or np.float32)
        self.layout = layout(tuple(frame), psf.shape, boundary)
        self.frame, self.domain, self.box = self.layout.frame, self.layout.domain, self.layout.box
        self._cancelled = cancelled
        self._lines = available_lines()
        self._maps = [self.layout.index_map(axis) for axis in range(len(self.box))] if self.layout.folded else []
        transfer = self._transform(wrapped(psf, self.box, self.layout.reach, self.dtype)[np.newaxis])
        self._transfer: ComplexArray = transfer / np.asarray(np.prod(self.box, dtype=float), self.dtype)

    def forward(self, estimates: FloatArray) -> FloatArray:
        """Blur objects of shape (items, *domain); the result has shape (items, *frame)."""
        copied = estimates
        for axis, index in enumerate(self._maps, 1):
            copied = np.take(copied, index, axis)
        return self._filtered(copied, self._transfer, self.frame)

    def adjoint(self, data: FloatArray) -> FloatArray:
        """Apply the transpose to data of shape (items, *frame); the result has shape (items, *domain)."""
        if not self._maps:
            return self._filtered(data, np.conjugate(self._transfer), self.domain)
        out = self._filtered(data, np.conjugate(self._transfer), self.box)
        for axis, index in enumerate(self._maps):
            out = fold(out, index, axis + 1, self.frame[axis])
        return out

    def inverse_sensitivity(self, valid: BoolArray | None = None) -> FloatArray:
        """Return 1/H^T valid for each item, one row for all if every voxel is valid; 0 where nothing is recorded.

        Unseen samples are valid at their weight.
        """
        seen = np.ones((1, *self.frame), self.dtype) if valid is None else valid.astype(self.dtype)
        share = np.maximum(self.adjoint(seen), 0)
        known = share > NEGLIGIBLE_SENSITIVITY * np.max(share, axis=tuple(range(1, share.ndim)), keepdims=True)
        if valid is not None:
            share = self.adjoint(weights(valid, self.dtype))
        inverse: FloatArray = np.divide(1, share, out=np.zeros_like(share), where=known)
        return inverse

    def crop(self, estimates: FloatArray) -> FloatArray:
        """Return the frame's part of objects, as a view."""
        return estimates[(slice(None), *(slice(0, length) for length in self.frame))]

    def extend(self, inside: FloatArray) -> FloatArray:
        """Return objects whose parts inside the frame are known; beyond it, border values are repeated."""
        out = np.array(inside, self.dtype)
        if self.domain != self.frame:
            for axis in range(len(self.frame)):
                out = np.take(out, self.layout.index_map(axis), axis + 1)
        return out

    def close(self) -> None:
        """Do nothing: there are no threads to end."""

    def _filtered(self, arrays: FloatArray, transfer: ComplexArray, kept: Shape) -> FloatArray:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("The run was stopped.")
        padded = arrays
        if arrays.shape[1:] != self.box:
            padded = np.zeros((len(arrays), *self.box), self.dtype)
            padded[(slice(None), *(slice(0, length) for length in arrays.shape[1:]))] = arrays
        spectrum = self._transform(np.ascontiguousarray(padded, self.dtype))
        spectrum *= transfer
        for axis in range(1, len(self.box)):
            spectrum = self._lines.c2c(spectrum, axis, False)
        real = self._lines.c2r(spectrum, self.box[-1], np.empty(padded.shape, self.dtype))
        return real[(slice(None), *(slice(0, length) for length in kept))]

    def _transform(self, real: FloatArray) -> ComplexArray:
        shape = (*real.shape[:-1], real.shape[-1] // 2 + 1)
        spectrum: ComplexArray = np.empty(shape, np.result_type(self.dtype, np.complex64))
        self._lines.r2c(real, spectrum)
        for axis in range(1, len(self.box)):
            spectrum = self._lines.c2c(spectrum, axis, True)
        return spectrum
