"""What docks say of a run: where it stands, and what was done."""

from __future__ import annotations

import math

from napari_deconvolve._napari.kit.words import backgrounds, duration, number
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.core.likelihood.maps import mean_of
from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.recipe.naming import power_text
from napari_deconvolve.run.quality import place_of
from napari_deconvolve.tuning.results import Curve

RULES = {"auto": "best score", "negative": "10 % negative", "gcv": "cross-validation"}  # of the Wiener filter


def running(session: Session) -> str:
    """Say where a run stands."""
    if session.stopped:
        return f"Stopping after iteration {session.iteration + 1}; press Stop again to end at once."
    if session.stage:
        paused = "Paused while looking" if session.paused else "Looking"
        return f"{paused} for the {session.sought}: {session.stage}."
    if session.paused:
        of = "" if session.open_ended else f" of {session.target}"
        return f"Paused after iteration {session.iteration}{of}; press Resume to go on."
    if session.latest is None:
        return "Preparing: reading the image and finding the background …"
    if session.open_ended:
        return f"Iteration {session.iteration}; it stops by itself."
    left = session.seconds_left()
    rest = "" if left is None else f", {duration(left)} left"
    return f"Iteration {session.iteration} of {session.target}{rest}."


def done(session: Session) -> str:
    """Say what was done, and with what."""
    verb = "Done" if session.at_end else "Stopped"
    if not session.plan.recipe.traits.iterates:
        return f"{verb}: {filtered(session)}."
    count = "1 iteration" if session.iteration == 1 else f"{session.iteration} iterations"
    how = chosen(session)
    fit = f"background {backgrounds(session.backgrounds)}{_dark(session)}, deviance {_change(session.deviances)}"
    said = f"{verb}: {count}, {how}. {fit[0].upper()}{fit[1:]}." if how else f"{verb}: {count}, {fit}."
    return said if session.found is None else f"{said} {session.found}"


def filtered(session: Session) -> str:
    """Say with what a Wiener filter was applied."""
    given = session.plan.recipe.regularization
    found = given if session.recipe is None else session.recipe.regularization
    strength = "each channel its own" if isinstance(found, str) else power_text(found)
    how = f"{strength}, found by the rule “{RULES.get(given, given)}”" if isinstance(given, str) else strength
    return f"Wiener filter, smoothing {how}, background {backgrounds(session.backgrounds)}"


def chosen(session: Session) -> str:
    """Say how the number of iterations was chosen; empty when it was given."""
    choice, recipe = session.choice, session.plan.recipe
    if not recipe.automatic:
        return ""
    if choice is None or not choice.iterations:
        by = "when it came to its end by itself" if recipe.traits.ends_by_itself else f"by the rule “{recipe.stop}”"
        return f"stopped {by}" if session.at_end else ""
    said = "chosen from the data" if session.iteration == choice.iterations else f"{choice.iterations} would be best"
    tried = [f"{PRIORS[choice.prior].short}, strength {choice.strength:.2g}"] if choice.prior else []
    tried += [sieve_words(session, choice.sieve), f"{choice.gain:.3g} counts per photon"]
    return f"{said} ({', '.join(tried)})"


def sieve_words(session: Session, sieve: float) -> str:
    """Say how wide a sieve is, given over the PSF's width, in the image's unit: "sieve 0.12 µm"."""
    if not sieve:
        return "no sieve"
    psf = session.plan.psf
    widths = [sieve * width for width in psf.fwhm if math.isfinite(width)]
    narrow, wide = min(widths, default=0.0), max(widths, default=0.0)
    span = f"{narrow:.2g}" if math.isclose(narrow, wide, rel_tol=0.05) else f"{narrow:.2g} to {wide:.2g}"
    return f"sieve {span} {'µm' if psf.unit == 'um' else psf.unit}"


def curve_words(session: Session, curve: Curve) -> str:
    """Say with which setting a curve was made: "sieve 0.12 µm", "TV, strength 0.003"."""
    if curve.prior is None:
        return sieve_words(session, curve.sieve)
    sieve = f", {sieve_words(session, curve.sieve)}" if curve.sieve else ""
    return f"{PRIORS[curve.prior].short}, strength {curve.strength:.2g}{sieve}"


def warnings(session: Session) -> tuple[str, ...]:
    """Return what limits a result, in sentences; empty when nothing is known."""
    return () if session.result is None else session.result.words


def headline(session: Session) -> str:
    """Say what a run came to, in two words."""
    if not session.plan.recipe.traits.iterates:
        return session.plan.recipe.traits.label
    return "1 iteration" if session.iteration == 1 else f"{session.iteration} iterations"


def verdict(session: Session) -> str:
    """Say how sure the number of iterations is."""
    recipe, choice = session.plan.recipe, session.choice
    if not recipe.traits.iterates:
        return ""
    if not recipe.automatic:
        return "Set by you."
    if choice is None or not choice.iterations:
        return f"Stopped by the rule “{recipe.stop}”." if session.at_end else "Stopped before its end."
    if session.iteration != choice.iterations:
        return f"{choice.iterations} would be best, by the data."
    curve = choice.curves[place_of(choice.curves, choice)]
    if choice.iterations == max(curve.iterations):
        return "The largest number tried; more may be better."
    if curve.alike is None or not curve.alike[0] <= choice.iterations <= curve.alike[1]:
        return "Chosen from the data."
    low, high = curve.alike
    if low == high:
        return "Chosen from the data: every other number scores worse."
    if (low, high) == (min(curve.iterations), max(curve.iterations)):
        return f"The data do not decide: {low} to {high} score the same."
    return f"Chosen from the data. Any number from {low} to {high} scores the same within the noise."


def camera_words(session: Session) -> dict[str, str]:
    """Say what was found of the camera, by fields of the recipe; nothing of what was given."""
    found: dict[str, str] = {}
    if (
        session.backgrounds
        and isinstance(session.plan.recipe.background, str)
        and "background" not in session.plan.maps
    ):
        found["background"] = f"found {backgrounds(session.backgrounds)}"
    cameras = () if session.result is None else session.result.camera
    if len(cameras) != 1:
        return found
    (camera,) = cameras
    units = {"background": "counts", "offset": "counts", "gain": "counts per photon"}
    for name, unit in units.items():
        one = getattr(camera, name)
        if one.source != "given" and math.isfinite(one.value):
            mean = " on average" if name == "background" and len(session.backgrounds) > 1 else ""
            found[name] = f"found {one} {unit}{mean}"
    if camera.offset.source == "image" and camera.offset.value:
        found["read_noise"] = "taken together with the offset"
    return found


def _dark(session: Session) -> str:
    """Say at which counts there is no noise; empty when that is 0, or each frame's own."""
    recipe = session.recipe
    offset = 0.0 if recipe is None else mean_of(recipe.offset)
    found = 0.0 if isinstance(offset, str) else offset
    return f", of which the camera's offset {found:.4g}" if found else ""


def _change(deviances: list[float]) -> str:
    if len(deviances) < 2:
        return number(deviances[-1]) if deviances else "unknown"
    return f"{number(deviances[0])} → {number(deviances[-1])}"
