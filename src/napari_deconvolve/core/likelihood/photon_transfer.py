"""Photon transfer: the level at which an image has no noise, and the counts per photon, without any PSF.

A camera records counts = offset + gain * photons + read noise, so that the variance of the counts grows along a line,
``gain * (mean - level)`` with ``level = offset - (read noise in counts)^2 / gain``. Both are read off the image itself:
its finest part is noise alone, and its smooth part tells where that noise was found (Janesick 2007, Photon Transfer;
Foi et al. 2008, IEEE Trans. Image Process. 17:1737).

Counts less that level are the shifted Poisson model of Snyder, Hammoud & White 1993, J. Opt. Soc. Am. A 10:1014: the
level is all of a camera that Richardson-Lucy has to know.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.finest import Band, Finest, finest_part, passed_along
from napari_deconvolve.core.likelihood.finest_of_lines import finest_of_lines
from napari_deconvolve.core.quantiles import in_order

BINS = 20  # of equal numbers of samples; and as many of equal light
MIN_IN_BIN, MIN_BINS = 20, 2
MIN_WIDTH = 4.0  # of a bin, in standard deviations of the mean: in narrower ones noise puts the samples in order
FLAT = 1e-6  # of the level, by which an image differs that is none
INDEPENDENT = 0.75  # of the share of frequencies that is kept: squares of neighbours are correlated
REWEIGHTINGS, SETTLED = 30, 1e-9  # of a line; and a change over the largest variance, after which none is seen
LEAST_SHARE = 1e-4  # of the largest variance, below which none is expected
OUTLIER_BELOW, OUTLIER_ABOVE = 3.0, 3.0  # standard deviations: structure adds to a variance, nothing takes from it
AGREEMENT = 2.0  # standard deviations, up to which a wider band is noise alone as well: six comparisons, few beyond
MAX_GAIN_SHARE = 0.5  # uncertainty of the gain over the gain, up to which a line is trusted
MAX_LEVEL_SHARE = 0.6  # uncertainty of the level over its distance from the dark, likewise
MAX_DARK_NOISE = 65.0  # photons in the dark, of a background of 4000: in images with more, noise seems not to grow
MIN_CONTRAST, CERTAINLY = 4.0, 2.0  # of light over the noise of the dark; and standard deviations of the gain
DARK_QUANTILE, DIM_SHARE = 0.1, 0.2
MIN_DIM = 3000  # samples of which the whiteness of noise is known to a twentieth; half of an image at most
CERTAINLY_UNEVEN = 3.0  # standard deviations of a spectrum's whiteness
MIN_WHITENESS = 0.82  # 1 in 200 of 485 right images has less; .4 to .81 after a Gaussian of .5, a median or a shift
# The same in the darker half, which is known better where that is chance: .87 and more, and .83 at most.
MIN_OF_HALF = 0.85

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PhotonTransfer:
    """The line of variance over mean.

    Attributes
    ----------
    gain, gain_sd : float
        Counts per photon, and the standard deviation of that number.
    middle : float
        Counts where the line is known best.
    height, height_sd : float
        Variance of the counts there, likewise; its error is independent of the gain's.
    dark : float
        Counts in the dark of the image: its 10 % quantile, smoothed.
    whiteness : float
        Power of the finest part over that of what is a little less fine, in the dark: 1 for the noise of a camera,
        less for data that were smoothed, interpolated or compressed.
    mean, variance : ndarray
        Of the bins, in counts and squared counts.
    """

    gain: float
    gain_sd: float
    middle: float
    height: float
    height_sd: float
    dark: float
    whiteness: float
    mean: Values
    variance: Values

    def scaled(self, unit: float) -> PhotonTransfer:
        """Return the same in counts, from a unit of counts."""
        return PhotonTransfer(
            self.gain * unit,
            self.gain_sd * unit,
            self.middle * unit,
            self.height * unit * unit,  # a power that overflows is an error, a product is not
            self.height_sd * unit * unit,
            self.dark * unit,
            self.whiteness,
            self.mean * unit,
            self.variance * unit * unit,
        )

    @property
    def level(self) -> float:
        """Counts at which the line has no variance."""
        return self.middle - self.height / self.gain if self.gain else -np.inf

    @property
    def level_sd(self) -> float:
        """Standard deviation of the level."""
        if not self.gain:
            return np.inf
        away = self.height / self.gain
        return float(np.hypot(self.height_sd, away * self.gain_sd) / abs(self.gain))

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

    @property
    def flat(self) -> bool:
        """Whether the noise certainly grows too little with light to be that of counts.

        Light that stands c standard deviations above the noise of the dark adds the share g to the variance there. Of
        photons, c / g is the noise in the dark: in photons, the root of background and reading.
        """
        in_dark = self.height + self.gain * (self.dark - self.middle)
        span = float(np.max(self.mean)) - self.dark
        if not in_dark > 0 or self.trusted or not self.white:
            return False
        contrast = span / np.sqrt(in_dark)
        growth = (self.gain + CERTAINLY * self.gain_sd) * span / in_dark
        return bool(contrast > MIN_CONTRAST and growth * MAX_DARK_NOISE < contrast)

    def distance(self, level: float, gain: float) -> float:
        """Return how many standard deviations a level and a gain are away from the line.

        That of a variance grows with it: of two that rest on few samples, the greater has the greater one.
        """
        slope, height = gain - self.gain, gain * (self.middle - level)
        height_sd = self.height_sd * max(1.0, height / self.height if self.height > 0 else 1.0)
        return float(np.hypot(slope / self.gain_sd, (height - self.height) / height_sd))


class _Fitted(NamedTuple):
    """Lines through rows of numbers between 0 and 1: a column of each, and by how much all are less sure than noise."""

    slope: Values
    height: Values
    middle: Values
    inertia: Values
    total: Values
    unsure: Values


def photon_transfer(
    image: NDArray[np.generic],
    valid: BoolArray | None = None,
    psf: FloatArray | None = None,
    *,
    lines: bool = False,
) -> PhotonTransfer | None:
    """Return the line of variance over mean of one item of 1 to 3 axes, or of many `lines`; None where none is seen.

    Samples that are not finite, or not `valid`, are left out with their neighbours. What lenses seldom transmit is
    taken for noise, too, where it tells the same line. Along a single axis only the PSF tells what is noise alone.
    """
    alone = lines or np.squeeze(image).ndim == 1
    found = _along(image, valid, psf, lines=lines) if alone else finest_part(image, valid)
    if found is None:
        return None
    found = found.taken(in_order(found.mean))
    mean = found.mean
    if mean[-1] - mean[0] <= FLAT * max(abs(mean[0]), abs(mean[-1])):
        return None
    bins = _bins(found)
    if len(bins) < MIN_BINS:
        return None
    dim = max(1, int(DIM_SHARE * len(mean)), min(MIN_DIM, len(mean) // 2))
    whiteness = found.taken(slice(dim)).whiteness()
    if alone:  # few samples, and few frequencies: it is known badly
        whiteness *= 1 + CERTAINLY_UNEVEN * _unsure(found.bands, dim)
    elif whiteness < MIN_WHITENESS:  # by chance, perhaps
        more = found.taken(slice(len(mean) // 2)).whiteness()
        whiteness = more if more > MIN_OF_HALF else whiteness
    dark = float(mean[int(DARK_QUANTILE * len(mean))])
    line, *others = _lines(found.bands, bins, dark, whiteness)
    for wider in others:
        if _agrees(wider, line):
            line = wider
    return line


def _along(
    image: NDArray[np.generic], valid: BoolArray | None, psf: FloatArray | None, *, lines: bool
) -> Finest | None:
    """Return the noise of spectra; None where nobody knows what is noise alone."""
    if psf is None or lines:
        return None if psf is None else finest_of_lines(image, psf)
    passed = passed_along(psf, np.ravel(image))
    return None if passed is None else finest_part(image, valid, passed)


def _unsure(bands: Sequence[Band], count: int) -> float:
    """Return the relative standard deviation of a whiteness, from so many samples."""
    finest, rest = bands[0].share, bands[-1].share - bands[0].share
    return float(np.sqrt(2 / (INDEPENDENT * count) * (1 / finest + 1 / rest)))


def _agrees(wider: PhotonTransfer, line: PhotonTransfer) -> bool:
    """Return whether more data tell the same line (Hausman 1978, Econometrica 46:1251): no light is among them."""
    height = wider.height + wider.gain * (line.middle - wider.middle)
    pairs = (
        (wider.gain - line.gain, line.gain_sd**2 - wider.gain_sd**2),  # and the variance of a difference between
        (height - line.height, line.height_sd**2 - wider.height_sd**2),  # what rests on all and on a part of it
    )
    return all(abs(difference) < AGREEMENT * np.sqrt(max(variance, 0.0)) for difference, variance in pairs)


def _bins(found: Finest) -> list[tuple[int, int]]:
    """Return where bins begin and end in sorted means: half of them of equal numbers, half of equal light.

    They are as wide as noise does not make them, so that light tells samples apart.
    """
    mean, count = found.mean, len(found.mean)
    light = np.cumsum(mean - mean[0])
    of_light = np.searchsorted(light, light[-1] * np.arange(1, BINS) / BINS)
    edges = np.unique(np.concatenate([np.linspace(0, count, BINS + 1).astype(int), of_light]))
    total = np.append(0.0, np.cumsum(found.bands[0].squares))
    bins: list[tuple[int, int]] = []
    low = 0
    for high in edges[1:].tolist():
        noise = found.kept * math.sqrt(max(float(total[high] - total[low]), 0.0) / (high - low))
        if high - low >= MIN_IN_BIN and mean[high - 1] - mean[low] > MIN_WIDTH * noise:
            bins.append((low, high))
            low = high
    if low < count and bins:
        bins[-1] = (bins[-1][0], count)
    return bins


def _lines(bands: Sequence[Band], bins: list[tuple[int, int]], dark: float, whiteness: float) -> list[PhotonTransfer]:
    """Fit variance = gain (mean - level) to each band, weighted by what the line says of the variance of a variance.

    A band is a row, and all are fitted at once: their numbers are few.
    """
    samples = np.array([high - low for low, high in bins])
    mean, variance = (
        np.array([[np.add.reduce(one[low:high]) for low, high in bins] for one in rows]) / samples
        for rows in ([band.light for band in bands], [band.squares for band in bands])
    )
    counts = INDEPENDENT * np.array([[band.share] for band in bands]) * samples
    tiny = float(np.finfo(np.float64).tiny)
    top = np.maximum(variance.max(1, keepdims=True), tiny)
    spread = np.maximum(np.ptp(mean, axis=1, keepdims=True), tiny)
    fit = _fitted((mean - mean[:, :1]) / spread, variance / top, counts, tiny)
    gain, height = fit.slope * top / spread, fit.height * top
    gain_sd, height_sd = fit.unsure / np.sqrt(fit.inertia) * top / spread, fit.unsure / np.sqrt(fit.total) * top
    middle = mean[:, :1] + spread * fit.middle
    columns: list[Any] = [one.ravel().tolist() for one in (gain, gain_sd, middle, height, height_sd)]
    every = [[dark] * len(bands), [whiteness] * len(bands)]
    return list(map(PhotonTransfer, *columns, *every, mean, variance))


def _fitted(place: Values, scaled: Values, counts: Values, tiny: float) -> _Fitted:
    """Fit lines to rows, reweighted until nothing changes that anybody sees."""
    expected, each = np.maximum(scaled, LEAST_SHARE), np.sqrt(2 / counts)  # of a variance, in squares of normal numbers
    positive = np.maximum(scaled, 0)
    for _ in range(REWEIGHTINGS):
        away = _normal(positive / expected, counts)
        trust = np.where(away > 0, OUTLIER_ABOVE, OUTLIER_BELOW) / np.maximum(np.abs(away), OUTLIER_ABOVE)
        weights = np.minimum(trust, 1.0) / (expected * each) ** 2
        total = weights.sum(1, keepdims=True)
        middle = (weights * place).sum(1, keepdims=True) / total
        height = (weights * scaled).sum(1, keepdims=True) / total
        inertia = np.maximum(np.sum(weights * (place - middle) ** 2, axis=1, keepdims=True), tiny)
        slope = np.sum(weights * (place - middle) * scaled, axis=1, keepdims=True) / inertia
        before, expected = expected, np.maximum(slope * (place - middle) + height, LEAST_SHARE)
        if np.abs(expected - before).max() < SETTLED:
            break
    left = weights * (scaled - height - slope * (place - middle)) ** 2
    chi = left.sum(1, keepdims=True) / max(place.shape[1] - 2, 1)
    return _Fitted(slope, height, middle, inertia, total, np.sqrt(np.maximum(chi, 1.0)))


def _normal(ratio: Values, counts: Values) -> Values:
    """Return means of so many squares as normal numbers (Wilson & Hilferty 1931, Proc. Natl. Acad. Sci. 17:684)."""
    spread = 2 / (9 * counts)
    normal: Values = (np.cbrt(ratio) - 1 + spread) / np.sqrt(spread)
    return normal
