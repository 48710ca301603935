"""PSFs in masked arrays: samples that nobody knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_deconvolve.core.percent import percent
from napari_deconvolve.errors import PSFError

CORE, MOST_OF_CORE = 0.35, 4  # of the highest sample left: so bright is what lies around a core; samples
AROUND, BEYOND = 5, 0.25  # samples; of the range of those around: by so much what is filled is higher
MOST_MASKED = 0.5  # of the light's samples: the rest cannot tell them


def without_gaps(array: ArrayLike) -> tuple[Any, tuple[str, ...]]:
    """Return an array without its mask, and a note on how masked samples were filled.

    Those connected with a border are outside of what was measured, and become the least that was; others follow the
    curvature of what lies around them. Raises `PSFError` when little is left, or nothing of its core.
    """
    if not isinstance(array, np.ma.MaskedArray) or not np.ma.is_masked(array) or array.dtype.kind not in "buif":
        return array, ()
    mask = np.ma.getmaskarray(array)
    values = np.ma.getdata(array).astype(np.float64)
    if mask.all():
        raise PSFError("All samples of the PSF are masked; give one with a sample that counts.")
    outside = _at_border(mask)
    inside = mask & ~outside
    if np.count_nonzero(inside) > MOST_MASKED * np.count_nonzero(~outside):
        raise PSFError(f"{percent(inside.mean())} of the PSF's samples are masked inside it; give one with fewer gaps.")
    values[outside] = values[~mask].min()
    if inside.any():
        _refuse_core(values, mask, inside)
        values = filled(values, inside)
    count = int(np.count_nonzero(mask))
    return values, (f"{count} masked sample{'s' * (count != 1)} filled from those around",)


def _refuse_core(values: NDArray[np.float64], mask: NDArray[np.bool_], inside: NDArray[np.bool_]) -> None:
    """Refuse a gap of many samples that the brightest light lies around: the peak is in it."""
    from scipy import ndimage

    labels, _ = ndimage.label(inside, structure=np.ones((3,) * mask.ndim))
    lowest, highest = float(values[~mask].min()), float(values[~mask].max())
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        wide = tuple(slice(max(along.start - 1, 0), along.stop + 1) for along in box)
        gap = labels[wide] == number
        around = ndimage.binary_dilation(gap, np.ones((3,) * mask.ndim)) & ~mask[wide]
        count = int(np.count_nonzero(gap))
        if count > MOST_OF_CORE and float(np.median(values[wide][around])) > CORE * (highest - lowest) + lowest:
            raise PSFError(
                f"The mask hides {count} samples of the PSF's core, which those around cannot tell; give one whose "
                "core was measured."
            )


def filled(values: NDArray[np.float64], gone: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the samples with what follows the curvature of those around in place of those that are gone.

    It stays near what is around, as a curvature that noise tells runs away at an end.
    """
    from scipy import ndimage
    from skimage.restoration import inpaint_biharmonic

    known = values[~gone]
    size = float(np.abs(known).max()) or 1.0
    found: NDArray[np.float64] = size * inpaint_biharmonic(np.where(gone, 0, values / size), gone)
    low = ndimage.minimum_filter(np.where(gone, np.inf, values), AROUND, mode="nearest")
    high = ndimage.maximum_filter(np.where(gone, -np.inf, values), AROUND, mode="nearest")
    near = gone & np.isfinite(low)  # in the midst of a large gap nothing is around
    found[near] = np.clip(found[near], low[near], high[near] + BEYOND * (high[near] - low[near]))
    return np.asarray(np.maximum(found, known.min()))


def _at_border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    labels, _ = ndimage.label(mask)
    ends = [np.unique(np.take(labels, end, axis)) for axis in range(mask.ndim) for end in (0, -1)]
    return np.isin(labels, np.setdiff1d(np.concatenate(ends), [0]))
