"""The Wiener filter of many lines at once, as the spectra of a cube: rows of one image that the PSF does not mix."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.algorithms.single_step import SingleStep
from napari_deconvolve.core.algorithms.wiener import Response, WienerFilter
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.batch_noise import BatchComparison, BatchData, Sums
from napari_deconvolve.core.transforms.boundary import Boundary
from napari_deconvolve.core.transforms.fft import Cancel


class WienerLines(SingleStep):
    """The filter of several lines.

    The PSF has one axis, and all samples of the lines are ordinary.
    """

    def __init__(
        self, psf: FloatArray, noise: BatchData, boundary: Boundary, strength: float, cancelled: Cancel | None = None
    ) -> None:
        super().__init__(noise.data)
        self.noise, self.strength = noise, strength
        self._psf, self._boundary, self._cancelled = psf[np.newaxis], boundary, cancelled
        self._deviances: Sums = np.full(len(noise.data), np.nan)

    @property
    def deviances(self) -> Sums:
        """Poisson deviance of each line's estimate, in counts; where that is negative, the model is almost zero."""
        return self._deviances

    @property
    def deviance(self) -> float:
        """Their sum."""
        return float(np.sum(self._deviances))

    def filtered(self) -> FloatArray:
        """Return the estimates, and keep their deviances."""
        noise = self.noise
        response = Response(self._psf, noise.data.shape, self._boundary, noise.data.dtype)
        ready = WienerFilter(response, noise.data - noise.background, cancelled=self._cancelled)
        comparison = BatchComparison(noise)
        expected = comparison.with_background(ready.blurred(self.strength), slice(None))
        self._deviances = (comparison.deviance(expected) * noise.scale).reshape(-1)
        return np.multiply(ready.estimate(self.strength), noise.scale, dtype=noise.data.dtype)

    def close(self) -> None:
        """Do nothing: there is no memory to release."""
