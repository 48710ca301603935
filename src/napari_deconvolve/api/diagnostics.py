"""Checks of an image, a PSF and a result: the camera, the width, the residual, the uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.camera import background_map as under_all
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.diagnostics.camera import CameraReport, camera_of
from napari_deconvolve.run.diagnostics.residual import Residual, residual_of
from napari_deconvolve.run.diagnostics.uncertainty import DRAWS, UncertaintyMap, uncertainty_of
from napari_deconvolve.tuning.psf_width import WIDTH_LIMITS, WidthSearch
from napari_deconvolve.tuning.results import WidthCheck
from napari_deconvolve.work import finish


def camera_report(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    *,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    mask: ArrayLike | SampledArray | None = None,
) -> CameraReport:
    """Return what an image tells of its camera: offset, gain, background, missing samples and spikes.

    This is what `deconvolve` finds and takes into account where a recipe leaves it open. `print` shows a table.

    Parameters
    ----------
    image, psf, axes, channel_axis, mask
        See `deconvolve`. The PSF tells how sharp a point of light can be; all that is sharper is a spike.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> y, x = np.indices((128, 128)) / 128
    >>> light = 10 + 200 * np.exp(-((y - 0.5) ** 2 + (x - 0.4) ** 2) / 0.02)
    >>> counts = 100 + 2.0 * np.random.default_rng(0).poisson(light)
    >>> row = nd.camera_report(counts, nd.psf.gaussian(4, ndim=2)).rows[0]
    >>> bool(abs(row.offset - 100) < 5 and abs(row.gain - 2) < 0.3)
    True
    """
    return finish(camera_of(prepare(image, psf, axes=axes, channel_axis=channel_axis, mask=mask)))


def background_map(
    image: ArrayLike | SampledArray, psf: GivenPSF, recipe: Recipe | None = None, **how: Any
) -> FloatArray:
    """Return the background that a run takes off an image, in counts, of the image's shape.

    It is found where the recipe leaves it open. Change it, and give it as the recipe's `background`.

    Parameters
    ----------
    image, psf, recipe, **how
        See `deconvolve`; its `spacing`, `axes`, `channel_axis` and `mask`.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> counts = np.random.default_rng(0).poisson(50.0, (64, 64))
    >>> bool(abs(nd.background_map(counts, nd.psf.gaussian(4, ndim=2)).mean() - 50) < 5)
    True
    """
    return under_all(prepare(image, psf, recipe, **how))


def residual(
    image: ArrayLike, psf: GivenPSF, estimate: ArrayLike, recipe: Recipe | None = None, **how: Any
) -> Residual:
    """Return the part of an image that an estimate does not explain, over the noise.

    Parameters
    ----------
    image, psf, **how
        See `deconvolve`.
    estimate : array_like
        Of the image's shape.
    recipe : Recipe, optional
        Of the run that made it, as in its `Result`: background, boundary, gain and precision matter.

    Notes
    -----
    An estimate ends at the image's border, but with the boundary "extended" light comes from beyond. So the object
    outside is estimated again while all inside is held; twenty iterations are enough.
    """
    return finish(residual_of(prepare(image, psf, recipe, as_found=True, **how), estimate))


def uncertainty_map(
    image: ArrayLike, psf: GivenPSF, recipe: Recipe | None = None, *, draws: int = DRAWS, **how: Any
) -> UncertaintyMap:
    """Return how far each pixel of an estimate may be from the object: by noise, and by blur that is left.

    `print` shows a summary, and what the map does not hold.

    Parameters
    ----------
    image, psf, recipe, **how
        See `deconvolve`; the recipe of a `Result`, or one with settings still to be found. Of a large image give the
        region that matters.
    draws : int
        How often the photons are split, 1 to 100.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> points = np.zeros((40, 40))
    >>> points[10::19, 10::19] = 5000
    >>> psf = nd.psf.gaussian(4, ndim=2)
    >>> counts = np.random.default_rng(0).poisson(nd.convolve(points, psf) + 10)
    >>> found = nd.uncertainty_map(counts, psf, nd.Recipe(iterations=10, background=10), draws=1)
    >>> noise, blur, both = found.typical
    >>> bool(noise < blur < both)  # ten iterations leave a point too low
    True
    """
    return finish(uncertainty_of(prepare(image, psf, recipe, **how), draws))


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
    image, psf, recipe, **how
        See `deconvolve`. Of the recipe, background, boundary, gain and precision matter.
    limits : tuple of float
        Narrowest and widest that are tried, over the PSF's own.
    channel : int
        Whose PSF is checked, if there are several.

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
