"""The ways to run a job: to its end, as a stream of iterates, or so that it can be paused and continued."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.core.algorithms.iterate import Iterate
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Checkpoint
from napari_deconvolve.memory import as_bytes
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.kinds import AUTO
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.engine import Run
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.large import LargeRun
from napari_deconvolve.run.tiles.spread import executor_for
from napari_deconvolve.run.tiles.store import Output
from napari_deconvolve.work import finish


def deconvolve(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    spacing: float | Sequence[float] | None = None,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    mask: ArrayLike | SampledArray | None = None,
    start: ArrayLike | SampledArray | Checkpoint | None = None,
    keep_every: int | None = None,
    resumable: bool = False,
    cancelled: Cancel | None = None,
    memory: int | float | str | None = None,
    out: str | os.PathLike[str] | None = None,
    restart: bool = False,
    as_found: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    device: str = AUTO,
) -> Result:
    """Deconvolve an image as a recipe says; without one, by the default pipeline.

    Parameters
    ----------
    image : array_like or SampledArray
        1 to 5 axes of real numbers. What is lazy (dask, zarr, memmap, h5py) is read when the run begins. NaN and
        infinite pixels are left out; saturated ones (integer types) count as "at least"; negative ones are allowed.
    psf : PSF, Strata, array_like, SampledArray, or sequence of PSF
        An array is taken as it is, its zero lag at n//2, at the spacing of a `SampledArray` that is the image. Several
        PSFs are those of the channels; those of `Strata` are of depths, along the first of the axes that they act on.
    recipe : Recipe, optional
        The default pipeline when absent. One of an earlier result holds numbers that were found on its image: they are
        repeated on that image, and found again on any other, which a sentence of the result says.
    spacing : float or sequence of float, optional
        Of the image, in the PSF's unit: for all its axes, or for those that the PSF acts on. A PSF at another spacing
        is resampled. By default it is the image's own, and where that is not known, the PSF is taken to have it.
    axes : sequence of int, optional
        Where the PSF acts; by default on the axes called Z, Y, X of a `SampledArray`, else on the last ones. The
        others are looped.
    channel_axis : int, optional
        Of the image: which axis has a PSF for each of its places. By default that called C, or the first that the PSFs
        do not act on and that is as long as there are PSFs. A single PSF is for all channels.
    mask : array_like or SampledArray of bool, optional
        True where the data are to be used; the image's shape.
    start : array_like, SampledArray or Checkpoint, optional
        First estimate, the image's shape; or a checkpoint, as a resumable result holds it. Flat by default.
    cancelled : callable, optional
        Polled during the run; when it returns True, `Cancelled` is raised.
    keep_every : int, optional
        Keep a snapshot every so many iterations in the result.
    resumable : bool
        Keep in the result's `checkpoint` all that is needed to go on from it exactly (see `resume`).
    memory : int, float or str, optional
        How much this process may use in all, in bytes or as "1.5GB". A run that takes more is done in tiles, with
        settings that are found on the brightest part of the image, and is nearly the same. Without it, and without
        `out`, a run that does not fit into what is free is refused.
    out : path, optional
        An OME-Zarr store for the result (".ome.zarr"), whose estimate is then the array on disk. A run in tiles that
        was broken off is resumed there, if image, PSF and recipe are the same.
    restart : bool
        Begin again, and replace the store that is there.
    as_found : bool
        Take the recipe's numbers as they are, whatever image they were found on.
    workers : int, optional
        Run tiles in as many processes, which share cores and memory (needs `distributed`). Call it below
        ``if __name__ == "__main__":`` in a script, which these processes read.
    scheduler : str, optional
        Run tiles by the workers of a scheduler of dask, such as "tcp://node7:8786"; `memory` is that of each of them.
    device : str
        "gpu", "cpu" or "auto", instead of the recipe's; auto leaves it.

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
        When `cancelled` returned True.
    FileError
        When `out` cannot be written, or holds something else.
    """
    where: dict[str, Any] = {"spacing": spacing, "axes": axes, "channel_axis": channel_axis}
    where["as_found"] = as_found
    if device != AUTO:
        recipe = (recipe or Recipe()).replace(device=device)
    job = prepare(image, psf, recipe, mask=mask, start=start, cancelled=cancelled, **where)
    kept: dict[str, Any] = {"keep_every": keep_every, "resumable": resumable}
    executor = executor_for(workers, scheduler)
    if memory is None and out is None and executor is None:
        require_memory(job)
        return finish(Run(job, **kept).work())
    output = (
        None
        if out is None
        else Output(os.fspath(out), SampledArray.of(image), begin="restart" if restart else "resume")
    )
    limit = None if memory is None else as_bytes(memory)
    return finish(LargeRun(job, output, limit, executor=executor, **kept).work())


def iterate(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    **how: Any,
) -> Iterator[Iterate]:
    """Return the iterates of a run one by one, without end: stop when you like.

    Parameters
    ----------
    image, psf, recipe, **how
        See `deconvolve`. The recipe's number of iterations does not matter here.

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


def start(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    recipe: Recipe | None = None,
    *,
    keep_every: int | None = None,
    resumable: bool = False,
    **how: Any,
) -> Run:
    """Prepare a run whose iterations stay alive, so that it can be continued: 30 iterations and 30 more are 60.

    Parameters
    ----------
    image, psf, recipe, keep_every, resumable, **how
        See `deconvolve`.

    Returns
    -------
    Run
        Its `work` and `more` are computations: `finish` returns their results; `drive` runs them step by step, with a
        `Control` that pauses and stops them from any thread. `close` frees its memory.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> image, psf = np.random.default_rng(0).poisson(50.0, 64), nd.psf.gaussian(4, ndim=1)
    >>> run = nd.start(image, psf, nd.Recipe(iterations=30))
    >>> first, both = nd.finish(run.work()), nd.finish(run.more(30))
    >>> first.iterations, both.iterations
    (30, 60)
    >>> bool((both.estimate == nd.deconvolve(image, psf, nd.Recipe(iterations=60)).estimate).all())
    True
    """
    job = prepare(image, psf, recipe, **how)
    require_memory(job, lockstep=True)
    return Run(job, lockstep=True, keep_every=keep_every, resumable=resumable)
