"""Is a result what its recipe gives? Run it again, and compare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_deconvolve.api.deconvolve import deconvolve
from napari_deconvolve.api.resume import Earlier
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.image import SampledArray
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.psf.given import GivenPSF
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.made import Made
from napari_deconvolve.run.result import Result

TOLERANCE = 1e-4  # by which libraries of transforms, devices and numbers of threads may differ, over the estimate


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of running a recipe again.

    Attributes
    ----------
    identical : bool
        Whether all numbers are the same, bit by bit.
    difference : float
        Root mean square of the differences over that of the result; 0 where it is identical.
    changes : tuple of str
        What made the numbers this time that did not make the result, such as "numpy 2.4 instead of 2.1".
    """

    identical: bool
    difference: float
    changes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the result is what its recipe gives, up to the rounding of other libraries and devices."""
        return self.identical or self.difference <= TOLERANCE

    def __str__(self) -> str:
        changed = f" (made with {', '.join(self.changes)})" if self.changes else ""
        if self.identical:
            return f"the same numbers, bit by bit{changed}"
        if self.holds:
            return f"the same numbers within {self.difference:.1e} of the estimate{changed}; {TOLERANCE:g} is allowed"
        return f"other numbers: they differ by {self.difference:.2g} of the estimate{changed}; {TOLERANCE:g} is allowed"


def verify(
    result: Result | Earlier,
    image: ArrayLike | SampledArray,
    psf: GivenPSF | None = None,
    *,
    inner: tuple[slice, ...] | None = None,
    **how: Any,
) -> Verification:
    """Run a result's recipe on its image again, with all runs that led to it, and compare the numbers.

    Parameters
    ----------
    result : Result or Earlier
        From `deconvolve`, `resume` or, of a file, `read_result`.
    image, psf, **how
        The same that the run had, see `deconvolve`; by default the PSF is made again from the recipe.
    inner : tuple of slice, optional
        Where the result lies in what was run, if a margin was cut off.

    Returns
    -------
    Verification
        Whether the numbers are the same, by how much they differ, and what made them this time.

    Raises
    ------
    ParameterError, PSFError
        When image and PSF are not those of the run.

    Examples
    --------
    >>> import numpy as np
    >>> import napari_deconvolve as nd
    >>> image = np.random.default_rng(0).poisson(50.0, 64)
    >>> result = nd.deconvolve(image, nd.psf.gaussian(4, ndim=1), nd.Recipe(iterations=5))
    >>> str(nd.verify(result, image))
    'the same numbers, bit by bit'
    """
    known = Earlier.of(result)
    again = _again(known, image, psf, how)
    estimate = np.asarray(again.estimate)
    return compared(np.asarray(known.estimate), estimate if inner is None else estimate[inner], known.made, again.made)


def compared(wanted: FloatArray, found: FloatArray, before: Made | None, now: Made | None) -> Verification:
    """Compare the numbers of a result with those of its recipe."""
    if wanted.shape != found.shape:
        raise ParameterError(f"The result has the shape {wanted.shape} and its recipe gives {found.shape}.")
    changes = () if before is None or now is None else now.differences(before)
    if np.array_equal(wanted, found):
        return Verification(True, 0.0, changes)
    apart = np.linalg.norm(np.subtract(found, wanted, dtype=np.float64))
    size = np.linalg.norm(np.asarray(wanted, np.float64))
    return Verification(False, float(apart / size) if size > 0 else float("inf"), changes)


def _again(known: Earlier, image: ArrayLike | SampledArray, psf: GivenPSF | None, how: dict[str, Any]) -> Result:
    """Run all recipes in their order, each from where the one before it ended."""
    *earlier, last = known.provenance
    result: Result | None = None
    for step in (*earlier, replace(last, exact=False)):
        recipe = Recipe.from_dict(step.recipe)
        if earlier:
            recipe = recipe.replace(iterations=max(1, step.iterations))
        start = None if result is None else (result.checkpoint or result.estimate)
        given = _psf(recipe) if psf is None else psf
        result = deconvolve(image, given, recipe, start=start, as_found=True, resumable=step.exact, **how)
    assert result is not None, "the last step is always there"
    return result


def _psf(recipe: Recipe) -> GivenPSF:
    if recipe.psf is None:
        raise ParameterError("The recipe does not hold its PSF, and none is given; give one.")
    return rebuild(recipe.psf)
