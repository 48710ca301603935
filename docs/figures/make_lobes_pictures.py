"""Make the pictures of docs/how_to/side_lobes.md: a 4Pi image with and without its lobes, and what the kernel's OTF is.

    python docs/figures/make_lobes_pictures.py [NAME ...]

writes docs/pictures/lobes_*.png, all of them or only those named. It needs no display.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import BLUE, FAINT, ORANGE, Line, Panel, Values, draw, legend, make, plot, stretched
from PIL import Image

import napari_deconvolve as nd
from napari_deconvolve.phantoms import LOBE_DISTANCE, four_pi

DOWN, ACROSS = 4, 3  # display pixels per sample


def images(target: Path) -> None:
    """The simulated image from the side: z down, x across."""
    one = four_pi()
    lobes = nd.psf.find_lobes(one.counts, one.spacing)
    kernel = lobes.psf()
    counts = one.counts - one.background
    cases = {
        "measured": counts,
        "linear, 1e-3": nd.wiener(counts, kernel, 1e-3),
        "linear, 1e-4": nd.wiener(counts, kernel, 1e-4),
        "RL, 30": nd.richardson_lucy(one.counts, kernel, 30, background=one.background),
    }
    row = int(counts.max((0, 2)).argmax())
    top = float(counts[:, row].max()) * 0.8
    panels = []
    for title, image in cases.items():
        shown = np.clip(np.asarray(image[:, row], float) / top, 0, 1)
        panels.append(Panel(title, stretched(np.sqrt(shown), DOWN, ACROSS)))
    draw(target, panels)


def otf(target: Path) -> None:
    """OTFs of kernels with lobes of three heights, against the axial frequency."""
    frequencies = np.linspace(0, 10, 501)
    lines = []
    for height, colour in ((0.3, FAINT), (0.5, BLUE), (0.6, ORANGE)):
        values: Values = (1 + 2 * height * np.cos(2 * np.pi * LOBE_DISTANCE * frequencies)) / (1 + 2 * height)
        lines.append(Line(f"lobes of {height:.0%}", colour, values, places=frequencies))
    lines.append(Line("zero", "#bbbbbb", np.zeros_like(frequencies), places=frequencies))
    drawn = plot("OTF of the kernel, over periods per um along z", lines, step=2, size=(560, 190))
    page = Image.new("RGB", (drawn.width + 20, drawn.height + 34), "white")
    page.paste(drawn, (10, 4))
    legend(page, lines[:3], drawn.height + 8)
    page.quantize(64).save(target, "PNG", optimize=True)


PICTURES: dict[str, Callable[[Path], None]] = {"lobes_images": images, "lobes_otf": otf}


if __name__ == "__main__":
    make(PICTURES)
