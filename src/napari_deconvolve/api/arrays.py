"""The methods as functions of arrays, their settings as arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.api.deconvolve import deconvolve
from napari_deconvolve.core.algorithms.blind import IMAGE_STEPS, PSF_STEPS, BlindRichardsonLucy
from napari_deconvolve.core.algorithms.constraints import Constraint
from napari_deconvolve.core.arrays import FloatArray, as_iterations
from napari_deconvolve.core.likelihood.level import textbook
from napari_deconvolve.core.priors.prior import DEFAULT_STRENGTH, Prior, prior_name
from napari_deconvolve.core.transforms.boundary import as_boundary
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.methods.wiener import WienerMethod
from napari_deconvolve.psf import PSF
from napari_deconvolve.psf.given import GivenPSF, refuse_strata
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.tuning.alternation import ALTERNATED, alternate, constraints_of, in_box
from napari_deconvolve.work import finish


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
        See `deconvolve`, also for errors.
    iterations : int or "auto"
        At least 1; "auto" finds the best number from the image.
    background : float or "auto"
        Counts per pixel that did not come from the object.
    prior : Prior, optional
        Penalise roughness: `TotalVariation`, `Tikhonov`, `GoodsRoughness` or `Hessian`, each of a strength.
    acceleration : {None, "nesterov", "biggs-andrews"}
        Look ahead, by momentum (Nesterov 1983) or by Biggs & Andrews (1997).
    boundary : {"extended", "periodic", "reflect", "edge", "zero"}
        What lies beyond the image.
    dtype : {"float32", "float64"}
        Of the computation and the result.

    Returns
    -------
    ndarray
        The image's shape; never negative, never clipped, free of NaN.
    """
    recipe = Recipe(
        iterations=iterations,
        prior=None if prior is None else prior_name(prior),
        strength=DEFAULT_STRENGTH if prior is None else prior.strength,
        acceleration=acceleration,
        background=background,
        boundary=boundary,
        dtype=dtype,
        **textbook(background),
    )
    return deconvolve(image, psf, recipe, axes=axes, channel_axis=channel_axis, mask=mask, start=start).estimate


def wiener(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    regularization: float | str = "auto",
    *,
    boundary: str = "reflect",
    axes: Sequence[int] | None = None,
    background: float | str = 0.0,
    channel_axis: int | None = None,
) -> FloatArray:
    """Deconvolve by the Wiener filter, ``conj(H) D / (|H|^2 + regularization)`` with the OTF H.

    A linear filter: quick, with a result that has negative values where there are noise and rings, and with light
    multiplied by 1/(1 + regularization).

    Parameters
    ----------
    image, psf, axes, channel_axis
        See `deconvolve`, also for errors. NaN, infinite and saturated pixels are guessed from their neighbours, and
        from those of the filtered image.
    regularization : float or str
        Above 0, where H is 1 at zero frequency; 1e-10 hardly smooths, 1e-1 much. Or a rule that finds it on the
        brightest item: "auto" (cross-validation with weighted degrees of freedom, and never half negative), "negative"
        (most negative value a tenth of the maximum), "gcv" (plain cross-validation).
    boundary : {"reflect", "extended", "periodic", "edge", "zero"}
        What lies beyond the image; "extended" guesses it a few times from the blurred estimate.
    background : float or "auto"
        Counts per pixel that did not come from the object: taken off, and not put back.

    Returns
    -------
    ndarray
        The image's shape, float32 (float64 for a float64 image).
    """
    whole = SampledArray.of(image)
    recipe = Recipe(
        method=WienerMethod.name,
        regularization=regularization,
        background=background,
        boundary=boundary,
        dtype="float64" if whole.dtype == np.float64 else "float32",
    )
    return deconvolve(image, psf, recipe, axes=axes, channel_axis=channel_axis).estimate


def blind_richardson_lucy(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    iterations: int = 10,
    *,
    image_steps: int = IMAGE_STEPS,
    psf_steps: int = PSF_STEPS,
    symmetry: str = "none",
    band_limit: bool = True,
    hold: bool = True,
    background: float | str = 0.0,
    boundary: str = "extended",
    mask: ArrayLike | None = None,
    start: ArrayLike | None = None,
    axes: Sequence[int] | None = None,
    dtype: str = "float32",
) -> tuple[FloatArray, PSF]:
    """Estimate image and PSF in turn, each by Richardson-Lucy (Fish et al. 1995, J. Opt. Soc. Am. A 12:58).

    By itself it narrows a PSF that is too wide, and goes on narrowing when there are many cycles; it hardly widens one
    that is too narrow. So the PSF is held to what the image tells: its width is fitted (see `check_psf_width`), and
    its shape changes only where one half of the photons certainly predicts the other better by it. If only the width
    is uncertain, ``Recipe(method="blind")`` fits it, and leaves the shape as it is.

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
    hold : bool
        Whether the PSF stays what the image tells for certain, and the given one where it tells nothing. False is the
        alternation as it was published, which ends at half of the width.
    background, boundary, mask, start, axes, dtype
        See `richardson_lucy`, and `deconvolve` for errors.

    Returns
    -------
    estimate : ndarray
        The image's shape, in counts.
    psf : PSF
        Of the start's spacing.
    """
    recipe = Recipe(
        iterations=as_iterations(iterations),
        background=background,
        boundary=boundary,
        dtype=dtype,
        **textbook(background),
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
        constraints=(*constraints_of(first, symmetry, band_limit), *_held(job, symmetry, hold)),
        image_steps=as_iterations(image_steps),
        psf_steps=as_iterations(psf_steps),
        start=None if job.start is None else job.start[0],
    )
    for _ in range(iterations):
        live.step()
    info = {"source": ALTERNATED, "before": dict(first.info), "symmetry": symmetry}
    return job.items.assemble([live.estimate]), PSF(live.kernel, first.spacing, first.unit, info)


def _held(job: Job, symmetry: str, hold: bool) -> tuple[Constraint, ...]:
    """Return the constraint that keeps a PSF to what is certain of it: its width by a fit, and its shape."""
    if not hold:
        return ()
    found = finish(alternate(replace(job, start=None, recipe=job.recipe.replace(symmetry=symmetry)), 0)).psf
    return (lambda kernel: in_box(found.data, kernel.shape).astype(np.float64),)
