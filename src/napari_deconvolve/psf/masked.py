"""PSFs in masked arrays: samples that nobody knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.percent import percent
from napari_deconvolve.errors import PSFError

MOST_MASKED = 0.5  # of the light's samples: the rest cannot tell them


def without_gaps(array: ArrayLike) -> tuple[Any, tuple[str, ...]]:
    """Return an array without its mask, and a note on how masked samples were filled.

    Those connected with a border are outside of what was measured, and become the least that was; others follow the
    curvature of what lies around them. Raises `PSFError` when little is left.
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
        from skimage.restoration import inpaint_biharmonic

        values = inpaint_biharmonic(values, inside)
    count = int(np.count_nonzero(mask))
    return values, (f"{count} masked sample{'s' * (count != 1)} filled from those around",)


def _at_border(mask: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    from scipy import ndimage

    labels, _ = ndimage.label(mask)
    ends = [np.unique(np.take(labels, end, axis)) for axis in range(mask.ndim) for end in (0, -1)]
    return np.isin(labels, np.setdiff1d(np.concatenate(ends), [0]))
