"""Estimates as they leave an iteration: the frame's part, through the sieve, in counts."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.sieve import Sieve


def frame_snapshot(estimate: FloatArray, blur: Blur, sieve: Sieve | None, scale: float) -> FloatArray:
    """Return a read-only copy of the frame's part of an estimate.

    Parameters
    ----------
    estimate : ndarray
        Over the blur's domain, in units of `scale`.
    blur : Blur
        Its frame and boundary are used.
    sieve : Sieve or None
        Sieve of the estimate.
    scale : float
        Counts per unit of the estimate.
    """
    shown = estimate if sieve is None else sieve.smooth(estimate, blur.layout.boundary, blur.frame)
    inside = blur.crop(shown)
    copy = np.multiply(inside, scale, dtype=inside.dtype)
    copy.flags.writeable = False
    return copy
