"""What haze hides in a stack: light from out of focus, which lies over the empty parts of all planes nearly alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.background_fit import Beside
from napari_deconvolve.core.likelihood.empty_parts import Field
from napari_deconvolve.core.likelihood.maps import Surface

DARK_OF_FILLED = 0.32  # of its mean: the darkest part of an object that fills a stack; dense ones have .18 to .38
LEAST_OF_FILLED = 0.2  # of the darkest light, that is background there, at least
HALVINGS = 4  # of what the share may be there
LEAST_OF_FORM = 0.05  # of the mean of a surface
MAX_IN_FOCUS = 0.2  # of the PSF's light in its middle plane: above, out of focus there is little
# Standard deviation of the objects of a stack in haze, over their mean, above a surface that touches the darkest part:
# meshes and tissue, which fill it, have 1.2 to 1.6, be it dim or bright; cells, threads and points 1.8 to 5.5.
SPARSE = 1.75


def is_sparse(fits: Beside, form: Surface, field: Field) -> bool:
    """Return whether a stack in haze is empty for the most part: its objects are few and bright.

    Light from out of focus can be brought back to where it came from.
    """
    return fits.contrast(form.scaled(_touched(form, field), 0.0)) > SPARSE


def below_haze(fits: Beside, form: Surface, field: Field) -> Surface:
    """Return what is background of the darkest light, if the object is nowhere dark: by what the PSF leaves of it.

    The more is taken for background, the darker the objects' darkest part becomes when light is brought back to where
    it came from; it should be as dark as those of objects that fill a field are. So much light comes from out of focus
    in wide field that this is less than half, and in confocal stacks it is most.
    """
    whole = form.scaled(_touched(form, field), 0.0)
    uneven = _form_of(fits.in_bins(whole))
    low, high = LEAST_OF_FILLED, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        objects = fits.deblurred(whole.scaled(middle, 0.0)) / uneven
        dark = estimate_background(objects) > DARK_OF_FILLED * float(np.mean(objects, dtype=np.float64))
        low, high = (middle, high) if dark else (low, middle)
    return whole.scaled((low + high) / 2, 0.0)


def _touched(surface: Surface, field: Field) -> float:
    """Return by what share a surface has to be lower to touch the darkest part, wherever that is.

    An image over the form of the surface has its darkest part there: in the image itself it may only lie where the
    surface is low.
    """
    plane = surface.values(field.lengths)
    mean = float(np.mean(plane, dtype=np.float64))
    return min(1.0, estimate_background(field.image / _form_of(plane)) / mean) if mean > 0 else 1.0


def _form_of(plane: NDArray[np.floating]) -> FloatArray:
    """Return a plane over its mean: what is uneven lies in it."""
    mean = float(np.mean(plane, dtype=np.float64))
    return np.maximum(plane / mean if mean > 0 else np.ones_like(plane), LEAST_OF_FORM).astype(np.float32)
