"""What the scripts that make pictures for these pages share: panels in a row, curves, and the command line.

A script defines functions that each take the file to write, and ends with ``make(PICTURES)``. All is drawn with Pillow
and needs no display; few colours and no antialiasing of images keep the files small.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Values = NDArray[np.floating]

FOLDER = Path(__file__).resolve().parents[1] / "pictures"
INK, FAINT = "#1a1a1a", "#666666"
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"  # told apart by everybody
GAP, MARGIN, LINE = 18, 14, 19
# Dark to bright, evenly in lightness.
COLOURS = ((0, 0, 4), (51, 13, 92), (122, 29, 109), (188, 55, 84), (237, 105, 37), (252, 175, 27), (252, 255, 184))
FINE = 3  # plots are drawn so many times larger, for smooth lines
SIZE = (330, 170)  # of a plot, in pixels


@dataclass(frozen=True)
class Panel:
    """One image in a row: brightness between 0 and 1 by display pixel, and what is written above and below."""

    title: str
    values: Values
    below: tuple[str, ...] = ()
    scale: float = 0.0  # display pixels per um: draws a bar of 1 um
    line: int | None = None  # a row to mark


@dataclass(frozen=True)
class Line:
    """A curve; where nothing is said of its places it goes over iterations, from 1 on."""

    name: str
    colour: str
    values: Values
    mark: float | None = None  # where on the curve a dot is drawn
    places: Values | None = None

    @property
    def along(self) -> Values:
        """Where the values belong."""
        return np.arange(1.0, len(self.values) + 1) if self.places is None else self.places


def make(pictures: Mapping[str, Callable[[Path], None]], names: Sequence[str] | None = None) -> None:
    """Make the pictures named on the command line, or all."""
    for name in (sys.argv[1:] if names is None else names) or pictures:
        target = FOLDER / f"{name}.png"
        pictures[name](target)
        print(target.relative_to(FOLDER.parents[1]))


def shown(values: Values) -> Values:
    """Give brightness as the square root, so that faint rings can be seen."""
    return np.sqrt(np.clip(values / values.max(), 0, 1))


def zoomed(values: Values, size: int) -> Values:
    """Repeat samples until the image is about so high."""
    factor = max(1, round(size / values.shape[0]))
    return stretched(values, factor, factor)


def stretched(values: Values, down: int, across: int) -> Values:
    """Repeat each sample as often as said."""
    return np.repeat(np.repeat(values, down, axis=0), across, axis=1)


def coloured(values: Values) -> Image.Image:
    """Give brightness between 0 and 1 its colours."""
    stops = np.linspace(0, 1, len(COLOURS))
    steps = np.round(values * 160) / 160  # few colours make small files
    channels = [np.interp(steps, stops, [colour[i] for colour in COLOURS]) for i in range(3)]
    return Image.fromarray(np.stack(channels, axis=-1).round().astype(np.uint8))


def draw(target: Path, panels: Sequence[Panel], text: Sequence[str] = ()) -> None:
    """Write panels in a row, with lines of text to their right."""
    row(panels, text).save(target, "PNG", optimize=True)


def row(panels: Sequence[Panel], text: Sequence[str] = ()) -> Image.Image:
    """Draw panels in a row, with lines of text to their right."""
    font, small = ImageFont.load_default(15), ImageFont.load_default(13)
    columns = [
        max(panel.values.shape[1], *(int(small.getlength(t)) for t in (panel.title + "  ", *panel.below)))
        for panel in panels
    ]
    words = [line for paragraph in text for line in (*wrapped(paragraph, small, 430), "")]
    height = max(panel.values.shape[0] for panel in panels)
    rows = max(len(panel.below) for panel in panels)
    size = (
        2 * MARGIN + sum(columns) + GAP * (len(panels) - 1) + (450 if words else 0),
        2 * MARGIN + height + LINE * (rows + 1) + 8,
    )
    size = (size[0], max(size[1], 2 * MARGIN + LINE * (len(words) + 1)))
    page = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(page)
    left = MARGIN
    for panel, width in zip(panels, columns, strict=True):
        pen.text((left, MARGIN - 4), panel.title, INK, font)
        page.paste(coloured(panel.values), (left, MARGIN + LINE))
        _marks(pen, panel, left, MARGIN + LINE)
        for number, line in enumerate(panel.below):
            pen.text((left, MARGIN + LINE * (number + 1) + panel.values.shape[0] + 5), line, FAINT, small)
        left += width + GAP
    for number, line in enumerate(words):
        pen.text((left, MARGIN + LINE * (number + 1)), line, INK, small)
    return page


def stacked(pictures: Sequence[Image.Image]) -> Image.Image:
    """Put pictures one below the other."""
    page = Image.new("RGB", (max(one.width for one in pictures), sum(one.height for one in pictures)), "white")
    top = 0
    for one in pictures:
        page.paste(one, (0, top))
        top += one.height
    return page


def _marks(pen: ImageDraw.ImageDraw, panel: Panel, left: int, top: int) -> None:
    """Draw the bar of 1 um, and the row that is to be marked."""
    height, width = panel.values.shape
    if panel.scale:
        pen.line((left + 8, top + height - 10, left + 8 + round(panel.scale), top + height - 10), "white", 3)
    if panel.line is not None:
        for start in range(0, width, 10):
            pen.line((left + start, top + panel.line, left + start + 4, top + panel.line), "#9ecae1", 1)


def wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """Break text into lines of at most so many pixels."""
    lines = [""]
    for word in text.replace("×", "x").split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def plot(
    title: str,
    lines: Sequence[Line],
    upright: Mapping[str, float] | None = None,
    *,
    skip: int = 0,
    step: float = 20,
    size: tuple[int, int] = SIZE,
) -> Image.Image:
    """Draw curves with their marks, and upright lines with their names.

    Parameters
    ----------
    title : str
        Written above.
    lines : sequence of Line
    upright : mapping of str to float, optional
        Names and places of upright lines.
    skip : int
        So many of the first values may leave the plot at its top.
    step : float
        From one tick to the next.
    size : tuple of int
        Width and height in pixels, without the words above and below.
    """
    font = ImageFont.load_default(13 * FINE)
    width, height = size[0] * FINE, (size[1] + 36) * FINE
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    left, top, bottom = 34 * FINE, 24 * FINE, height - 24 * FINE
    first, last = min(line.along[0] for line in lines), max(line.along[-1] for line in lines)
    low = min(float(np.nanmin(line.values)) for line in lines)
    high = low + 1.05 * max(float(np.nanmax(line.values[skip:])) - low for line in lines)
    low -= 0.04 * (high - low)

    def across(place: float) -> float:
        return left + (place - first) / (last - first) * (width - left - 10 * FINE)

    def down(value: float) -> float:
        return bottom - (min(value, high) - low) / (high - low) * (bottom - top)

    pen.text((left, 0), title, INK, font)
    pen.line([(left, top), (left, bottom), (width, bottom)], FAINT, FINE)
    for number in range(math.floor(first / step) + 1, math.floor(last / step + 1e-9) + 1):
        pen.text((across(number * step), bottom + 4 * FINE), f"{number * step:g}", FAINT, font, anchor="mt")
    for value in (low + 0.04 * (high - low) / 1.04, high):
        number = f"{value:.2f}" if high < 100 else f"{value:.0f}"
        pen.text((left - 4 * FINE, down(value)), number, FAINT, font, anchor="rm")
    for name, place in (upright or {}).items():
        pen.line([(across(place), top), (across(place), bottom)], "#bbbbbb", FINE)
        pen.text((across(place) + 4 * FINE, top), name, FAINT, font)
    for line in lines:
        points = [(across(k), down(v)) for k, v in zip(line.along, line.values, strict=True) if np.isfinite(v)]
        pen.line(points, line.colour, 2 * FINE, joint="curve")
        if line.mark is not None:
            x, y = across(line.mark), down(float(np.interp(line.mark, line.along, line.values)))
            pen.ellipse([(x - 4 * FINE, y - 4 * FINE), (x + 4 * FINE, y + 4 * FINE)], line.colour)
    return picture.resize((size[0], size[1] + 36), Image.Resampling.LANCZOS)


def legend(page: Image.Image, lines: Sequence[Line], top: int, note: str = "") -> None:
    """Name the curves below the plots, and what the dots mean."""
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    left = MARGIN + 34
    for line in lines:
        pen.line([(left, top + 8), (left + 26, top + 8)], line.colour, 3)
        pen.text((left + 34, top), line.name, INK, font)
        left += 34 + int(font.getlength(line.name)) + 2 * GAP
    pen.text((left, top), note, FAINT, font)
