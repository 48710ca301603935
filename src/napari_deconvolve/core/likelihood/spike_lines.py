"""Rows and columns along a border that are hot or dead throughout: for `spikes`.

A line beside a border has neighbours on one side only, and sources beyond the border may light it alone, or leave it
dark. But what they make of it they make of the next line too: where the PSF, summed along the line, reaches lines by
L(d), L(d + 1), L(d + 2), the step from the first line to the next one is at most r times that from there to those
behind it. The share r grows with the distance d of a source; those that L(d) hardly reaches would have to be brighter
than anything. And a source inside leaves no line dark beside one that it lights. So a line is the camera's if in most
parts of its length it stands out of those behind it, and by more than r times what the next one does; hot ones are
brighter than the lines farther inside, or a field of light may begin there. Objects beyond a border stand out in some
parts only, and what lines farther inside do as well, as those of a grid, is light.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import BoolArray, Shape
from napari_deconvolve.core.likelihood.spike_noise import SpikeNoise
from napari_deconvolve.core.remember import of_kernel

DEPTH, INSIDE = 3, 10  # lines from a border that are judged, and those that show what light does in this image
BEHIND = 3  # lines that a line is compared with
PART, MIN_PARTS = 8, 4  # samples of a line that are taken together, and parts of a line
MOST_PARTS, SOME_PARTS = 0.75, 0.5  # of a line stand out, and of one farther inside that shows what light does
SIGMAS, SLIGHT = 4.0, 0.03  # standard deviations in each of them, and share of the light
FAINTEST = 0.05  # of a source's peak reaches the line
FINE = 4  # places of a source to a sample
MARGIN = 1.25  # times what the PSF allows
LIT = 4.0  # times as uneven as noise makes it is a line that light falls on
LEFT, UNEVEN = 0.15, 2.0  # of that is less than any light leaves in the next line; times the variance of noise

Values = NDArray[np.float64]


class Limits(NamedTuple):
    """What light can do to a first line, by how many lines behind it are left out.

    From a source beyond it, the step to the next line over that from there to those behind; and of a source inside, at
    least how much of the next line's light reaches the first one.
    """

    steps: Values
    falls: Values


class Parts(NamedTuple):
    """Means of parts of the lines from a border on, which are the last axis, and which parts have data."""

    means: Values
    known: BoolArray


def border_lines(
    light: NDArray[Any], usable: BoolArray, psf: Values, noise: SpikeNoise
) -> tuple[BoolArray, BoolArray] | None:
    """Return which samples lie in hot lines along a border, and which in dead ones; None if there are none.

    The lines are rows and columns of the last two axes, in each plane by itself. What is not `usable` holds the light
    around it, and lines of which little is usable are not judged.
    """
    hot, dead = np.zeros(light.shape, bool), np.zeros(light.shape, bool)
    for axis, along in ((-1, -2), (-2, -1)):
        depth = min(DEPTH + INSIDE, light.shape[axis] // 2 - BEHIND)
        if depth < DEPTH or light.shape[along] < PART * MIN_PARTS:
            continue
        across = psf.sum(axis=along).reshape(-1, psf.shape[axis])
        limits = _limits(across, across.shape)
        for side in (1, -1):
            first, data, where_hot, where_dead = (
                np.moveaxis(one, axis, -1)[..., ::side] for one in (light, usable, hot, dead)
            )
            signs = _judged(_parts(first, data, depth + BEHIND), limits, noise)[..., np.newaxis, :]
            where_hot[..., :DEPTH] |= (signs > 0) & data[..., :DEPTH]
            where_dead[..., :DEPTH] |= (signs < 0) & data[..., :DEPTH]
    return (hot, dead) if hot.any() or dead.any() else None


def _parts(light: NDArray[Any], usable: BoolArray, lines: int) -> Parts:
    number = light.shape[-2] // PART
    shape = (*light.shape[:-2], number, PART, lines)
    part = np.s_[..., : number * PART, :lines]
    return Parts(light[part].reshape(shape).mean(-2, dtype=np.float64), usable[part].reshape(shape).mean(-2) >= 0.5)


def _judged(parts: Parts, limits: Limits, noise: SpikeNoise) -> NDArray[np.int8]:
    """Return 1 for the hot ones among the first lines, and -1 for the dead ones, the innermost being judged first.

    A line that is found is left out of what those before it are compared with.
    """
    known = parts.known[..., :-BEHIND]
    most = np.where(np.arange(known.shape[-1]) < DEPTH, MOST_PARTS, SOME_PARTS)
    wanted = np.maximum(most * np.count_nonzero(known, axis=-2), MIN_PARTS - 1)
    signs = _signs(parts.means, known, wanted, np.zeros(wanted.shape[:-1], np.intp), limits, noise)
    if not signs.any():  # all are compared with what is there
        return signs[..., :DEPTH]
    means, skipped = parts.means.copy(), np.zeros(wanted.shape[:-1], np.intp)
    for line in reversed(range(known.shape[-1])):
        one = np.s_[..., line : line + 1]
        signs[one] = _signs(means[..., line:], known[one], wanted[one], skipped, limits, noise)
        found = signs[..., line] != 0
        means[..., line] = np.where(found[..., np.newaxis], means[..., line + 1], means[..., line])
        skipped = np.where(found, np.minimum(skipped + 1, DEPTH - 1), 0)
    if signs[..., DEPTH:].any():
        signs[...] = 0
    return _apart_from_border(signs[..., :DEPTH], parts, noise)


def _signs(
    means: Values, known: BoolArray, wanted: Values, skipped: NDArray[np.intp], limits: Limits, noise: SpikeNoise
) -> NDArray[np.int8]:
    """Return 1 for hot lines and -1 for dead ones, of which so many parts have to stand out of those behind.

    Of `means` as many lines are judged as are `known`; `skipped` says how many behind each are left out.
    """
    lines = known.shape[-1]
    around = np.lib.stride_tricks.sliding_window_view(means, 1 + BEHIND, axis=-1)[..., :lines, :]
    variance = noise.at(around[..., :2]) / PART
    least = SIGMAS * np.sqrt(variance.sum(-1)) + SLIGHT * np.maximum(around[..., 1] - noise.floor, 0) + noise.step
    faint = limits.falls[skipped][..., np.newaxis, np.newaxis] * np.maximum(around[..., 1] - noise.dark, 0)
    dark = around[..., 0] - noise.dark < np.maximum(faint, np.sqrt(variance[..., 0]))
    farther = np.maximum.accumulate(means[..., ::-1], axis=-1)[..., ::-1][..., 1 : lines + 1]
    bright = around[..., 0] > farther + least
    signs = np.zeros(wanted.shape, np.int8)
    for sign, some in ((1, bright & known), (-1, dark & known)):
        if not np.any(np.count_nonzero(some, axis=-2) >= wanted):
            continue
        most = MARGIN * limits.steps[skipped][..., np.newaxis, np.newaxis]
        if sign < 0:
            most = np.where(_is_unlit(around, variance), 1.0, most[..., 0, :])[..., np.newaxis, :]
        out = _stand_out(sign * around, least, most) & some
        signs[np.count_nonzero(out, axis=-2) >= wanted] = sign
    return signs


def _apart_from_border(signs: NDArray[np.int8], parts: Parts, noise: SpikeNoise) -> NDArray[np.int8]:
    """Return which of the lines that were found stand out of the line before them too, unless that is found as well.

    What goes on towards the border is the slope of a bar, or of a gap, that lies along it.
    """
    for line in range(1, DEPTH):
        pair = parts.means[..., line - 1 : line + 1]
        known = parts.known[..., line - 1] & parts.known[..., line]
        least = SIGMAS * np.sqrt(noise.at(pair).sum(-1) / PART)
        step = signs[..., line, np.newaxis] * (pair[..., 1] - pair[..., 0])
        apart = np.count_nonzero((step > least) & known, axis=-1) >= MOST_PARTS * np.count_nonzero(known, axis=-1)
        signs[..., line] *= apart | (signs[..., line] == signs[..., line - 1])
    return signs


def _stand_out(around: Values, least: Values, most: Values) -> BoolArray:
    """Return which parts of the first of some lines are brighter than light through the PSF makes them."""
    first, following, behind = around[..., 0], around[..., 1], around[..., 2:].min(-1)
    step, rise = first - following, np.maximum(following - behind, 0)
    return np.asarray((step > least) & (first - behind > np.maximum(least, step / 2)) & (step > most * rise))


def _is_unlit(around: Values, variance: Values) -> BoolArray:
    """Return whether the first of some lines shows nothing of the next one's light, as no blur keeps lines apart."""
    first, following = np.moveaxis(np.var(around[..., :2], axis=-3), -1, 0)
    own, next_one = np.moveaxis(variance.mean(-3), -1, 0)
    lit = following > LIT**2 * next_one
    return np.asarray(lit & (first < LEFT**2 * following + UNEVEN * own))


@of_kernel
def _limits(across: Values, shape: Shape) -> Limits:
    """Return what light can do to the first line, from the planes of a PSF summed along it."""
    from scipy import ndimage

    planes, peak = across / across.max(), across.shape[-1] // 2
    places = peak + np.arange(0, peak + 1, 1 / FINE)
    ratios, falls = [], []
    for skip in range(DEPTH):
        steps = (0, *range(1 + skip, 1 + skip + BEHIND))
        light = np.stack([[ndimage.map_coordinates(one, [places + step]) for step in steps] for one in planes])
        first, following = light[:, 0], light[:, 1]
        rise = np.maximum(following - light[:, 2:].min(1), 1e-6)
        ratios.append(np.max((first - following) / rise, where=first >= FAINTEST, initial=1.0))
        falls.append(np.min(following / np.maximum(first, 1e-6), where=first >= FAINTEST, initial=1.0))
    return Limits(np.array(ratios), np.array(falls) / MARGIN)
