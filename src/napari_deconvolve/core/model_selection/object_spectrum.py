"""The spectrum of the object that a PSF implies: whether it turns upwards where hardly any light passes.

The power of the data, less that of their noise, is the object's power times the squared OTF; so the object's power
follows from the data alone, without iterations. Power of objects falls with frequency: of points as little as not at
all, of edges and textures by some power law, and in the end faster, as nothing is finer than a sample. Divided by the
OTF of a PSF that is too wide it turns upwards towards the end of the band, as that OTF ends too early. Fitted is

    power = (a k^p + b) exp(q k^6),    p <= 0 <= b,    k over the band's end,

and q is the sign: above 0 by more than its uncertainty, the PSF is too wide. The floor b is there for points among
softer things. Where a PSF a fifth too wide would be seen by many standard deviations, q has to come nearer to what that
makes of points: a little less fall than the law's is the object's own. The other side tells nothing, as soft objects
fall as steeply as a PSF that is too narrow makes all objects fall.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.likelihood.finest import FINEST
from napari_deconvolve.core.model_selection.modes import Modes, band_end, power_of, windowed
from napari_deconvolve.core.remember import of_kernel

BAND_BEGIN = 0.06  # of the band: below are background and the window
BINS, MIN_MODES, MIN_BINS = 14, 4.0, 6
HANN_AXES = 2  # y and x are windowed
HANN_MODES = 1.5  # by which a Hann window makes neighbouring modes alike, per axis
STEEPNESS = 6  # of k in the exponent
PARAMETERS, ROUNDS, MAX_STEP, RANK = 4, 60, 1.0, 1e-6  # of the fit
SETTLED = 1e-4  # a change of the numbers, after which none is seen
OF_A_FIFTH = 2.4  # q of points under an Airy PSF that is a fifth too wide
SMALL, MOST_SMALL = 1.0, {2: 2.0, 3: 0.0}  # standard deviations: half of that counts above the first, and by the
# second at most, by axes: stacks have to be surer anyway
FIRST_FLOOR, DEEP = 0.3, 30.0  # of the least power; and how far below the law, as a logarithm, it does not matter

Values = NDArray[np.float64]


class Bins(NamedTuple):
    """The object's power at several frequencies, in order.

    Attributes
    ----------
    frequency : ndarray
        Over the end of the band.
    power : ndarray
        Weighted by the squared OTF.
    sums : ndarray
        Of the OTF to the power of 4, 6 and 8: what the uncertainty of the power follows from.
    noise : float
        Power of the noise.
    unevenness : ndarray
        How many times as uncertain the power is as that of noise: some objects have theirs in a few modes, as lines do.
    """

    frequency: Values
    power: Values
    sums: Values
    noise: float
    unevenness: Values

    def sd(self, power: Values) -> Values:
        """Return the standard deviation of the measured power if this is the right one: that of squared normals."""
        four, six, eight = self.sums
        alike = 2 * HANN_MODES**HANN_AXES  # and each mode stands for its conjugate too
        spread: Values = (
            np.sqrt(alike * (self.noise**2 * four + 2 * self.noise * power * six + power**2 * eight)) / four
        )
        return spread * self.unevenness


def upturn(light: FloatArray, psf: FloatArray) -> float:
    """Return by how many standard deviations the object's spectrum turns upwards at the end of the band.

    `light` is one item of 2 or 3 axes, above its background and without gaps; the PSF has as many axes. 0 where the
    image is too small or too dim to tell. It is the signed root of the likelihood ratio of q (Wilks 1938, Ann. Math.
    Stat. 9:60), over the misfit that is left where the power falls unevenly; less what a small q comes to in a bright
    image.
    """
    bins = object_power(light, psf)
    if bins is None or np.count_nonzero(bins.power > 0) <= PARAMETERS:
        return 0.0
    turned = _fit(bins)
    falling = _fit(bins, turned)
    left = max(turned.misfit / (len(bins.power) - PARAMETERS), 1.0)
    turn = float(np.sign(turned.values[-1]) * np.sqrt(max(falling.misfit - turned.misfit, 0.0) / left))
    spread = float(np.linalg.norm(np.linalg.pinv(turned.design, rcond=RANK)[-1])) * np.sqrt(left)
    half = OF_A_FIFTH / 2 / spread if spread > 0 else np.inf
    return turn - float(np.clip(half - SMALL, 0, MOST_SMALL[light.ndim]))


def object_power(light: FloatArray, psf: FloatArray) -> Bins | None:
    """Return the object's power; None where the band holds too few frequencies."""
    faded = windowed(np.asarray(light, np.float64))
    modes, power = Modes.of(psf, faded.shape), power_of(faded)
    # In y and x alone: the first and the last plane of a stack do not meet, and that step has all frequencies in z.
    noise = float(np.average(power, weights=modes.weight * (modes.lateral > FINEST)))
    if not noise > 0:  # an image without noise is not one of counts
        return None
    band = _band(psf, faded.shape)
    if band is None:
        return None
    here, otf = power.ravel()[band.inside], band.otf
    mean = band.total((here - noise) * otf) / np.where(band.known, band.sums[0], 1)
    even = 2 * band.total(otf**2 * np.square(noise + np.maximum(mean, 0)[band.which] * otf))  # of squares: exponential
    uneven = np.sqrt(np.maximum(band.total(np.square(otf * here)) / np.where(band.known, even, 1), 1.0))
    return Bins(band.middle, mean[band.known], band.sums[:, band.known], noise, uneven[band.known])


class _Band(NamedTuple):
    """The modes inside a PSF's band, by the bins they belong to.

    Where they are in the flattened spectrum; their bins, squared OTFs and weights; of each bin, sums of powers of the
    squared OTF, whether it holds enough, and of those that do, the frequency.
    """

    inside: NDArray[np.intp]
    which: NDArray[np.intp]
    otf: Values
    weight: Values
    sums: Values
    known: NDArray[np.bool_]
    middle: Values

    def total(self, values: Any) -> Values:
        """Return the weighted sum of a value of each mode, bin by bin."""
        return np.asarray(np.bincount(self.which, self.weight * values, len(self.known)), np.float64)


@of_kernel
def _band(psf: FloatArray, shape: Shape) -> _Band | None:
    """Return the modes inside a PSF's band, on the grid of an image; None where it holds too few frequencies."""
    modes = Modes.of(psf, shape)
    end, width = band_end(modes), HANN_MODES / min(shape[-2:])
    begin = max(BAND_BEGIN * end, width)
    count = min(BINS, int((end - begin) / width))  # narrower ones would hold the same
    if count < MIN_BINS:
        return None
    edges = np.linspace(begin, end, count + 1)
    which = np.digitize(modes.lateral.ravel(), edges) - 1
    inside = np.flatnonzero((which >= 0) & (which < count))
    otf, weight = np.square(modes.otf).ravel()[inside], modes.weight.ravel()[inside]
    middle = (edges[1:] + edges[:-1]) / 2 / end
    empty = _Band(inside, which[inside], otf, weight, np.zeros((3, count)), np.zeros(count, bool), middle)
    sums = np.stack([empty.total(otf**exponent) for exponent in (2, 3, 4)])
    known = (empty.total(1.0) > 2 * MIN_MODES) & (sums[0] > 0)
    if np.count_nonzero(known) < MIN_BINS:
        return None
    return empty._replace(sums=sums, known=known, middle=middle[known])


class _Fit(NamedTuple):
    """Logarithms of level, slope, logarithm of the floor, and q.

    Then the standard deviations of the power, the sum of squares over them, and what each number changes over them.
    """

    values: Values
    sd: Values
    misfit: float
    design: Values


def _fit(bins: Bins, turned: _Fit | None = None) -> _Fit:
    """Fit the power by a falling law on a floor that turns; or, by the standard deviations of that fit, does not."""
    log_k, curve = np.log(bins.frequency), bins.frequency**STEEPNESS
    values = _first(bins, log_k) if turned is None else np.append(turned.values[:-1], 0.0)
    best: _Fit | None = None
    for _ in range(ROUNDS):
        bend = np.exp(np.minimum(np.maximum(values[3] * curve, -DEEP), DEEP))
        law, floor = np.exp(values[0] + values[1] * log_k) * bend, np.exp(values[2]) * bend
        expected = law + floor
        sd = bins.sd(expected) if turned is None else turned.sd
        left = (bins.power - expected) / sd
        columns = [law, law * log_k, floor, expected * curve][: PARAMETERS if turned is None else -1]
        design = np.array(columns).T / sd[:, np.newaxis]
        best = _Fit(values, sd, float(left @ left), design)
        step = np.zeros(PARAMETERS)
        step[: len(columns)] = np.linalg.lstsq(design, left, rcond=RANK)[0]
        before, values = values, values + step * min(1.0, MAX_STEP / max(float(np.abs(step).max()), 1e-12))
        values[1], values[2] = min(values[1], 0.0), max(values[2], values[0] - DEEP)
        if np.abs(values - before).max() < SETTLED:
            break
    assert best is not None
    return best


def _first(bins: Bins, log_k: Values) -> Values:
    """Return where a fit begins: a straight line through the logarithms, and a floor below all."""
    positive = bins.power > 0
    trust = np.where(positive, bins.power / bins.sd(np.maximum(bins.power, 0)), 0)
    design = np.stack([np.ones_like(log_k), log_k], axis=1) * trust[:, np.newaxis]
    level, slope = np.linalg.lstsq(design, np.log(np.where(positive, bins.power, 1)) * trust, rcond=None)[0]
    return np.array([level, min(slope, 0.0), np.log(FIRST_FLOOR * float(bins.power[positive].min())), 0.0])
