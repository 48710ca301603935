"""Samples of a measured PSF that are not of its light: those that stand alone, and dead ones amid its core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD
from napari_deconvolve.psf.isolated import Isolated, find_isolated
from napari_deconvolve.psf.masked import filled
from napari_deconvolve.psf.pedestal.fill import inside_of_fill

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

BRIGHT, DARK = 0.4, 0.2  # of the peak: neighbours of a dead sample hold more, it less; nulls of light are not so steep
ON_LEVEL, NO_LEVEL = 0.75, 0.25  # of the level: the same on a pedestal
MOST_DARK = 2  # neighbours that are dead too, as in a dead column
LEAST_LENGTH = 5  # samples along an axis: a shorter kernel is what it is
MIDDLE = 0.75  # samples
MOST_DEAD = 0.02  # of the samples
LEAST_LEVEL = 0.02  # of the peak: a lower level is not looked at
LEAST_DEVIATIONS = 6.0  # of the noise


@dataclass(frozen=True, slots=True, eq=False)
class Defective:
    """Samples, and the PSF without them.

    Attributes
    ----------
    alone : Isolated or None
        Those that stand alone.
    dead : tuple of tuple of int
        The indices of dead ones.
    cured : ndarray
        The PSF with what their neighbours tell in their place.
    """

    alone: Isolated | None
    dead: tuple[tuple[int, ...], ...]
    cured: Values

    @property
    def words(self) -> str:
        """What they are, how many there are, and where."""
        words = [] if self.alone is None else [self.alone.words]
        if self.dead:
            place = ", ".join(map(str, self.dead[0]))
            count = len(self.dead)
            words.append(
                f"1 sample is dark amid light, at ({place})"
                if count == 1
                else f"{count} samples are dark amid light, the first at ({place})"
            )
        return ", and ".join(words)


def find_defective(given: Values) -> Defective | None:
    """Return the samples of a measured PSF that are not of its light; None where there are none."""
    inside = _below_a_fill(given)
    values = given if inside is None else np.where(inside, given, np.median(given[inside]))
    alone = find_isolated(values)
    without = values
    if alone is not None:
        gone = np.zeros(values.shape, bool)
        gone[tuple(np.transpose(alone.places))] = True
        without = filled(values, gone)
    dead = _dead(without)
    if alone is None and not dead.any():
        return None
    places = tuple(map(tuple, np.argwhere(dead).tolist()))
    cured = filled(without, dead) if places else without
    return Defective(alone, places, cured if inside is None else np.where(inside, cured, given))


def _below_a_fill(values: Values) -> Mask | None:
    """Return the samples inside of a border that was filled with more than they hold: it has edges, and is no light."""
    inside = inside_of_fill(values)
    return None if inside is None or values[~inside].mean() <= np.median(values[inside]) else inside


def _dead(values: Values) -> Mask:
    """Return the dark samples with bright ones all around."""
    none = np.zeros(values.shape, bool)
    long = [length for length in values.shape if length > 1]
    if min(long, default=0) < LEAST_LENGTH:
        return none
    level = float(np.median(values))
    height = float(values.max()) - level
    counted = bool(np.all(values == np.rint(values)))
    spread = NOISE_OF_MAD * float(np.median(np.abs(values - level)))
    dead = none
    # In the core, and on a level.
    for bright, dark in ((level + BRIGHT * height, level + DARK * height), (ON_LEVEL * level, NO_LEVEL * level)):
        noise = np.sqrt(max(bright, 0.0)) if counted else spread if bright < level else 0.0
        if bright > LEAST_LEVEL * height and bright - dark > LEAST_DEVIATIONS * noise:
            dead = dead | ((values < dark) & _amid(values > bright, len(long)))
    dead &= (values >= 0) & ~_in_the_middle(values, level + BRIGHT * height)
    return dead if np.count_nonzero(dead) <= MOST_DEAD * values.size else none


def _in_the_middle(values: Values, bright: float) -> Mask:
    """Return the sample that bright ones lie around evenly: that of a ring is dark by itself."""
    around = np.argwhere(values > bright)
    if not len(around):
        return np.zeros(values.shape, bool)
    middle = around.mean(axis=0)
    grids = np.ogrid[tuple(slice(0, length) for length in values.shape)]
    near: Mask = np.logical_and.reduce(
        np.broadcast_arrays(*[np.abs(grid - at) < MIDDLE for grid, at in zip(grids, middle, strict=True)])
    )
    return near


def _amid(bright: Mask, axes: int) -> Mask:
    """Return the samples with nothing but bright ones around, save for a few."""
    from scipy import ndimage

    around = np.ones([min(length, 3) for length in bright.shape])
    count = ndimage.convolve(bright.astype(np.float64), around, mode="constant")
    most = MOST_DARK if axes > 1 else 0
    return np.asarray(count >= around.size - 1 - most) & ~bright
