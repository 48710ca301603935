"""A run as a paragraph for the methods of a paper, with the sources of what was used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from napari_deconvolve.core.likelihood.maps import MAPS
from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.recipe.found import ASKED
from napari_deconvolve.recipe.recipe import Recipe

ACCELERATIONS = {
    "nesterov": ("momentum", "Nesterov 1983, Sov. Math. Dokl. 27:372"),
    "biggs-andrews": ("vector extrapolation", "Biggs & Andrews 1997, Appl. Opt. 36:1766"),
}
RULES = {
    "halves": "two halves of the photons that lead to the same object",
    "risk": "the estimated error of the blurred image (Ramani, Blu & Unser 2008, IEEE Trans. Image Process. 17:1540)",
    "thinning": "photons that were left out (Neufeld et al. 2024, J. Mach. Learn. Res. 25)",
    "discrepancy": "the discrepancy principle (Bertero et al. 2010, Inverse Problems 26:105004)",
    "change": "the change of the fit",
}
MICROSCOPES = {
    "widefield": "wide-field microscope",
    "confocal": "confocal microscope",
    "spinning-disk": "spinning-disk microscope",
    "two-photon": "two-photon microscope",
    "light-sheet": "light-sheet microscope",
}
MODELS = {
    "vectorial": "vectorial model, Richards & Wolf 1959, Proc. R. Soc. A 253:358; layers after Gibson & Lanni 1992, "
    "J. Opt. Soc. Am. A 9:154",
    "scalar": "scalar model, Gibson & Lanni 1992, J. Opt. Soc. Am. A 9:154",
    "born-wolf": "Born & Wolf's scalar model",
}
BOUNDARIES = {
    "extended": "The object was estimated beyond the border of the image too",
    "periodic": "The image was continued periodically",
    "reflect": "The image was continued by reflection",
    "edge": "The image was continued by its border",
    "zero": "The image was continued by zeros",
}
COUNTS = {"background": "background", "offset": "camera offset"}


def as_paragraph(recipe: Recipe, iterations: int) -> str:
    """Return what a reader needs to repeat a run, in plain English, with sources.

    Parameters
    ----------
    recipe : Recipe
        Of the result: with the numbers that were found, and what was asked in their place.
    iterations : int
        That were done.
    """
    sentences = (_method(recipe, iterations), _psf(recipe), _smoothing(recipe), _counts(recipe), _rest(recipe))
    return " ".join(part for part in sentences if part)


def _asked(recipe: Recipe) -> Mapping[str, Any]:
    return {} if recipe.found_on is None else recipe.found_on[ASKED]


def _method(recipe: Recipe, iterations: int) -> str:
    traits = recipe.traits
    said = f"Images were deconvolved with napari-deconvolve {recipe.version} by {traits.noun} ({traits.source})"
    if not recipe.traits.iterates:
        found = ", found by cross-validation" if "regularization" in _asked(recipe) else ""
        return f"{said}, regularization {_number(recipe.regularization)}{found}."
    count = "1 iteration" if iterations == 1 else f"{iterations} iterations"
    how = f", accelerated by {' ('.join(ACCELERATIONS[recipe.acceleration])})" if recipe.acceleration else ""
    chosen = f" The number was chosen from the image by {RULES[recipe.stop]}." if "iterations" in _asked(recipe) else ""
    return f"{said}, {count}{how}.{chosen}"


def _psf(recipe: Recipe) -> str:
    source = {} if recipe.psf is None else dict(recipe.psf)
    kind = source.get("source")
    if kind == "microscope":
        optics = [f"NA {source['numerical_aperture']:g}", f"emission {1000 * source['emission_um']:.0f} nm"]
        if "immersion_index" in source:
            optics.append(f"immersion index {source['immersion_index']:g}")
        model = MODELS.get(str(source.get("model", "vectorial")), "")
        what = f"calculated for a {MICROSCOPES[str(source['modality'])]} ({', '.join(optics)}; {model})"
    elif kind in ("gaussian", "lorentzian"):
        what = f"a {str(kind).capitalize()} of FWHM {_each(source['fwhm'])} {source.get('unit', '')}".rstrip()
    elif kind == "formula":
        what = f"given by the formula {source['formula']}"
    elif kind in ("channels", "strata"):
        what = f"one of {len(source.get('psfs', ()))}, by {'channel' if kind == 'channels' else 'depth'}"
    else:
        what = "given by its samples"
    grid = f"; {_each(source['shape'])} pixels of {_each(source['spacing'])} {source.get('unit', '')}" * (
        "shape" in source and "spacing" in source
    )
    return f"The point spread function was {what}{grid.rstrip()}."


def _smoothing(recipe: Recipe) -> str:
    said = []
    if recipe.prior is not None and recipe.prior in PRIORS and "prior" in recipe.traits.fields:
        prior = PRIORS[recipe.prior]
        strength = f"strength {_number(recipe.strength)}"
        said.append(f"The estimate was regularized by {prior.noun} ({prior.source}), {strength}.")
    target = recipe.target_fwhm
    if not isinstance(target, str) and target and "target_fwhm" in recipe.traits.fields:
        said.append(
            f"No detail finer than {_each(target)} (FWHM, in the unit of the point spread function) was allowed."
        )
    return " ".join(said)


def _counts(recipe: Recipe) -> str:
    parts = list(_levels(recipe))
    if not parts:
        return ""
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{listed[0].upper()}{listed[1:]} {'was' if len(parts) == 1 else 'were'} taken into account."


def _levels(recipe: Recipe) -> Iterator[str]:
    asked = _asked(recipe)
    for name, noun in COUNTS.items():
        value = getattr(recipe, name)
        found = " (found from the image)" if name in asked else ""
        if isinstance(value, MAPS):
            yield f"a {noun} that differs from pixel to pixel{found}"
        elif not isinstance(value, str) and value:
            yield f"a {noun} of {_number(value)} counts{found}"
    gain = recipe.gain
    if not isinstance(gain, (str, *MAPS)):
        yield f"a gain of {_number(gain)} counts per photon{' (found from the image)' if 'gain' in asked else ''}"
    noise = recipe.read_noise
    if not isinstance(noise, (str, *MAPS)) and noise:
        yield f"read noise of {_number(noise)} photons"


def _rest(recipe: Recipe) -> str:
    left = "; pixels that hold no data, hot and dead pixels were left out" * (recipe.defects == "mask")
    return f"{BOUNDARIES[recipe.boundary]}{left}."


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _each(values: Any) -> str:
    many = values if isinstance(values, (list, tuple)) else (values,)
    return " × ".join(_number(float(one)) if isinstance(one, float) else str(one) for one in many)
