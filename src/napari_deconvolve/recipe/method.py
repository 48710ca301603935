"""What recipes, forms, options, costs and names need to know of a method; how it runs stands in `methods`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from napari_deconvolve.core.accelerations.acceleration import step_of
from napari_deconvolve.core.registry import Registry
from napari_deconvolve.core.transforms.boundary import Layout
from napari_deconvolve.errors import ParameterError

TYPICAL_ITERATIONS = 30  # about what a search finds
ITERATED = frozenset({"iterations"})
TUNED = ITERATED | {"stop", "gain", "acceleration", "prior", "strength"}


class MethodTraits:
    """All that a method's name means, apart from the computation. A method is one file in `methods`."""

    name: ClassVar[str]  # in recipes
    label: ClassVar[str]  # in forms
    short: ClassVar[str]  # in the names of layers
    meaning: ClassVar[str]  # a phrase for help texts
    noun: ClassVar[str]  # for a paper: "the Richardson-Lucy algorithm"
    source: ClassVar[str] = "Richardson 1972, J. Opt. Soc. Am. 62:55; Lucy 1974, Astron. J. 79:745"
    note: ClassVar[str] = ""  # a sentence for forms
    rank: ClassVar[int]  # its place among the choices
    fields: ClassVar[frozenset[str]]  # of the recipe, that not every method reads and this one does
    iterates: ClassVar[bool] = True  # whether it has iterations that are counted, shown and kept on the way
    takes_start: ClassVar[bool] = True  # whether it begins with a first estimate if there is one
    continues: ClassVar[bool] = True  # whether a result of its recipe can be continued
    exact: ClassVar[bool] = False  # whether a run continued from a checkpoint repeats an uninterrupted one exactly
    ends_by_itself: ClassVar[bool] = False  # whether it comes to an end without a stop rule
    finds_psf: ClassVar[bool] = False  # whether it changes the PSF that it is given
    compares: ClassVar[bool] = False  # whether a sweep can compare numbers of its iterations and strengths
    takes_strata: ClassVar[bool] = True  # whether its PSF may change with depth
    takes_signed: ClassVar[bool] = False  # whether its PSF may have negative lobes
    takes_tiles: ClassVar[bool] = False  # whether an image may be run part by part

    def check(self, prior: str | None) -> None:
        """Refuse settings that the method cannot use; raise `ParameterError`."""
        if prior is not None and "prior" not in self.fields:
            raise ParameterError(
                f"The method {self.name!r} takes no prior, and {prior!r} is given; choose rl, or none."
            )

    def expected_iterations(self, iterations: int | str) -> int:
        """Return the number of iterations; a typical one where it is still to be found."""
        return TYPICAL_ITERATIONS if isinstance(iterations, str) else iterations

    def short_name(self, recipe: Mapping[str, Any]) -> str:
        """Return the name for a layer: "RL", "TV", "Wiener"; `recipe` is as `Recipe.to_dict` returns it."""
        return self.short

    def ending(self, recipe: Mapping[str, Any], iterations: int | str) -> str:
        """Return the end of a result's name: "RL 20", "Wiener 1e-3", "RL running"."""
        return f"{self.short_name(recipe)} {iterations}"

    def summary(self, recipe: Mapping[str, Any], iterations: int) -> str:
        """Return what was done, for a line of text: "20 iterations"."""
        return f"{iterations} iterations"

    def description(self, recipe: Mapping[str, Any]) -> str:
        """Return the method and how far it goes, for a line of text."""
        acceleration = recipe.get("acceleration") or "none"
        return f"{self.name}, {recipe.get('iterations')} iterations, acceleration {acceleration}"

    def relative_cost(self, prior_cost: float) -> float:
        """Return the time of an iteration over one of plain Richardson-Lucy; `prior_cost` is that ratio for a prior."""
        return prior_cost

    def working_samples(self, plan: Layout, acceleration: str | None, prior: str | None) -> int:
        """Return the samples that one item's iteration holds, beside the transfer function."""
        box, domain, inside = samples_of(plan)
        held = box + 2 * domain + inside  # spectrum; estimate and sensitivity; data
        if acceleration is not None and "acceleration" in self.fields:
            held += step_of(acceleration).samples(plan)
        if prior is not None:
            held += 2 * domain  # the prior's minimum, and its weight
        return held + 2 * box if plan.folded else held


def samples_of(plan: Layout) -> tuple[int, int, int]:
    """Return the samples of the box, of the object's domain and of the frame."""
    return math.prod(plan.box), math.prod(plan.domain), math.prod(plan.frame)


METHODS: Registry[MethodTraits] = Registry("method", "napari_deconvolve.methods")


def traits_of(recipe: Mapping[str, Any]) -> MethodTraits:
    """Return the traits of a recipe's method; `recipe` is as `Recipe.to_dict` returns it."""
    return METHODS.look_up(recipe["method"])
