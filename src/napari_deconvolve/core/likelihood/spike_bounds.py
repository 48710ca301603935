"""What a PSF lets a sample be, given its neighbours: the bounds for hot and dead samples of `spikes`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.remember import of_kernel

Values = NDArray[np.float64]
Offsets = list[Shape]
Pattern = tuple[Shape, ...]

NARROWEST = 0.25  # share of the peak that reaches the next sample: with less, points fill single samples
RELEVANT = 0.05  # of the peak: where a PSF is darker, its shape decides no bound
SHARPER = 1.25  # the PSF may be narrower by the root of this
EXCESS = 1.25  # times what points half-way between samples make
NEAR = 10  # samples to points that are near
REACH = 2  # samples to the farthest neighbours
CORE = 6  # samples from the middle of a kernel that decide
HOLE_WEIGHTS = np.linspace(0.0, 4.0, 41)  # of the outer neighbours, tried for dead samples
SEEN = 1e-5  # of the peak: what decides about holes
MIN_HOLE = 0.15  # response of the bound for dead samples to flat light: with less it says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """What a PSF lets samples be, as weights of the neighbours at some offsets.

    Attributes
    ----------
    axes : tuple of int
        Those that the PSF acts on.
    offsets : ndarray of int, shape (offsets, axes of the image)
        Of a sample's neighbours, itself first.
    blocks, around : ndarray, shape (bounds, offsets)
        Weights of means: light makes that of a block no brighter than ...
    ratios : ndarray, shape (bounds,)
        ... so many times that around it, both above ground ...
    excess : ndarray, shape (bounds, zones)
        ... and so much of the brightest samples: of the neighbours, of those within `NEAR` samples, and of the image.
        By as much break the dark rings and the wings of a bright point the bound.
    corners : ndarray of bool, shape (bounds,)
        Which are for samples in corners of the image.
    holes : ndarray, shape (holes, offsets)
        Weighted sums of neighbours below which no light leaves a sample.
    hole_excess : ndarray, shape (holes, zones)
        By so much of the brightest samples holes may be deeper.
    ring : ndarray of bool, shape (offsets,)
        The neighbours that touch a sample.
    """

    axes: Shape
    offsets: NDArray[np.int64]
    blocks: Values
    around: Values
    ratios: Values
    excess: Values
    corners: NDArray[np.bool_]
    holes: Values
    hole_excess: Values
    ring: NDArray[np.bool_]


def bounds_of(psf: Values, shape: Shape) -> Bounds | None:
    """Return the bounds that a kernel makes in an image; None if it fills single samples, or has no neighbours.

    Lines of two neighbours, planes and the whole box around a sample are bounds of one sample each. Squares of four
    samples are three more, of their brightest. In a corner three neighbours (seven) are left, as around sources
    outside.
    """
    return _bounds(psf, tuple(min(length, 2) for length in shape))  # of lengths, all that counts is which are 1


@of_kernel
def _bounds(psf: Values, shape: Shape) -> Bounds | None:
    ndim = len(shape)
    kernel = psf.reshape((1,) * (ndim - psf.ndim) + psf.shape)
    axes = tuple(axis for axis in range(ndim) if kernel.shape[axis] > 1 and shape[axis] > 1)
    if not axes or kernel.max() <= 0:
        return None
    kernels = _moved_kernels(_edged(kernel / kernel.max(), axes), axes)
    kernel = _core(kernel, axes)
    found = [(block, around) for block, around in _neighbours(axes, ndim) if _is_bound(kernel, around)]
    if not found:
        return None
    sharp = [one**SHARPER for one in _moved_kernels(kernel, axes)]
    known: dict[Pattern, tuple[float, list[float]]] = {}
    for one in found:
        if _pattern(*one) not in known:
            ratio = _ratio(sharp, *one)
            known[_pattern(*one)] = ratio, _excess(kernels, *one, ratio)
    ratios, excess = zip(*(known[_pattern(*one)] for one in found), strict=True)
    holes = list(_holes(kernel, axes))
    used = [one for pair in found for side in pair for one in side]
    used += [one for inner, outer, _ in holes for one in (*inner, *outer)]
    ring = _box(axes, ndim, 1)
    here = (0,) * ndim
    offsets = [here, *sorted({*used, *ring} - {here})]
    weights = [a * _weights(inner, offsets) - b * _weights(outer, offsets) for inner, outer, (a, b) in holes]
    return Bounds(
        axes,
        np.array(offsets, np.int64),
        np.stack([_weights(block, offsets) for block, _ in found]),
        np.stack([_weights(around, offsets) for _, around in found]),
        np.array(ratios),
        np.array(excess),
        np.array([_is_corner(*one) for one in found]),
        np.array(weights).reshape(len(holes), len(offsets)),
        np.array([_excess_of_hole(kernels, *one) for one in holes]).reshape(len(holes), 3),
        np.array([one in ring for one in offsets]),
    )


def _pattern(block: Offsets, around: Offsets) -> Pattern:
    """Return what is the same for a block of samples wherever the one that is judged lies in it."""
    return tuple(tuple(np.subtract(one, block[0]).tolist()) for one in (*block, *around))


def _is_corner(block: Offsets, around: Offsets) -> bool:
    return len(block) == 1 and not any(tuple(-step for step in offset) in around for offset in around)


def _core(kernel: Values, axes: Shape) -> Values:
    """Return the middle of a kernel in a border of zeros, its peak at one."""
    inside = tuple(slice(max(0, n // 2 - CORE), n // 2 + CORE + 1) for n in kernel.shape)
    return _edged(kernel[inside] / kernel.max(), axes)


def _edged(kernel: Values, axes: Shape) -> Values:
    edges = [(REACH + 1,) * 2 if axis in axes else (0, 0) for axis in range(kernel.ndim)]
    return np.pad(np.maximum(kernel, 0), edges)


def _neighbours(axes: Shape, ndim: int) -> Iterator[tuple[Offsets, Offsets]]:
    """Yield blocks of samples, and the neighbours that bound each."""
    here = [(0,) * ndim]
    for axis in axes:
        yield here, _box((axis,), ndim, 1)
    for some in {axes, axes[-2:]}:
        if len(some) > 1:
            yield here, _box(some, ndim, 1)
    if len(axes) > 1:
        for low in product((-1, 0), repeat=2):
            square = [_at(axes[-2:], step, ndim) for step in product(*((start, start + 1) for start in low))]
            wide = [_at(axes[-2:], step, ndim) for step in product(*(range(start - 1, start + 3) for start in low))]
            around = [one for one in wide if one not in square]
            yield square, around
            for axis in axes[-2:]:  # beside it, which along a border is all that light beyond it reaches too
                yield square, [one for one in around if one[axis] in {step[axis] for step in square}]
    for signs in product((-1, 1), repeat=len(axes)):
        corner = [_at(axes, step, ndim) for step in product(*((0, sign) for sign in signs))]
        yield here, [one for one in corner if any(one)]


def _at(axes: Shape, steps: Iterable[int], ndim: int) -> Shape:
    """Return an offset of some steps along some axes."""
    known = dict(zip(axes, steps, strict=True))
    return tuple(known.get(axis, 0) for axis in range(ndim))


def _box(axes: Shape, ndim: int, radius: int) -> Offsets:
    """Return the offsets of the border of a box."""
    steps = product(range(-radius, radius + 1), repeat=len(axes))
    return [_at(axes, step, ndim) for step in steps if max(map(abs, step)) == radius]


def _weights(chosen: Offsets, offsets: Offsets) -> Values:
    """Return the weights of the mean over some of the offsets."""
    return np.array([one in chosen for one in offsets]) / len(chosen)


def _mean(kernel: Values, offsets: Offsets) -> Values:
    """Return the mean over some neighbours of each sample of a kernel."""
    from scipy import ndimage

    weights = np.zeros((2 * REACH + 1,) * kernel.ndim)
    weights[tuple(np.transpose(offsets) + REACH)] = 1 / len(offsets)
    weights = weights[tuple(slice(None) if n > 1 else slice(REACH, REACH + 1) for n in kernel.shape)]
    return np.asarray(ndimage.correlate(kernel, weights, mode="constant"))


def _ratio(kernels: list[Values], block: Offsets, around: Offsets) -> float:
    """Return the largest mean of a block over that around it, wherever a point of light lies.

    Blocks of several samples are brightest for points between these, and one sample for a point on it.
    """
    largest = 0.0
    for kernel in kernels if len(block) > 1 else kernels[:1]:
        inside, outside = _mean(kernel, block), _mean(kernel, around)
        bright = inside >= RELEVANT
        with np.errstate(divide="ignore"):
            largest = max(largest, float(np.max(inside[bright] / outside[bright])))
    return largest


def _excess(kernels: list[Values], block: Offsets, around: Offsets, ratio: float) -> list[float]:
    """Return the largest parts of a point's peak by which its light breaks a bound for bright samples."""
    if _is_corner(block, around):
        return [0.0, 0.0, 0.0]  # its bound is wide enough
    return _by_zones([_mean(kernel, block) - ratio * _mean(kernel, around) for kernel in kernels])


def _excess_of_hole(kernels: list[Values], inner: Offsets, outer: Offsets, weights: tuple[float, float]) -> list[float]:
    """Return the largest parts of a point's peak by which its light, in dark rings, breaks a bound for dark samples."""
    a, b = weights
    return _by_zones([a * _mean(kernel, inner) - b * _mean(kernel, outer) - kernel for kernel in kernels])


def _by_zones(over: list[Values]) -> list[float]:
    """Return the largest value at most 2 samples from the middle, near it and far from it."""
    largest, zones = np.max(over, axis=0), []
    for reach in (REACH, NEAR, max(largest.shape)):
        zone = tuple(slice(max(0, n // 2 - reach), n // 2 + reach + 1) for n in largest.shape)
        close = over[0] if reach == REACH else largest  # on slopes that steep none can be moved
        zones.append(max(0.0, EXCESS * float(close[zone].max())))
        largest[zone] = 0
    return zones


def _moved_kernels(kernel: Values, axes: Shape) -> list[Values]:
    """Return a kernel, and moved by half a sample along the last two axes."""
    from scipy import ndimage

    moved = []
    for halves in product((0.0, 0.5), repeat=min(2, len(axes))):
        shift = np.zeros(kernel.ndim)
        shift[list(axes[-2:])] = halves
        moved.append(np.maximum(ndimage.shift(kernel, shift), 0) if shift.any() else kernel)
    return moved


def _is_bound(kernel: Values, around: Offsets) -> bool:
    """Return whether enough of a point's light reaches the next samples along all axes that neighbours lie along."""
    along = {axis for step in around for axis, length in enumerate(step) if length}
    return all(_nearest(kernel, axis) >= NARROWEST for axis in along)


def _nearest(kernel: Values, axis: int) -> float:
    """Return the share of the peak that reaches the next sample."""
    middle = tuple(n // 2 for n in kernel.shape)
    return float(kernel[_moved(middle, axis, -1)] + kernel[_moved(middle, axis, 1)]) / 2


def _moved(place: Shape, axis: int, step: int) -> Shape:
    return (*place[:axis], place[axis] + step, *place[axis + 1 :])


def _holes(kernel: Values, axes: Shape) -> Iterator[tuple[Offsets, Offsets, tuple[float, float]]]:
    """Yield two sets of neighbours, and the weights of their means below whose difference no light leaves a sample.

    The kernel is taken for a Gaussian as narrow as its peak; what dark rings change is its excess.
    """
    ndim = kernel.ndim
    wide = {axis: float(np.clip(_nearest(kernel, axis), 1e-3, 0.999)) for axis in axes}
    for some in {*((axis,) for axis in axes), axes[-2:]}:
        inner, outer = _box(some, ndim, 1), _box(some, ndim, 2)
        weights = _hole([wide[axis] for axis in some])
        if weights[0]:
            yield inner, outer, weights


def _hole(nearest: list[float]) -> tuple[float, float]:
    """Return the weights of two rings below whose difference no light leaves a sample; zeros if flat light says little.

    Points half-way between samples count too: they leave the deepest holes.
    """
    ndim, steps = len(nearest), np.arange(-CORE, CORE + 1)
    axes = tuple(range(ndim))
    parts = []
    for halves in product((0.0, 0.5), repeat=ndim):
        kernel = np.ones(())
        for share, half in zip(nearest, halves, strict=True):
            kernel = np.multiply.outer(kernel, share ** (SHARPER * (steps + half) ** 2))
        inner, outer = (_mean(kernel, _box(axes, ndim, radius)) for radius in (1, 2))
        seen = inner > SEEN * inner.max()
        parts.append(np.stack([kernel[seen], inner[seen], outer[seen]]))
    centre, inner, outer = np.concatenate(parts, axis=1)
    best = (0.0, 0.0)
    for weight in HOLE_WEIGHTS:
        other = float(np.min((centre + weight * outer) / inner))
        if other - weight > best[0] - best[1]:
            best = (other, float(weight))
    return best if best[0] - best[1] >= MIN_HOLE else (0.0, 0.0)
