"""Negative samples of a PSF: the noise of a measured one around zero, or lobes of a filter that are meant."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.quantiles import NOISE_OF_MAD
from napari_deconvolve.psf.pedestal.ends import find_ends
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.psf.psf import PSF, SIGNED

Values = NDArray[np.float64]
Spread = TypeVar("Spread", bound=PointSpread)

LEAST_LOBE = 0.01  # of the peak, after smoothing: what is lower changes nothing that is seen
DEVIATIONS = 6.0  # of the noise, by which a lobe is deeper
TYPED = 9  # samples: the longest filters that are typed
SMALL = 7  # samples: a kernel that is no longer was typed
ROUNDING = 1e-5


def has_lobes(values: Values) -> bool:
    """Return whether the negative samples are lobes: deeper than noise, or of a kernel that has none.

    Noise lies on both sides of zero, in samples one by one. So lobes lie together; or most samples are nothing at all,
    or the two halves are the same, as only in what was calculated, and then a lobe may be one sample wide.
    """
    from scipy import ndimage

    peak = float(values.max())
    if not values.min() < -LEAST_LOBE * peak:
        return False
    if _is_calculated(values):
        return True
    smooth = ndimage.uniform_filter(values, 3, mode="constant")
    rest = values - smooth
    noise = NOISE_OF_MAD * float(np.median(np.abs(rest))) / 3 ** (values.ndim / 2)
    ends = find_ends(np.ones(values.shape, bool))
    if ends is not None and values.ndim > 1:  # noise that was smoothed is smooth at the ends too
        noise = max(noise, NOISE_OF_MAD * float(np.median(np.abs(smooth[ends.outer | ends.inner]))))
    return bool(smooth.min() < -max(LEAST_LOBE * peak, DEVIATIONS * noise))


def is_filter(values: Values) -> bool:
    """Return whether it is a filter that was typed: few samples, some of them negative, in equal or opposite halves."""
    lengths = [length for length in values.shape if length > 1]
    return bool(max(lengths, default=1) <= TYPED and values.min() < 0 < values.max() and _is_calculated(values))


def _is_calculated(values: Values) -> bool:
    """Return whether there is no noise: in few samples, in equal or opposite halves, or where most samples are 0."""
    size = float(np.abs(values).max())
    turned = np.flip(values)
    same = any(np.abs(values - sign * turned).max() <= ROUNDING * size for sign in (1, -1))
    return bool(same or max(values.shape) <= SMALL or np.count_nonzero(values) < values.size / 2)


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
