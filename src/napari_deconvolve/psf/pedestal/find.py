"""Find the pedestal of a PSF."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD
from napari_deconvolve.psf.pedestal.ends import find_ends
from napari_deconvolve.psf.pedestal.fill import inside_of_fill
from napari_deconvolve.psf.pedestal.found import Pedestal
from napari_deconvolve.psf.pedestal.level import find_level, find_level_after
from napari_deconvolve.psf.pedestal.slope import find_slope

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

CLEAR = 3.5  # of the noise: a level is so far above what is filled
AT_THE_RIM, NEAR_IT = 0.6, 0.5  # of the samples next to a fill, and of the level: so many lie so near to it
LEAST_STEP = 0.003  # of the height: a smaller step from the level to a fill is the point's own faint end


def find_pedestal(values: Values, begins: int | None = None) -> Pedestal:
    """Return the level or plane that the samples farthest from the centre share, of either sign.

    The corners are used, since light of the point reaches them last. All have to agree: of a response that begins at
    once one end is as bright as its peak. A level that still falls on the way out is the point's own tail and stays:
    taking it for a pedestal would narrow a Lorentzian. A level that holds less than a thousandth of all light is
    neglected. A border that was filled with one number, by shifting, turning or deskewing, is no end: the level is
    looked for inside of it. Of a line that is said to begin at a sample, the far end and what is before it are used.
    """
    inside = inside_of_fill(values)
    if inside is not None:
        found = find_slope(values, inside) or Pedestal(find_level(values, inside), inside=inside)
        if found and _is_clear(values, inside, found) and _lies_at_rim(values, inside, found):
            return found
    if begins is not None and values.ndim == 1:
        return Pedestal(find_level_after(values, begins))
    whole = np.ones(values.shape, bool)
    return find_slope(values, whole) or Pedestal(find_level(values, whole))


def _is_clear(values: Values, inside: Mask, found: Pedestal) -> bool:
    """Return whether a level differs from what is filled by more than noise and the point's own faint end."""
    step = abs(found.level - float(values[~inside].mean()))
    above = found.taken_off(values)
    return step > max(
        LEAST_STEP * float(above.max()),
        CLEAR * _noise_of(above, inside, found.level * _quantum(values)),
        2 * _quantum(values),
    )


def _lies_at_rim(values: Values, inside: Mask, found: Pedestal) -> bool:
    """Return whether most samples next to a fill are on the level: not so around a cone of rays."""
    from scipy import ndimage

    rim = inside & ndimage.binary_dilation(~inside)
    surface = found.surface(values.shape)
    noise = _noise_of(found.taken_off(values), inside, found.level * _quantum(values))
    near = np.abs(values - surface)[rim] <= NEAR_IT * np.abs(surface[rim]) + CLEAR * noise
    return float(near.mean()) >= AT_THE_RIM


def _noise_of(above: Values, inside: Mask, counts: float) -> float:
    """Return the noise of samples above a level, at least that of counts: light of few photons has zeros around it."""
    ends = find_ends(inside)
    noise = NOISE_OF_MAD * float(np.median(np.abs(above[inside if ends is None else ends.outer])))
    return max(noise, math.sqrt(max(counts, 0.0)))


def _quantum(values: Values) -> float:
    """Return the step of whole numbers; 0 for others."""
    return 1.0 if bool(np.all(values == np.rint(values))) else 0.0
