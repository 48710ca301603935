"""The Wiener filter: the object of least squares, with a penalty on its own square.

``U = conj(H) D / (|H|^2 + strength)``: with the OTF H, which is 1 at zero frequency, the strength is the power of the
noise over that of the object where both are white (Wiener 1949; Tikhonov's solution with the unit as operator). It is
linear: light is neither made positive nor kept exactly, but multiplied by 1/(1 + strength).

The transforms of data and PSF are kept, so that each further strength costs one transform.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.algorithms.single_step import SingleStep
from napari_deconvolve.core.arrays import BoolArray, FloatArray, Shape
from napari_deconvolve.core.likelihood.noise import Comparison, PoissonData
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.core.transforms.boundary import Boundary
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.core.transforms.fill import fill_unknown
from napari_deconvolve.core.transforms.separable import Coefficients, Domain, domain_for
from napari_deconvolve.errors import Cancelled

MIN_REGULARIZATION, MAX_REGULARIZATION = 1e-10, 1e-1  # strengths among which rules choose
MIN_OTF = 1e-6  # a smaller OTF is rounding of the PSF's voxels
FILL_ROUNDS, FILL_STRENGTH = 4, 1e-3  # of estimating unknown voxels; measured: more rounds gain less than 0.2 %
CHUNK_COEFFICIENTS = 1 << 17  # coefficients at a time where temporary arrays would double the memory
BINS_PER_DECADE, POWER_DECADES = 40, 14  # bins of |H|^2 in which the data's power is summed up


class Response:
    """The OTF of a PSF over a frame under one boundary: shared by all items of a channel.

    The PSF is odd-sized, centred, and widened by the sieve if there is one.
    """

    def __init__(
        self,
        psf: FloatArray,
        frame: Shape,
        boundary: Boundary,
        dtype: np.dtype[np.floating],
        sieve: Sieve | None = None,
    ) -> None:
        self.psf, self.sieve, self.dtype = psf, sieve, dtype
        self.domain: Domain = domain_for(psf, frame, boundary)
        self.otf: Coefficients = self.domain.response(psf, dtype)
        self.otf[np.abs(self.otf) < MIN_OTF] = 0

    def apply(self, coefficients: Coefficients, strength: float, *, blurred: bool = False) -> Coefficients:
        """Return the coefficients of the estimate, or of the blurred estimate."""
        out = np.empty(coefficients.shape, np.result_type(coefficients, self.otf))
        added = self.dtype.type(strength)
        for part in _parts(out.shape):
            otf = self.otf[part]
            power = otf * otf if np.isrealobj(otf) else otf.real**2 + otf.imag**2
            with np.errstate(divide="ignore", invalid="ignore"):
                gain = power / (power + added) if blurred else np.conj(otf) / (power + added)
            out[part] = coefficients[part] * (gain if added > 0 else np.nan_to_num(gain, posinf=0, neginf=0))
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Powers:
    """The data's power beside the blur's, summed in bins of the blur's.

    Attributes
    ----------
    blur : ndarray
        |H|^2 of each bin.
    data : ndarray
        Sum of |D|^2.
    count : ndarray
        How many coefficients. The constant one is left out: a background holds nothing about the noise.
    """

    blur: NDArray[np.float64]
    data: NDArray[np.float64]
    count: NDArray[np.float64]


class WienerFilter:
    """One item's data, transformed, ready for any strength.

    Unknown voxels are estimated from their neighbours, and then a few times from the blurred estimate; so are those
    beyond the frame under the boundary ``extended``. Saturated ones never become darker than the data. The data come
    without background. `cancelled` is polled between transforms; if it returns True, `Cancelled` is raised.
    """

    def __init__(
        self,
        response: Response,
        data: FloatArray,
        *,
        known: BoolArray | None = None,
        saturated: BoolArray | None = None,
        cancelled: Cancel | None = None,
    ) -> None:
        self.response, self._cancelled = response, cancelled
        self._flags = known, saturated
        self._data = data if known is None else fill_unknown(data, known)
        self._coefficients = self._completed(response.domain.embed(self._data))

    def estimate(self, strength: float) -> FloatArray:
        """Return the filtered data, of the frame's shape."""
        domain, sieve = self.response.domain, self.response.sieve
        whole = self._back(self.response.apply(self._coefficients, strength))
        if sieve is None:
            return np.ascontiguousarray(whole[domain.inside])
        mode: Boundary = "periodic" if domain.boundary == "periodic" else "reflect"
        return np.ascontiguousarray(sieve.smooth(whole, mode)[domain.inside])

    def blurred(self, strength: float) -> FloatArray:
        """Return the image of the estimate, without background."""
        whole = self._back(self.response.apply(self._coefficients, strength, blurred=True))
        return np.ascontiguousarray(whole[self.response.domain.inside])

    def powers(self) -> Powers:
        """Sum up the powers of data and blur.

        Where the boundary pads the frame, the powers are those of the mirrored frame: padding has no noise and would
        count as signal.
        """
        if self.response.domain.boundary not in ("reflect", "periodic"):
            same, (known, saturated) = self.response, self._flags
            mirrored = Response(same.psf, same.domain.frame, "reflect", same.dtype, same.sieve)
            return WienerFilter(
                mirrored, self._data, known=known, saturated=saturated, cancelled=self._cancelled
            ).powers()
        return _powers(self.response, self._coefficients)

    def _completed(self, whole: FloatArray) -> Coefficients:
        """Transform the data, with estimates in unknown voxels."""
        domain, (known, saturated) = self.response.domain, self._flags
        outside = domain.boundary == "extended" and domain.shape != domain.frame
        coefficients = self._forth(whole)
        if not outside and known is None and saturated is None:
            return coefficients
        inside = domain.inside
        for _ in range(FILL_ROUNDS):
            model = self._back(self.response.apply(coefficients, FILL_STRENGTH, blurred=True))
            guessed = model[inside].copy()
            if not outside:
                model = whole.copy()
            model[inside] = whole[inside]
            if known is not None:
                np.copyto(model[inside], guessed, where=~known)
            if saturated is not None:
                np.maximum(model[inside], guessed, out=model[inside], where=saturated)
            coefficients = self._forth(model)
        return coefficients

    def _forth(self, whole: FloatArray) -> Coefficients:
        self._check()
        return self.response.domain.forward(whole)

    def _back(self, coefficients: Coefficients) -> FloatArray:
        self._check()
        return self.response.domain.backward(coefficients)

    def _check(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("The run was stopped.")


Rule = Callable[[WienerFilter], float]


class WienerStep(SingleStep):
    """The filter of one item.

    `ready` is made of the data less the background, over `noise.scale`.
    """

    def __init__(self, ready: WienerFilter, noise: PoissonData, strength: float) -> None:
        super().__init__(noise.data)
        self.noise, self.strength = noise, strength
        self._ready = ready
        self._deviance = math.nan

    @property
    def deviance(self) -> float:
        """Poisson deviance of the estimate; where the estimate is negative, the model is almost zero."""
        return self._deviance

    def filtered(self) -> FloatArray:
        """Return the estimate, and keep its deviance."""
        comparison = Comparison(self.noise)
        expected = comparison.with_background(self._ready.blurred(self.strength))
        part = comparison.deviance((slice(None),), expected)
        self._deviance = max(part + comparison.offset, 0.0) * self.noise.scale
        estimate = self._ready.estimate(self.strength)
        estimate *= estimate.dtype.type(self.noise.scale)
        return estimate

    def close(self) -> None:
        """Release the transforms' memory; the estimate stays."""
        if self.iteration:
            del self._ready


def _powers(response: Response, coefficients: Coefficients) -> Powers:
    bins = BINS_PER_DECADE * POWER_DECADES + 1  # the last one holds frequencies without light
    data, count = np.zeros(bins), np.zeros(bins)
    weights = np.broadcast_to(response.domain.weights(), coefficients.shape)
    for part in _parts(coefficients.shape):
        power = np.abs(response.otf[part]).astype(np.float64).ravel() ** 2
        with np.errstate(divide="ignore"):
            place = np.clip(-BINS_PER_DECADE * np.log10(power), 0, bins - 1).astype(np.intp)
        weight = weights[part].ravel()
        data += np.bincount(place, weight * np.abs(coefficients[part]).astype(np.float64).ravel() ** 2, bins)
        count += np.bincount(place, weight, bins)
    first = int(np.clip(-BINS_PER_DECADE * np.log10(abs(response.otf.flat[0]) ** 2), 0, bins - 1))
    data[first] -= abs(float(abs(coefficients.flat[0]))) ** 2
    count[first] -= 1
    blur = 10.0 ** (-(np.arange(bins) + 0.5) / BINS_PER_DECADE)
    blur[-1] = 0
    return Powers(blur, np.maximum(data, 0), count)


def _parts(shape: Shape) -> Iterator[slice]:
    """Cut the first axis into parts of about `CHUNK_COEFFICIENTS`."""
    step = max(1, CHUNK_COEFFICIENTS * shape[0] // max(1, math.prod(shape)))
    return (slice(low, low + step) for low in range(0, shape[0], step))
