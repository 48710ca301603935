"""The modes of a transformed image: how fine they are, and how much light a PSF lets into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.likelihood.finest import FINEST
from napari_deconvolve.core.remember import of_kernel, of_shape

BAND_END = 0.01  # of the OTF
RADIAL_STEP = 0.01  # cycles per sample

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Modes:
    """Half of the modes of a real image, as `rfftn` returns them.

    Attributes
    ----------
    otf : ndarray
        Size of the OTF, 1 at frequency 0.
    lateral : ndarray
        Frequency in y and x, in cycles per sample.
    weight : ndarray
        2 for a mode that stands for its conjugate too, else 1.
    dark : ndarray of bool
        Where no lens lets light in.
    """

    otf: Values
    lateral: Values
    weight: Values
    dark: NDArray[np.bool_]

    @classmethod
    def of(cls, psf: FloatArray, shape: Shape) -> Modes:
        """Return the modes of images of 2 or 3 axes; the PSF has as many."""
        return cls(_otf(psf, tuple(shape)), *_grid(tuple(shape)))


@of_shape
def _grid(shape: Shape) -> tuple[Values, Values, NDArray[np.bool_]]:
    """Return what modes of images of a shape are, whatever the PSF is: lateral frequencies, weights, and dark ones."""
    from scipy import fft

    axes = [fft.fftfreq(length) for length in shape[:-1]] + [fft.rfftfreq(shape[-1])]
    squared: list[Any] = list(np.ix_(*(axis**2 for axis in axes)))
    weight = np.full((*shape[:-1], shape[-1] // 2 + 1), 2.0)
    weight[..., 0] = 1
    if shape[-1] % 2 == 0:
        weight[..., -1] = 1
    lateral = np.broadcast_to(np.sqrt(squared[-1] + squared[-2]), weight.shape)
    return lateral, weight, np.asarray(sum(squared) > FINEST**2)


def band_end(modes: Modes) -> float:
    """Return the frequency in y and x from which on hardly any light passes, whatever the frequency in z.

    Small images have no modes at some frequencies, which say nothing.
    """
    planes = modes.otf.reshape(-1, *modes.otf.shape[-2:]).max(axis=0).ravel()
    rings = (modes.lateral / RADIAL_STEP).astype(int).reshape(-1, planes.size)[0]
    count = np.bincount(rings)
    mean = np.bincount(rings, planes) / np.maximum(count, 1)
    dark = np.flatnonzero((mean < BAND_END) & (count > 0) & (np.arange(len(count)) * RADIAL_STEP < FINEST))
    return float(dark[0]) * RADIAL_STEP if len(dark) and dark[0] else FINEST


def power_of(image: Values) -> Values:
    """Return the power of an image's modes; white noise of variance 1 has 1 per mode."""
    from scipy import fft

    power: Values = np.square(np.abs(fft.rfftn(image))) / image.size
    return power


@of_kernel
def _otf(psf: FloatArray, shape: Shape) -> Values:
    """Return the size of the OTF of a kernel on the grid of an image; parts that do not fit wrap around."""
    from scipy import fft

    box = np.zeros(shape)
    places = [(np.arange(length) - length // 2) % size for length, size in zip(psf.shape, shape, strict=True)]
    np.add.at(box, np.ix_(*places), psf)
    size: Values = np.abs(fft.rfftn(box))
    return size / float(size.flat[0])


def windowed(light: Values) -> Values:
    """Return an image without mean that fades out to its borders in y and x."""
    window = np.multiply.outer(*(np.hanning(length + 2)[1:-1] for length in light.shape[-2:]))
    mean = float(np.sum(light * window)) / float(np.sum(np.broadcast_to(window, light.shape)))
    faded: Values = (light - mean) * window
    return faded
