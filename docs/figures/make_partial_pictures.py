"""Make the picture of docs/how_to/target_resolution.md: one target resolution, reached in two ways.

    python docs/figures/make_partial_pictures.py [NAME ...]

writes docs/pictures/partial_*.png. It needs no display.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import FOLDER, Panel, draw, make, stretched

import napari_deconvolve as nd
from napari_deconvolve.core.operators.sieve import Sieve
from napari_deconvolve.recipe.resolution import relative_fwhm

sys.path.insert(0, str(FOLDER.parents[2] / "benchmarks"))
import phantoms

WIDTH = 0.7  # of the PSF's
ITERATIONS = 40


def images(target: Path) -> None:
    """Filaments: as measured, and at the target resolution in two ways, beside the truth at that resolution."""
    one = phantoms.draw("filaments", 100, 1)
    wide = relative_fwhm(one.psf, WIDTH)
    wanted = Sieve(tuple(width / step for width, step in zip(wide, one.psf.spacing, strict=True))).smooth(
        one.truth, "edge"
    )
    cases = {"measured": one.counts - one.background}
    for title, changes in (
        ("no target", {"target_fwhm": 0}),
        ("sieve", {"target_fwhm": wide}),
        ("smoothing", {"target_fwhm": wide, "target_by": "smoothing"}),
    ):
        recipe = nd.Recipe(iterations=ITERATIONS, background=one.background, **changes)
        cases[title] = nd.deconvolve(one.counts, one.psf, recipe).estimate
    cases["the truth at that resolution"] = wanted
    top = float(np.quantile(wanted, 0.999))
    panels = []
    for title, image in cases.items():
        wrong = " " if image is wanted else f"error {phantoms.error(image, wanted):.2f}"
        panels.append(Panel(title, stretched(np.clip(np.asarray(image, float) / top, 0, 1), 2, 2), (wrong,)))
    draw(target, panels)


PICTURES: dict[str, Callable[[Path], None]] = {"partial_images": images}


if __name__ == "__main__":
    make(PICTURES)
