"""Gaps between large objects: they lie on one level, and a surface from object to object is no background.

Illumination falls to the sides or along the image, and a step divides it: a polynomial of third order holds .8 to .95
of what a surface through that varies. Flat cells and shells that cover most of an image leave dark parts of many
levels; such a polynomial holds .4 to .77 of a surface through these. Where the gaps are seen, it is nothing else.
"""

from __future__ import annotations

import numpy as np

from napari_deconvolve.core.likelihood.empty_parts import Field
from napari_deconvolve.core.likelihood.maps import FoundMap, Surface, on_grid

# Share of samples on the level of the darkest part, and how much more frequent they are than above it. Cells that cover
# .85 of an image, at 100 photons and more, leave .02 or more, and 1.7 to 4 times; objects without a gap have .003 or
# less, or 1.2 times at most.
IN_GAPS = 0.015, 1.6
# The same of a polynomial, where few tiles lie on it: balls and shells that cover most of an image leave .18 or more,
# and 2 to 13 times; objects without a gap have 1.2 at most.
FEW_TILES = 0.1, 2.0
# Share of the variance of a surface that has to be gradual: of one beside gaps, and of any other. Points on an uneven
# ground have .62 to .97, a surface from cell to cell .4 to .55 under 20 photons, when noise hides its gaps.
GRADUAL, HARDLY_GRADUAL = 0.79, 0.56
ORDER = 3  # of the polynomial
GRID = (32, 32)  # places at which a surface is looked at


def darkest_level(field: Field) -> Surface:
    """Return the level of the darkest part as a surface."""
    return Surface((field.darkest, 0.0, 0.0, 0.0, 0.0, 0.0), field.lengths)


def has_gaps(field: Field) -> bool:
    """Return whether far more samples lie on the level of the darkest part than above it."""
    return field.piles_up(darkest_level(field), *IN_GAPS)


def lies_in_gaps(surface: FoundMap, field: Field) -> bool:
    """Return whether a surface lies in gaps, be there few of them: more samples than on one level, and a pile."""
    more = field.near(surface)[0] > field.near(darkest_level(field))[0]
    return more and field.may_have_gaps and field.piles_up(surface, *FEW_TILES)


def goes_with_objects(surface: FoundMap, field: Field) -> bool:
    """Return whether a surface goes up and down with objects; in a bright field it does so with dark details."""
    share = gradual_share(surface)
    if share >= GRADUAL or not field.may_have_gaps:
        return False
    return share < HARDLY_GRADUAL or has_gaps(field)


def gradual_share(surface: FoundMap) -> float:
    """Return the share of the variance of a surface that a polynomial of third order holds; 1 for a flat one."""
    plane = on_grid(surface, GRID)
    basis = np.linalg.qr(np.power.outer(np.linspace(-1, 1, GRID[0]), np.arange(ORDER + 1)))[0]
    held = np.square(basis.T @ (plane - plane.mean()) @ basis)
    orders = np.add.outer(np.arange(ORDER + 1), np.arange(ORDER + 1))
    total = plane.size * float(np.var(plane))
    return float(held[orders <= ORDER].sum()) / total if total > 0 else 1.0
