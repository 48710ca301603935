"""The sieve: an estimate that cannot hold detail finer than a given width.

Snyder & Miller 1985, IEEE Trans. Nucl. Sci. 32:3864.

The object is written as g * v with a Gaussian g of the wanted width; v is found with the PSF h * g, and g * v is
shown. Noise cannot grow on scales that the data do not contain, and bright points appear as Gaussians of that
width instead of spikes with rings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.errors import ParameterError

FWHM_PER_SIGMA = 2 * math.sqrt(2 * math.log(2))  # of a Gaussian, in sigma
KERNEL_SIGMAS = 4.0  # sigma
KEPT = 16  # kernels

_MODES = {"extended": "wrap", "periodic": "wrap", "reflect": "reflect", "edge": "nearest", "zero": "constant"}


@dataclass(frozen=True, slots=True)
class Sieve:
    """A Gaussian of given widths.

    `fwhm` is the full width at half maximum per axis, in voxels; 0 leaves the axis unchanged.
    """

    fwhm: tuple[float, ...]

    def __post_init__(self) -> None:
        widths = tuple(float(width) for width in self.fwhm)
        if not all(math.isfinite(width) and width >= 0 for width in widths):
            raise ParameterError(f"The widths of the sieve are {self.fwhm!r}; give numbers of at least 0.")
        object.__setattr__(self, "fwhm", widths)

    def __bool__(self) -> bool:
        return any(width > 0 for width in self.fwhm)

    def kernel(self, axis: int) -> NDArray[np.float64]:
        """Return g along one axis: odd length, sum 1.

        Of the Gaussians on a grid this is the one whose variance is exact at any width (Lindeberg 1990, IEEE Trans.
        Pattern Anal. Mach. Intell. 12:234).
        """
        return _kernel(self.fwhm[axis])

    def grown(self, shape: Sequence[int]) -> Shape:
        """Return the shape of a PSF once it is widened."""
        return tuple(int(length) + 2 * _reach(width) for length, width in zip(shape, self.fwhm, strict=True))

    def widen(self, psf: FloatArray) -> FloatArray:
        """Convolve a PSF with g, in full, so that its sum is kept."""
        wider = np.pad(psf.astype(np.float64), [(n - m, n - m) for n, m in self._halves(psf.shape)])
        return self._filtered(wider, "constant").astype(psf.dtype)

    def smooth(
        self, estimate: FloatArray, boundary: str, frame: Shape | None = None, *, items: bool = False
    ) -> FloatArray:
        """Convolve an object's whole domain with g, under the blur's boundary; the result is a new array.

        With a frame, the result is the part of that shape at the origin. Under the boundaries edge and zero it is
        not exactly the image of the wider PSF near the border. With `items`, the first axis counts independent objects.
        """
        return self._filtered(estimate, _MODES[boundary], frame, int(items))

    def roughly(self, estimate: FloatArray, boundary: str, frame: Shape) -> FloatArray:
        """Return the same of a frame in the estimate's own precision, but for rounding, in a third of the time."""
        if _MODES[boundary] != "wrap" or estimate.dtype != np.float32:
            return self.smooth(estimate, boundary, frame)
        out, begin = self._around(estimate, frame, 0)
        for axis, width in enumerate(self.fwhm):
            reach, length, low = _reach(width), frame[axis], begin[axis]
            if low < reach:  # the domain is too short for a margin
                return self.smooth(estimate, boundary, frame)
            out = _weighted(out, self.kernel(axis), axis, slice(low, low + length))
        return out.copy() if np.shares_memory(out, estimate) else out

    def _halves(self, shape: Shape) -> list[tuple[int, int]]:
        return [(large // 2, small // 2) for large, small in zip(self.grown(shape), shape, strict=True)]

    def _filtered(self, array: FloatArray, mode: str, frame: Shape | None = None, first: int = 0) -> FloatArray:
        from scipy.ndimage import correlate1d

        out, begin = array, [0] * len(self.fwhm)
        if frame is not None and mode == "wrap":
            out, begin = self._around(array, frame, first)
        for axis, width in enumerate(self.fwhm):
            if width > 0:
                out = correlate1d(out, self.kernel(axis), first + axis, mode=mode)
            if frame is not None:  # the next axis does not need the outside along this one
                low = begin[axis]
                out = out[(slice(None),) * (first + axis) + (slice(low, low + frame[axis]),)]
        return out.copy() if np.shares_memory(out, array) else out

    def _around(self, array: FloatArray, frame: Shape, first: int) -> tuple[FloatArray, list[int]]:
        """Return the part of a domain that meets itself at its ends that a frame needs, and where the frame begins."""
        part, begin = array, [0] * len(frame)
        for axis, width in enumerate(self.fwhm):
            reach, length = _reach(width), frame[axis]
            if width > 0 and length + 2 * reach < array.shape[first + axis]:
                places = np.arange(-reach, length + reach)
                part, begin[axis] = np.take(part, places, first + axis, mode="wrap"), reach
        return part, begin


@lru_cache(KEPT)
def _kernel(fwhm: float) -> NDArray[np.float64]:
    from scipy.special import ive

    sigma, reach = fwhm / FWHM_PER_SIGMA, _reach(fwhm)
    values: NDArray[np.float64] = np.asarray(ive(np.abs(np.arange(-reach, reach + 1)), sigma**2), np.float64)
    values /= values.sum()
    values.flags.writeable = False
    return values


def _weighted(values: FloatArray, kernel: NDArray[np.float64], axis: int, kept: slice) -> FloatArray:
    """Return sums along an axis, weighted by a kernel that is the same on both sides, of the samples that are kept."""
    middle = len(kernel) // 2

    def at(step: int) -> FloatArray:
        return values[(slice(None),) * axis + (slice(kept.start + step, kept.stop + step),)]

    if middle == 0:
        return at(0)
    total = at(0) * np.float32(kernel[middle])
    pair = np.empty_like(total)
    for step in range(1, middle + 1):
        np.add(at(-step), at(step), out=pair)
        pair *= np.float32(kernel[middle + step])
        total += pair
    return total


def _reach(fwhm: float) -> int:
    """Return how far the kernel goes to either side; on a grid, narrow Gaussians have longer tails."""
    return math.ceil(KERNEL_SIGMAS * fwhm / FWHM_PER_SIGMA) + 1 if fwhm > 0 else 0
