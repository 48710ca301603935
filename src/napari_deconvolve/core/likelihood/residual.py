"""The model of an estimate that ends at the frame's border, and the residual of the data.

Runs over the extended domain estimate the object outside the frame too, but keep its inside only. The
outside is estimated again by Richardson-Lucy, with the inside held fixed: its light is then a background that is known
voxel by voxel.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.unseen import agree_unseen

COMPLETION_ITERATIONS = 20  # iterations: then the mean square of a whole image's residual falls no further by 0.01


def completed_models(
    blur: Blur, noise: PoissonData, estimate: FloatArray, iterations: int = COMPLETION_ITERATIONS
) -> Iterator[FloatArray]:
    """Return the model H u + b of an estimate, improved with each iteration for the object outside the frame.

    The estimate has the frame's shape and is over `noise.scale`; the blur has the PSF alone if the estimate was made
    with a sieve. Under a boundary without an outside the model is returned once.
    """
    whole = np.maximum(blur.extend(estimate), np.asarray(noise.mean_signal(), blur.dtype))  # a value of 0 would stay 0
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
            agree_unseen(ratio, ~noise.valid)
        change = np.maximum(blur.adjoint(ratio), 0) * step
        blur.crop(change)[...] = 1
        whole *= change
        model = np.maximum(blur.forward(whole) + background, noise.floor)
        yield model


def standardised_residual(noise: PoissonData, model: FloatArray, gain: float) -> FloatArray:
    """Return (d - c)/sqrt(gain c), NaN where there are no data.

    The model is over `noise.scale`; the gain is in counts per photon.
    """
    residual: FloatArray = (noise.data - model) / np.sqrt(np.asarray(gain / noise.scale, model.dtype) * model)
    if noise.saturated is not None:  # a lower bound: a brighter model fits
        np.maximum(residual, 0, out=residual, where=noise.saturated)
    if noise.valid is not None:
        residual[~noise.valid] = np.nan
    return residual
