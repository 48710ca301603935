"""A simulated measurement: blur, light, background, and the noise of a camera."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.image import SampledArray
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.simulation import Simulation
from napari_deconvolve.run.simulate.run import Simulated, SimulationRun
from napari_deconvolve.work import finish


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
    2. multiply so that the brightest sample expects `photons`, or all of them together `total`;
    3. add `background`, in photons;
    4. draw the number of photons from a Poisson distribution (``poisson=False`` leaves this out);
    5. add `read_noise`, multiply by `gain`, add `offset`.

    Parameters
    ----------
    image : array_like or SampledArray
        The truth, 1 to 5 axes of real numbers. Samples that are not finite are left out of the blur.
    psf : PSF, array_like, or sequence of PSF, optional
        As for `convolve`. By default that of the recipe, or none.
    recipe : Simulation, optional
        Parameters that are kept as one value.
    axes, channel_axis
        As for `convolve`.
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
