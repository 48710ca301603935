"""Background and objects fitted in turn, each to what the other leaves over: so objects' light lifts no surface.

A surface through the dark parts of an image is too high where the light of objects reaches them, most of all out of
focus, and it is too coarse for a step. Richardson-Lucy takes off the light of what clearly stands above the surface,
and only of that, so that no haze is explained by objects that nobody sees. The surface is fitted to what is left, and
so on (backfitting: Buja, Hastie & Tibshirani 1989, Annals of Statistics 17:453).
All is done in bins of samples, wide enough to be few: a surface is smooth.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.at_least import at_least
from napari_deconvolve.core.likelihood.least_squares import polynomial_through
from napari_deconvolve.core.likelihood.maps import FoundMap, Knots, Surface, powers
from napari_deconvolve.core.likelihood.noise import poisson_data
from napari_deconvolve.core.likelihood.spline import Bending, spline_basis, spline_knots
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.unseen import agree_unseen
from napari_deconvolve.core.transforms.fft import Index, Sums

MAX_BINS = {2: 1 << 15, 3: 1 << 17}  # by axes
FEW_BINS = 1 << 13  # of an image, that suffice for a number
ITERATIONS = 5  # of Richardson-Lucy in a round
CLEAR_SD = 3.0  # an object stands so many sigma above the surface,
CLEAR_SHARES = (0.3, 0.2, 0.15, 0.1, 0.1)  # and by such a share of it, round by round: it is known better and better
NEW_SHARE = 0.1  # of the light above the surface, with which an object begins that has become clear
DOUBT = 4.0  # of the light of objects, which says little of what is under it
LEAST_SHARE = 0.05  # of the mean, below which no background is
DEBLURRING = 16  # iterations that bring light back into focus
DEBLURRED_BY = "biggs-andrews"  # by which the share that haze leaves was measured (see `background_haze`)
SMOOTH_SIGMA = 2.0  # samples, or bins of what is left, of the Gaussian against noise
CONTRAST_SIGMA = 0.5, 1.0, 1.0  # samples or bins, of objects in a stack
TINY = float(np.finfo(np.float32).tiny)

Values = NDArray[np.float64]


class Fit(NamedTuple):
    """A surface, and what is left beside it."""

    surface: FoundMap
    rest: float  # root mean square, smoothed, without that of the noise; over the surface
    left: float  # sum of squares, smoothed, in variances of a bin


class _Plane(NamedTuple):
    """A background in bins, and as a map of the image."""

    values: Values
    surface: FoundMap


class Beside:
    """An item of 2 or 3 axes and its blur.

    Parameters
    ----------
    image : ndarray
        Counts above the level without noise; samples that are not finite are left out.
    gain : float
        Counts per photon.
    psf : ndarray
        Odd-sized, centred, as many axes.
    roughly : bool
        Fit a number in wider bins, which takes a seventh of the time for a small image; what bends needs all bins.
    """

    def __init__(self, image: FloatArray, gain: float, psf: FloatArray, *, roughly: bool = False) -> None:
        self.lengths = image.shape[-2], image.shape[-1]
        self._given, narrow = (image, gain, psf), _bin_width(image.shape)
        self.width = max(narrow, _bin_width(image.shape, FEW_BINS)) if roughly and narrow == 1 else narrow
        self._rough = self.width > narrow
        finite = np.isfinite(image)
        whole = np.where(finite, image, np.float32(0))
        self.data, share = self._binned(whole), self._binned(finite)
        self.valid = share > 0
        self.data = np.divide(self.data, share, out=np.zeros_like(self.data), where=self.valid)
        self.unit = float(np.mean(np.abs(self.data), where=self.valid)) or 1.0
        self.data /= np.float32(self.unit)
        self.gain = gain / self.unit / self.width**2
        self.blur = Blur(_binned_psf(psf, self.width), self.data.shape)
        self.in_focus = float(psf[len(psf) // 2].sum() / psf.sum())  # of a stack: share of light in the middle plane
        self.inverse = self.blur.inverse_sensitivity(None if self.valid.all() else self.valid)
        if not finite.all():
            whole[~finite] = np.median(whole[finite])
        self.smooth = self._binned(_smoothed(whole)) / np.float32(self.unit)
        self.noise = gain / self.unit / (2 * np.sqrt(np.pi) * SMOOTH_SIGMA) ** sum(length > 1 for length in image.shape)
        middles = [np.arange(n) * self.width + (self.width - 1) / 2 for n in self.data.shape[-2:]]
        ends = zip(middles, self.lengths, strict=True)
        self.y, self.x = (np.minimum(2 * place / max(length - 1, 1) - 1, 1) for place, length in ends)
        self._design = powers(self.y[:, np.newaxis] + 0 * self.x, self.x + 0 * self.y[:, np.newaxis])

    def constant(self, start: FoundMap) -> Fit:
        """Fit one number, from a surface that is nowhere too low."""
        return self._fitted(start, lambda rest, weights: self._polynomial(rest, weights, 1))

    def polynomial(self, start: FoundMap) -> Fit:
        """Fit a polynomial of second order."""
        fine = self._fine
        return fine._fitted(start, lambda rest, weights: fine._polynomial(rest, weights, 6))

    def spline(self, start: FoundMap) -> Fit:
        """Fit a surface that bends."""
        fine = self._fine
        bases = spline_basis(fine.y), spline_basis(fine.x)
        found: Bending | None = None

        def fit(rest: Values, weights: Values) -> _Plane:
            nonlocal found
            found = spline_knots(rest, weights, *bases, strength=None if found is None else found.strength)
            return fine._spline(found.knots, *bases)

        return fine._fitted(start, fit)

    def deblurred(self, under: FoundMap | None = None) -> FloatArray:
        """Return objects that explain all of the light above a surface, or all there is, in counts; in bins."""
        below: float | FloatArray = 0.0
        if under is not None:
            below = np.broadcast_to(self.in_bins(under).astype(np.float32), self.data.shape)
        data = poisson_data(self.data, background=below, dtype=np.dtype("float32"), mask=self.valid)
        run = RichardsonLucy(self.blur, data, acceleration=DEBLURRED_BY)
        for _ in range(DEBLURRING):
            run.step()
        return run.shown() * np.float32(data.scale * self.unit)

    @cached_property
    def objects(self) -> FloatArray:
        """Objects that explain all of the light, in counts; in bins."""
        return self.deblurred()

    @cached_property
    def _fine(self) -> Beside:
        """The same in all bins."""
        return Beside(*self._given) if self._rough else self

    def contrast(self, under: FoundMap) -> float:
        """Return the standard deviation of objects that explain all light of a stack above a surface, over their mean.

        They are smoothed against noise.
        """
        from scipy import ndimage

        smooth = ndimage.gaussian_filter(self.deblurred(under), CONTRAST_SIGMA)
        return float(np.std(smooth, dtype=np.float64)) / max(float(np.mean(smooth, dtype=np.float64)), TINY)

    def in_bins(self, surface: FoundMap) -> Values:
        """Return a surface in bins, over the unit."""
        given = surface.values(self.lengths).astype(np.float32) / np.float32(self.unit)
        return np.asarray(self._binned(given).astype(np.float64) / self._binned(np.ones_like(given)))

    def _fitted(self, start: FoundMap, fit: Callable[[Values, Values], _Plane]) -> Fit:
        plane = _Plane(self.in_bins(start), start)
        objects = np.zeros(self.blur.domain, np.float32)
        for clear in CLEAR_SHARES:
            under = np.maximum(plane.values, LEAST_SHARE * abs(float(np.mean(plane.values)))).astype(np.float32)
            objects, light = self._better(objects, under, clear)
            plane = fit(*self._left(light, under, DOUBT))
        left, weights = self._left(light, under, 1.0)
        return Fit(plane.surface, *_rest_beside(left - plane.values, weights, plane.values))

    def _better(self, objects: FloatArray, under: FloatArray, clear: float) -> tuple[FloatArray, FloatArray]:
        """Return objects after some iterations, and their light; they are where it clearly stands above the surface."""
        above = self.smooth - under
        least = np.hypot(CLEAR_SD * np.sqrt(self.noise * under), clear * under)
        where = self.blur.extend((above > least).astype(np.float32)) * self.inverse > 0
        seen = self.blur.extend(np.maximum(above, 0))
        objects = np.where(objects > 0, objects, seen if not objects.any() else NEW_SHARE * seen) * where
        return objects, self._iterated(objects, np.broadcast_to(under, self.data.shape))

    def _iterated(self, objects: FloatArray, under: FloatArray) -> FloatArray:
        """Do some iterations in place, and return the light of the objects; where data are missing, they are 0."""
        light, data, inverse = np.empty(under.shape, np.float32), np.maximum(self.data, 0), self.inverse
        least, unseen = LEAST_SHARE * under, None if self.valid.all() else ~self.valid

        def ratio(index: Index, model: FloatArray) -> Sums:
            model += under[index]
            np.maximum(model, least[index], out=model)
            np.divide(data[index], model, out=model)
            if unseen is not None:
                agree_unseen(model, unseen[index])
            return ()

        def stepped(index: Index, share: FloatArray) -> Sums:
            share *= inverse[index]
            at_least(share, 0.0)
            share *= objects[index]
            objects[index] = share
            return ()

        def seen(index: Index, model: FloatArray) -> Sums:
            light[index] = model
            return ()

        self.blur.project(objects)
        for _ in range(ITERATIONS):
            self.blur.compare(ratio)
            self.blur.correct(stepped)
        self.blur.read(seen)
        return light

    def _left(self, light: FloatArray, under: FloatArray, doubt: float) -> tuple[Values, Values]:
        """Return what objects leave over, as mean over the planes, and how much that tells, bin by bin.

        Where light is, it is uncertain by a part of it: the objects are not fitted to the end.
        """
        variance = self.gain * np.maximum(light + under, 0) + np.square(doubt * light)
        weights = self.valid / np.maximum(variance, np.finfo(np.float32).tiny)
        planes = (-1, *under.shape)
        total = weights.reshape(planes).sum(0, dtype=np.float64)
        left = (weights * (self.data - light)).reshape(planes).sum(0, dtype=np.float64)
        return np.divide(left, total, out=under.astype(np.float64), where=total > 0), total

    def _polynomial(self, rest: Values, weights: Values, terms: int) -> _Plane:
        found = polynomial_through(self.y, self.x, rest, weights, terms)
        coefficients = [float(self.unit * value) for value in found] + [0.0] * (6 - terms)
        return _Plane(np.tensordot(found, self._design[:terms], 1), Surface(tuple(coefficients), self.lengths))

    def _spline(self, rows: Values, along_y: Values, along_x: Values) -> _Plane:
        counts = tuple(tuple(float(self.unit * value) for value in row) for row in rows)
        return _Plane(along_y @ rows @ along_x.T, Knots(counts, self.lengths))

    def _binned(self, data: NDArray[Any]) -> FloatArray:
        """Return means over bins; samples at the border are repeated until they fill one."""
        width, planes = self.width, data.shape[:-2]
        more = [(0, -length % width) for length in data.shape[-2:]]
        full = np.pad(data.astype(np.float32), [(0, 0)] * len(planes) + more, "edge")
        height, length = (size // width for size in full.shape[-2:])
        return np.asarray(full.reshape(*planes, height, width, length, width).mean((-3, -1)))


def _bin_width(shape: tuple[int, ...], most: int | None = None) -> int:
    """Return how many samples along y and x make a bin; an odd number keeps the PSF's centre."""
    width, most = 1, most or MAX_BINS[len(shape)]
    while np.prod(shape) > most * width**2:
        width += 2
    return width


def _binned_psf(psf: FloatArray, width: int) -> FloatArray:
    """Return the PSF of bins: of a bin's light, the share that reaches another bin."""
    from scipy import ndimage

    if width == 1:
        return psf
    wide = np.pad(psf, [(0, 0)] * (psf.ndim - 2) + [(width, width)] * 2).astype(np.float64)
    for axis in (-2, -1):
        wide = ndimage.uniform_filter1d(wide, width, axis=axis, mode="constant")
    first = [(length // 2) % width for length in wide.shape[-2:]]
    bins = np.ascontiguousarray(wide[..., first[0] :: width, first[1] :: width], np.float32)
    total = float(bins.sum())
    return np.asarray(bins * np.float32(float(psf.sum()) / total)) if total else bins


def _smoothed(data: FloatArray) -> FloatArray:
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(data, SMOOTH_SIGMA, mode="reflect", truncate=3.0))


def _rest_beside(away: Values, weights: Values, plane: Values) -> tuple[float, float]:
    """Return what is left beside a surface after smoothing: without noise, as a share of it; and the sum of squares."""
    from scipy import ndimage

    mass = np.maximum(ndimage.gaussian_filter(weights, SMOOTH_SIGMA), np.finfo(np.float64).tiny)
    smooth = ndimage.gaussian_filter(away * weights, SMOOTH_SIGMA) / mass
    axes = sum(length > 1 for length in away.shape)
    noise = (2 * np.sqrt(np.pi) * SMOOTH_SIGMA) ** -axes  # of a variance of 1 over the weight
    total = float(np.sum(weights))
    left = float(np.sum(weights * np.square(smooth)))
    excess = (left - noise * weights.size) / total if total else 0.0
    level = float(np.average(plane, weights=weights)) if total else 0.0
    return float(np.sqrt(max(excess, 0.0)) / max(abs(level), np.finfo(np.float64).tiny)), left
