"""Make the pictures of docs/how_to/choose_iterations.md: errors and scores over iterations, and estimates.

    python docs/figures/make_choosing_pictures.py [NAME ...]

writes docs/pictures/choosing_*.png, all of them or only those named. It needs no display.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from drawing import BLUE, GAP, INK, MARGIN, ORANGE, SIZE, Line, Panel, Values, draw, legend, make, plot, stretched
from PIL import Image

import napari_deconvolve as nd
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.tuning.search import Search
from napari_deconvolve.work import finish

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import phantoms
import stop_rules

START = 8  # iterations that are not worth a look
DOTS = "dots: the least error, and where each score would stop"


def curves(target: Path) -> None:
    """Above, the error that nobody can know; below, scores that the data tell."""
    cases = (("filaments", 100, 2, 50), ("beads", 100, 2, 80), ("filaments", 100, 3, 70))
    columns = []
    for kind, peak, ndim, most in cases:
        one = phantoms.draw(kind, peak, 1, ndim=ndim)
        error = np.array([phantoms.error(estimate, one.truth) for estimate in estimates(one, most)])
        halves, number = halves_score(one, most)
        risk, first = stop_rules.divergence_risk(one, most)
        title = f"{kind}, {ndim}D, {peak} photons"
        above = [Line("error against the truth", INK, error, int(error.argmin()) + 1)]
        below = [
            Line("halves of the photons", BLUE, halves, number),
            Line("risk of the blurred image", ORANGE, risk, first),
        ]
        columns.append((title, above, [scaled(line) for line in below]))
    page = Image.new("RGB", (len(columns) * (SIZE[0] + GAP) + 2 * MARGIN, 2 * (SIZE[1] + 44) + 40), "white")
    for number, (title, above, below) in enumerate(columns):
        left = MARGIN + number * (SIZE[0] + GAP)
        names = {"best": above[0].mark}
        page.paste(plot(title, above, names, skip=START - 1), (left, MARGIN))
        page.paste(
            plot(f"scores, from their lowest value to that at {START}", below, names, skip=START - 1),
            (left, MARGIN + SIZE[1] + 44),
        )
    legend(page, [columns[0][1][0], *columns[0][2]], 2 * (SIZE[1] + 44) + 14, DOTS)
    page.quantize(64).save(target, "PNG", optimize=True)


def images(target: Path) -> None:
    """Too few, chosen, and too many iterations, beside what was measured and what is true."""
    one = phantoms.draw("filaments", 100, 1)
    found = nd.deconvolve(one.counts, one.psf)
    without = list(estimates(one, 100))
    draw_beside(
        target,
        one,
        {
            "measured": one.counts - one.background,
            "3 iterations": without[2],
            f"auto: {found.iterations} iterations": found.estimate,
            "100 iterations": without[-1],
            "the truth": one.truth,
        },
        lambda image: stretched(image, 2, 2),
    )


def sieve(target: Path) -> None:
    """A stack from the side: at its best iteration without a sieve, and as the default pipeline shows it."""
    one = phantoms.draw("shells", 100, 1, ndim=3)
    without = list(estimates(one, 60))
    best = int(np.argmin([phantoms.error(estimate, one.truth) for estimate in without]))
    found = nd.deconvolve(one.counts, one.psf)
    row = int(one.truth[:, 10:-10].sum((0, 2)).argmax()) + 10
    draw_beside(
        target,
        one,
        {
            "measured": one.counts - one.background,
            f"no sieve, its best: {best + 1}": without[best],
            "no sieve, 60": without[-1],
            f"auto: {found.iterations}, sieve {found.choices[0].sieve:g}": found.estimate,
            "the truth": one.truth,
        },
        lambda image: stretched(image[:, row], 8, 3),  # z down, x across
    )


def draw_beside(target: Path, one: phantoms.Draw, cases: dict[str, Values], show: Callable[[Values], Values]) -> None:
    """Draw estimates with the same brightness, their errors below them."""
    top = float(np.quantile(one.truth, 0.998))
    panels = []
    for title, image in cases.items():
        wrong = " " if title == "the truth" else f"error {phantoms.error(image, one.truth):.2f}"
        panels.append(Panel(title, show(np.clip(image / top, 0, 1)), (wrong,)))
    draw(target, panels)


def estimates(one: phantoms.Draw, most: int) -> Any:
    """Give the estimates after each iteration, without a sieve."""
    recipe = nd.Recipe(background=one.background, target_fwhm=0)
    return (state.estimate for state in islice(nd.iterate(one.counts, one.psf, recipe), most))


def halves_score(one: phantoms.Draw, most: int) -> tuple[Values, int]:
    """Give the default rule's score over iterations, and the iteration it chooses."""
    search = Search(prepare(one.counts, one.psf, nd.Recipe(background=one.background, target_fwhm=0)))
    choice = finish(search.work())
    curve = choice.curves[0]
    values = np.interp(np.arange(1, most + 1), curve.iterations, curve.scores, right=np.nan)
    return values, choice.iterations


def scaled(line: Line) -> Line:
    """Give a curve from 0, its lowest value, to 1 at an early iteration."""
    low, high = np.nanmin(line.values), line.values[START - 1]
    return Line(line.name, line.colour, (line.values - low) / (high - low), line.mark)


PICTURES: dict[str, Callable[[Path], None]] = {
    "choosing_curves": curves,
    "choosing_images": images,
    "choosing_sieve": sieve,
}


if __name__ == "__main__":
    make(PICTURES)
