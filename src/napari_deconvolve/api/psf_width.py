"""How wide the PSF is that made an image."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.tuning.psf_width import WIDTH_LIMITS, WidthSearch
from napari_deconvolve.tuning.width_check import WidthCheck
from napari_deconvolve.work import finish


def check_psf_width(
    image: ArrayLike,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    limits: tuple[float, float] = WIDTH_LIMITS,
    channel: int = 0,
    **how: Any,
) -> WidthCheck:
    """Find the width of a PSF that fits an image best.

    Parameters
    ----------
    image, psf, recipe
        See `deconvolve`. Of the recipe, background, boundary, gain and precision matter.
    limits : tuple of float
        Narrowest and widest that are tried, over the PSF's own.
    channel : int
        Whose PSF is checked, if there are several.
    **how
        ``spacing``, ``axes``, ``channel_axis``, ``mask``, ``cancelled`` as for `deconvolve`.

    Returns
    -------
    WidthCheck
        With a warning when the best width differs by a tenth or more, and certainly differs.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> points = np.zeros((64, 64))
    >>> points[::9, ::11] = 3000
    >>> psf = nd.psf.gaussian(4, ndim=2)
    >>> counts = np.random.default_rng(0).poisson(nd.convolve(points, psf) + 10)
    >>> nd.check_psf_width(counts, psf).warning
    ''
    >>> "too wide" in nd.check_psf_width(counts, nd.psf.gaussian(4.8, ndim=2)).warning
    True
    """
    return finish(WidthSearch(prepare(image, psf, recipe, **how), channel, limits).work())
