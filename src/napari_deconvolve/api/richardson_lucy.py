"""Richardson-Lucy of arrays, the textbook iteration."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from napari_deconvolve.api.deconvolve import deconvolve
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.dark_noise import dark_noise_for
from napari_deconvolve.core.priors.choice import prior_name
from napari_deconvolve.core.priors.prior import DEFAULT_STRENGTH, Prior
from napari_deconvolve.image import SampledArray
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe


def richardson_lucy(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    iterations: int | str = 30,
    *,
    background: float | str = 0.0,
    prior: Prior | None = None,
    acceleration: str | None = None,
    boundary: str = "extended",
    mask: ArrayLike | None = None,
    start: ArrayLike | None = None,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    dtype: str = "float32",
) -> FloatArray:
    """Deconvolve by Richardson-Lucy: the textbook iteration, without prior and acceleration by default.

    ``u <- u/n * H^T(d / (H u + b))`` from a flat start (Richardson 1972, J. Opt. Soc. Am. 62:55; Lucy 1974,
    Astron. J. 79:745).

    Parameters
    ----------
    image, psf, mask, start, axes, channel_axis
        See `deconvolve`.
    iterations : int or "auto"
        At least 1; "auto" finds the best number from the image.
    background : float or "auto"
        Counts per pixel that did not come from the object.
    prior : Prior, optional
        Penalise roughness: `TotalVariation`, `Tikhonov`, `GoodsRoughness` or `Hessian`, each of a strength.
    acceleration : {None, "biggs-andrews"}
        Look ahead (Biggs & Andrews 1997).
    boundary : {"extended", "periodic", "reflect", "edge", "zero"}
        What lies beyond the image.
    dtype : {"float32", "float64"}
        Of the computation and the result.

    Returns
    -------
    ndarray
        The image's shape; never negative, never clipped, free of NaN.

    Raises
    ------
    ParameterError, PSFError
        For arguments that cannot be used or do not fit each other.
    """
    recipe = Recipe(
        iterations=iterations,
        prior=None if prior is None else prior_name(prior),
        strength=DEFAULT_STRENGTH if prior is None else prior.strength,
        acceleration=acceleration,
        background=background,
        dark_noise=dark_noise_for(background),
        boundary=boundary,
        dtype=dtype,
    )
    return deconvolve(image, psf, recipe, axes=axes, channel_axis=channel_axis, mask=mask, start=start).estimate
