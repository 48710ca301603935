"""Hot and dead samples, and spikes of cosmic rays: what no light through the PSF makes.

A point of light reaches the neighbours of a sample by shares that the PSF h fixes. Let m(d) be the mean of h over some
neighbours of a sample at the distance d from the point. Where h(d) <= r m(d) for all d, every sum of points keeps to
sample <= r (mean of its neighbours): this is a bound for hot samples, with r from the point that is least favourable.
Each set of neighbours makes one: two along an axis, eight in a plane. So a spike beside another one, a bright row or a
column through a stack break the bound of those neighbours that are none. A point between samples is broader on the grid
than one on a sample, so r comes from the sampled PSF. A flat ground under the points is taken off both sides. For dead
samples there are nearer and farther neighbours, with the means m1 and m2, and numbers a and b such that
h(d) >= a m1(d) - b m2(d) for all d: a hole that light leaves between points is shallower.

Noise is added to all bounds: its variance as a straight line of the level (photon transfer), the gain being measured
from differences between neighbours, and the step between values as the least that counts can make of one photon.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, FloatArray
from napari_deconvolve.core.likelihood.spike_bounds import Bounds, bounds_of
from napari_deconvolve.core.likelihood.spike_search import MOSTLY, PASSES, Light
from napari_deconvolve.core.likelihood.spike_shape import is_light

NARROWER = 1.5  # a PSF to this power is a fifth narrower
MIN_PLANES = 4  # of a stack, whose sum has half the noise over its light


class Spikes(NamedTuple):
    """Samples that no light has made.

    Attributes
    ----------
    hot, dead : ndarray of bool
        Where they are too bright for light through the PSF, and where they are too dark.
    sharp : int
        How many samples are too bright for it, and are light after all, as the PSF is too wide.
    """

    hot: BoolArray
    dead: BoolArray
    sharp: int = 0

    @property
    def found(self) -> BoolArray:
        """Return where either is."""
        return self.hot | self.dead


def spikes(image: NDArray[np.generic], psf: FloatArray, *, valid: BoolArray | None = None) -> BoolArray | None:
    """Return where samples are brighter or darker than any light through the PSF makes them; None if nowhere.

    None is also the answer where the PSF is so narrow that points of light fill single samples. The kernel `psf` is
    sampled as the image is, centred, of odd sizes and sum 1, and has as many axes as the image, or fewer: then it acts
    on the last ones. `valid` is True where there are data; samples that are not finite are left out in any case.
    """
    known = find_spikes(image, psf, valid=valid)
    return None if known is None or not known.found.any() else known.found


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # of images without noise, or without light
def find_spikes(image: NDArray[np.generic], psf: FloatArray, *, valid: BoolArray | None = None) -> Spikes | None:
    """Return the samples that no light through a PSF makes, hot and dead ones apart; None if there are none.

    All is as for `spikes`. If many that are too bright share their light with those beside, a narrower PSF is tried.
    """
    data: NDArray[Any] = np.asarray(image)
    if data.dtype.kind not in "uif":
        return None
    usable = np.isfinite(data) if data.dtype.kind == "f" else np.ones(data.shape, bool)
    if valid is not None:
        usable &= valid
    if not usable.any():
        return None
    kernel: FloatArray = np.maximum(psf, 0) / np.max(psf) if np.max(psf) > 0 else np.asarray(psf)
    found, sharp = _found(data, kernel, usable), 0
    while found is not None and data.ndim > 1 and is_light(data, found.hot, found.found | ~usable):
        sharp = max(sharp, int(np.count_nonzero(found.hot)))
        kernel = kernel**NARROWER
        found = _found(data, kernel, usable)
    if sharp and found is None:
        found = Spikes(np.zeros(data.shape, bool), np.zeros(data.shape, bool))
    return None if found is None else found._replace(sharp=max(0, sharp - int(np.count_nonzero(found.hot))))


def _found(data: NDArray[Any], psf: FloatArray, usable: BoolArray, step: float | None = None) -> Spikes | None:
    """Return the hot and dead samples by the bounds of one PSF; None if there are none, or the PSF tells no bounds.

    `step` is that between values, if it is known.
    """
    bounds = bounds_of(np.asarray(psf, np.float64), data.shape)
    if bounds is None or not usable.any():
        return None
    light = _searched(data, usable, bounds, step)
    lines = Spikes(*both) if (both := light.lines(np.asarray(psf, np.float64))) is not None else None
    if lines is not None and np.any(usable & ~lines.found):
        light = _searched(data, usable & ~lines.found, bounds, light.step)
    found = Spikes(light.hot, light.dead)
    if lines is not None:
        found = Spikes(found.hot | lines.hot, found.dead | lines.dead)
    if len(bounds.axes) == 3 and data.shape[0] >= MIN_PLANES:
        _add_columns(found, light, psf, usable)
    return found if found.hot.any() or found.dead.any() else None


def _searched(data: NDArray[Any], usable: BoolArray, bounds: Bounds, step: float | None) -> Light:
    light = Light(data, usable, bounds, step)
    quiet = 0
    for turn in range(PASSES):
        quiet = 0 if light.search(hot=turn % 2 == 0) else quiet + 1
        if quiet == 2:
            break
    return light


def _add_columns(found: Spikes, light: Light, psf: FloatArray, usable: BoolArray) -> None:
    """Add pixels of the camera that are hot or dead in all planes: their sum shows those that one plane hides.

    The blur of the sum adds up planes of the PSF, so that it is nowhere sharper than that in focus. A pixel found in
    most planes is the camera's too.
    """
    total, known = light.total(0)
    columns = _found(total, psf[psf.shape[0] // 2], known, light.step)
    before = found.found
    for number, every in enumerate((found.hot, found.dead)):
        column = every.mean(axis=0) > MOSTLY
        if columns is not None:
            column |= (columns.hot, columns.dead)[number]
        every |= column & usable & ~before
