"""Cameras whose pixels differ, as those of sCMOS cameras do: their counts as equal pixels would have recorded them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray

DARK_QUANTILE = 0.05  # of the samples: what stands for an offset that nobody knows yet


def evened(
    image: NDArray[np.generic], offset: float | FloatArray, gain: float | FloatArray, middle: tuple[float, float]
) -> FloatArray:
    """Return counts as pixels of the offset and the gain of `middle` would have recorded them.

    Counts of a pixel less its offset, over its gain, are photons (Huang et al. 2013, Nature Methods 10:653). Offset and
    gain are numbers, or have the image's shape.
    """
    dtype = np.result_type(image.dtype, np.float32)
    share = middle[1] / np.asarray(gain, np.float64)
    found: FloatArray = ((image.astype(np.float64) - np.asarray(offset, np.float64)) * share + middle[0]).astype(dtype)
    return found


def dark_of(image: NDArray[np.generic], *, lines: bool = False) -> float:
    """Return the counts in the dark of an image, or of many `lines`; 0 where no sample is finite."""
    finite = np.isfinite(image)
    return float(np.quantile(image[finite], DARK_QUANTILE)) if finite.any() else 0.0
