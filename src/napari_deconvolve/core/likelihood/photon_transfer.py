"""Photon transfer: the level at which an image has no noise, and the counts per photon, without any PSF.

A camera records counts = offset + gain * photons + read noise, so that the variance of the counts grows along a line,
``gain * (mean - level)`` with ``level = offset - (read noise in counts)^2 / gain``. Both are read off the image itself:
its finest part, beyond the frequencies that a lens transmits, is noise alone, and its smooth part tells where that
noise was found (Janesick 2007, Photon Transfer; Foi et al. 2008, IEEE Trans. Image Process. 17:1737).

Counts less that level are the shifted Poisson model of Snyder, Hammoud & White 1993, J. Opt. Soc. Am. A 10:1014: the
level is all of a camera that Richardson-Lucy has to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray

PASSED = 0.5  # cycles per sample: no lens whose image is sampled well enough transmits what is finer
MAX_FALL = 2.0  # of the power within the finest part: noise of single samples has as much everywhere
MAX_PASSED, MIN_OTF = 0.03, 32  # of the light, that an image whose finest part is noise lets into it; samples
SMOOTH_SIGMA = 2.0  # samples, of the Gaussian that tells the mean
BINS = 20  # of equal numbers of samples; and as many of equal light
MIN_IN_BIN, MIN_BINS = 20, 3
FLAT = 1e-6  # of the level, by which an image differs that is none
INDEPENDENT = 0.75  # of the share of frequencies that is kept: squares of neighbours are correlated
REWEIGHTINGS = 30
LEAST_SHARE = 1e-4  # of the largest variance, below which none is expected
OUTLIER_BELOW, OUTLIER_ABOVE = 3.0, 2.0  # standard deviations: structure adds to a variance, nothing takes from it
MAX_GAIN_SHARE = 0.4  # uncertainty of the gain over the gain, up to which a line is trusted
MAX_LEVEL_SHARE = 0.5  # uncertainty of the level over its distance from the dark, likewise
DARK_QUANTILE, DIM_SHARE = 0.1, 0.2
MIN_WHITENESS = 0.8  # of white noise, measured in fourteen scenes: .85 to 1.16; .6 to .75 after a Gaussian of sigma .5
NEIGHBOURS = np.array([1.0, -2.0, 1.0]) / np.sqrt(6)  # white noise keeps its variance, and slopes vanish
MAX_SAMPLES = 1 << 19

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PhotonTransfer:
    """The line of variance over mean.

    Attributes
    ----------
    level, level_sd : float
        Counts at which the line has no variance, and the standard deviation of that number.
    gain, gain_sd : float
        Counts per photon, likewise.
    dark : float
        Counts in the dark of the image: its 10 % quantile, smoothed.
    whiteness : float
        Variance of the finest part over that which neighbours tell, in the dark: 1 for the noise of a camera, less for
        data that were smoothed, interpolated or compressed.
    mean, variance : ndarray
        Of the bins, in counts and squared counts.
    """

    level: float
    level_sd: float
    gain: float
    gain_sd: float
    dark: float
    whiteness: float
    mean: Values
    variance: Values

    def scaled(self, unit: float) -> PhotonTransfer:
        """Return the same in counts, from a unit of counts."""
        return PhotonTransfer(
            self.level * unit,
            self.level_sd * unit,
            self.gain * unit,
            self.gain_sd * unit,
            self.dark * unit,
            self.whiteness,
            self.mean * unit,
            self.variance * unit**2,
        )

    @property
    def white(self) -> bool:
        """Whether the noise is as strong at all frequencies."""
        return self.whiteness > MIN_WHITENESS

    @property
    def trusted(self) -> bool:
        """Whether the numbers are certain enough to be used."""
        return (
            self.white
            and self.gain > 0
            and self.gain_sd < MAX_GAIN_SHARE * self.gain
            and self.level_sd < MAX_LEVEL_SHARE * (self.dark - self.level)
        )


def photon_transfer(image: NDArray[np.generic], valid: BoolArray | None = None) -> PhotonTransfer | None:
    """Return the line of variance over mean of one item of 2 or 3 axes; None where it cannot be seen.

    Samples that are not finite, or not `valid`, are left out with their neighbours. An image of a single axis has no
    part that is surely noise alone.
    """
    parts = _noise_and_mean(image, valid)
    if parts is None:
        return None
    order = np.argsort(parts.mean, kind="stable")
    mean, squares, rough, share = parts.mean[order], parts.squares[order], parts.rough[order], parts.share
    dim = max(1, int(DIM_SHARE * len(mean)))
    whiteness = float(np.mean(squares[:dim]) / max(float(np.mean(rough[:dim])), np.finfo(np.float64).tiny))
    whiteness *= not parts.falls
    dark = float(mean[int(DARK_QUANTILE * len(mean))])
    binned = [
        (float(np.mean(mean[low:high])), float(np.mean(squares[low:high])), INDEPENDENT * share * (high - low))
        for low, high in _bins(mean)
    ]
    if len(binned) < MIN_BINS or mean[-1] - mean[0] <= FLAT * max(abs(mean[0]), abs(mean[-1])):
        return None
    means, variances, counts = (np.array(column) for column in zip(*binned, strict=True))
    return _line(means, variances, counts, dark, whiteness)


def passes_finest(psf: FloatArray) -> bool:
    """Return whether a kernel lets light into the finest part of an image: then that is not noise alone."""
    from scipy import fft

    shape = tuple(1 if length == 1 else max(MIN_OTF, length) for length in psf.shape)
    otf = np.abs(fft.fftn(np.asarray(psf, np.float64), shape))
    radius: Any = sum(
        np.fft.fftfreq(length).reshape(-1, *(1,) * (psf.ndim - axis - 1)) ** 2 for axis, length in enumerate(shape)
    )
    fine = radius > PASSED**2
    return bool(fine.any()) and float(otf[fine].max()) > MAX_PASSED * float(otf.flat[0])


class _Parts(NamedTuple):
    """Squares of the finest part and squares that neighbours tell, both of the noise's variance; the smooth part."""

    squares: Values
    rough: Values
    mean: Values
    share: float  # of the frequencies, in the finest part
    falls: bool  # whether power falls with frequency there


def _noise_and_mean(image: NDArray[np.generic], valid: BoolArray | None) -> _Parts | None:
    """Return an image's noise and where it was found; None for one that is too small."""
    from scipy import fft, ndimage

    data = np.squeeze(_central(np.asarray(image, np.float64)))
    usable = np.isfinite(data)
    if valid is not None:
        usable &= np.squeeze(_central(valid))
    if data.ndim < 2 or min(data.shape) < 4 or not usable.any():
        return None
    whole = bool(usable.all())
    if not whole:
        data = _filled(data, usable)
    radius = _squared_frequencies(data.shape)
    corner = radius > PASSED**2
    share = float(np.mean(corner))
    spectrum = fft.dctn(data, norm="ortho", workers=-1)
    falls = _falls(np.square(spectrum[corner]), radius[corner])
    spectrum[~corner] = 0
    squares = np.square(fft.idctn(spectrum, norm="ortho", workers=-1, overwrite_x=True)) / share
    mean = ndimage.gaussian_filter(data, SMOOTH_SIGMA, mode="reflect", truncate=3.0)
    rough = np.square(ndimage.correlate1d(data, NEIGHBOURS, axis=-1, mode="reflect"))
    far = usable if whole else ndimage.binary_erosion(usable, iterations=2, border_value=1)
    return _Parts(squares[far], rough[far], mean[far], share, falls) if far.any() else None


def _squared_frequencies(shape: tuple[int, ...]) -> Values:
    """Return how fine the cosines are, in squared cycles per sample."""
    axes = np.ogrid[tuple(slice(0, length) for length in shape)]
    squared: Any = sum((axis / (2 * length)) ** 2 for axis, length in zip(axes, shape, strict=True))
    return np.asarray(squared)


def _falls(power: Values, radius: Values) -> bool:
    """Return whether power falls with frequency: the image was smoothed or interpolated, or has light even there."""
    finer = radius > np.median(radius)
    return bool(np.mean(power[~finer]) > MAX_FALL * np.mean(power[finer])) if finer.any() else False


def _filled(data: Values, usable: BoolArray) -> Values:
    """Return an image with the nearest usable sample in place of those that are not."""
    from scipy import ndimage

    nearest = ndimage.distance_transform_edt(~usable, return_distances=False, return_indices=True)
    filled: Values = data[tuple(nearest)]
    return filled


def _central(data: NDArray[Any]) -> NDArray[Any]:
    """Return the middle of a large image: what is found there holds for the rest."""
    while data.size > MAX_SAMPLES:
        axis = int(np.argmax(data.shape))
        quarter = data.shape[axis] // 4
        data = data[(slice(None),) * axis + (slice(quarter, quarter + data.shape[axis] // 2),)]
    return data


def _bins(mean: Values) -> list[tuple[int, int]]:
    """Return where bins begin and end in sorted means: half of them of equal numbers, half of equal light."""
    count = len(mean)
    light = np.cumsum(mean - mean[0])
    of_light = np.searchsorted(light, light[-1] * np.arange(1, BINS) / BINS)
    edges = np.unique(np.concatenate([np.linspace(0, count, BINS + 1).astype(int), of_light]))
    return [(int(low), int(high)) for low, high in pairwise(edges) if high - low >= MIN_IN_BIN]


def _line(mean: Values, variance: Values, counts: Values, dark: float, whiteness: float) -> PhotonTransfer:
    """Fit variance = gain (mean - level), weighted by what the line itself says of the variance of a variance."""
    middle, spread = float(np.average(mean, weights=counts)), max(float(np.ptp(mean)), np.finfo(np.float64).tiny)
    design = np.stack([(mean - middle) / spread, np.ones_like(mean)], axis=1)
    top = max(float(variance.max()), np.finfo(np.float64).tiny)
    scaled, expected = variance / top, np.maximum(variance / top, LEAST_SHARE)
    for _ in range(REWEIGHTINGS):
        sd = expected * np.sqrt(2 / counts)  # of a variance, in squares of normal numbers
        away = (scaled - expected) / sd
        trust = np.where(away > 0, OUTLIER_ABOVE, OUTLIER_BELOW) / np.maximum(np.abs(away), OUTLIER_ABOVE)
        weights = np.minimum(trust, 1.0) / sd**2
        normal = design.T @ (design * weights[:, np.newaxis])
        slope, height = np.linalg.lstsq(normal, design.T @ (weights * scaled), rcond=None)[0]
        expected = np.maximum(slope * design[:, 0] + height, LEAST_SHARE)
    chi = float(np.sum(weights * (scaled - design @ [slope, height]) ** 2)) / max(len(mean) - 2, 1)
    covariance = np.linalg.pinv(normal) * max(chi, 1.0)
    gain, level = slope * top / spread, middle - spread * height / slope if slope else -np.inf
    return PhotonTransfer(
        level=float(level),
        level_sd=_level_sd(float(slope), float(height), covariance) * spread,
        gain=float(gain),
        gain_sd=float(np.sqrt(covariance[0, 0]) * top / spread),
        dark=dark,
        whiteness=whiteness,
        mean=mean,
        variance=variance,
    )


def _level_sd(slope: float, height: float, covariance: Values) -> float:
    """Return the standard deviation of height over slope."""
    if slope == 0:
        return float("inf")
    gradient = np.array([height / slope**2, -1 / slope])
    return float(np.sqrt(max(float(gradient @ covariance @ gradient), 0.0)))
