"""Image and PSF estimated in turn."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from napari_deconvolve.core.algorithms.blind import IMAGE_STEPS, PSF_STEPS, BlindRichardsonLucy
from napari_deconvolve.core.arrays import FloatArray, as_iterations
from napari_deconvolve.core.likelihood.dark_noise import dark_noise_for
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.given import GivenPSF, refuse_strata
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.tuning.alternation import ALTERNATED, constraints_of


def blind_richardson_lucy(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    iterations: int = 10,
    *,
    image_steps: int = IMAGE_STEPS,
    psf_steps: int = PSF_STEPS,
    symmetry: str = "none",
    band_limit: bool = True,
    background: float | str = 0.0,
    boundary: str = "extended",
    mask: ArrayLike | None = None,
    start: ArrayLike | None = None,
    axes: Sequence[int] | None = None,
    dtype: str = "float32",
) -> tuple[FloatArray, PSF]:
    """Estimate image and PSF in turn, each by Richardson-Lucy (Fish et al. 1995, J. Opt. Soc. Am. A 12:58).

    It narrows a PSF that is too wide, and goes on narrowing when there are many cycles; it hardly widens one that is
    too narrow. If only the width is uncertain, ``Recipe(method="blind")`` fits it from either side.

    Parameters
    ----------
    image : array_like or SampledArray
        One item: as many axes as the PSF, or axes of length 1 beside them.
    psf : PSF or array_like
        To start from: better 20 to 25 % too wide. Its box is the support of the PSF that is found.
    iterations : int
        Cycles.
    image_steps, psf_steps : int
        Iterations of each in one cycle.
    symmetry : {"none", "mirror", "rotation"}
        What is known of the PSF: nothing, that it looks the same in mirrors, or that it is round in y and x.
    band_limit : bool
        Whether a microscope's PSF keeps to the frequencies that its lens passes; other PSFs have no limit.
    background, boundary, mask, start, axes, dtype
        See `richardson_lucy`.

    Returns
    -------
    estimate : ndarray
        The image's shape, in counts.
    psf : PSF
        Of the start's spacing.

    Raises
    ------
    ParameterError, PSFError
        For arguments that cannot be used or do not fit each other.
    """
    recipe = Recipe(
        iterations=as_iterations(iterations),
        background=background,
        dark_noise=dark_noise_for(background),
        boundary=boundary,
        dtype=dtype,
    )
    job = prepare(image, psf, recipe, axes=axes, mask=mask, start=start)
    refuse_strata(job.psf, "the method blind")
    if len(job) != 1:
        raise ParameterError(
            f"The image has {len(job)} items along axes that the PSF does not act on; give one, or find the PSF with "
            "deconvolve and the method 'blind'."
        )
    first = job.psfs[0]
    live = BlindRichardsonLucy(
        noise_model(job, 0),
        first.data,
        boundary=as_boundary(boundary),
        constraints=constraints_of(first, symmetry, band_limit),
        image_steps=as_iterations(image_steps),
        psf_steps=as_iterations(psf_steps),
        start=None if job.start is None else job.start[0],
    )
    for _ in range(iterations):
        live.step()
    info = {"source": ALTERNATED, "before": dict(first.info), "symmetry": symmetry}
    return job.items.assemble([live.freeze().estimate]), PSF(live.kernel, first.spacing, first.unit, info)
