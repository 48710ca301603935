"""Samples of a measured PSF that stand alone: hot pixels, columns and cosmic rays, which no point of light makes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

ALONE = (0.25, 0.1, 0.04)  # of the height above what is around: flanks of one, two and three samples are lower
THROUGH = 0.8  # of a line of samples, which stand alone beside it: then it is a line, as a hot column is
MOST_OF_LINE = 0.5  # of its samples, which stand high: then it is hot as a whole
LEAST_LINE = 5  # samples, from one that is defective to the end, as charge is read out
NEAR, WIDE = 3, 7  # samples: what is around is the lowest mean of NEAR within WIDE
LEAST_HEIGHT = 0.1  # of the point's own height: what is lower changes little, and noise reaches it
LEAST_DEVIATIONS = 10.0  # of the noise around, and of counts
LEAST_CORE = 3  # samples above half of the peak: a point that has fewer may be isolated samples itself
OWN_CENTRE = 1.0  # samples: so near to the point's centre it is the point's own peak
MOST_SHARE = 0.02  # of the samples, or lines: where more stand alone they are the PSF
LARGEST = 3  # samples along an axis


@dataclass(frozen=True, slots=True, eq=False)
class Isolated:
    """The samples that stand alone.

    Attributes
    ----------
    places : tuple of tuple of int
        Their indices, the highest first.
    height : float
        Of the highest, over the peak of all others.
    """

    places: tuple[tuple[int, ...], ...]
    height: float

    @property
    def words(self) -> str:
        """How many there are, where the highest one is, and how high."""
        place = ", ".join(map(str, self.places[0]))
        count = len(self.places)
        which = (
            f"1 sample stands alone, at ({place})"
            if count == 1
            else f"{count} samples stand alone, the highest at ({place})"
        )
        return f"{which}, {self.height:.2g} times as high as the point"


def find_isolated(values: Values) -> Isolated | None:
    """Return the samples of a PSF that no point of light explains; None where there are none.

    Light falls off over some samples. These do not, to both sides of one or two of them: along all axes, or beside a
    line that runs through the whole PSF, as a hot column does, or a hot pixel through the planes of a stack. And they
    lie beside a point that is not so: PSFs that consist of single samples, and the sharp peak in the middle of a halo,
    are what they are.
    """
    if values.size < 3**values.ndim:
        return None
    ground = _around(values)
    noise = np.sqrt(np.abs(ground) + 1) if _is_counted(values) else _noise(values)
    standing = values - ground > LEAST_DEVIATIONS * noise
    steep = [standing & _falls_at_once(values, ground, axis) for axis in range(values.ndim)]
    found = {through: _standing(steep, through) for through in _choices(values.ndim)}
    every = np.logical_or.reduce(list(found.values()))
    if not every.any():
        return None
    point = _filled(values, every)
    level = float(np.median(point))
    height = float(point.max()) - level
    core = _core(point, level)
    if core is None or _is_steep(point):
        return None
    high = values - point > LEAST_HEIGHT * height
    alone = np.zeros(values.shape, bool)
    for through, one in found.items():
        alone |= _few(_mostly(one, high, through) & ~_near(core, values.shape, through), through)
    places = _without_pairs(alone, core)
    if not places:
        return None
    places.sort(key=lambda place: -float(values[place]))
    return Isolated(tuple(places), (float(values[places[0]]) - level) / height)


def _around(values: Values) -> Values:
    """Return the level around each sample: low beside a point, and little moved by noise and by what stands alone."""
    from scipy import ndimage

    means = ndimage.uniform_filter(values, NEAR, mode="nearest")
    return np.asarray(ndimage.minimum_filter(means, WIDE, mode="nearest"))


def _noise(values: Values) -> float:
    from scipy import ndimage

    rest = np.abs(values - ndimage.median_filter(values, NEAR, mode="reflect"))
    return NOISE_OF_MAD * float(np.median(rest))


def _is_counted(values: Values) -> bool:
    return bool(np.all(values == np.rint(values)) and values.max() > 1)


def _falls_at_once(values: Values, ground: Values, axis: int) -> Mask:
    """Return where both flanks of a sample, or of it and one neighbour, lie on the ground along an axis."""
    if values.shape[axis] < 2:
        return np.ones(values.shape, bool)
    height = values - ground
    falls = np.zeros(values.shape, bool)
    for width, share in enumerate(ALONE, 1):
        for before in range(1, width + 1):
            flanks = np.maximum(_moved(values, axis, before), _moved(values, axis, before - width - 1))
            falls |= flanks - ground < share * height
    return falls


def _moved(values: Values, axis: int, step: int) -> Values:
    """Return the samples that lie `step` before each along an axis; beyond the ends lies nothing."""
    if abs(step) >= values.shape[axis]:
        return np.full(values.shape, -np.inf)
    moved = np.roll(values, step, axis)
    beyond = [slice(None)] * values.ndim
    beyond[axis] = slice(0, step) if step > 0 else slice(step, None)
    moved[tuple(beyond)] = -np.inf
    return moved


def _choices(ndim: int) -> list[tuple[int, ...]]:
    """Return the axes along which lines may run: none, and all but one at most.

    A plane that stands alone among others is what a light sheet makes of coarse steps.
    """
    every = [through for count in range(ndim) for through in combinations(range(ndim), count)]
    return [through for through in every if through != (1, 2)]


def _standing(steep: list[Mask], through: tuple[int, ...]) -> Mask:
    """Return the samples that are steep along all axes but those that their line runs along."""
    beside: Mask = np.logical_and.reduce([one for axis, one in enumerate(steep) if axis not in through])
    if not through:
        return beside
    found = np.broadcast_to(beside.mean(axis=through, keepdims=True) >= THROUGH, beside.shape)
    for axis in through:
        others = tuple(other for other in through if other != axis)
        lines = beside.mean(axis=others, keepdims=True) >= THROUGH if others else beside
        found = found | _from_an_end(lines, axis)
    return found


def _mostly(standing: Mask, high: Mask, through: tuple[int, ...]) -> Mask:
    """Return the samples that stand high, and of a line all if most of them do."""
    both = standing & high
    if not through:
        return both
    most = both.sum(axis=through, keepdims=True) >= MOST_OF_LINE * standing.sum(axis=through, keepdims=True)
    return np.asarray(standing & most & both.any(axis=through, keepdims=True))


def _from_an_end(beside: Mask, axis: int) -> Mask:
    """Return the runs of samples along an axis that reach an end."""
    forward = np.logical_and.accumulate(beside, axis)
    backward = np.flip(np.logical_and.accumulate(np.flip(beside, axis), axis), axis)
    runs = [one & (one.sum(axis=axis, keepdims=True) >= LEAST_LINE) for one in (forward, backward)]
    return np.asarray(runs[0] | runs[1])


def _is_steep(point: Values) -> bool:
    """Return whether the peak of what is left falls off at once as well, as strokes of a kernel do."""
    peak = np.unravel_index(int(np.argmax(point)), point.shape)
    ground = _around(point)
    lengths = enumerate(point.shape)
    return any(bool(_falls_at_once(point, ground, axis)[peak]) for axis, length in lengths if length > 1)


def _without_pairs(alone: Mask, core: Values) -> list[tuple[int, ...]]:
    """Return the places without those that have one opposite, seen from the point: these are orders of a grating."""
    places = [tuple(place) for place in np.argwhere(alone).tolist()]
    known = set(places)
    near = list(product((-1, 0, 1), repeat=alone.ndim))
    opposite = {place: np.rint(2 * core - place).astype(int).tolist() for place in places}
    return [
        place
        for place, other in opposite.items()
        if not any(tuple(at + step for at, step in zip(other, steps, strict=True)) in known for steps in near)
    ]


def _few(standing: Mask, through: tuple[int, ...]) -> Mask:
    """Return those of small groups, where there are few of them."""
    from scipy import ndimage

    # A line is looked at end on.
    flat = standing.any(axis=through)
    labels, count = ndimage.label(flat, structure=np.ones((3,) * flat.ndim))
    boxes = ndimage.find_objects(labels)
    small = [all(along.stop - along.start <= LARGEST for along in box) for box in boxes]
    if count == 0 or sum(small) > max(1.0, MOST_SHARE * flat.size):
        return np.zeros_like(standing)
    kept = np.concatenate([[False], small])[labels]
    return np.asarray(standing & np.expand_dims(kept, through))


def _filled(values: Values, gone: Mask) -> Values:
    """Return the samples with the median of the nearest others in place of those that are gone."""
    filled = values.copy()
    for place in np.argwhere(gone):
        for reach in range(1, max(values.shape)):
            window = tuple(slice(max(at - reach, 0), at + reach + 1) for at in place)
            left = values[window][~gone[window]]
            if left.size:
                filled[tuple(place)] = np.median(left)
                break
    return filled


def _core(values: Values, level: float) -> Values | None:
    """Return the centroid of the samples above half of the peak and connected to it; None for too few of them."""
    from scipy import ndimage

    peak = np.unravel_index(int(np.argmax(values)), values.shape)
    half = (float(values[peak]) + level) / 2
    labels, _ = ndimage.label(values > half, structure=np.ones((3,) * values.ndim))
    core = labels == labels[peak]
    if values[peak] <= level or np.count_nonzero(core) < LEAST_CORE:
        return None
    return np.asarray(ndimage.center_of_mass(np.where(core, values - half, 0)), np.float64)


def _near(place: Values, shape: tuple[int, ...], through: tuple[int, ...]) -> Mask:
    """Return the samples that are as near to a place as its own peak would be, or whose lines are."""
    grids = np.ogrid[tuple(slice(0, length) for length in shape)]
    near = np.ones(shape, bool)
    for axis, (grid, at) in enumerate(zip(grids, place, strict=True)):
        if axis not in through:
            near &= np.abs(grid - at) <= OWN_CENTRE
    return near
