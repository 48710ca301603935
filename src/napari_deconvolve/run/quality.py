"""Warnings about results: the same sentences in Python, on the command line and in docks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_deconvolve.core.model_selection.rules import STOP_RULES
from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.tuning.choice import Choice, Curve
from napari_deconvolve.tuning.found_psf import FoundPSF

MAX_MISFIT = 1.5  # deviance per pixel and count per photon that noise alone hardly reaches
NAMED_ITEMS = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """All that warnings about a run look at.

    Attributes
    ----------
    recipe : Recipe
        As it was asked for.
    iterations : int
        How many were done.
    choices : tuple of Choice
        How settings were chosen.
    found : tuple of FoundPSF
        PSFs that were found.
    light : float
        Of the estimate, in counts.
    misfit : float
        Deviance over what noise alone would leave; NaN where the gain is unknown.
    empty : tuple of int
        Items without any pixel that counts, from 0.
    items : int
        How many there are.
    """

    recipe: Recipe
    iterations: int
    choices: tuple[Choice, ...]
    found: tuple[FoundPSF, ...]
    light: float
    misfit: float
    empty: tuple[int, ...]
    items: int


def warnings_about(facts: Facts) -> tuple[str, ...]:
    """Return what limits a result, one sentence each; empty where nothing is known."""
    said = [
        *(one.warning for one in facts.found if one.warning),
        *(word for choice in facts.choices for word in of_choice(choice)),
        *_of_light(facts.light),
        *_of_rule(facts.recipe, facts.iterations),
        *_of_misfit(facts.misfit),
        *_of_empty(facts.empty, facts.items),
    ]
    return tuple(dict.fromkeys(said))


def misfit_of(deviance: float, samples: int, gain: float) -> float:
    """Return the deviance over what noise alone would leave: about 1, NaN where nothing was compared."""
    return deviance / (samples * gain) if samples and gain > 0 else float("nan")


def place_of(curves: Sequence[Curve], choice: Choice) -> int:
    """Return the place of the chosen one among curves."""
    wanted = (choice.sieve, choice.strength)
    return next((index for index, one in enumerate(curves) if (one.sieve, one.strength) == wanted), 0)


def of_choice(choice: Choice) -> tuple[str, ...]:
    """Return a warning when the best number lies at an end of those that were tried."""
    if not choice.curves or not choice.iterations:
        return ()
    curve = choice.curves[place_of(choice.curves, choice)]
    best = curve.scores.index(min(curve.scores))
    if best == len(curve.scores) - 1:
        return ("The score was still falling where the search ended: more iterations may be better.",)
    if best == 0:
        return ("More than a few iterations do not help. The image may be too dim, or the PSF wrong.",)
    return ()


def _of_rule(recipe: Recipe, iterations: int) -> tuple[str, ...]:
    during = recipe.automatic and "stop" in recipe.traits.fields and not STOP_RULES[recipe.stop].searches
    if not during or iterations < MAX_SEARCH_ITERATIONS:
        return ()
    return (
        f"The rule “{recipe.stop}” never held: the run was ended after {MAX_SEARCH_ITERATIONS} iterations, which may "
        "be too many.",
    )


def _of_misfit(misfit: float) -> tuple[str, ...]:
    if not misfit > MAX_MISFIT:
        return ()
    return (f"The misfit is {misfit:.2g} times what noise explains: look at the residual, the PSF may be wrong.",)


def _of_light(light: float) -> tuple[str, ...]:
    return () if light > 0 else ("The image holds no light above its background: there is nothing to deconvolve.",)


def _of_empty(items: Sequence[int], count: int) -> tuple[str, ...]:
    if not items:
        return ()
    named = ", ".join(map(str, items[:NAMED_ITEMS])) + (" and others" if len(items) > NAMED_ITEMS else "")
    return (f"{len(items)} of {count} frames or spectra hold no finite sample ({named}): they are dark in the result.",)
