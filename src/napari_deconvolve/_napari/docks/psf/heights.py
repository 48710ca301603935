"""How high the samples of a PSF are drawn, and how far from its centre there is something to see."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf import PSF

DECADES = 4  # shown on the logarithmic scale
SEEN = 0.02  # of the peak: what can be seen against black on the linear scale
MARGIN_FACTOR = 1.5  # times the farthest that can be seen
LINEAR, ROOT, LOGARITHMIC = "linear", "square root", "logarithmic"
BRIGHTNESS = (ROOT, LINEAR, LOGARITHMIC)


def scaled(values: NDArray[Any], scale: str) -> NDArray[np.float64]:
    """Return heights relative to the highest: 0 to 1, or their common logarithm from -`DECADES` to 0."""
    relative = np.asarray(values, np.float64) / max(float(np.max(values)), 1e-300)
    if scale == LOGARITHMIC:
        return np.asarray(np.log10(np.maximum(relative, 10.0**-DECADES)))
    return np.asarray(np.sqrt(np.maximum(relative, 0)) if scale == ROOT else relative)


def reach(psf: PSF, axis: int, scale: str) -> float:
    """Return how far from the centre there is something to see along an axis: a wide PSF's core is not to be a dot."""
    heights = scaled(psf.profile(axis), LINEAR)
    least = {LINEAR: SEEN, ROOT: SEEN**2, LOGARITHMIC: 10.0**-DECADES}[scale]
    middle, step = len(heights) // 2, psf.spacing[axis]
    seen = np.flatnonzero(heights > least)
    farthest = int(np.abs(seen - middle).max()) if len(seen) else middle
    return float(min(MARGIN_FACTOR * (farthest + 1), middle + 0.5)) * step


def round_below(length: float) -> float:
    """Return the next lower 1, 2 or 5 times a power of ten."""
    decade = 10.0 ** np.floor(np.log10(length))
    return float(max(step for step in (1, 2, 5) if step * decade <= length * (1 + 1e-9)) * decade)
