"""Whether an object has detail as fine as a PSF lets through: then blur and softness are two, and else they are one.

The power of the data, less that of their noise, over the squared OTF is the object's (`object_spectrum`). That of
points falls hardly at all, that of edges and textures by orders of magnitude. At the right width of a PSF, power in the
finer half of the band is .41 to .77 of that in the coarser one for points and beads, .15 to .29 for threads and meshes,
and at most .12 for discs and nuclei. Under a PSF that is too narrow it is less for all of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.finest import FINEST
from napari_deconvolve.core.model_selection.modes import Modes, band_end, power_of, windowed

COARSE, FINE = (0.1, 0.3), (0.45, 0.75)  # of the band
SURE = 3.0  # standard deviations of noise

Values = NDArray[np.float64]


def sharpness(light: FloatArray, psf: FloatArray) -> float:
    """Return the object's power in the finer half of the band over that in the coarser one, 0 where noise hides it.

    `light` is one item of 2 or 3 axes above its background and without gaps; the PSF has as many axes.
    """
    faded = windowed(np.asarray(light, np.float64))
    modes, power = Modes.of(psf, faded.shape), power_of(faded)
    beyond = modes.weight * (modes.lateral > FINEST)
    if not beyond.any():
        return 0.0
    noise = float(np.average(power, weights=beyond))
    end = band_end(modes)
    coarse, _ = _power(modes, power, noise, [edge * end for edge in COARSE])
    fine, spread = _power(modes, power, noise, [edge * end for edge in FINE])
    return fine / coarse if coarse > 0 and fine > SURE * spread else 0.0


def _power(modes: Modes, power: Values, noise: float, edges: list[float]) -> tuple[float, float]:
    """Return the object's power between two frequencies in y and x, and its standard deviation by noise alone."""
    inside = modes.weight * (modes.lateral >= edges[0]) * (modes.lateral < edges[1])
    passed = np.square(modes.otf)
    total = float(np.sum(inside * np.square(passed)))
    if total <= 0:
        return 0.0, np.inf
    light = float(np.sum(inside * passed * (power - noise)))
    return light / total, noise * float(np.sqrt(2 * np.sum(inside * np.square(passed)))) / total
