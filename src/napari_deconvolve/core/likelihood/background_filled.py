"""What lies under an object that fills an image of 2 axes: how much of its dark parts is background.

Two things tell. In a mesh the PSF brings light of the threads into holes that are empty: a sharpened image shows them.
All other objects are alike in how dark their darkest part is beside their middle light. Measured without a background,
after the blur, it is .2 to .33 of it in tissue, fibres on a ground, textures, nuclei and networks on a floor, and .13
to .27 in dense actin. So the farther the middle lies above the darkest part, the farther lies the background below.
"""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.background_fit import Beside
from napari_deconvolve.core.likelihood.empty_parts import Field
from napari_deconvolve.core.likelihood.envelopes import envelope
from napari_deconvolve.core.likelihood.maps import FoundMap, Surface, on_grid
from napari_deconvolve.core.likelihood.sharpened import TILES, may_have_holes, simple_surface, surface_in_holes

DARK_OF_MIDDLE = 0.31  # of an object's middle light, after the blur: its darkest part, at most
DARK_CORNER = 0.25  # quantile of a surface
TURNS = 4  # until level and unevenness agree
MAX_REST = 0.035  # of a surface, that may be left beside a simple one
# Of the first surface, from which on light of objects alone has lifted the dark parts: .29 to .47 in meshes on a
# background, .17 to .32 in dense objects on none; and the share of dark tiles that a surface needs at all.
MIN_FALL, MIN_SUPPORT = 0.33, 0.35
MAX_OVER_DARKEST = 1.5  # times the darkest part: meshes have 1.13 at most, a nucleus that the frame cuts 1.8 and more


def below_objects(field: Field, dark: Surface) -> Surface:
    """Return the surface under an object that is nowhere dark: a part of one through its dark parts.

    Only where what lies below is even, the object's middle light shows how far down that is. So the part, and the image
    without what is uneven in it, are found in turn.
    """
    plane = dark.values(field.lengths)
    corner = float(np.quantile(plane, DARK_CORNER))
    away, here = (plane - corner).astype(np.float32), (on_grid(dark, field.grid) - corner)[field.finite]
    smooth, darkest, share = field.smooth[field.finite], field.darkest, 0.0
    for turn in range(TURNS):
        if turn:
            darkest = estimate_background(field.image - np.float32(share) * away)
        middle = float(np.median(smooth - share * here))
        objects = DARK_OF_MIDDLE / (1 - DARK_OF_MIDDLE) * max(middle - darkest, 0.0)
        level = max(darkest - objects, min(field.least, darkest))
        share = level / corner if corner > 0 else 0.0
    return dark.scaled(share, level - share * corner)


def surface_of_mesh(fits: Beside, field: Field, sharp: Field | None) -> FoundMap | None:
    """Return what lies in holes of an object that only a sharp image shows; None where it shows none.

    Where noise hides what there is of them, the object is fitted too: in a mesh its light lifts the dark parts far.
    """
    simple = None if sharp is None else simple_surface(sharp)
    if sharp is None or simple is None:
        return None
    found = surface_in_holes(sharp, simple)
    return _far_below(fits, field) if found is None and may_have_holes(sharp, simple) else found


def _far_below(fits: Beside, field: Field) -> FoundMap | None:
    """Fit a polynomial beside objects whose light alone lifts the dark parts, as in a mesh; None if it does not.

    It has to stay near the darkest part: far above it lies the light of an object that leaves one corner dark.
    """
    tiles = field.tiles(TILES)
    start, support = (None, 0.0) if tiles is None else envelope(tiles, field.lengths)
    if start is None or support < MIN_SUPPORT:
        return None
    fit = fits.polynomial(start)
    mean, first = (float(np.mean(on_grid(one, field.grid))) for one in (fit.surface, start))
    below = 1 - mean / first > MIN_FALL and mean < MAX_OVER_DARKEST * field.darkest
    return fit.surface if fit.rest < MAX_REST and below else None
