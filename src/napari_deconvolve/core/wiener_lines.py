"""The Wiener filter of many lines at once, as the spectra of a cube: rows of one image that the PSF does not mix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.batch_noise import BatchComparison, BatchData, Sums
from napari_deconvolve.core.boundary import Boundary
from napari_deconvolve.core.fft import Cancel
from napari_deconvolve.core.iterate import Iterate
from napari_deconvolve.core.wiener import Response, WienerFilter


class WienerLines:
    """The filter of several lines, as an iteration that comes to its end with its first step.

    Parameters
    ----------
    psf : ndarray
        One axis, odd-sized, centred.
    noise : BatchData
        The lines, all of whose samples are ordinary.
    boundary : str
        One of `BOUNDARIES`.
    strength : float
        Of the filter.
    cancelled : callable, optional
        Polled between transforms.
    """

    def __init__(
        self, psf: FloatArray, noise: BatchData, boundary: Boundary, strength: float, cancelled: Cancel | None = None
    ) -> None:
        self.noise, self.strength, self.iteration = noise, strength, 0
        self._psf, self._boundary, self._cancelled = psf[np.newaxis], boundary, cancelled
        self._estimate: FloatArray = np.zeros(noise.data.shape, noise.data.dtype)
        self._deviances: Sums = np.full(len(noise.data), np.nan)

    @property
    def blur(self) -> WienerLines:
        """What is to be closed at the end: nothing."""
        return self

    def close(self) -> None:
        """Do nothing: nothing is held."""

    @property
    def deviances(self) -> Sums:
        """Poisson deviance of each line's estimate, in counts; where that is negative, the model is next to nothing."""
        return self._deviances

    @property
    def deviance(self) -> float:
        """Their sum."""
        return float(np.sum(self._deviances))

    @property
    def objective(self) -> float:
        """The deviance."""
        return self.deviance

    def step(self) -> None:
        """Filter; a second time changes nothing."""
        if self.iteration:
            return
        noise = self.noise
        response = Response(self._psf, noise.data.shape, self._boundary, noise.data.dtype)
        ready = WienerFilter(response, noise.data - noise.background, cancelled=self._cancelled)
        comparison = BatchComparison(noise)
        expected = comparison.with_background(ready.blurred(self.strength), slice(None))
        self._deviances = (comparison.deviance(expected) * noise.scale).reshape(-1)
        self._estimate = np.multiply(ready.estimate(self.strength), noise.scale, dtype=noise.data.dtype)
        self._estimate.flags.writeable = False
        self.iteration = 1

    def states(self) -> Iterator[WienerLines]:
        """Give the one state there is."""
        if not self.iteration:
            self.step()
            yield self

    def snapshot(self) -> FloatArray:
        """Give the estimates, read-only: shape (lines, samples)."""
        return self._estimate

    def freeze(self) -> Iterate:
        """Give the state as a value to keep."""
        return Iterate(self.iteration, self._estimate, self.deviance)
