"""The squared error of the blurred estimate, estimated from the data alone.

The risk |W (H u_k + b - truth)|^2 needs the truth, but it has an unbiased estimate without it (Stein
1981, Ann. Stat. 9:1135): the misfit |W (d - c_k)|^2, less that of noise alone, plus twice the covariance of data
and model, which measures how much of the noise the model has fitted. The covariance comes from a twin of the run, whose
data differ a little (Ramani, Blu & Unser 2008, IEEE Trans. Image Process. 17:1540):

    score_k = |W (d - c_k)|^2 + phi 2/(eps^2 g) <W delta, W (c'_k - c_k)>,   delta = eps sqrt(g d) xi,   xi = +-1

``phi`` is the variance of the data over their mean: 1 for photons, the gain for a camera. It is calibrated on the run
itself, mean((d - c)^2/c) over the share of the data that the model has not learnt, so that neither gain nor
photons need to be known. ``g`` only makes ``delta`` a small part of the noise in any unit of brightness: it is the step
of counts, or what neighbours tell of ``phi`` before any run. All is over the data's scale, ``phi`` too.

``W = |OTF|/(|OTF|^2 + 0.1^2)`` deblurs as far as the OTF permits. A risk of the blurred image alone contains little
of the object's fine structure and stops sparse images far too early: see benchmarks/stopping.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray, Shape
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.transforms.lines import fast_length

Values = NDArray[np.floating]

TWIN_NOISE_SHARE = 0.05  # of the noise of the data, added to the twin's data
MIN_DEBLURRED_OTF = 0.1  # of the OTF's maximum: where the deblurring ends
MIN_SHARE_LEFT = 0.05  # of the data that the model has not fitted, when phi is calibrated
TWIN_SEED = 0  # the same twin each time, so that runs repeat
MIN_NEIGHBOURS = 3  # that a second difference takes
LEAST_NOISE = 1e-6  # of the light: the least g, so that rounding does not hide what the twin's data differ by


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The parts of the risk for one state of a run and its twin.

    Attributes
    ----------
    misfit, freedom : ndarray
        The two parts of the score, one number per frequency.
    phi : float
        Variance over mean of the data, over the data's scale, estimated from this state.
    learnt : float
        Share of the data's noise that the model has learnt, 0 to 1.
    """

    misfit: Values
    freedom: Values
    phi: float
    learnt: float

    def score(self, phi: float) -> float:
        """Return the risk, but for a constant."""
        misfit, freedom = self.sums
        return misfit + phi * freedom

    @property
    def sums(self) -> tuple[float, float]:
        """The sums of both parts: of the misfit, and of the freedom for a `phi` of 1."""
        return float(np.sum(self.misfit, dtype=np.float64)), float(np.sum(self.freedom, dtype=np.float64))

    def gain_over(self, other: Reading, phi: float) -> tuple[float, float]:
        """Return by how much the risk is lower here than there, and how uncertain that is (standard deviation)."""
        lower = (other.misfit - self.misfit) + np.float32(phi) * (other.freedom - self.freedom)
        return float(np.sum(lower, dtype=np.float64)), float(np.sqrt(lower.size) * np.std(lower, dtype=np.float64))


class RiskMeter:
    """The risk from the models of a run and of its twin.

    The transfer function of `psf` limits the deblurring.

    Attributes
    ----------
    twin : PoissonData
        The data for the twin.
    noise_power, light_power : float
        |W noise|^2 for phi = 1, and |W (d - b)|^2, noise and all.
    """

    def __init__(self, noise: PoissonData, psf: FloatArray, seed: int = TWIN_SEED) -> None:
        signs = np.random.default_rng(seed).integers(0, 2, noise.data.shape, dtype=np.int8) * 2 - 1
        usable = noise.usable
        axes = tuple(axis for axis, length in enumerate(psf.shape) if length > 1)
        level = noise_level(noise, axes) if noise.step is None else noise.step
        self._shake = TWIN_NOISE_SHARE**2 * level  # eps^2 g
        delta: Values = np.sqrt(np.maximum(noise.data, 0)) * signs.astype(noise.data.dtype)
        delta *= np.sqrt(self._shake)
        self.twin = replace(noise, data=np.maximum(noise.data + delta, np.minimum(noise.data, 0)))
        self._noise, self._usable, self._delta = noise, usable, delta
        self._count = int(usable.sum())
        self._sharp = Sharpened(psf, noise.data.shape)
        self._noise_spectrum = self._sharp.transform(delta)
        self.noise_power = float(np.sum(self._sharp.squares(self._noise_spectrum), dtype=np.float64)) / self._shake
        light = np.where(usable, noise.data - noise.background, 0)
        self.light_power = float(np.sum(self._sharp.squares(self._sharp.transform(light)), dtype=np.float64))

    def read(self, model: FloatArray, twin_model: FloatArray) -> Reading:
        """Read the risk from the models, H u + b over the data's scale, of the two runs at the same iteration."""
        residual = self._residual(model)
        change = np.where(self._usable, twin_model - model, 0)
        misfit = self._sharp.squares(self._sharp.transform(residual))
        freedom = self._sharp.products(self._noise_spectrum, self._sharp.transform(change)) * np.float32(
            2 / self._shake
        )
        count = self._telling(model)
        learnt = float(np.sum(self._delta * change / model, dtype=np.float64))
        learnt /= self._shake * count
        pearson = float(np.sum(residual**2 / model, dtype=np.float64)) / count
        phi = pearson / max(1 - learnt, MIN_SHARE_LEFT)
        return Reading(misfit, freedom, phi, learnt)

    def left(self, model: FloatArray, twin_model: FloatArray) -> tuple[Values, Values]:
        """Return what the run leaves of its data and what it leaves of the twin's noise, over the root of its model.

        An answer to a small change is linear, so that the second is, but for a factor, the residual of a run whose PSF
        is right.
        """
        sd = np.sqrt(np.maximum(model, self._noise.floor))
        noise = np.where(self._usable, self.twin.data - self._noise.data - (twin_model - model), 0)
        return self._residual(model) / sd, noise / sd

    def correlated(self, reading: Reading) -> float:
        """Return variance over mean, as `phi`, at the frequencies that the PSF transmits.

        Smoothing, interpolation and compression remove finer noise only; what disturbs the object is still here.
        """
        learnt = float(np.sum(reading.freedom, dtype=np.float64)) / (2 * self.noise_power)
        misfit = float(np.sum(reading.misfit, dtype=np.float64)) / self.noise_power
        return misfit / max(1 - learnt, MIN_SHARE_LEFT) ** 2

    def relative(self, sums: tuple[float, float], phi: float) -> float:
        """Return the risk over the light's power, of a reading's sums: about the squared error of the blurred image."""
        misfit, freedom = sums
        light = self.light_power - phi * self.noise_power
        return (misfit + phi * (freedom - self.noise_power)) / max(light, 1e-3 * self.light_power, 1e-30)

    def _telling(self, model: FloatArray) -> float:
        """Return how many samples tell of the noise: one that expects less than a photon does in part only."""
        if self._noise.step is None:
            return self._count
        photons = np.minimum(model / np.float32(self._noise.step), 1)
        return max(float(np.sum(photons, dtype=np.float64, where=self._usable)), 1.0)

    def _residual(self, model: FloatArray) -> Values:
        residual = np.where(self._usable, self._noise.data - model, 0)
        if self._noise.saturated is not None:  # a lower bound: a brighter model fits
            residual[self._noise.saturated & (residual < 0)] = 0
        return residual


def noise_level(noise: PoissonData, axes: Sequence[int]) -> float:
    """Return about the variance over the mean of the data, over their scale, as neighbours along some axes tell it.

    What second differences leave of the object makes it too large, up to the mean of the light that a photon meets.
    """
    rough, known, axes = noise.data, noise.usable, axes[-2:]
    weight = 1.0
    for axis in axes:
        if rough.shape[axis] < MIN_NEIGHBOURS:
            continue
        rough = np.diff(rough, 2, axis)
        low, middle, high = (_from(known, axis, start, rough.shape[axis]) for start in range(3))
        known, weight = low & middle & high, 6 * weight
    light = np.maximum(noise.data, 0)
    total = float(np.sum(light, dtype=np.float64))
    if not total > 0:
        return 1.0  # any number does: nothing is shaken
    bright = float(np.sum(np.square(light), dtype=np.float64)) / total
    count = int(np.count_nonzero(known))
    variance = float(np.sum(np.square(rough), dtype=np.float64, where=known)) / (weight * max(count, 1))
    return float(np.clip(variance * int(noise.usable.sum()) / total, LEAST_NOISE * bright, bright))


def _from(flags: BoolArray, axis: int, start: int, length: int) -> BoolArray:
    return flags[(slice(None),) * axis + (slice(start, start + length),)]


class Sharpened:
    """Squares and products of images deblurred by W, frequency by frequency."""

    def __init__(self, psf: FloatArray, shape: Shape) -> None:
        self._box = tuple(fast_length(length) for length in shape)
        self._power = _power(psf, self._box)

    def transform(self, image: Values) -> NDArray[np.complexfloating]:
        """Return the spectrum, not yet deblurred."""
        from scipy import fft

        return np.asarray(fft.rfftn(image.astype(np.float32, copy=False), self._box))

    def squares(self, spectrum: NDArray[np.complexfloating]) -> Values:
        """Return |W x|^2 of an image, from its spectrum."""
        return self.products(spectrum, spectrum)

    def products(self, first: NDArray[np.complexfloating], second: NDArray[np.complexfloating]) -> Values:
        """Return <W x, W y> of two images; the sum over all frequencies is that over all voxels."""
        product: Values = first.real * second.real + first.imag * second.imag
        product *= self._power
        return product


def _power(psf: FloatArray, box: Shape) -> Values:
    """Return |W|^2 over the half spectrum, each frequency counted as often as in the full one."""
    from scipy import fft

    wrapped = np.zeros(box, np.float32)
    index = [(np.arange(size) - size // 2) % length for size, length in zip(psf.shape, box, strict=True)]
    np.add.at(wrapped, np.ix_(*index), psf)
    transfer = np.abs(fft.rfftn(wrapped))
    power = (transfer / (transfer**2 + MIN_DEBLURRED_OTF**2)) ** 2
    power[..., 1 : (box[-1] + 1) // 2] *= 2
    return np.asarray(power / np.prod(box, dtype=float), np.float32)
