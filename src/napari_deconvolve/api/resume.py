"""Going on from an earlier result: more iterations by its recipe, or by another."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from napari_deconvolve.api.deconvolve import deconvolve
from napari_deconvolve.core.arrays import FloatArray, as_iterations
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.job.problem import Checkpoint
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.provenance import ProvenanceStep
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import Made
from napari_deconvolve.run.result import Result


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """A result from which a run can go on; its attributes are those of `Result`."""

    estimate: FloatArray
    recipe: Recipe
    iterations: int
    checkpoint: Checkpoint | None = None
    before: tuple[ProvenanceStep, ...] = ()
    made: Made | None = None

    @classmethod
    def of(cls, result: Result | Earlier) -> Earlier:
        """Take what matters of a result."""
        if isinstance(result, Earlier):
            return result
        return cls(result.estimate, result.recipe, result.iterations, result.checkpoint, result.before, result.made)

    @property
    def provenance(self) -> tuple[ProvenanceStep, ...]:
        """The runs that led here, its own last."""
        return (*self.before, ProvenanceStep(self.recipe.to_dict(), self.iterations, self.exact))

    @property
    def exact(self) -> bool:
        """Whether a run goes on from all that this one held."""
        return self.checkpoint is not None and self.recipe.traits.exact

    @property
    def start(self) -> FloatArray | Checkpoint:
        """The first estimate of a run that goes on."""
        return self.estimate if self.checkpoint is None else self.checkpoint

    def more(self, iterations: object) -> Recipe:
        """Return the recipe of so many more iterations; raise `ParameterError` where the run cannot go on by it."""
        recipe = self.recipe
        if not recipe.traits.continues:
            raise ParameterError(
                f"The result was made by the method {recipe.method!r}, which does not go on from an estimate; "
                "run it again, or start another method from it."
            )
        if recipe.automatic or isinstance(recipe.target_fwhm, str):
            raise ParameterError(
                "The earlier run found its settings for each channel by itself, and they are not stored; "
                "go on channel by channel."
            )
        return recipe.replace(iterations=as_iterations(iterations))

    def faithful(self, recipe: Recipe) -> str:
        """Say how near a run that goes on comes to one that never stopped."""
        if self.checkpoint is None and (recipe.boundary == "extended" or recipe.target_fwhm != 0):
            return "the estimate beyond the border or behind the target resolution was not kept, and starts again"
        if not recipe.traits.exact:
            return "the random splits of the photons are drawn again"
        if recipe.acceleration is not None:
            return "the acceleration starts again"
        return "exactly as if it had not stopped"


def resume(
    earlier: Result | Earlier,
    image: ArrayLike | SampledArray,
    psf: GivenPSF | None = None,
    iterations: int = 30,
    **how: Any,
) -> Result:
    """Go on from an earlier result, by its recipe.

    Parameters
    ----------
    earlier : Result or Earlier
        From `deconvolve` or, of a file, from `read_result`. With its `checkpoint`, which `deconvolve` keeps under
        ``resumable=True``, plain iterations go on exactly: 30 and 30 more are 60.
    image, psf, **how
        The same that the earlier run had, see `deconvolve`; by default the PSF is made again from the recipe.
    iterations : int
        How many more.

    Returns
    -------
    Result
        With its own number of iterations and trace; `before` holds the runs before it.

    Raises
    ------
    ParameterError, PSFError
        When image and PSF are not those of the earlier run, or it cannot go on.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> image, psf = np.random.default_rng(0).poisson(50.0, 64), nd.psf.gaussian(4, ndim=1)
    >>> plain = nd.Recipe(iterations=30, acceleration="none", background=0)
    >>> first = nd.deconvolve(image, psf, plain, resumable=True)
    >>> more = nd.resume(first, image, psf, 30)
    >>> bool((more.estimate == nd.deconvolve(image, psf, plain.replace(iterations=60)).estimate).all())
    True
    """
    known = Earlier.of(earlier)
    recipe = known.more(iterations)
    if psf is None:
        if recipe.psf is None:
            raise ParameterError("The earlier result does not hold its PSF, and none is given; give one.")
        psf = rebuild(recipe.psf)
    start = known.start if recipe.traits.exact else known.estimate
    result = deconvolve(image, psf, recipe, start=start, as_found=True, **how)
    return dataclasses.replace(result, before=known.provenance)
