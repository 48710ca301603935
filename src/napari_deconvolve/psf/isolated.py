"""Samples of a measured PSF that stand alone: hot pixels and cosmic rays, which no point of light makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

ALONE = 0.25  # of a sample's height above what is around it: neighbours of an isolated one are lower
LEAST_HEIGHT = 0.1  # of the point's own height: what is lower changes little, and noise reaches it
ABOVE_NEIGHBOURS = 1.25  # times as high as its highest neighbour: a response that decays is up to 1.2 times
LEAST_DEVIATIONS = 10.0  # of the noise around, and of counts
LEAST_CORE = 3  # samples above half of the peak: a point that has fewer may be isolated samples itself
OWN_CENTRE = 1.0  # samples: so near to the point's centre it is the point's own peak
MOST_SHARE = 0.02  # of the samples: where more stand alone they are the PSF
NOISE_OF_MAD = 1.4826


@dataclass(frozen=True, slots=True, eq=False)
class Isolated:
    """The samples that stand alone.

    Attributes
    ----------
    places : tuple of tuple of int
        Their indices, the highest first.
    height : float
        Of the highest, over the peak of all others.
    cured : ndarray
        The same PSF with the median of the neighbours in their place.
    """

    places: tuple[tuple[int, ...], ...]
    height: float
    cured: Values

    @property
    def words(self) -> str:
        """How many there are, and where the highest one is."""
        place = ", ".join(map(str, self.places[0]))
        if len(self.places) == 1:
            return f"1 sample stands alone, at ({place})"
        return f"{len(self.places)} samples stand alone, the highest at ({place})"


def find_isolated(values: Values) -> Isolated | None:
    """Return the samples of a PSF that no point of light explains; None where there are none.

    They are far higher than all of their neighbours, and beside a point that is not: PSFs that consist of single
    samples, and the sharp peak in the middle of a halo, are what they are.
    """
    if values.size < 3**values.ndim:
        return None
    ground, highest = _around(values)
    rise = values - ground
    noise = np.sqrt(np.abs(ground) + 1) if _is_counted(values) else NOISE_OF_MAD * float(np.median(np.abs(rise)))
    alone = (rise > 0) & (rise > LEAST_DEVIATIONS * noise) & (highest - ground < ALONE * rise)
    if not alone.any():
        return None
    point = np.where(alone, ground, values)
    level = float(np.median(point))
    height = float(point.max()) - level
    core = _core(point, level)
    if core is None:
        return None
    alone &= (rise > LEAST_HEIGHT * height) & ~_near(core, values.shape)
    alone &= values - level > ABOVE_NEIGHBOURS * (highest - level)
    if not 0 < np.count_nonzero(alone) <= max(1.0, MOST_SHARE * values.size):
        return None
    places = sorted(map(tuple, np.argwhere(alone).tolist()), key=lambda place: -float(values[place]))
    return Isolated(tuple(places), (float(values[places[0]]) - level) / height, np.where(alone, ground, values))


def _around(values: Values) -> tuple[Values, Values]:
    """Return the median and the highest of each sample's neighbours."""
    from scipy import ndimage

    footprint = np.ones((3,) * values.ndim, bool)
    footprint[(1,) * values.ndim] = False
    median = ndimage.median_filter(values, footprint=footprint, mode="reflect")
    return median, ndimage.maximum_filter(values, footprint=footprint, mode="constant", cval=-np.inf)


def _is_counted(values: Values) -> bool:
    return bool(np.all(values == np.rint(values)) and values.max() > 1)


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


def _near(place: Values, shape: tuple[int, ...]) -> Mask:
    """Return the samples that are as near to a place as its own peak would be."""
    grids = np.ogrid[tuple(slice(0, length) for length in shape)]
    near = np.ones(shape, bool)
    for grid, at in zip(grids, place, strict=True):
        near &= np.abs(grid - at) <= OWN_CENTRE
    return near
