"""Make the picture of docs/how_to/coming_from.md: a flat image, deconvolved by scikit-image and by this package.

    python docs/figures/make_coming_pictures.py [NAME ...]

writes docs/pictures/coming_*.png. It needs no display.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import Panel, draw, make, stretched
from skimage import restoration

import napari_deconvolve as nd


def flat(target: Path) -> None:
    """Fifty iterations over an image that is 10 everywhere, and over one with a square."""
    psf = nd.psf.gaussian(4.0, ndim=2)
    square = np.full((64, 64), 10.0)
    square[20:44, 20:44] = 30
    panels = []
    for name, image in (("flat", np.full((64, 64), 10.0)), ("a square", nd.convolve(square, psf, boundary="reflect"))):
        theirs = restoration.richardson_lucy(np.asarray(image, float), psf.data, num_iter=50, clip=False)
        ours = nd.richardson_lucy(image, psf, 50)
        for who, found in ((f"{name}: scikit-image", theirs), ("this package", ours)):
            shown = stretched(np.clip(np.asarray(found, float) / 45, 0, 1), 3, 3)
            panels.append(Panel(who, shown, (f"{found.min():.1f} to {found.max():.1f}",)))
    draw(target, panels)


PICTURES: dict[str, Callable[[Path], None]] = {"coming_flat": flat}


if __name__ == "__main__":
    make(PICTURES)
