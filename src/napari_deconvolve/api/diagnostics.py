"""Checks of a result: its residual and its uncertainty."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.diagnostics.residual import Residual, ResidualCheck
from napari_deconvolve.run.diagnostics.uncertainty import DRAWS, UncertaintyCheck, UncertaintyMap
from napari_deconvolve.work import finish


def residual(
    image: ArrayLike, psf: GivenPSF, estimate: ArrayLike, recipe: Recipe | None = None, **how: Any
) -> Residual:
    """Return the part of an image that an estimate does not explain, over the noise.

    Parameters
    ----------
    image, psf
        See `deconvolve`.
    estimate : array_like
        Of the image's shape.
    recipe : Recipe, optional
        Of the run that made it, as in its `Result`: background, boundary, gain and precision matter.
    **how
        ``spacing``, ``axes``, ``channel_axis``, ``mask``, ``cancelled`` as for `deconvolve`.

    Notes
    -----
    An estimate ends at the image's border, but with the boundary "extended" light comes from beyond. So the object
    outside is estimated again while all inside is held; twenty iterations are enough.
    """
    return finish(ResidualCheck(prepare(image, psf, recipe, **how), estimate).work())


def uncertainty_map(
    image: ArrayLike, psf: GivenPSF, recipe: Recipe | None = None, *, draws: int = DRAWS, **how: Any
) -> UncertaintyMap:
    """Return how uncertain each pixel of an estimate is: by how much held-out splits of the photons disagree.

    Parameters
    ----------
    image, psf, recipe
        See `deconvolve`; the recipe of a `Result`, or one with settings still to be found. Of a large image give the
        region that matters.
    draws : int
        How often the photons are split, 1 to 100.
    **how
        ``spacing``, ``axes``, ``channel_axis``, ``mask``, ``cancelled`` as for `deconvolve`.
    """
    return finish(UncertaintyCheck(prepare(image, psf, recipe, **how), draws).work())
