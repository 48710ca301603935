"""Make the pictures of docs/how_to/wiener.md: strengths beside each other, and the error over the strength.

    python docs/figures/make_wiener_pictures.py [NAME ...]

writes docs/pictures/wiener_*.png, all of them or only those named. It needs no display.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import (
    BLUE,
    GAP,
    GREEN,
    INK,
    MARGIN,
    ORANGE,
    SIZE,
    Line,
    Panel,
    Values,
    draw,
    legend,
    make,
    plot,
    stretched,
)
from PIL import Image

import napari_deconvolve as nd
from napari_deconvolve.recipe.naming import power_text

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import phantoms

PLACES = np.arange(-6.0, 0.01, 0.1)  # logarithms of strengths
CASES = (("filaments", 100, 2), ("shells", 1000, 2), ("filaments", 1000, 3))
RULES = {"auto": BLUE, "negative": ORANGE, "gcv": GREEN}
SEED = 1


def images(target: Path) -> None:
    """Too weak, found, too strong, and the default pipeline, between what was measured and what is true."""
    one = phantoms.draw("filaments", 100, SEED)
    cases: dict[str, Values] = {"measured": one.counts - one.background}
    found = filtered(one, "auto")
    for name, strength in (("1e-4", 1e-4), (f"auto: {power_text(found)}", found), ("1e-1", 1e-1)):
        cases[name] = nd.wiener(one.counts, one.psf, strength, boundary="extended", background=one.background)
    cases["Richardson-Lucy, auto"] = nd.deconvolve(one.counts, one.psf).estimate
    cases["the truth"] = one.truth
    top = float(np.quantile(one.truth, 0.998))
    panels = []
    for title, image in cases.items():
        least = f"{100 * image.min() / image.max():.0f} % of the maximum"
        below = (" ",) if title == "the truth" else (f"error {phantoms.error(image, one.truth):.2f}", f"least {least}")
        panels.append(Panel(title, stretched(np.clip(image / top, 0, 1), 2, 2), below))
    draw(target, panels)


def strengths(target: Path) -> None:
    """The error over the strength, and where each rule stops."""
    page = Image.new("RGB", (len(CASES) * (SIZE[0] + GAP) + 2 * MARGIN, SIZE[1] + 84), "white")
    lines: list[Line] = []
    for number, (kind, peak, ndim) in enumerate(CASES):
        one = phantoms.draw(kind, peak, SEED, ndim=ndim)
        errors = np.array([wrong(one, 10.0**place) for place in PLACES])
        chosen = {rule: float(np.log10(filtered(one, rule))) for rule in RULES}
        lines = [Line("error", INK, errors, places=PLACES)]
        for rule, colour in RULES.items():
            near = np.abs(PLACES - chosen[rule]) < 0.15  # a piece of the curve in the rule's colour
            lines.append(Line(rule, colour, errors[near], chosen[rule], PLACES[near]))
        skip = int(np.argmax(errors < 2.5 * errors.min()))
        title = f"{kind}, {ndim}D, {peak} photons"
        page.paste(plot(title, kept(lines, skip), step=1), (MARGIN + number * (SIZE[0] + GAP), MARGIN))
    legend(page, lines, SIZE[1] + 54, "error over the logarithm of the strength; dots: what each rule finds")
    page.quantize(64).save(target, "PNG", optimize=True)


def kept(lines: list[Line], skip: int) -> list[Line]:
    """Leave out strengths so weak that the error leaves the plot."""
    first = lines[0]
    return [Line(first.name, first.colour, first.values[skip:], places=PLACES[skip:]), *lines[1:]]


def filtered(one: phantoms.Draw, rule: str) -> float:
    """Give the strength that a rule finds."""
    recipe = nd.Recipe(method="wiener", regularization=rule, background=one.background)
    found = nd.deconvolve(one.counts, one.psf, recipe).recipe.regularization
    assert isinstance(found, float)
    return found


def wrong(one: phantoms.Draw, strength: float) -> float:
    """Give the error of a strength."""
    recipe = nd.Recipe(method="wiener", regularization=strength, background=one.background)
    return phantoms.error(nd.deconvolve(one.counts, one.psf, recipe).estimate, one.truth)


PICTURES = {"wiener_images": images, "wiener_strengths": strengths}

if __name__ == "__main__":
    make(PICTURES)
