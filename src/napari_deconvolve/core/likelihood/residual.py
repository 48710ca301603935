"""The model of an estimate that ends at the frame's border, and what the data hold beyond that model.

Runs over the extended domain estimate the object outside the frame too, but show and keep its inside only. The
outside is found again by the same iteration, Richardson-Lucy, with all inside the frame held: the light from there is
then no more than a background that is known sample by sample.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.operators.blur import Blur

COMPLETION_ITERATIONS = 20  # iterations: then the mean square of a whole image's residual falls no further by 0.01


def completed_models(
    blur: Blur, noise: PoissonData, estimate: FloatArray, iterations: int = COMPLETION_ITERATIONS
) -> Iterator[FloatArray]:
    """Return the model H u + b of an estimate, better and better as the object outside the frame is found.

    Parameters
    ----------
    blur : Blur
        With the PSF alone, if the estimate is one that was shown through a sieve.
    noise : PoissonData
        The data.
    estimate : ndarray
        Of the frame's shape, over `noise.scale`.
    iterations : int
        For the outside; where a boundary leaves nothing to be found, the model is given once.
    """
    whole = np.maximum(blur.extend(estimate), np.asarray(noise.mean_signal(), blur.dtype))  # what is 0 stays so
    blur.crop(whole)[...] = estimate
    background = np.asarray(noise.background, blur.dtype)
    model = np.maximum(blur.forward(whole) + background, noise.floor)
    yield model
    if blur.domain == blur.frame:
        return
    step = blur.inverse_sensitivity(noise.valid)
    whole[step == 0] = 0
    blur.crop(whole)[...] = estimate  # also where little of it is recorded
    for _ in range(iterations):
        ratio = noise.data / model
        if noise.saturated is not None:
            np.maximum(ratio, 1, out=ratio, where=noise.saturated)
        if noise.valid is not None:
            ratio *= noise.valid
        change = np.maximum(blur.adjoint(ratio), 0) * step
        blur.crop(change)[...] = 1
        whole *= change
        model = np.maximum(blur.forward(whole) + background, noise.floor)
        yield model


def standardised_residual(noise: PoissonData, model: FloatArray, gain: float) -> FloatArray:
    """Return (d - c)/sqrt(gain c), NaN where the data say nothing.

    Parameters
    ----------
    noise : PoissonData
        The data d.
    model : ndarray
        c, over `noise.scale`.
    gain : float
        Counts per photon.
    """
    residual: FloatArray = (noise.data - model) / np.sqrt(np.asarray(gain / noise.scale, model.dtype) * model)
    if noise.saturated is not None:  # "at least so much": a brighter model fits
        np.maximum(residual, 0, out=residual, where=noise.saturated)
    if noise.valid is not None:
        residual[~noise.valid] = np.nan
    return residual
