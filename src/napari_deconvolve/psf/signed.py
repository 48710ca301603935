"""Negative samples of a PSF: the noise of a measured one around zero, or lobes of a filter that are meant."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.psf.psf import PSF, SIGNED

Values = NDArray[np.float64]
Spread = TypeVar("Spread", bound=PointSpread)

LEAST_LOBE = 0.01  # of the peak, after smoothing: what is lower changes nothing that is seen
DEVIATIONS = 6.0  # of the noise, by which a lobe is deeper
NOISE_OF_MAD = 1.4826


def has_lobes(values: Values) -> bool:
    """Return whether the negative samples lie together and are deeper than noise: that of a measured PSF does not."""
    from scipy import ndimage

    peak = float(values.max())
    if not values.min() < -LEAST_LOBE * peak:
        return False
    smooth = ndimage.uniform_filter(values, 3, mode="constant")
    rest = values - smooth
    noise = NOISE_OF_MAD * float(np.median(np.abs(rest))) / 3 ** (values.ndim / 2)
    return bool(smooth.min() < -max(LEAST_LOBE * peak, DEVIATIONS * noise))


def is_signed(psf: PointSpread) -> bool:
    """Return whether any of the PSFs holds negative samples."""
    return any(one.info.get(SIGNED) for one in psf.psfs)


def without_lobes(psf: Spread) -> Spread:
    """Return the PSF with its negative samples set to 0."""
    return psf.each(_without_lobes)


def deepest(psf: PointSpread) -> float:
    """Return the most negative sample over the peak of its PSF."""
    return min(float(one.data.min()) / float(one.data.max()) for one in psf.psfs)


def _without_lobes(psf: PSF) -> PSF:
    if not psf.info.get(SIGNED):
        return psf
    info = {name: value for name, value in psf.info.items() if name != SIGNED}
    return PSF(np.maximum(psf.data, 0), psf.spacing, psf.unit, info, (*psf.notes, "negative samples set to 0"))
