"""Where ``napari-deconvolve run`` begins: flat, from a given estimate, or where an earlier result ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from napari_deconvolve.api.resume import Earlier
from napari_deconvolve.cli.options import named
from napari_deconvolve.cli.spectra import is_table
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.io import ImageFile, read_image, read_result
from napari_deconvolve.io.results import estimate_in_table
from napari_deconvolve.job.problem import Checkpoint
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.result import Result

CONTINUE = "--continue"


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """Where a run begins; path and option of the file it begins with are for sentences."""

    path: str = ""
    option: str = ""
    estimate: FloatArray | None = None
    earlier: Earlier | None = None

    def start(self, source: ImageFile, plan: Recipe) -> FloatArray | Checkpoint | None:
        """Return the first estimate; refuse one that is not of this image's shape."""
        found = self.estimate if self.earlier is None else self.earlier.estimate
        if found is not None and found.shape != source.data.shape:
            own, other = (" x ".join(map(str, one)) for one in (found.shape, source.data.shape))
            raise ParameterError(
                f"{self.option} {self.path} has the shape {own} and the image {other}; give equal shapes."
            )
        return self.earlier.start if self.earlier is not None and plan.traits.exact else found

    def extra(self) -> dict[str, Any]:
        """Return the entries of the result's metadata about the beginning."""
        if self.earlier is not None:
            return {"branched_from": [step.to_dict() for step in self.earlier.provenance]}
        return {"start": self.path} if self.path else {}

    def words(self, result: Result) -> str:
        """Say in the summary from where the run went on, and how exactly."""
        if self.earlier is None:
            return f", started from {self.path}" if self.path else ""
        before = sum(step.iterations for step in self.earlier.provenance)
        return f", after {before} before, {before + result.iterations} in all ({self.earlier.faithful(result.recipe)})"


def beginning(start: str | None, resumed: str | None, recipe: str | None) -> Beginning:
    """Read the file that a run begins with."""
    if resumed is not None:
        double = "--start" if start is not None else "--recipe" if recipe is not None else ""
        if double:
            raise ParameterError(f"{CONTINUE} {resumed} has its own recipe and start; leave out {double}.")
        return Beginning(resumed, CONTINUE, earlier=read_result(resumed))
    if start is None:
        return Beginning()
    estimate = estimate_in_table(start) if is_table(start) else read_image(start, notes=True).data
    return Beginning(start, "--start", estimate)


def recipe_to_go_on(begun: Beginning, iterations: int | str | None) -> Recipe:
    """Return the recipe of the earlier result with as many more iterations as are asked for, or as many as before."""
    assert begun.earlier is not None
    with named(f"{CONTINUE} {begun.path}"):
        return begun.earlier.more(begun.earlier.iterations if iterations is None else iterations)
