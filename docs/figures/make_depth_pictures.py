"""Make the picture of docs/how_to/depth.md: filaments under an oil lens, with one PSF and with strata.

    python docs/figures/make_depth_pictures.py

writes docs/pictures/depth_strata.png. The scene is that of benchmarks/depth.py. It needs no display.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import Panel, draw, make, stretched

import napari_deconvolve as nd

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import depth
from phantoms import error

SPAN_UM, PHOTONS, ITERATIONS = 10.0, 1000.0, 60


def strata(target: Path) -> None:
    """Brightest places along y, z from top (coverslip) to bottom: the image, and what is made of it."""
    one = depth.scene("filaments", SPAN_UM, PHOTONS, 0)
    psfs = depth.models(SPAN_UM)
    recipe = nd.Recipe(iterations=ITERATIONS, background=depth.BACKGROUND, target_fwhm=0.0)
    views = {"image": one.counts - depth.BACKGROUND}
    for name, psf in (("PSF of the surface", "surface"), ("PSF of the middle", "middle"), ("3 strata", "3 strata")):
        views[name] = nd.deconvolve(one.counts, psfs[psf], recipe).estimate
    panels = []
    for name, volume in {**views, "truth": one.truth}.items():
        below = "" if name in ("image", "truth") else f"error {error(volume, one.truth):.2f}"
        light = np.clip(volume.max(axis=1) / np.percentile(volume.max(axis=1), 99.7), 0, 1)
        panels.append(Panel(name, stretched(np.sqrt(light), 6, 2), (below,), 20))
    draw(target, panels)


PICTURES = {"depth_strata": strata}

if __name__ == "__main__":
    make(PICTURES)
