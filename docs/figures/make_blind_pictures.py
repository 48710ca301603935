"""Make the picture of docs/how_to/blind.md: a PSF that is too wide, the one found, and the right one.

    python docs/figures/make_blind_pictures.py [NAME ...]

writes docs/pictures/blind_*.png. It needs no display.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from drawing import Panel, draw, make, stretched

import napari_deconvolve as nd
from napari_deconvolve.psf.scaling import scaled

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import phantoms

SEED = 0
WRONG = 1.2


def images(target: Path) -> None:
    """What was measured, and what comes of it with three PSFs, beside the truth."""
    one = phantoms.draw("shells", 1000, SEED)
    given = scaled(one.psf, WRONG)
    blind = nd.deconvolve(one.counts, given, nd.Recipe(method="blind"))
    factor = WRONG * blind.found[0].factor
    results = {
        "PSF 20 % too wide": nd.deconvolve(one.counts, given).estimate,
        f"blind: PSF {factor:.2f} of the truth": blind.estimate,
        "with the right PSF": nd.deconvolve(one.counts, one.psf).estimate,
    }
    top = float(np.quantile(one.truth, 0.995))
    panels = [Panel("measured", _bright(one.counts - one.background, top), (" ",))]
    for title, estimate in results.items():
        panels.append(Panel(title, _bright(estimate, top), (f"error {phantoms.error(estimate, one.truth):.2f}",)))
    draw(target, [*panels, Panel("the truth", _bright(one.truth, top), (" ",))])


def _bright(image: phantoms.Values, top: float) -> phantoms.Values:
    return stretched(np.clip(image / top, 0, 1), 2, 2)


PICTURES = {"blind_images": images}

if __name__ == "__main__":
    make(PICTURES)
