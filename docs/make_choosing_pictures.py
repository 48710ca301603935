"""Make the pictures of docs/choosing_iterations.md: errors and scores over iterations, and estimates beside each other.

    python docs/make_choosing_pictures.py [NAME ...]

writes docs/pictures/choosing_*.png, all of them or only those named. It needs no display.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from make_psf_pictures import FAINT, FOLDER, GAP, INK, MARGIN, Panel, draw, stretched
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import napari_deconvolve as nd
from napari_deconvolve.run.auto import Search
from napari_deconvolve.run.job import prepare

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import phantoms
import stop_rules

Values = NDArray[np.floating]

BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"  # told apart by everybody
FINE = 3  # drawn so many times larger, for smooth lines
SIZE = (330, 170)
START = 8  # iterations that are not worth a look


@dataclass(frozen=True)
class Line:
    """A curve over iterations from 1 on, and the iteration that is marked on it."""

    name: str
    colour: str
    values: Values
    mark: int


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
        page.paste(plot(title, above, names), (left, MARGIN))
        page.paste(
            plot(f"scores, from their lowest value to that at {START}", below, names), (left, MARGIN + SIZE[1] + 44)
        )
    legend(page, [columns[0][1][0], *columns[0][2]], 2 * (SIZE[1] + 44) + 14)
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
    for _ in search:
        pass
    curve = search.choice.curves[0]
    values = np.interp(np.arange(1, most + 1), curve.iterations, curve.scores, right=np.nan)
    return values, search.choice.iterations


def scaled(line: Line) -> Line:
    """Give a curve from 0, its lowest value, to 1 at an early iteration."""
    low, high = np.nanmin(line.values), line.values[START - 1]
    return Line(line.name, line.colour, (line.values - low) / (high - low), line.mark)


def plot(title: str, lines: Sequence[Line], upright: dict[str, int]) -> Image.Image:
    """Draw curves with their marks, and upright lines with their names."""
    font = ImageFont.load_default(13 * FINE)
    width, height = SIZE[0] * FINE, (SIZE[1] + 36) * FINE
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    left, top, bottom = 34 * FINE, 24 * FINE, height - 24 * FINE
    most = max(len(line.values) for line in lines)
    low = min(np.nanmin(line.values) for line in lines)
    high = low + 1.05 * max(ceiling(line.values) - low for line in lines)
    low -= 0.04 * (high - low)

    def across(iteration: float) -> float:
        return left + (iteration - 1) / (most - 1) * (width - left - 10 * FINE)

    def down(value: float) -> float:
        return bottom - (min(value, high) - low) / (high - low) * (bottom - top)

    pen.text((left, 0), title, INK, font)
    pen.line([(left, top), (left, bottom), (width, bottom)], FAINT, FINE)
    for tick in range(20, most + 1, 20):
        pen.text((across(tick), bottom + 4 * FINE), str(tick), FAINT, font, anchor="mt")
    for value in (low + 0.04 * (high - low), high):
        pen.text((left - 4 * FINE, down(value)), f"{value:.2f}", FAINT, font, anchor="rm")
    for name, place in upright.items():
        pen.line([(across(place), top), (across(place), bottom)], "#bbbbbb", FINE)
        pen.text((across(place) + 4 * FINE, top), name, FAINT, font)
    for line in lines:
        points = [(across(k), down(v)) for k, v in enumerate(line.values, 1) if np.isfinite(v)]
        pen.line(points, line.colour, 2 * FINE, joint="curve")
        spot = (across(line.mark), down(float(line.values[min(line.mark, len(line.values)) - 1])))
        pen.ellipse([(spot[0] - 4 * FINE, spot[1] - 4 * FINE), (spot[0] + 4 * FINE, spot[1] + 4 * FINE)], line.colour)
    return picture.resize((SIZE[0], SIZE[1] + 36), Image.Resampling.LANCZOS)


def ceiling(values: Values) -> float:
    """Give how high a plot goes: the first iterations are far from all that matters."""
    return float(np.nanmax(values[START - 1 :]))


def legend(page: Image.Image, lines: Sequence[Line], top: int) -> None:
    """Name the curves below the plots."""
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    left = MARGIN + 34
    for line in lines:
        pen.line([(left, top + 8), (left + 26, top + 8)], line.colour, 3)
        pen.text((left + 34, top), line.name, INK, font)
        left += 34 + int(font.getlength(line.name)) + 2 * GAP
    pen.text((left, top), "dots: the least error, and where each score would stop", FAINT, font)


PICTURES: dict[str, Callable[[Path], None]] = {
    "choosing_curves": curves,
    "choosing_images": images,
    "choosing_sieve": sieve,
}


def main(names: list[str]) -> None:
    """Make the named pictures, or all."""
    for name in names or PICTURES:
        target = FOLDER / f"{name}.png"
        PICTURES[name](target)
        print(target.relative_to(FOLDER.parents[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
