"""Warnings about results: the same sentences in Python, on the command line and in docks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from napari_deconvolve.core.model_selection.rules import STOP_RULES
from napari_deconvolve.core.model_selection.stopping import MAX_SEARCH_ITERATIONS
from napari_deconvolve.core.percent import percent
from napari_deconvolve.job.guess import Guess
from napari_deconvolve.job.lift import Lift
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.diagnostics.model import ModelTests, words_on_psf
from napari_deconvolve.tuning.results import Choice, Curve, FoundPSF

MANY_HOT = 0.005  # of the samples: then as many fainter ones are left in, which look like detail beyond the PSF
MAX_MISFIT = 1.5  # deviance per pixel and count per photon that noise alone hardly reaches
MAX_BLUR = 0.3  # of the length of the image: the widest PSF that it can tell
NAMED_ITEMS = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """All that warnings about a run depend on."""

    recipe: Recipe  # as it was asked for
    iterations: int
    choices: tuple[Choice, ...]
    found: tuple[FoundPSF, ...]
    light: float  # of the estimate, in counts
    misfit: float  # deviance over that of noise alone; NaN where the gain is unknown
    empty: tuple[int, ...]  # items without any pixel that counts
    items: int
    channels: int = 1
    repeats: bool = True  # whether the recipe of the result leads to it again
    defects: tuple[str, ...] = ()  # sentences on samples that were left out
    hot: float = 0.0  # share of the samples that were left out as hot
    white: bool = True  # whether the noise is as strong at all frequencies
    filled: bool = False  # whether the object fills a field, so that its background had to be guessed
    guess: Guess | None = None  # of the first item whose background was
    odd: Mapping[int, str] = field(default_factory=dict)  # items unlike the others, and how
    blur: tuple[float, int] = (0.0, 1)  # FWHM of the PSF in samples, and of how many the image is, where it is widest
    lifted: Lift | None = None  # of the item that was lifted most, whose dark lies below 0
    bright: bool = False  # whether dark details lie in a bright field, so that no background could be told
    tests: tuple[ModelTests, ...] = ()  # of items whose noise is known for certain
    contradicted: tuple[str, ...] = ()  # sentences on numbers of the recipe that the image contradicts
    gain: float = float("nan")  # counts per photon, as the run took it
    remarks: tuple[str, ...] = ()  # sentences on what was changed to fit

    @property
    def certain(self) -> bool:
        """Whether noise and background are known, so that a residual can be judged."""
        return self.white and not self.filled and not self.bright and self.lifted is None


def warnings_about(facts: Facts) -> tuple[str, ...]:
    """Return what limits a result, one sentence each; empty where nothing is known."""
    return tuple(dict.fromkeys(_warnings(facts)))


def _warnings(facts: Facts) -> Iterator[str]:
    yield from (*facts.remarks, *(one.warning for one in facts.found if one.warning))
    for choice in facts.choices:
        yield from _of_choice(choice, counts=facts.white and facts.lifted is None and not facts.contradicted)
    yield from _of_image(facts)
    if not facts.light > 0:
        yield "The image holds no light above its background: there is nothing to deconvolve."
    if _ends_on_the_way(facts.recipe) and facts.iterations >= MAX_SEARCH_ITERATIONS:
        yield (
            f"The rule “{facts.recipe.stop}” never held: the run was ended after {MAX_SEARCH_ITERATIONS} iterations, "
            "which may be too many."
        )
    yield from _of_the_model(facts)
    yield from facts.defects
    yield from facts.contradicted
    if not facts.white and facts.lifted is None:
        yield (
            "The noise is not that of counts: the image was smoothed, interpolated, compressed or averaged, or holds "
            "none. Gain and number of iterations rest on the noise that is left; take the image as it was recorded."
        )
    if facts.filled:
        between = "the camera's offset and the darkest part" if facts.guess is None else facts.guess.span
        taken = "a value between them" if facts.guess is None else f"{facts.guess.taken:.4g}"
        yield (
            f"No part of the image is empty, so that its background lies anywhere between {between}; {taken} was "
            "taken. Give the background if you know it."
        )
    if facts.bright:
        between = "" if facts.guess is None else f": it lies between {facts.guess.span}"
        yield (
            f"The image is bright with dark details, so that no background can be found{between}. None was taken; give "
            "it if you know it."
        )
    if not facts.repeats:
        yield (
            "The frames or channels differed in iterations or settings when the run was stopped or continued, and a "
            "recipe holds one of each: this one does not repeat the result. Let a run come to its end to get one that "
            "does."
        )
    if facts.empty:
        named = ", ".join(map(str, facts.empty[:NAMED_ITEMS])) + " and others" * (len(facts.empty) > NAMED_ITEMS)
        yield (
            f"{len(facts.empty)} of {facts.items} frames or spectra hold no finite sample ({named}): they are dark in "
            "the result."
        )


def _of_the_model(facts: Facts) -> Iterator[str]:
    """Return what is wrong with the PSF: nothing is certain where camera or background are wrong as well."""
    if facts.contradicted or facts.lifted is not None:
        return
    crowded = facts.hot > MANY_HOT
    psf = () if crowded else tuple(words_on_psf(_judged(facts)))
    yield from psf
    if facts.misfit > MAX_MISFIT and not facts.filled:  # a guess of the background explains it
        why = "the PSF may be wrong" if facts.recipe.automatic else "the iterations may be too few, or the PSF wrong"
        yield f"The misfit is {facts.misfit:.2g} times what noise explains: look at the residual, {why}."
    elif facts.certain and not psf and not crowded and _is_structured(facts):
        yield (
            "The residual holds more than noise: look at it; the PSF, the background or the number of iterations may "
            "be wrong."
        )


def _judged(facts: Facts) -> tuple[ModelTests, ...]:
    """Return what can be judged of the PSF: where a background is wrong or a guess, what depends less on it.

    Below an object that fills an image a guess is about as good for a narrower PSF as for the given one, and in a stack
    it is not, as light out of focus is what the guess is about; what a run leaves may be of the background.
    """
    if facts.certain:
        return facts.tests
    if not facts.white:
        return ()
    kept = facts.filled and not facts.bright and facts.lifted is None
    return tuple(
        replace(
            test,
            asymmetry=0.0,
            confirmed=test.confirmed if kept and test.axes == 2 else None,
            unexplained=min(test.unexplained, 0.0) if kept else test.unexplained,
        )
        for test in facts.tests
    )


def _is_structured(facts: Facts) -> bool:
    """Return whether the residual of an item is certainly more than noise, or the run took it for noise."""
    return any(test.structured or facts.gain > MAX_MISFIT * test.gain for test in facts.tests)


def _of_image(facts: Facts) -> Iterator[str]:
    """Return what an image is not made for: blurs as wide as itself, data below 0, frames that differ."""
    width, length = facts.blur
    if width > MAX_BLUR * length:
        yield (
            f"The PSF is {width:.3g} samples wide in an image of {length}, which cannot tell such a blur from a "
            "background. Take a larger image, or check the PSF's spacing and unit."
        )
    yield from _of_series(facts)
    if facts.lifted is not None:
        yield (
            f"{percent(facts.lifted.negative)} of the samples are negative without noise: these are no counts, or "
            f"too much was subtracted. The estimate is that of the image plus {facts.lifted.counts:.4g}; give offset "
            "and background if you know them."
        )


def _of_series(facts: Facts) -> Iterator[str]:
    """Return which frames did not decide, and which numbers of iterations the frames have."""
    odd = [f"{item} ({how})" for item, how in list(facts.odd.items())[:NAMED_ITEMS]]
    if len(facts.odd) == 1:
        yield f"Frame {odd[0]} is unlike the others and did not decide their number of iterations."
    elif odd:
        named = ", ".join(odd) + " and others" * (len(facts.odd) > NAMED_ITEMS)
        yield f"Frames {named} are unlike the others and did not decide their number of iterations."
    numbers = [choice for choice in facts.choices if choice.iterations]
    if len(numbers) > max(1, facts.channels):
        each = ", ".join(f"{one.iterations} for {_runs_of(one.items)}" for one in numbers[:NAMED_ITEMS])
        yield f"The light of the frames differs by more than 3 x, so that they differ in iterations: {each}."


def _runs_of(items: Sequence[int]) -> str:
    """Return places in words, neighbours together: "0-3, 7"."""
    begins = [item for item in items if item - 1 not in items]
    ends = [item for item in items if item + 1 not in items]
    return ", ".join(f"{low}" if low == high else f"{low}-{high}" for low, high in zip(begins, ends, strict=True))


def _ends_on_the_way(recipe: Recipe) -> bool:
    """Return whether a rule ends the run, and has not found the number before it."""
    return recipe.automatic and "stop" in recipe.traits.fields and not STOP_RULES[recipe.stop].searches


def misfit_of(deviance: float, samples: int, gain: float) -> float:
    """Return the deviance over what noise alone would leave: about 1, NaN where nothing was compared."""
    return deviance / (samples * gain) if samples and gain > 0 else float("nan")


def place_of(curves: Sequence[Curve], choice: Choice) -> int:
    """Return the place of the chosen one among curves."""
    return next((index for index, one in enumerate(curves) if one.setting == choice.setting), 0)


def _of_choice(choice: Choice, *, counts: bool) -> tuple[str, ...]:
    """Return a warning when the best number lies at an end of those that were tried."""
    if not choice.curves or not choice.iterations:
        return ()
    curve = choice.curves[place_of(choice.curves, choice)]
    best = _place_of_best(choice, curve)
    if best == len(curve.scores) - 1:
        return ("The score was still falling where the search ended: more iterations may be better.",)
    if best == 0 and counts:
        return ("More than a few iterations do not help. The image may be too dim, or the PSF wrong.",)
    return ()


def _place_of_best(choice: Choice, curve: Curve) -> int:
    """Return where a curve is best: at its least score, or before, where a rule found that later ones say no more."""
    least = curve.scores.index(min(curve.scores))
    found = choice.iterations in curve.iterations and not STOP_RULES[choice.rule].judges_settings
    return min(least, curve.iterations.index(choice.iterations)) if found else least


def widest(job: Job) -> tuple[float, int]:
    """Return the FWHM of the widest PSF in samples, and the length of the image there, in the plane or the line.

    One that never falls to half, as a box does not, is as wide as its samples.
    """
    found = (
        (width / step if math.isfinite(width) else float(own), length)
        for psf in job.psfs
        for width, step, own, length in list(zip(psf.fwhm, psf.spacing, psf.shape, job.frame, strict=True))[-2:]
        if length > 1
    )
    return max(found, key=lambda one: one[0] / one[1], default=(0.0, 1))
