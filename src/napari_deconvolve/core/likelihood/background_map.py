"""A background that is not flat: a smooth surface under the image, through its empty parts.

The surface is laid through the dark parts of the image, as a polynomial of second order in y and x or as one that bends
more, and then fitted beside the objects (see `background_fit`). One number is kept where it leaves nothing over. Where
too few parts are empty, or the image is bright with dark details, there is nothing to lay a surface through: under an
object that fills the field it would take the object's own light.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.core.likelihood.background import estimate_background
from napari_deconvolve.core.likelihood.background_filled import MAX_REST, below_objects, surface_of_mesh
from napari_deconvolve.core.likelihood.background_fit import Beside, Fit
from napari_deconvolve.core.likelihood.background_gaps import darkest_level, goes_with_objects, has_gaps, lies_in_gaps
from napari_deconvolve.core.likelihood.background_haze import MAX_IN_FOCUS, below_haze, is_sparse
from napari_deconvolve.core.likelihood.empty_parts import BRIGHT_FIELD, EASY_DIP, PILED_UP, TOLERANCE_SD, Field, Tiles
from napari_deconvolve.core.likelihood.envelopes import bent, envelope, less_chance, refined
from napari_deconvolve.core.likelihood.maps import FoundMap, Knots, Surface, on_grid
from napari_deconvolve.core.likelihood.sharpened import sharpened, surface_in_columns

TILES = 5  # along each of y and x
PERHAPS_BRIGHT = 0.5  # dip: below, what a constant lies far above is the dark end of an uneven background
CERTAINLY_BRIGHT = 0.85  # dip of the image itself, from which on no surface through its dark parts counts
MIN_SUPPORT, SUPPORT_SLOPE, MAX_SUPPORT = 0.5, 0.7, 0.95  # share of empty tiles, wanted more with the dip
# Share of samples within 2 sigma of a surface that is right, and how much more with a dip beyond an easy one. Dense
# objects of 20 photons have up to 1.8 times the dip, and 6.2 under a surface that bends; empty parts 2.2 and 8 times.
EMPTY_ENOUGH = 0.05, 2.0, EASY_DIP
EMPTY_FOR_BENT = 0.1, 6.5, 0.17  # its dip is less, unless it follows the object
# Dip from which on samples have to be most frequent on a surface, as textures at 20 photons have .24; and how frequent
# they are on all others, at least, over those above it.
SOFT_DIP, LEAST_PILED = 0.22, 1.0
EMPTY_ON_STEPS = 0.05  # share of a tile's samples on its dark end
LESS_CLEAR = 0.85  # of how clearly samples pile up on a polynomial: surfaces through flat objects .4 to .7, steps .9
MUCH_BETTER, FLAT_ENOUGH = 1.3, 0.6  # times as many samples near it; and shares of them near a constant, that suffice
FLAT_SHARE = 0.04  # of the level, by which a surface that is taken to be flat deviates
BRIGHT_SLACK = 0.15  # by which the dip above a surface may be less than that of the image in a bright field
NOTHING = 0.02  # of the middle light: what the darkest part holds where there is no background to speak of
DARK_DETAILS = 0.1  # of the darkest part: a constant so far above is a bright field
MAX_FALL_OF_CONSTANT, MAX_FALL = 0.25, 0.4  # of the surface it began with: one that fell farther gives light to objects
# Share of the darkest part that is left of it when light is brought back into focus. A mesh in wide field leaves 0.3 to
# 0.5 where the level is known; tissue, points on a ground, and objects on an even background 0.64 and more.
MAX_LEFT_OF_HAZE = 0.55
EVEN = 0.7  # of the mean of a surface, that its least has to be: steps of 1 to 3 have 0.65 at most
HAZY_DIP = 0.3  # of a stack, from which on light from out of focus may make most of a surface
# Share of samples on a surface that bends, and dip above it, in stacks: dense objects have .35 to .58 and .2 to .43;
# steps of 1 to 3 have .6 and more, or a dip of .17 at most.
MOST_OF_STACK, FLAT_BETWEEN = 0.6, 0.185
# Share of places that are far darker than a surface in some plane of a stack: under empty parts .03 at most, by steps,
# and .014 where less than half of the samples lie on it; in dense objects .067 and more, and there .025 and more.
MOST_BELOW, MOST_BELOW_FEW, FEW_ON_IT = 0.05, 0.02, 0.5
MOST_BELOW_HAZE = 0.03  # of the same, where objects in haze are few
NEARLY = 1e-6  # by rounding


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under an image: a surface where its empty parts tell one, and how much of it is dark."""

    surface: FoundMap | None  # None where a constant will do
    bright: bool = False  # whether dark details lie in a bright field: then no background can be told
    filled: bool = False  # whether the object fills the field: the background lies between 0 and the darkest part


def find_surface(
    image: FloatArray,
    gain: float,
    psf: FloatArray | None = None,
    darkest: float | None = None,
    *,
    least: float = 0.0,
) -> Ground:
    """Return the surface under one item of 2 or 3 axes: counts above the level without noise, `gain` counts per photon.

    Samples that are not finite are left out; `darkest` is the level of the darkest smooth part, where it is known, and
    `least` what reading adds to it: no background is lower under an object that fills an image.
    First a polynomial is tried, then a surface that bends more; both are fitted beside the objects where the PSF is
    known, with as many axes. Under an object that fills the field the surface lies below what touches the darkest
    parts, by what the object itself has there.
    """
    if not np.isfinite(image).any():
        return Ground(None)
    field = Field.of(image, gain, estimate_background(image) if darkest is None else darkest, least)
    usable = psf is not None and psf.ndim == image.ndim and gain > 0 and field.darkest > 0
    fits = Beside(image, gain, psf, roughly=image.ndim == 2) if psf is not None and usable else None
    found = _ground(field, fits, image.ndim)
    if found.filled and fits is not None and psf is not None:
        found = Ground(holes) if (holes := _in_holes(fits, field, psf)) is not None else found
    return found if found.surface is None else replace(found, surface=not_negative(found.surface, field.lengths))


def _in_holes(fits: Beside, field: Field, psf: FloatArray) -> FoundMap | None:
    """Return what lies in holes of an object that only a sharp image shows; None where it shows none.

    In wide field nothing brings back the light from out of focus that lies in them.
    """
    if psf.ndim == 2:
        return surface_of_mesh(fits, field, sharpened(field, psf))
    sharp = sharpened(field, psf) if fits.in_focus > MAX_IN_FOCUS else None
    return None if sharp is None else surface_in_columns(sharp)


def _ground(field: Field, fits: Beside | None, ndim: int) -> Ground:
    tiles = field.tiles(TILES)
    if tiles is None:
        return Ground(None)
    polynomial, support = envelope(tiles, field.lengths)
    dip = field.dip(polynomial)
    haze = fits if ndim == 3 and fits is not None and fits.in_focus <= MAX_IN_FOCUS else None
    if haze is not None and is_sparse(haze, polynomial, field):
        return _under_haze(field, haze, darkest_level(field) if support < MIN_SUPPORT else polynomial)
    found = _through_dark_parts(field, fits, ndim, tiles, (polynomial, support, dip))
    return found if haze is None or dip <= HAZY_DIP else _below_haze(found, haze, field)


def _under_haze(field: Field, fits: Beside, lowest: Surface) -> Ground:
    """Return what lies under few and bright objects in wide field.

    A surface through empty tiles bends as steps do, but it begins high where haze lies over them, and light that never
    clearly stands above it is never fitted. Where planes contradict it, another is fitted from the `lowest` one on.
    """
    bends = bent(field)
    found = Ground(None, bright=True) if bends is None else _beside(fits, bends, field)
    wrong = found.bright or (found.surface is not None and field.below(found.surface) > MOST_BELOW_HAZE)
    return _beside(fits, lowest, field) if wrong else found


def _below_haze(found: Ground, fits: Beside, field: Field) -> Ground:
    """Return a constant if objects' own light from out of focus makes most of a surface, else what was found.

    No surface tells: the haze is smooth, and everywhere. But the PSF brings it back to where it came from. On the dark
    side of an uneven background little is left too; so where parts are empty, the surface has to be even.
    """
    if found.surface is None:
        return found
    plane = on_grid(found.surface, field.grid)
    if not found.filled and float(np.min(plane)) <= EVEN * float(np.mean(plane)):
        return found
    left = estimate_background(fits.objects)
    flat = Surface((left, 0.0, 0.0, 0.0, 0.0, 0.0), fits.lengths)
    return Ground(flat, filled=True) if left < MAX_LEFT_OF_HAZE * field.darkest else found


def _through_dark_parts(
    field: Field, fits: Beside | None, ndim: int, tiles: Tiles, laid: tuple[Surface, float, float]
) -> Ground:
    """Return what the dark parts tell; `laid` are a polynomial, the share of tiles on it, and the dip above it."""
    polynomial, support, dip = laid
    supported = support >= min(MIN_SUPPORT + SUPPORT_SLOPE * max(0.0, dip - EASY_DIP), MAX_SUPPORT)
    simple, bends = _open(field, polynomial, supported=supported)
    if bends is not None and ndim == 3 and _follows_object(bends, field):
        bends = None
    if simple is not None or bends is not None:
        found = _over_empty_parts(field, fits, tiles, (polynomial, simple, bends))
        if ndim == 2 or found.surface is None or not _is_contradicted(found.surface, field):
            return found
    over_steps = _over_steps(field, fits, tiles, polynomial) if ndim == 3 else None
    if over_steps is not None:
        return over_steps
    whole = field.dip(None)
    if whole > CERTAINLY_BRIGHT or min(whole, dip + BRIGHT_SLACK) > BRIGHT_FIELD:
        return _bright_field(field)
    if ndim == 2 and has_gaps(field):
        return Ground(None)
    if ndim == 2 or fits is None:
        return Ground(below_objects(field, less_chance(polynomial, tiles)), filled=True)
    form = darkest_level(field) if support < MIN_SUPPORT else less_chance(polynomial, tiles)
    guess = below_haze(fits, form, field)
    if float(np.min(on_grid(guess, field.grid))) > (1 + DARK_DETAILS) * field.darkest:
        return _bright_field(field)
    return Ground(guess, filled=True)


def _over_steps(field: Field, fits: Beside | None, tiles: Tiles, polynomial: Surface) -> Ground | None:
    """Return what lies under empty parts of a stack that steps divide; None where none are.

    On a step few samples of a tile lie on its dark end, however empty it is: such tiles count here.
    """
    bends = bent(field, EMPTY_ON_STEPS)
    if bends is None or not field.is_under(bends, *EMPTY_FOR_BENT) or not field.piles_up(bends, EMPTY_FOR_BENT[0]):
        return None
    if _follows_object(bends, field) or goes_with_objects(bends, field):
        return None
    found = _over_empty_parts(field, fits, tiles, (polynomial, None, bends))
    wrong = found.bright or (found.surface is not None and _is_contradicted(found.surface, field))
    if not wrong:
        return found
    # Where the fit goes above what all planes allow, the surface itself is still nearer than a bright field.
    divided = field.dip(None) > BRIGHT_FIELD and not _is_contradicted(bends, field)
    return Ground(bends) if divided else None


def _over_empty_parts(
    field: Field, fits: Beside | None, tiles: Tiles, laid: tuple[Surface, FoundMap | None, FoundMap | None]
) -> Ground:
    """Return what lies under empty parts; `laid` are a polynomial, what is left of it, and a surface that bends."""
    polynomial, simple, bends = laid
    if fits is None:
        flat = bends is None and simple is not None and _is_flat(simple, field, tiles)
        return Ground(None if flat else bends or simple)
    found = _beside(fits, bends or polynomial, field)
    into_details = isinstance(found.surface, Knots) and field.mostly_bright > BRIGHT_FIELD
    return _bright_field(field) if into_details else found


def _bright_field(field: Field) -> Ground:
    """Return that there is no background, and say so where one could lie: where details are not dark to the level."""
    middle = float(np.median(field.smooth[field.finite]))
    return Ground(None, bright=field.darkest > NOTHING * middle)


def _open(field: Field, polynomial: Surface, *, supported: bool) -> tuple[FoundMap | None, FoundMap | None]:
    """Return a polynomial that lies under the object, and a surface that bends and is better; None for those not so.

    It is `supported` where enough tiles lie on it. Where large objects cover most tiles, the others suffice if far more
    samples lie on it than above.
    """
    near = refined(polynomial, field)
    open_parts = _is_under(near, field, EMPTY_ENOUGH) or field.piles_up(near, EMPTY_ENOUGH[0])
    simple = near if (open_parts if supported else lies_in_gaps(near, field)) else None
    bends = bent(field)
    if bends is None or goes_with_objects(bends, field) or not _is_under(bends, field, EMPTY_FOR_BENT):
        return simple, None
    others = [field.near(darkest_level(field))[0] / FLAT_ENOUGH]
    if simple is not None:
        if field.may_have_gaps and field.pile(bends)[1] < LESS_CLEAR * field.pile(simple)[1]:
            return simple, None  # the other takes objects too
        others.append(MUCH_BETTER * field.near(simple)[0])
    return simple, bends if field.near(bends)[0] > max(others) else None


def _is_under(surface: FoundMap, field: Field, wanted: tuple[float, float, float]) -> bool:
    """Return whether so many samples lie on a surface that parts are empty, and nearly as many as above it.

    Noise makes one level of the dark parts of a texture; there samples have to be the most frequent on the surface.
    """
    if not field.is_under(surface, *wanted):
        return False
    soft = field.dip(surface) > SOFT_DIP
    return field.piles_up(surface, wanted[0], PILED_UP if soft else LEAST_PILED)


def _follows_object(bends: FoundMap, field: Field) -> bool:
    """Return whether a surface bends into the dark parts of an object that fills a stack: few samples lie on it."""
    return field.near(bends)[0] < MOST_OF_STACK and field.dip(bends) > FLAT_BETWEEN


def _is_contradicted(surface: FoundMap, field: Field) -> bool:
    """Return whether planes of a stack are darker than a surface, which is then no background: that is in all planes.

    So it is where an object fills a wide field: light from out of focus lies in all planes nearly alike.
    """
    return field.below(surface) > (MOST_BELOW if field.near(surface)[0] > FEW_ON_IT else MOST_BELOW_FEW)


def _beside(fits: Beside, start: FoundMap, field: Field) -> Ground:
    """Fit surfaces beside the objects, and return the simplest that leaves nothing over: a constant will do, or more.

    Where a constant lies far above the darkest part of the image, it is a bright field, and what is dark are details.
    """
    begin = on_grid(start, field.grid)

    def suffices(fit: Fit, most: float) -> bool:
        fallen = on_grid(fit.surface, field.grid) - begin
        far = float(np.sqrt(np.mean(np.square(fallen))))
        return fit.rest < MAX_REST and far < most * float(np.mean(begin))

    constant = fits.constant(start)
    if suffices(constant, MAX_FALL_OF_CONSTANT):
        level = float(np.mean(on_grid(constant.surface, field.grid)))
        far = level > (1 + DARK_DETAILS) * field.darkest
        if not far or field.dip(None) > PERHAPS_BRIGHT:
            return Ground(None, bright=far)
    polynomial = fits.polynomial(start)
    if suffices(polynomial, MAX_FALL):
        return Ground(polynomial.surface)
    spline = fits.spline(start).surface
    return Ground(None if goes_with_objects(spline, field) else spline)


def not_negative(surface: FoundMap, lengths: tuple[int, int]) -> FoundMap:
    """Return a surface that is nowhere below the level without noise: flatter, or nothing."""
    plane = surface.values(lengths)
    least, mean = float(np.min(plane)), float(np.mean(plane, dtype=np.float64))
    if least >= 0:
        return surface
    share = max(mean, 0.0) / (mean - least) * (1 - NEARLY)
    return surface.scaled(share, (1 - share) * max(mean, 0.0)) if mean > 0 else surface.scaled(0.0, 0.0)


def _is_flat(surface: FoundMap, field: Field, tiles: Tiles) -> bool:
    """Return whether a surface is flat as far as one can see."""
    plane = on_grid(surface, field.grid)
    level = float(np.mean(plane, dtype=np.float64))
    unsure = max(FLAT_SHARE * level, float(np.median(tiles.tolerance)) / TOLERANCE_SD)
    return float(np.std(plane, dtype=np.float64)) < unsure
