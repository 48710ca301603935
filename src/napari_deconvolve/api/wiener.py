"""The Wiener filter of arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.api.deconvolve import deconvolve
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.image import SampledArray
from napari_deconvolve.methods.wiener import WienerMethod
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe


def wiener(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    regularization: float | str = "auto",
    *,
    boundary: str = "reflect",
    axes: Sequence[int] | None = None,
    background: float | str = 0.0,
    channel_axis: int | None = None,
) -> FloatArray:
    """Deconvolve by the Wiener filter, ``conj(H) D / (|H|^2 + regularization)`` with the OTF H.

    A linear filter: quick, with a result that has negative values where there are noise and rings, and with light
    multiplied by 1/(1 + regularization).

    Parameters
    ----------
    image, psf, axes, channel_axis
        See `deconvolve`. NaN, infinite and saturated pixels are guessed from their neighbours, and from those of the
        filtered image.
    regularization : float or str
        Above 0, where H is 1 at zero frequency; 1e-10 hardly smooths, 1e-1 much. Or a rule that finds it on the
        brightest item: "auto" (cross-validation with weighted degrees of freedom, and never half negative), "negative"
        (most negative value a tenth of the maximum), "gcv" (plain cross-validation).
    boundary : {"reflect", "extended", "periodic", "edge", "zero"}
        What lies beyond the image; "extended" guesses it a few times from the blurred estimate.
    background : float or "auto"
        Counts per pixel that did not come from the object: taken off, and not put back.

    Returns
    -------
    ndarray
        The image's shape, float32 (float64 for a float64 image).

    Raises
    ------
    ParameterError, PSFError
        For arguments that cannot be used or do not fit each other.
    """
    whole = SampledArray.of(image)
    recipe = Recipe(
        method=WienerMethod.name,
        regularization=regularization,
        background=background,
        boundary=boundary,
        dtype="float64" if whole.dtype == np.float64 else "float32",
    )
    return deconvolve(whole, psf, recipe, axes=axes, channel_axis=channel_axis).estimate
