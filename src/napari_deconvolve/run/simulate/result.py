"""What a simulated instrument recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.recipe.simulation import Simulation


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """What a simulated instrument recorded.

    Attributes
    ----------
    counts : ndarray
        The image's shape, float32 (float64 for a float64 image).
    recipe : Simulation
        Repeats it to the same numbers: the PSF and the seed are in it.
    scale : float
        Counts per unit of the image: ``scale * image`` is what a perfect deconvolution of the counts would give.
    light : tuple of float
        Brightest sample and sum of the blurred image, before it was scaled.
    """

    counts: FloatArray
    recipe: Simulation
    scale: float
    light: tuple[float, float] = (math.nan, math.nan)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the counts: numpy, and all functions of this package, take this for an image."""
        return np.array(self.counts, dtype=dtype, copy=copy)
