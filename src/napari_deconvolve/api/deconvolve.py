"""The ways to run a job: as a stream of iterates, or to its end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.dark_noise import dark_noise_for
from napari_deconvolve.core.priors.choice import prior_name
from napari_deconvolve.core.priors.prior import DEFAULT_STRENGTH, Prior
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.checkpoint import Whole
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.blind import resolved
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.engine import Progress, Result, Run, complete
from napari_deconvolve.run.items import assembled, lockstep

__all__ = ["Progress", "Result", "Run", "complete", "deconvolve", "iterate", "iterates", "richardson_lucy"]


def deconvolve(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    spacing: float | Sequence[float] | None = None,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    mask: ArrayLike | None = None,
    start: ArrayLike | Whole | None = None,
    keep_every: int | None = None,
    resumable: bool = False,
    cancelled: Cancel | None = None,
) -> Result:
    """Deconvolve an image as a recipe says; without one, by the default pipeline.

    Parameters
    ----------
    image, psf, recipe, spacing, axes, channel_axis, mask, start, cancelled
        See `napari_deconvolve.job.prepare.prepare`. A list of PSFs is one per channel.
    keep_every : int, optional
        Keep a snapshot every so many iterations in the result.
    resumable : bool
        Keep in the result's `whole` all that is needed to go on from it exactly (see `resume`).

    Returns
    -------
    Result
        With the estimate, the deviance of every iteration, and the recipe that repeats it.

    Raises
    ------
    ParameterError, PSFError
        For arguments that cannot be used or do not fit each other.
    ResourceError
        When the run would not fit into memory.
    Cancelled
        When `cancelled` said so.
    """
    job = prepare(
        image,
        psf,
        recipe,
        spacing=spacing,
        axes=axes,
        channel_axis=channel_axis,
        mask=mask,
        start=start,
        cancelled=cancelled,
    )
    require_memory(job)
    return Run(job, keep_every, resumable).result()


def iterate(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    **how: Any,
) -> Iterator[Iterate]:
    """Return the iterates of a run one by one, without end: stop when you like.

    Parameters
    ----------
    image, psf, recipe
        See `deconvolve`. The recipe's number of iterations does not matter here.
    **how
        ``spacing``, ``axes``, ``channel_axis``, ``mask``, ``start``, ``cancelled`` as for `deconvolve`.

    Yields
    ------
    Iterate
        Items along looped axes go in step, so that each estimate has the image's shape.

    Examples
    --------
    >>> from itertools import islice
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> [state.iteration for state in islice(nd.iterate(np.ones(16), nd.psf.gaussian(3, ndim=1)), 2)]
    [1, 2]
    """
    job = prepare(image, psf, recipe, **how)
    require_memory(job, lockstep=True)
    return iterates(resolved(job))


def iterates(job: Job) -> Iterator[Iterate]:
    """Return the iterates of a prepared job."""
    for lives in lockstep(job):
        total = math.fsum(one.iteration.deviance for one in lives)
        yield Iterate(lives[0].iteration.iteration, assembled(job, lives), total)


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
    """Deconvolve by Richardson-Lucy: the textbook iteration unless told otherwise.

    ``u <- u/n * H^T(d / (H u + b))`` from a flat start (Richardson 1972, J. Opt. Soc. Am. 62:55; Lucy 1974,
    Astron. J. 79:745).

    Parameters
    ----------
    image : array_like or SampledArray
        1 to 5 axes of real numbers. NaN and infinite samples are left out; saturated ones (integer types) count as
        "at least"; negative ones are allowed.
    psf : PSF, array_like, or sequence of PSF
        Acts on the axes called Z, Y, X or else the last ones, or on `axes`;
        the others are looped. The zero lag of an array is at n//2. Several are one
        per channel.
    iterations : int or "auto"
        At least 1; "auto" finds the best number from the image.
    background : float or "auto"
        Counts per sample that did not come from the object.
    prior : Prior, optional
        Penalise roughness: `TotalVariation`, `Tikhonov`, `GoodsRoughness` or `Hessian`, each of a strength.
    acceleration : {None, "biggs-andrews"}
        Look ahead (Biggs & Andrews 1997).
    boundary : {"extended", "periodic", "reflect", "edge", "zero"}
        What lies beyond the image.
    mask : array_like of bool, optional
        True where the data are to be used.
    start : array_like, optional
        First estimate; flat by default.
    axes : sequence of int, optional
        Where the PSF acts.
    channel_axis : int, optional
        Which axis has a PSF for each of its places, if there are several; by default the first looped one of as many.
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
