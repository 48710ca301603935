"""The finest part of an image: beyond the frequencies that a lens transmits there is noise alone.

The square of that part, at one sample, is the variance of the samples around it, each weighted by the square of the
filter's kernel. So the mean counts that belong to it are those of the same samples, weighted in the same way: with
other weights a line of variance over mean bends where an object is small.

Samples are put in order by another mean. Where it shares the noise of the counts of a square, samples look dark or
bright by chance: their counts are spread by that, and their squares less, so that the line is too flat where there are
few photons. A mean that shares no noise with them has too little left of small objects; half is the better choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray, Shape
from napari_deconvolve.core.quantiles import NOISE_OF_MAD
from napari_deconvolve.core.remember import of_kernel, of_shape
from napari_deconvolve.core.transforms.fill import fill_unknown

FINEST = 0.5  # cycles per sample: no lens whose image is sampled well enough transmits what is finer
PASSED = (FINEST, 0.45, 0.4, 0.33)  # few lenses transmit what is finer than the last
FEW_HOLES = 0.02  # of the samples
MIN_EVENNESS = 0.5  # of the finest part: noise of single samples has as much power everywhere
MAX_PASSED, MIN_OTF = 0.08, 32  # of the light, that an image whose finest part is noise lets into it; samples
HARDLY_PASSED = 0.03  # from here on a finest part that is not noise may be light
SMOOTH_SIGMA = 2.0  # samples, of the Gaussian that tells the mean
OWN_NOISE = 0.5  # of the noise that the mean shares with the counts of a square, which is taken out of it
MIN_LINE, LINE_GRID = 64, 512  # samples of a spectrum at least; and of a grid on which its kernel's OTF is looked at
MAX_PASSED_ALONG = 0.42  # cycles per sample, of which a spectrum's kernel passes the finest
NORMAL_OF_ROUGH = NOISE_OF_MAD / np.sqrt(6)  # standard deviation of noise over the median of second differences
SHARES_BEYOND = (0.4, 0.25, 0.1, 0.0)  # of what is finer than that
KERNEL_GRID = {1: 512, 2: 128, 3: 32}  # samples, by axes: a kernel with a sharp edge among frequencies has long tails
MAX_SAMPLES, SERIAL_SAMPLES = 1 << 19, 1 << 16

Values = NDArray[np.float64]


class Band(NamedTuple):
    """What lies beyond one frequency, at each sample: squares, of the noise's variance, and the counts they are of."""

    squares: Values
    light: Values
    share: float  # of all frequencies

    def taken(self, chosen: NDArray[Any] | slice) -> Band:
        """Return some of the samples."""
        return Band(self.squares[chosen], self.light[chosen], self.share)


class Finest(NamedTuple):
    """An image's noise, and its smooth part, by which samples are put in order."""

    bands: tuple[Band, ...]  # one for each of `PASSED`
    mean: Values
    evenness: float  # of the finest part: power of its finer half over that of the rest
    kept: float  # of the standard deviation of white noise, in the mean

    def taken(self, chosen: NDArray[Any] | slice) -> Finest:
        """Return some of the samples."""
        bands = tuple(band.taken(chosen) for band in self.bands)
        return self._replace(bands=bands, mean=self.mean[chosen])

    def in_a_row(self) -> Finest:
        """Return all samples along one axis, without copies."""
        bands = tuple(Band(np.ravel(one.squares), np.ravel(one.light), one.share) for one in self.bands)
        return self._replace(bands=bands, mean=np.ravel(self.mean))

    def whiteness(self) -> float:
        """Return the power of the finest part over that of what is a little less fine: 1 for noise of single samples.

        It is less, or 0, where an image was smoothed, interpolated or compressed. Bright light that a lens of high
        aperture transmits may lie in what is less fine; then the finest part is even in itself, and to its neighbour.
        """
        if self.evenness < MIN_EVENNESS:
            return 0.0
        return max(self._over(self.bands[-1]), min(self.evenness, self._over(self.bands[1])))

    def _over(self, wider: Band) -> float:
        """Return the power of the finest part over that of the rest of a wider one."""
        finest = self.bands[0]
        power, all_power = float(np.mean(finest.squares)), float(np.mean(wider.squares))
        rest = (wider.share * all_power - finest.share * power) / (wider.share - finest.share)
        return power / max(rest, float(np.finfo(np.float64).tiny))


def finest_part(
    image: NDArray[np.generic], valid: BoolArray | None, passed: Sequence[float] | None = None
) -> Finest | None:
    """Return the noise of an image of 1 to 3 axes; None for one that is too small.

    Samples that are not finite, or not `valid`, are left out with their neighbours. The frequencies that are `passed`
    less and less begin with one beyond which there is no light: those of lenses; along a single axis `passed_along`.
    """
    from scipy import fft, ndimage

    passed = passed or PASSED
    data = np.squeeze(central(np.asarray(image, np.float64)))
    usable = np.isfinite(data)
    if valid is not None:
        usable &= np.squeeze(central(valid))
    if data.ndim < 1 or min(data.shape) < (4 if data.ndim > 1 else MIN_LINE) or not usable.any():
        return None
    whole = bool(usable.all())
    if not whole:
        data = fill_unknown(data, usable)
    radius = _squared_frequencies(data.shape)
    spectrum = fft.dctn(data, norm="ortho", workers=_workers(data))
    corner = radius > passed[0] ** 2
    few_holes = not whole and np.mean(usable) > 1 - FEW_HOLES  # as the tops of points: what fills them is uneven
    evenness = 1.0 if few_holes else _evenness(np.square(spectrum[corner]), radius[corner])
    smooth = ndimage.gaussian_filter(data, SMOOTH_SIGMA, mode="reflect", truncate=3.0)
    bands = tuple(_band(spectrum, one) for one in passed)
    own, kept = _own_share(data.shape, passed[0])
    found = Finest(bands, (smooth - own * bands[0].light) / (1 - own), evenness, kept)
    if whole:
        return found.in_a_row()
    far = ndimage.binary_erosion(usable, iterations=2, border_value=1)
    return found.taken(far) if far.any() else None


def passed_along(psf: FloatArray, spectrum: Values) -> tuple[float, ...] | None:
    """Return frequencies along a single axis that a kernel lets through less and less; None if it passes too many.

    Beyond the last one it hardly passes anything, and of a spectrum's brightest line less than noise: what lies there
    is noise.
    """
    otf = np.abs(np.fft.rfft(np.asarray(psf, np.float64).ravel(), LINE_GRID))
    known = spectrum[np.isfinite(spectrum)]
    rough = float(np.median(np.abs(np.diff(known, 2)))) if known.size > MIN_LINE else 0.0
    noise = NORMAL_OF_ROUGH * rough / max(float(np.ptp(known)) if known.size else 0.0, float(np.finfo(np.float64).tiny))
    passing = np.flatnonzero(otf > min(HARDLY_PASSED, noise) * otf[0])
    last = (int(passing[-1]) + 1) / LINE_GRID
    if last > MAX_PASSED_ALONG:
        return None
    return tuple(last + share * (0.5 - last) for share in SHARES_BEYOND)


def passes_finest(psf: FloatArray, most: float = MAX_PASSED) -> bool:
    """Return whether a kernel lets light into the finest part of an image: then that is not noise alone."""
    fine, whole = _passed(psf, tuple(1 if length == 1 else max(MIN_OTF, length) for length in psf.shape))
    return fine > most * whole


@of_kernel
def _passed(psf: FloatArray, shape: Shape) -> tuple[float, float]:
    """Return the most that a kernel lets into the finest part, on a grid of a shape, and all of its light."""
    from scipy import fft

    otf = np.abs(fft.fftn(np.asarray(psf, np.float64), shape))
    radius: Any = sum(
        np.fft.fftfreq(length).reshape(-1, *(1,) * (psf.ndim - axis - 1)) ** 2 for axis, length in enumerate(shape)
    )
    fine = radius > FINEST**2
    return float(otf[fine].max()) if fine.any() else -np.inf, float(otf.flat[0])


def _band(spectrum: Values, passed: float) -> Band:
    """Return what lies beyond a frequency, from an image's cosines."""
    from scipy import fft

    how: dict[str, Any] = {"norm": "ortho", "workers": _workers(spectrum), "overwrite_x": True}
    squares = np.square(fft.idctn(np.where(_beyond(spectrum.shape, passed), spectrum, 0), **how))
    light = fft.idctn(spectrum * _spread(spectrum.shape, passed), **how)
    share, power = _power(spectrum.shape, passed)
    return Band(squares / power, light, share)


def _workers(data: Values) -> int:
    """Return how many threads transform an image: to start them takes longer than a small one."""
    return -1 if data.size > SERIAL_SAMPLES else 1


@of_shape
def _beyond(shape: Shape, passed: float) -> BoolArray:
    """Return which of an image's cosines are finer than a frequency."""
    return _squared_frequencies(shape) > passed**2


@of_shape
def _own_share(shape: Shape, finest: float) -> tuple[float, float]:
    """Return how much of the counts of a square leaves the smooth part, and the noise that is kept in what remains.

    Sums over products of weights of samples are means over products of their transfers.
    """
    radius = _squared_frequencies(shape)
    smooth, light = np.exp(-2 * radius * (np.pi * SMOOTH_SIGMA) ** 2), _spread(shape, finest)
    own = OWN_NOISE * float(np.mean(smooth * light) / np.mean(light * light))
    rest = (smooth - own * light) / (1 - own)
    return own, float(np.sqrt(np.mean(rest * rest)))


@of_shape
def _power(shape: Shape, passed: float) -> tuple[float, Values]:
    """Return the share of frequencies beyond one, and what they hold of white noise at each sample.

    That is less at the border, where cosines have no slope. Both halves of each axis are the same, and one is kept.
    """
    share, power = _power_of_half(tuple(-(-length // 2) for length in shape), shape, passed)
    for axis, length in enumerate(shape):
        mirrored = np.flip(power[(slice(None),) * axis + (slice(length // 2),)], axis)
        power = np.concatenate([power, mirrored], axis)
    return share, power


@of_shape
def _power_of_half(kept: Shape, shape: Shape, passed: float) -> tuple[float, Values]:
    """Return the same for the first half of each axis, which is `kept`."""
    beyond = _beyond(shape, passed)
    power = beyond.astype(np.float64)
    for axis in range(beyond.ndim):
        power = _squared_cosines(power, axis)
    return float(np.mean(beyond)), power


def _squared_cosines(power: Values, axis: int) -> Values:
    """Return sum_k power_k (2 - [k = 0]) cos^2(pi k (i + 1/2) / n) / n at each sample i of the first half of an axis.

    The square is 1/2 and half a cosine twice as fine; where that is beyond all cosines of the axis, it is minus the one
    that lies as far on the other side of the finest.
    """
    from scipy import fft

    rows = np.moveaxis(power, axis, 0)
    length, half = len(rows), len(rows) // 2
    middle, finer = -(-length // 2), np.arange(length // 2 + 1, length)
    step = 1 if length == 2 * half else 2  # the cosines of even lengths are those of half the length, twice
    twice = np.zeros((length * step // 2, *rows.shape[1:]))
    twice[: step * middle : step] = rows[:middle]
    twice[step * (length - finer)] -= rows[finer]
    twice[1:] /= 2
    fine = fft.dct(twice, type=3, axis=0, workers=_workers(twice))
    fine += np.sum(rows[1:], axis=0) if length > 1 else 0
    return np.moveaxis(fine[:middle] / length, 0, axis)


@of_shape
def _spread(shape: Shape, passed: float) -> Values:
    """Return the transfer, at an image's cosines, of the squared kernel that leaves what lies beyond a frequency."""
    size = KERNEL_GRID[len(shape)]
    taps = size // 2  # to each side
    radius = _sum_of_squares([np.fft.fftfreq(size)] * len(shape))
    kernel = np.square(np.fft.ifftn(radius > passed**2).real)[(slice(taps),) * len(shape)]
    for length in shape:  # the first axis goes to the end, and all have had their turn
        cosines = np.cos(np.pi * np.outer(np.arange(taps), np.arange(length) / length))
        cosines[1:] *= 2  # of both sides
        kernel = np.tensordot(kernel, cosines, (0, 0))
    transfer: Values = kernel / kernel.flat[0]
    return transfer


@of_shape
def _squared_frequencies(shape: Shape) -> Values:
    """Return how fine the cosines are, in squared cycles per sample."""
    return _sum_of_squares([np.arange(length) / (2 * length) for length in shape])


def _sum_of_squares(axes: Sequence[NDArray[np.floating]]) -> Values:
    total: Any = sum(np.square(axis) for axis in np.ix_(*axes))
    return np.asarray(total)


def _evenness(power: Values, radius: Values) -> float:
    """Return the power of the finer half over that of the other: less than 1 where it falls, as of smoothed images.

    Two standard deviations are added, as small images have few frequencies.
    """
    finer = radius > np.median(radius)
    coarse, count = float(np.mean(power[~finer])), np.count_nonzero(finer)
    if not (count and coarse > 0):
        return 1.0
    unsure = 2 / np.sqrt(count)  # of the ratio of two means of squared normals
    return float(np.mean(power[finer])) / coarse * (1 + 2 * float(unsure))


def central(data: NDArray[Any]) -> NDArray[Any]:
    """Return the middle of a large image: what is found there holds for the rest."""
    return data[central_part(data.shape)]


def central_part(shape: Shape) -> tuple[slice, ...]:
    """Return where that lies."""
    cuts = [slice(0, length) for length in shape]
    lengths = list(shape)
    while prod(lengths) > MAX_SAMPLES:
        axis = int(np.argmax(lengths))
        begin = cuts[axis].start + lengths[axis] // 4
        lengths[axis] //= 2
        cuts[axis] = slice(begin, begin + lengths[axis])
    return tuple(cuts)
