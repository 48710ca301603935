"""Measurements from a truth: blurred by a linear instrument, or with light, background and a camera's noise too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.image import SampledArray
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.simulate.convolve import blur_into, convolution
from napari_deconvolve.run.simulate.run import Simulated, SimulationRun, require_simulation
from napari_deconvolve.work import finish


def convolve(
    image: ArrayLike | SampledArray,
    psf: GivenPSF,
    *,
    boundary: str = "reflect",
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
) -> FloatArray:
    """Convolve an image with a PSF: what a linear instrument would record.

    Parameters
    ----------
    image, psf, axes, channel_axis
        See `deconvolve`, also for errors. Pixels that are not finite are left out, and the others weighted
        accordingly; the PSF is divided by its sum.
    boundary : {"reflect", "edge", "periodic", "zero"}
        What lies beyond the image.

    Returns
    -------
    ndarray
        The image's shape, float32 (float64 for a float64 image).
    """
    whole = SampledArray.of(image)
    dtype = "float64" if whole.dtype == np.float64 else "float32"
    job = convolution(image, psf, boundary, dtype, axes=axes, channel_axis=channel_axis)
    require_simulation(whole.shape, job, Simulation(boundary=boundary), dtype)
    blurred = np.empty(whole.shape, dtype)
    for _ in blur_into(blurred, job):
        pass
    if job.items.beside is not None:
        blurred[job.items.beside] = np.asarray(whole.data[job.items.beside])
    return blurred


def simulate(
    image: ArrayLike | SampledArray,
    psf: GivenPSF | None = None,
    recipe: Simulation | None = None,
    *,
    axes: Sequence[int] | None = None,
    channel_axis: int | None = None,
    **parameters: Any,
) -> Simulated:
    """Simulate what an instrument would record of an image.

    The steps, in this order, each left out unless it is asked for (but for the noise of photons):

    1. blur by the PSF, or by a Gaussian of width `fwhm`;
    2. multiply so that the brightest pixel expects `photons`, or all of them together `total`;
    3. add `background`, in photons;
    4. draw the number of photons from a Poisson distribution (``poisson=False`` leaves this out);
    5. add `read_noise`, multiply by `gain`, add `offset`.

    Parameters
    ----------
    image, psf, axes, channel_axis
        See `convolve`: the image is the truth, and the PSF by default that of the recipe, or none.
    recipe : Simulation, optional
        Parameters that are kept as one value.
    **parameters
        Those of `Simulation`, in place of the recipe's: ``fwhm``, ``spacing``, ``boundary``, ``photons``, ``total``,
        ``background``, ``poisson``, ``read_noise``, ``gain``, ``offset``, ``seed``.

    Returns
    -------
    Simulated
        With the counts, and with the recipe that repeats them bit by bit, whatever the number of threads.

    Raises
    ------
    ParameterError, PSFError
        For arguments that cannot be used or do not fit each other, and for light that would be negative.
    ResourceError
        When it would not fit into memory.
    """
    chosen = (recipe or Simulation()).replace(**parameters) if parameters else recipe or Simulation()
    return finish(SimulationRun(image, psf, chosen, axes=axes, channel_axis=channel_axis).work())
