"""Make the picture at the head of README.md: the simulated cell as measured, deconvolved, and the truth.

    python docs/figures/make_front_pictures.py [NAME ...]

writes docs/pictures/front_*.png. It needs no display.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import Panel, draw, make, stretched

import napari_deconvolve as nd
from napari_deconvolve import phantoms

PLANE = 15
ZOOM = 2


def cell(target: Path) -> None:
    """One plane of the cell, on one scale of brightness: measured, after the chosen number of iterations, truth."""
    one = phantoms.cell()
    result = nd.deconvolve(one.counts, one.psf)
    top = float(np.percentile(one.truth[PLANE], 99.5))
    panels = []
    for title, values in (
        ("measured", one.counts - one.background),
        (f"{result.iterations} iterations", result.estimate),
        ("truth", one.truth),
    ):
        error = np.linalg.norm(values - one.truth) / np.linalg.norm(one.truth)
        below = (f"relative error {error:.2f}",) if values is not one.truth else ()
        plane = np.sqrt(np.clip(values[PLANE] / top, 0, 1))
        panels.append(Panel(title, stretched(plane, ZOOM, ZOOM), below, scale=ZOOM / one.spacing[-1]))
    draw(target, panels)


PICTURES: dict[str, Callable[[Path], None]] = {"front_cell": cell}


if __name__ == "__main__":
    make(PICTURES)
