"""The spectrum of a residual: whether a model has left anything but noise.

A residual of unit variance has the power 1 at all frequencies if it is noise. Within the band of the OTF an estimate
has fitted some of that, so less is left there; more is left only where the model cannot follow the data. The noise is
read off the frequencies that no lens transmits, so that a gain that is somewhat wrong does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray, Shape
from napari_deconvolve.core.model_selection.modes import Modes, power_of
from napari_deconvolve.core.remember import of_kernel

OTF_EDGES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.01)  # between them the power is averaged
FAINT_EDGES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)  # likewise, where an estimate follows data slowly
MOST_OF_A_BAND = 3.0  # standard deviations
MIN_MODES = 4.0
COARSE = (0.0, 0.04, 0.08, 0.12)  # cycles per sample in y and x: below, a residual may be that of a background
MAX_ODD = 0.05  # of the light of a PSF that counts as symmetric

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Excess:
    """Power of a residual within the band that is more than noise.

    Attributes
    ----------
    fine : float
        Standard deviations of the largest excess, where frequencies in y and x are not coarse.
    total : float
        Sum of all that is more than noise, at coarse frequencies too, over the power of the noise per mode.
    """

    fine: float
    total: float


def excess(residual: FloatArray, psf: FloatArray) -> Excess:
    """Return by how much the power of a residual is more than noise, in several bands of the OTF.

    The residual has 2 or 3 axes, about unit variance, and 0 where there are no data.
    """
    power, shape = power_of(np.asarray(residual, np.float64)), residual.shape
    bands = _bands(psf, shape, OTF_EDGES, faint=False)
    dark, coarse, fine = bands.means(power)
    if not dark > 0:
        return Excess(0.0, 0.0)
    every = (coarse * bands.coarse + fine * bands.fine) / np.maximum(bands.coarse + bands.fine, 1)
    total = float(np.sum((bands.coarse + bands.fine) * np.maximum(every / dark - 1, 0)))
    counts = bands.fine / 2
    more = [(one / dark - 1) * np.sqrt(count) for one, count in zip(fine, counts, strict=True) if count >= MIN_MODES]
    return Excess(float(max(more, default=0.0)), total)  # a power is distributed exponentially


def unexplained(residual: FloatArray, noise: FloatArray, psf: FloatArray) -> float:
    """Return by how many standard deviations a run leaves more of its data than of noise, where its PSF passes little.

    There a PSF that is too wide lets an estimate follow least of what is in the data. What the run leaves of `noise`,
    of any size, is the measure: what it has fitted of the noise in its data is missing in both. Several bands of the
    OTF count alike, and none alone, as light that a run has not followed yet is in one or two; coarse frequencies in y
    and x do not count.
    """
    bands = _bands(psf, residual.shape, FAINT_EDGES, faint=True)
    powers = (power_of(np.asarray(one, np.float64)) for one in (residual, noise))
    dark, _, means = zip(*map(bands.means, powers), strict=True)
    unsure = 2 / max(bands.dark, 1.0)  # which all bands share
    more, own, shared = 0.0, 0.0, 0.0
    for left, expected, count in zip(*means, bands.fine / 2, strict=True):
        if count < MIN_MODES or not min(*dark, expected) > 0:
            continue
        variance = 1 / count + unsure
        more += min((left / dark[0] * dark[1] / expected - 1) / np.sqrt(2 * variance), MOST_OF_A_BAND)
        own, shared = own + 1 / count / variance, shared + np.sqrt(unsure / variance)
    return float(more / np.sqrt(own + shared**2)) if own else 0.0


class _Bands(NamedTuple):
    """The modes by bands of the OTF: how many there are in each, coarse ones in y and x apart, and how many dark ones.

    Modes of a bin of `which` are in one band; the bins of fine modes follow those of coarse ones. Dark modes have a
    bin more where they are in no band; `inside` says where they are.
    """

    which: NDArray[np.intp]
    weight: Values
    inside: NDArray[np.bool_]
    coarse: Values
    fine: Values
    dark: float

    def means(self, power: Values) -> tuple[float, Values, Values]:
        """Return the mean power of dark modes, and of the coarse and of the fine ones of each band."""
        weighted, count = power.ravel() * self.weight, len(self.fine)
        sums = np.bincount(self.which, weighted, 2 * count + 1)
        dark = float(np.sum(weighted[self.inside])) / max(self.dark, 1.0)
        coarse, fine = sums[:count] / np.maximum(self.coarse, 1), sums[count:-1] / np.maximum(self.fine, 1)
        return dark, coarse, fine


@of_kernel
def _bands(psf: FloatArray, shape: Shape, edges: tuple[float, ...], *, faint: bool) -> _Bands:
    """Return the modes of an image by bands of a PSF's OTF; where they are `faint`, dark ones are in none."""
    modes, count = Modes.of(psf, shape), len(edges) - 1
    which = np.digitize(modes.otf, edges) - 1
    none = (which < 0) | (which >= count) | (modes.lateral <= 0) | (modes.dark & faint)
    which = np.where(none, 2 * count, which + count * (modes.lateral >= COARSE[-1])).ravel()
    weight = modes.weight.ravel()
    counts = np.asarray(np.bincount(which, weight, 2 * count + 1), np.float64)
    dark = modes.dark.ravel()
    return _Bands(which, weight, dark, counts[:count], counts[count:-1], float(np.sum(weight[dark])))


def odd_kernel(psf: FloatArray) -> FloatArray | None:
    """Return what a PSF of 3 axes lacks if it is wrongly symmetric along z, but for a factor; None if it is not so."""
    flipped = psf[::-1]
    if psf.shape[0] < 3 or float(np.abs(psf - flipped).sum()) > MAX_ODD * float(psf.sum()):
        return None
    z = np.arange(psf.shape[0]) - psf.shape[0] // 2
    odd: FloatArray = (z[:, np.newaxis, np.newaxis] * (psf + flipped) / 2).astype(psf.dtype)
    return odd


def agreement(residual: FloatArray, change: FloatArray) -> float:
    """Return by how many standard deviations a residual of 3 axes follows a change of its model.

    Light that is coarse in y and x is left aside in turn, as that may be background; the largest agreement counts. If
    the change is odd in a coordinate and the model even, neither noise that was fitted nor detail that is not fitted
    yet makes the two agree.
    """
    from scipy import fft

    first, second = (fft.rfftn(np.asarray(one, np.float64)) for one in (residual, change))
    modes = Modes.of(np.ones((1, 1, 1), np.float32), residual.shape)
    found = 0.0
    for coarse in COARSE:
        weight = modes.weight * (modes.lateral >= coarse)
        size = float(np.sum(weight * np.square(np.abs(second))))
        if size > 0:
            common = float(np.sum(weight * (first * second.conj()).real))
            found = max(found, abs(common) / np.sqrt(size * residual.size))
    return float(found)
