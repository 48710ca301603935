"""Find the pedestal of a PSF."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.pedestal.fill import inside_of_fill
from napari_deconvolve.psf.pedestal.found import Pedestal
from napari_deconvolve.psf.pedestal.level import find_level, find_level_after
from napari_deconvolve.psf.pedestal.slope import find_slope

Values = NDArray[np.float64]

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
        level = find_level(values, inside)
        fill = float(values[~inside].mean())
        step = abs(level - fill)
        if level != 0 and step > LEAST_STEP * (float(values[inside].max()) - level) and step > 2 * _quantum(values):
            return Pedestal(level, inside=inside)
    plane = find_slope(values)
    if plane is not None:
        return plane
    level = find_level(values, np.ones(values.shape, bool))
    if level == 0 and begins is not None and values.ndim == 1:
        level = find_level_after(values, begins)
    return Pedestal(level)


def _quantum(values: Values) -> float:
    """Return the step of whole numbers; 0 for others."""
    return 1.0 if bool(np.all(values == np.rint(values))) else 0.0
