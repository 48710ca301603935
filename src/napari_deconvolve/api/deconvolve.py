"""The ways to run a job: as a stream of iterates, or to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.checkpoint import Checkpoint
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.engine import Run
from napari_deconvolve.run.result import Result
from napari_deconvolve.work import finish


def deconvolve(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    spacing: float | Sequence[float] | None = None,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    mask: ArrayLike | None = None,
    start: ArrayLike | Checkpoint | None = None,
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
        Keep in the result's `checkpoint` all that is needed to go on from it exactly (see `resume`).

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
    return finish(Run(job, keep_every=keep_every, resumable=resumable).work())


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
    return Run(job, lockstep=True).states()
