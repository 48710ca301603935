"""Hot and dead samples, and spikes of cosmic rays: what no light through the PSF makes.

A point of light reaches the neighbours of a sample by shares that the PSF h fixes. Let m(d) be the mean of h over the
neighbours of a sample at the distance d from the point. Where h(d) <= r m(d) for all d, every sum of points keeps to
sample <= r (mean of its neighbours): this is the bound for hot samples, with r from the point that is least favourable.
A point between samples is broader on the grid than one on a sample, so r comes from the sampled PSF. A flat ground
under the points is taken off both sides. For dead samples there are two rings of neighbours, with the means m1 and m2,
and numbers a and b such that h(d) >= a m1(d) - b m2(d) for all d: a hole that light leaves between points is shallower.

Noise is added to both bounds: its variance as a straight line of the level (photon transfer), the gain being measured
from differences between neighbours, and the step between values as the least that counts can make of one photon.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.spike_bounds import Bounds, bounds_of, box_mean, ring

Values = NDArray[np.float64]

SIGMAS = 6.0  # standard deviations of noise beyond what light makes
STEPS = 4.0  # and steps between values: a sample of 4 photons among zeros is chance in large images
HOT_MARGIN, DEAD_MARGIN = 1.15, 0.9  # the PSF may be sharper by this, and holes deeper
PASSES = 6  # a spike beside a brighter one is found after it
BLOCK = 5  # samples along an axis; the ground is looked for in a block and those beside it
BINOMIAL = np.array([0.25, 0.5, 0.25])  # weights of neighbours against noise: no period that a PSF passes vanishes
FLAT, FLAT_RAW, SLACK = 6.0, 8.0, 2.0  # standard deviations: of such means and of samples in a flat block; by chance
LEVEL_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)  # bins of light
MIN_IN_BIN, MAX_FOR_NOISE, MAX_FOR_STEPS = 50, 1 << 18, 1 << 16  # samples
MEDIAN_OF = {1: 7, 2: 3, 3: 3}  # samples along each axis, by number of axes


@dataclass(frozen=True, slots=True)
class _Noise:
    """Variance of a sample as a line of its level, and the step between values (0 if there are no steps)."""

    dark: float
    variance: float
    gain: float
    step: float

    def at(self, level: NDArray[Any]) -> NDArray[Any]:
        """Return the variance at some levels."""
        return self.variance + max(self.gain, self.step) * np.maximum(level - self.dark, 0)


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # of images without noise, or without light
def spikes(image: NDArray[np.generic], psf: FloatArray, *, valid: BoolArray | None = None) -> BoolArray | None:
    """Return where samples are brighter or darker than any light through the PSF makes them; None if nowhere.

    None is also the answer where the PSF is so narrow that points of light fill single samples. The kernel `psf` is
    sampled as the image is, centred, of odd sizes and sum 1, and has as many axes as the image, or fewer: then it acts
    on the last ones. `valid` is True where there are data; samples that are not finite are left out in any case. Dead
    samples are looked for at least two samples away from borders and from samples without data.
    """
    bounds = bounds_of(np.asarray(psf, np.float64), np.ndim(image))
    data: NDArray[Any] = np.asarray(image)
    if bounds is None or data.dtype.kind not in "uif":
        return None
    usable = np.isfinite(data) if data.dtype.kind == "f" else np.ones(data.shape, bool)
    if valid is not None:
        usable &= valid
    if not usable.any():
        return None
    wide = np.float64 if data.dtype.itemsize > 4 else np.float32
    light = np.where(usable, data, 0).astype(wide)
    light = np.where(usable, light, _filled(light, usable, bounds.axes))
    np.ldexp(light, -int(np.frexp(np.max(np.abs(light)))[1]), out=light)  # squares stay within single precision
    found = np.zeros(data.shape, bool)
    for _ in range(PASSES):
        noise = _noise(light, bounds.axes)
        more = (_beyond(light, bounds, noise, 1) & usable) | _is_dead(light, bounds, noise, usable)
        more &= ~found
        if not more.any():
            break
        found |= more
        light = np.where(found, _filled(light, usable & ~found, bounds.axes), light)
    return found if found.any() else None


# ---- noise


def _filled(light: NDArray[Any], usable: BoolArray, axes: tuple[int, ...]) -> NDArray[Any]:
    """Return what samples without data may hold: the mean of those around that have data, or of all."""
    if usable.all():
        return light
    if not usable.any():
        return light
    share = box_mean(usable.astype(light.dtype), axes, 3)
    mean = float(np.mean(light, where=usable, dtype=np.float64))
    return np.where(share > 1e-3, box_mean(np.where(usable, light, 0), axes, 3) / np.maximum(share, 1e-3), mean)


def _opened(light: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """Return light without what is brighter than all around and narrower than 3 samples, spikes among it."""
    from scipy import ndimage

    return np.asarray(ndimage.grey_opening(light, [3 if axis in axes else 1 for axis in range(light.ndim)]))


def _noise(light: NDArray[Any], axes: tuple[int, ...]) -> _Noise:
    """Return how the variance of samples grows with their level, from differences that blurred light hardly enters.

    The level of a sample is the median of its neighbours, so that spikes do not make bins of their neighbours.
    """
    from scipy import ndimage

    step = _step(light)
    light = _brighter_part(light)
    stencil = np.array([1.0, -2.0, 1.0] if len(axes) > 1 else [1.0, -4.0, 6.0, -4.0, 1.0])
    stencil /= np.linalg.norm(stencil)
    rough = light
    for axis in axes[-2:]:
        rough = ndimage.correlate1d(rough, stencil, axis=axis, mode="reflect")
    size = [MEDIAN_OF[len(axes)] if axis in axes else 1 for axis in range(light.ndim)]
    level = ndimage.median_filter(light, size, mode="reflect").ravel().astype(np.float64)
    order = np.argsort(level, kind="stable")
    level, rough = level[order], np.abs(rough.ravel()[order].astype(np.float64))
    edges = [round(share * len(level)) for share in LEVEL_SHARES]
    bins = [slice(low, high) for low, high in pairwise(edges) if high - low >= MIN_IN_BIN]
    if not bins:
        return _Noise(float(level[0]), _variance(rough), 0.0, step)
    points = [(float(np.mean(level[part])), _variance(rough[part])) for part in bins]
    dark, variance = points[0]
    away = 3 * math.sqrt(variance / len(axes))
    slopes = [(more - variance) / (brighter - dark) for brighter, more in points if brighter - dark > away]
    gain = max(0.0, min(slopes)) if slopes else 0.0  # structure and spikes only enlarge it
    return _Noise(dark, variance, max(gain, variance / dark if dark > 0 else 0.0), step)


def _brighter_part(light: NDArray[Any]) -> NDArray[Any]:
    """Return the brighter half along each axis in turn, until an image is small enough to measure its noise."""
    while light.size > MAX_FOR_NOISE:
        axis = int(np.argmax(light.shape))
        light = max(np.split(light, [light.shape[axis] // 2], axis), key=lambda half: float(half.mean()))
    return light


def _variance(rough: Values) -> float:
    """Return the variance of differences whose largest may be spikes; not 0 where some of many differ."""
    sd = max(float(np.median(rough)) / 0.6745, float(np.quantile(rough, 0.8)) / 1.2816)
    return sd**2 if sd > 0 else float(np.mean(np.sort(rough)[: math.ceil(0.98 * len(rough))] ** 2))


def _step(values: NDArray[Any]) -> float:
    """Return the step between values where many samples share few, as counts do, and 0 elsewhere."""
    some = np.unique(values.ravel()[:: max(1, values.size // MAX_FOR_STEPS)].astype(np.float64))
    if len(some) < 2 or 2 * len(some) > min(values.size, MAX_FOR_STEPS):
        return 0.0
    return float(np.diff(some).min())


# ---- samples beyond the bounds


def _beyond(light: NDArray[Any], bounds: Bounds, noise: _Noise, sign: int) -> BoolArray:
    """Return which samples stick out of what surrounds them by more than light and noise do: up (+1) or down (-1).

    Down, points that take light from a flat field are bound like points that add to it, and neighbours are taken
    without spikes that were not found.
    """
    neighbours = 3 ** len(bounds.axes) - 1
    field = light if sign > 0 else _opened(light, bounds.axes)
    around = ring(field, bounds.axes, 1)
    least = SIGMAS * np.sqrt(noise.at(around)) + STEPS * noise.step
    out: BoolArray = (light - around > least) if sign > 0 else (around - light > least)
    if not out.any():
        return out
    around = sign * around
    ground = _ground(sign * field, bounds, noise, sign)[out]
    around, ratio, known = around[out], HOT_MARGIN * bounds.peak, np.isfinite(ground)
    ground = np.where(known, ground, 0)
    most = ground + ratio * np.maximum(around - ground, 0)
    variance = noise.at(sign * most) + ratio**2 / neighbours * (noise.at(sign * around) + noise.step**2 / neighbours)
    out[out] = known & (sign * light[out] > most + SIGMAS * np.sqrt(variance) + STEPS * noise.step)
    return out


def _ground(light: NDArray[Any], bounds: Bounds, noise: _Noise, sign: int) -> NDArray[Any]:
    """Return the level on which light stands around each sample: the least of the blocks beside that of the sample.

    Between lines as close as the PSF resolves there is light of both, and no ground. So the darkest block has to be
    flat; where it is not, the ground is that of the darkest flat block of the image, or 0. Upside down, where `light`
    has the sign -1, there is none then: minus infinity.
    """
    from scipy import ndimage

    spread = _of_blocks(light, bounds.axes, np.maximum) - _of_blocks(light, bounds.axes, np.minimum)
    for axis in bounds.axes:
        light = ndimage.correlate1d(light, BINOMIAL, axis=axis, mode="reflect")
    low, high = _of_blocks(light, bounds.axes, np.minimum), _of_blocks(light, bounds.axes, np.maximum)
    share = float(np.sum(BINOMIAL**2)) ** len(bounds.axes)
    variance = noise.at(sign * low)
    sd = np.sqrt(share * variance + (share * noise.step) ** 2)
    flat = (high - low <= FLAT * sd) & (spread <= FLAT_RAW * np.sqrt(variance + noise.step**2))
    beside = [3 if axis in bounds.axes else 1 for axis in range(light.ndim)]
    ground = ndimage.minimum_filter(low, beside, mode="nearest")
    of_flat = ndimage.minimum_filter(np.where(flat, low, np.inf), beside, mode="nearest")
    mean = _of_blocks(light, bounds.axes, np.add) / _of_blocks(np.ones(light.shape, light.dtype), bounds.axes, np.add)
    level = ndimage.minimum_filter(np.where(flat, mean, np.inf), beside, mode="nearest")
    if sign > 0:
        least = float(low[flat].min()) if flat.any() else np.inf
        elsewhere = np.where(ground >= least, least, np.minimum(ground, 0))
    else:
        elsewhere = np.full(ground.shape, -np.inf)
    ground = np.where(of_flat <= ground + SLACK * sd, level, elsewhere)
    for axis in bounds.axes:
        ground = np.repeat(ground, BLOCK, axis)[(slice(None),) * axis + (slice(light.shape[axis]),)]
    return np.asarray(ground)


def _of_blocks(light: NDArray[Any], axes: tuple[int, ...], least: np.ufunc) -> NDArray[Any]:
    """Return the least (or largest) value of each block of `BLOCK` samples along the axes."""
    for axis in axes:
        light = least.reduceat(light, np.arange(0, light.shape[axis], BLOCK), axis)
    return light


def _is_dead(light: NDArray[Any], bounds: Bounds, noise: _Noise, usable: BoolArray) -> BoolArray:
    """Return which samples are darker than light that surrounds them lets them be, or than a flat field does."""
    from scipy import ndimage

    dead = _beyond(light, bounds, noise, -1)
    first, second = bounds.hole
    if first:
        inner, outer = ring(_opened(light, bounds.axes), bounds.axes, 1), ring(light, bounds.axes, 2)
        floor = min(0.0, noise.dark)  # an offset passes the bound as flat light does; a negative one would not
        least = DEAD_MARGIN * (first * (inner - floor) - second * (outer - floor)) + floor
        variance = noise.at(light) + first**2 * noise.at(inner) / (3 ** len(bounds.axes) - 1)
        dead |= light < least - SIGMAS * np.sqrt(variance) - STEPS * noise.step
    near = [5 if axis in bounds.axes else 1 for axis in range(light.ndim)]
    return np.asarray(dead & ndimage.minimum_filter(usable, near, mode="constant", cval=0).astype(bool))
