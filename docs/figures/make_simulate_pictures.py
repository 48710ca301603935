"""Make the pictures of docs/how_to/simulate.md: a truth, what a camera records of it, and how near an estimate comes.

    python docs/figures/make_simulate_pictures.py [NAME ...]

writes docs/pictures/simulate_*.png, all of them or only those named. It needs no display.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import BLUE, GREEN, ORANGE, Line, Panel, legend, make, plot, row, stacked, stretched
from numpy.typing import NDArray
from PIL import Image

import napari_deconvolve as nd
from napari_deconvolve import phantoms
from napari_deconvolve.run.metrics import mse, nrmse

PHOTONS = {10: BLUE, 40: ORANGE, 160: GREEN}
SHOWN = 2  # display pixels per sample
LAST = 120  # iterations


def star() -> tuple[NDArray[np.float32], nd.PSF]:
    """Give the Siemens star of the test chart, and its PSF."""
    chart = phantoms.chart()
    return chart.truth[:128, :128], chart.psf


def loop(target: Path) -> None:
    """Truth, measured, deconvolved: with few photons and with many."""
    truth, psf = star()
    rows = []
    for photons in (20, 2000):
        made = nd.simulate(truth, psf, photons=photons, background=photons / 20, seed=1)
        goal, above = made.scale * truth, made.counts - photons / 20
        found = nd.deconvolve(made, psf)
        top = float(np.quantile(goal, 0.999))
        cases = {
            "the truth": goal,
            f"measured, {photons} photons": above,
            f"deconvolved, {found.iterations} iterations": found.estimate,
        }
        panels = []
        for title, image in cases.items():
            below = " " if title == "the truth" else f"NRMSE {nrmse(mse(image, goal), goal):.2f}"
            panels.append(Panel(title, stretched(np.clip(image / top, 0, 1), SHOWN, SHOWN), (below,)))
        rows.append(row(panels))
    stacked(rows).quantize(64).save(target, "PNG", optimize=True)


def curves(target: Path) -> None:
    """The error over iterations for three numbers of photons."""
    truth, psf = star()
    lines = []
    for photons, colour in PHOTONS.items():
        made = nd.simulate(truth, psf, photons=photons, background=photons / 20, seed=1)
        goal = made.scale * truth
        found = nd.sweep(made, psf, range(1, LAST + 1), truth=goal, background=photons / 20)
        errors = np.array([nrmse(one.mse, goal) for one in found.table])
        lines.append(Line(f"{photons} photons", colour, errors, int(errors.argmin()) + 1))
    picture = plot("NRMSE over iterations", lines, skip=3, size=(520, 220))
    page = Image.new("RGB", (max(picture.width, 560), picture.height + 30), "white")
    page.paste(picture, (0, 0))
    legend(page, lines, picture.height + 4)
    page.quantize(64).save(target, "PNG", optimize=True)


PICTURES: dict[str, Callable[[Path], None]] = {"simulate_loop": loop, "simulate_curves": curves}

if __name__ == "__main__":
    make(PICTURES)
