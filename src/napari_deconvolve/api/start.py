"""A run that can be paused, stopped and continued."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.engine import Run


def start(image: ArrayLike | SampledArray, psf: GivenPSF, recipe: Recipe | None = None, **how: Any) -> Run:
    """Prepare a run whose iterations stay alive, so that it can be continued: 30 iterations and 30 more are 60.

    Parameters
    ----------
    image, psf, recipe
        See `deconvolve`.
    **how
        ``spacing``, ``axes``, ``channel_axis``, ``mask``, ``start``, ``cancelled`` as for `deconvolve`.

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
    return Run(job, lockstep=True)
