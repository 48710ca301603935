"""The blur H and its exact adjoint on whole arrays of a device; see `Blur` for the same in slabs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_deconvolve.core.arrays import BoolArray, FloatArray, Shape
from napari_deconvolve.core.device import Array, Device
from napari_deconvolve.core.operators.blur import NEGLIGIBLE_SENSITIVITY, wrapped
from napari_deconvolve.core.operators.unseen import weights
from napari_deconvolve.core.transforms.boundary import Boundary, Layout, layout
from napari_deconvolve.errors import ParameterError

ROUND_TRIP = 1e-4  # of the PSF's peak, by which a transform there and back may miss it


class DeviceBlur:
    """Convolution with a PSF over a frame, under a boundary that repeats no samples.

    Parameters
    ----------
    device : Device
        Where it is done.
    psf, frame, boundary, padded
        See `Blur`.
    dtype : dtype
        Of the arithmetic.

    Raises
    ------
    ParameterError
        Where the device's transform does not lead back to what it was of.
    """

    def __init__(
        self,
        device: Device,
        psf: FloatArray,
        frame: Shape,
        boundary: Boundary,
        dtype: np.dtype[np.floating],
        padded: tuple[bool, ...] = (),
    ) -> None:
        self.device, self.dtype = device, dtype
        self.layout = box_for(device, tuple(frame), psf.shape, boundary, padded)
        self.frame, self.domain = self.layout.frame, self.layout.domain
        self._axes = tuple(range(len(self.layout.box)))
        kernel = device.put(wrapped(psf, self.layout.box, self.layout.reach, dtype))
        self._transfer = self._forward(kernel)
        missed = device.xp.max(device.xp.abs(self._back(self._transfer) - kernel))
        if not float(missed) <= ROUND_TRIP * float(psf.max()):
            raise ParameterError(f"The Fourier transform of the {device.label} is wrong for the shape {self.frame}.")

    def forward(self, estimate: Array) -> Array:
        """Blur an object of shape `domain`; the result has shape `frame`."""
        return self.crop(self._back(self._forward(estimate) * self._transfer))

    def adjoint(self, data: Array) -> Array:
        """Apply the transpose to data of shape `frame`; the result has shape `domain`."""
        back = self._back(self._forward(data) * self.device.xp.conj(self._transfer))
        return back if self.domain == self.layout.box else self.crop(back)

    def inverse_sensitivity(self, mask: BoolArray | None) -> Array:
        """Return 1/sensitivity, unseen samples at their weight, and 0 where next to nothing is recorded."""
        xp, seen = self.device.xp, self._seen(np.ones(self.frame, self.dtype) if mask is None else mask)
        zero = self.device.number(0.0, seen)
        least = NEGLIGIBLE_SENSITIVITY * xp.max(xp.maximum(seen, zero))
        if mask is not None:
            seen = xp.where(seen > least, self._seen(weights(mask, self.dtype)), zero)
        known = seen > least
        return xp.where(known, 1 / xp.where(known, seen, self.device.number(1.0, seen)), zero)

    def _seen(self, samples: FloatArray | BoolArray) -> Array:
        return self.adjoint(self.device.put(samples.astype(self.dtype)))

    def crop(self, values: Array) -> Array:
        """Return the frame's part of an object."""
        return values[tuple(slice(0, length) for length in self.frame)]

    def close(self) -> None:
        """Let the memory of the transfer function go."""
        self._transfer = None

    def _forward(self, values: Array) -> Array:
        """Transform an array at the box's origin; what it does not fill is zero."""
        return self.device.xp.fft.rfftn(values, s=self.layout.box, axes=self._axes)

    def _back(self, spectrum: Array) -> Array:
        return self.device.xp.fft.irfftn(spectrum, s=self.layout.box, axes=self._axes)


def box_for(device: Device, frame: Shape, psf: Shape, boundary: Boundary, padded: tuple[bool, ...] = ()) -> Layout:
    """Return the layout of a blur on a device, whose box may have to be even along the last axis."""
    plan = layout(frame, psf, boundary, padded)
    if not (device.even and plan.box[-1] % 2):
        return plan
    if boundary == "periodic":
        raise ParameterError(f"The {device.label} transforms even lengths alone, and the image has the shape {frame}.")
    return replace(plan, box=(*plan.box[:-1], plan.box[-1] + 1))
