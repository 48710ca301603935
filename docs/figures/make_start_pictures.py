"""Make the picture of docs/how_to/continue.md: how the fit goes on when a run is continued.

    python docs/figures/make_start_pictures.py [NAME ...]

writes docs/pictures/start_*.png. It needs no display.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import BLUE, FAINT, ORANGE, Line, legend, make, plot
from PIL import Image

import napari_deconvolve as nd
from napari_deconvolve.phantoms import chart

HALF = 30


def curves(target: Path) -> None:
    """Deviances of a run of 60, and of 30 and 30 more; plain and accelerated."""
    one = chart()
    plots = []
    for title, acceleration in (("plain", "none"), ("accelerated", "nesterov")):
        recipe = nd.Recipe(iterations=HALF, acceleration=acceleration, background=one.background, target_fwhm=0)
        first = nd.deconvolve(one.counts, one.psf, recipe, resumable=True)
        more = nd.resume(first, one.counts, one.psf, HALF)
        straight = nd.deconvolve(one.counts, one.psf, recipe.replace(iterations=2 * HALF))
        samples = one.counts.size
        places = np.arange(1.0, 2 * HALF + 1)
        lines = [
            Line("60 at once", FAINT, np.array(straight.trace) / samples),
            Line("30", BLUE, np.array(first.trace) / samples, HALF),
            Line("30 more", ORANGE, np.array(more.trace) / samples, None, places[HALF:]),
        ]
        plots.append((plot(f"{title}: deviance per sample", lines, skip=9), lines))
    width, height = plots[0][0].size
    page = Image.new("RGB", (2 * width + 30, height + 34), "white")
    for number, (drawn, _) in enumerate(plots):
        page.paste(drawn, (10 + number * (width + 10), 4))
    legend(page, plots[0][1], height + 8)
    page.quantize(64).save(target, "PNG", optimize=True)


PICTURES: dict[str, Callable[[Path], None]] = {"start_curves": curves}


if __name__ == "__main__":
    make(PICTURES)
