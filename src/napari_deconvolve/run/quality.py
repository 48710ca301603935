"""What about a result should be looked at twice, in words: the same for Python, the command line and the docks."""

from __future__ import annotations

from collections.abc import Sequence

from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.tuning.search import Choice, Curve

MISFIT = 1.5  # deviance per sample and count per photon that noise alone hardly reaches


def misfit_of(deviance: float, samples: int, gain: float) -> float:
    """Return the deviance over what noise alone would leave: about 1, NaN where nothing was compared."""
    return deviance / (samples * gain) if samples and gain > 0 else float("nan")


def place_of(curves: Sequence[Curve], choice: Choice) -> int:
    """Return which of the curves was chosen."""
    wanted = (choice.sieve, choice.strength)
    return next((index for index, one in enumerate(curves) if (one.sieve, one.strength) == wanted), 0)


def of_choice(choice: Choice) -> tuple[str, ...]:
    """Say when the best number lies at an end of those that were tried."""
    if not choice.curves or not choice.iterations:
        return ()
    curve = choice.curves[place_of(choice.curves, choice)]
    best = curve.scores.index(min(curve.scores))
    if best == len(curve.scores) - 1:
        return ("The score was still falling where the search ended: more iterations may be better.",)
    if best == 0:
        return ("Hardly any iteration is worth it: there may be too few photons, or the PSF is wrong.",)
    return ()


def of_rule(recipe: Recipe, iterations: int) -> tuple[str, ...]:
    """Say when the rule that was to end the run on its way never held."""
    on_the_way = recipe.automatic and recipe.method == "rl" and recipe.stop in ("discrepancy", "change")
    if not on_the_way or iterations < MAX_SEARCH_ITERATIONS:
        return ()
    return (
        f"The rule “{recipe.stop}” never held: the run was ended after {MAX_SEARCH_ITERATIONS} iterations, "
        "which may be too many.",
    )


def of_misfit(misfit: float) -> tuple[str, ...]:
    """Say when the estimate does not explain the image."""
    if not misfit > MISFIT:
        return ()
    return (f"The misfit is {misfit:.2g} times what noise explains: look at the residual, the PSF may be wrong.",)


def of_light(light: float) -> tuple[str, ...]:
    """Say when there was nothing to restore."""
    return () if light > 0 else ("The image holds no light above its background: there is nothing to deconvolve.",)


def of_empty(items: Sequence[int], count: int) -> tuple[str, ...]:
    """Say which items hold nothing; counted from 0, as arrays are."""
    if not items:
        return ()
    named = ", ".join(map(str, items[:5])) + (" and others" if len(items) > 5 else "")
    return (f"{len(items)} of {count} frames or spectra hold no finite sample ({named}): they are dark in the result.",)
