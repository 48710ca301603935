"""Settings side by side: estimates after several numbers of iterations, for several priors, strengths and sieves."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.core.likelihood.level import textbook
from napari_deconvolve.core.priors.prior import Prior
from napari_deconvolve.core.transforms.fft import Cancel
from napari_deconvolve.errors import DeconvolutionWarning
from napari_deconvolve.image import SampledArray
from napari_deconvolve.image.matching import require_same_order
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import require_memory
from napari_deconvolve.run.sweep.run import SweepRun
from napari_deconvolve.run.sweep.table import Sweep, as_counts, as_settings
from napari_deconvolve.work import finish


def sweep(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    iterations: int | Iterable[int] = (10, 20, 40, 80),
    *,
    prior: str | Prior | Sequence[str | Prior | None] | None = None,
    strengths: float | Sequence[float | None] = (),
    sieves: float | Sequence[float | None] = (),
    truth: ArrayLike | None = None,
    background: float | str = 0.0,
    acceleration: str | None = None,
    boundary: str = "extended",
    spacing: float | Sequence[float] | None = None,
    mask: ArrayLike | None = None,
    start: ArrayLike | None = None,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    dtype: str = "float32",
    score: bool | None = None,
    memory: int | None = None,
    cancelled: Cancel | None = None,
) -> Sweep:
    """Deconvolve with several numbers of iterations, priors, strengths and sieves, and measure each estimate.

    There is one run per prior, strength and sieve: the estimates after 10, 20, 40 and 80 iterations cost no more than
    the last alone.

    Parameters
    ----------
    image, psf, spacing, mask, start, axes, channel_axis, cancelled
        See `deconvolve`.
    iterations : int or iterable of int
        Such as ``(10, 20, 40, 80)``, or ``range(5, 81, 5)`` for every 5 up to 80.
    prior : str, prior or sequence of them, optional
        The name of one, or such as ``TotalVariation(0.01)``, or several; ``"auto"`` compares none with all that an
        automatic choice tries.
    strengths : float or sequence of float, optional
        One run for each; None or 0 is one without prior.
    sieves : float or sequence of float, optional
        Widths of sieves over the PSF's, such as ``(0, 0.4, 0.75)``: one run for each, with each strength. Of several
        PSFs the first counts.
    truth : array_like, optional
        What the estimates should be, of the image's shape. Masked samples are left out of errors.
    background, acceleration, boundary, dtype
        As in `richardson_lucy`, with its defaults: the textbook iteration.
    score : bool, optional
        Whether to measure each estimate's score from the data alone, by runs of held-out splits of the photons: on
        small images it takes two to four times as long, on large ones a part is enough. By default when there is no
        truth. All rows have the same splits and references, so that their scores can be compared.
    memory : int, optional
        Bytes of estimates that may be held in memory, by default a quarter of what is free; more go to a temporary
        folder, and a warning says so.

    Returns
    -------
    Sweep
        With a table (prior, strength, sieve, iterations, errors against the truth, deviance, score, whiteness, flux),
        the estimates in step with it, and the best row: by scores, one with a prior only where it is clearly better.

    Raises
    ------
    ParameterError, PSFError
        For arguments that cannot be used or do not fit each other.
    ResourceError
        When the run would not fit into memory, or the estimates not on the disk.
    Cancelled
        When `cancelled` returned True.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> spot = np.pad([1000.0], 20)
    >>> psf = nd.psf.gaussian(4, ndim=1)
    >>> found = nd.sweep(nd.convolve(spot, psf), psf, (5, 20), truth=spot)
    >>> [row.iterations for row in found.table], found.best.iterations
    ([5, 20], 20)
    """
    counts, settings = as_counts(iterations), as_settings(prior, strengths, sieves)
    recipe = Recipe(
        iterations=counts[-1],
        acceleration=acceleration,
        background=background,
        boundary=boundary,
        dtype=dtype,
        **textbook(background),
    )
    placed: dict[str, Any] = {"spacing": spacing, "axes": axes, "channel_axis": channel_axis, "mask": mask}
    job = prepare(image, psf, recipe, **placed, start=start, cancelled=cancelled)
    require_memory(job)
    if truth is not None:
        require_same_order(SampledArray.of(truth, "truth"), SampledArray.of(image), "truth")
    run = SweepRun(job, counts, settings, truth=truth, score=score, memory=memory)
    if run.note:
        warnings.warn(run.note, DeconvolutionWarning, stacklevel=2)
    return finish(run.work())
