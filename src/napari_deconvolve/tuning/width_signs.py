"""What an image says of the width of its PSF beside scores, and what follows.

A score compares how well one half of the photons predicts the other, and cannot tell the blur from softness of the
object: it asks for a wider PSF under discs, and for a narrower one where noise hides their edges. So the width is held
to the edge beyond which a PSF is certainly too wide (`width_edge`). A PSF that is narrower than the right one leaves
some blur, and one that is wider makes rings, at up to 12 times the error. Therefore a run gets a narrower one where the
given PSF is too wide, and a wider one only where the object is certainly not soft (`sharpness`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from napari_deconvolve.core.likelihood.noise import PoissonData
from napari_deconvolve.core.model_selection.held_out import HeldOutPair
from napari_deconvolve.core.model_selection.object_spectrum import upturn
from napari_deconvolve.core.model_selection.sharpness import sharpness
from napari_deconvolve.job.problem import Job
from napari_deconvolve.tuning.confirmation import CONTRARY, compared, shows_finer_detail
from napari_deconvolve.tuning.results import too_narrow_warning, too_wide_warning
from napari_deconvolve.tuning.width_edge import Edge, find_edge
from napari_deconvolve.work import Work

WARN_NARROW_AT = 0.2  # above the PSF's own width, over it
MIN_DEVIATIONS = 4.0  # standard deviations by which the best width is larger
WIDEN_AT = 0.12  # above the PSF's own width: less is not worth a change
LEAST_MARGIN = 0.03  # of the width: a run with a PSF that is too narrow by so much loses little, by too wide much
SURE_DEVIATIONS = 2.0  # by which a wider PSF stays below the best: one that is .08 too wide may triple the error
NARROW_AT, NARROW_SOFT_AT = 0.05, 0.15  # below the PSF's own width, of sharp and of soft objects
WARN_WIDE_BELOW = 0.9  # of the width, by the edge
SHARP = 0.35  # of `sharpness`: points and beads have more, all others less
OF_THE_RISE, OF_THE_WAY = 0.3, 0.15  # by which the edge is uncertain; of the logarithm of the width
SOFTNESS = 0.12  # of the width, by which an object that is just sharp may be softer than points
STEEP = 0.06  # of the width, over which an edge rises in enough light: at 1000 photons .03 to .055
STEEP_IN_STACKS = 0.035
POINTS = 0.8  # of `sharpness`: from there on an object is as sharp as points


@dataclass(frozen=True, slots=True)
class Verdict:
    """A warning, empty where there is nothing to say, and the width that a run should have over the given one."""

    warning: str
    advised: float


@dataclass(frozen=True, slots=True)
class WidthSigns:
    """What an image says.

    Attributes
    ----------
    finer : bool
        Whether it holds finer detail than the given PSF lets through.
    softer : bool
        Whether its spectrum allows that the given PSF is too narrow.
    sharpness : float
        Of its object, under the PSF that fits best; 0 where noise hides it.
    edge : Edge or None
        The width beyond which a PSF is too wide; None where nothing tells it, as along single lines.
    lines : bool
        Whether the image is of single lines.
    guessed : bool
        Whether it is a stack whose background was guessed.
    stack : bool
        Whether it is a stack.
    scored : float
        The width that fits best by scores.
    """

    finer: bool = False
    softer: bool = False
    sharpness: float = 0.0
    edge: Edge | None = None
    lines: bool = False
    guessed: bool = False
    stack: bool = False
    scored: float = 1.0

    @property
    def sharp(self) -> bool:
        """Whether its object has detail as fine as the PSF that fits best."""
        return self.sharpness > SHARP

    @property
    def points(self) -> bool:
        """Whether its object is as sharp as points in enough light, so that scores tell the width within a per cent.

        Of 100 photons scores ask for up to 1.5 times the width: there the edge rises over .07 of the width or more. In
        stacks, of more samples, it rises over .05 already, and lies below what the scores ask for.
        """
        edge = self.edge
        if edge is None or not edge.found or self.sharpness < POINTS:
            return False
        if self.stack:
            return edge.rise <= STEEP_IN_STACKS * edge.crossing and self.scored <= edge.highest
        return edge.rise <= STEEP * edge.crossing

    def unsure(self, width: float) -> float:
        """Return a standard deviation of a width by the edge and by what an object's own softness may come to.

        The edge is the more certain the nearer it is to the given width.
        """
        rise = self.edge.rise if self.edge is not None and self.edge.found else 0.0
        soft = 0.0 if self.lines else SOFTNESS * min(max((POINTS - self.sharpness) / (POINTS - SHARP), 0.0), 1.0)
        return math.hypot(OF_THE_RISE * rise, OF_THE_WAY * math.log(width), soft)

    def held(self, width: float) -> float:
        """Return a width held to what the edge allows."""
        return width if self.edge is None else self.edge.held(width, points=self.points)

    def verdict(self, best: float, uncertainty: float, *, determined: bool, ends: bool) -> Verdict:
        """Return what to say of the given PSF, and to do, if another width fits best."""
        seen = self.edge is not None and self.edge.found
        if self._too_wide():
            advised = min(self._narrowed(best, 0.0 if determined or self.points else uncertainty), 1.0)
            return Verdict(too_wide_warning(best, ends) if determined or seen else "", advised)
        if self.lines:
            return Verdict("", best if determined else 1.0)
        safe = best if self.points else best - max(SURE_DEVIATIONS * uncertainty, LEAST_MARGIN)
        if self.guessed or not (determined and self.sharp and seen and safe > 1 + WIDEN_AT):
            return Verdict("", 1.0)
        clearly = best - 1 > max(WARN_NARROW_AT, MIN_DEVIATIONS * uncertainty)
        return Verdict(too_narrow_warning(best, ends) if self.softer and clearly else "", safe)

    def _narrowed(self, best: float, margin: float) -> float:
        """Return the width of a PSF that is made narrower; 1 where that is not sure to help, or hardly changes it.

        What the image does not determine keeps a margin, as the narrow PSF that fits dim points under wide field best
        is two thirds of the right one, and of a soft object lies no lower than where a PSF is certainly too wide.

        Scores of soft objects ask for narrow PSFs too, where noise hides their edges, and a few iterations of a dense
        one confirm a little of everything. So such a PSF has to be certainly too wide, by much, and becomes no narrower
        than the edge asks for.
        """
        if self.sharp or self.lines:
            return best + margin if best + margin < 1 - NARROW_AT else 1.0
        if self.edge is None or not self.edge.certain < 1:
            return 1.0
        highest = max(best + margin, self.edge.certain if margin else self.edge.highest)
        return highest if highest < 1 - NARROW_SOFT_AT else 1.0

    def _too_wide(self) -> bool:
        edge = self.edge
        # Of a rise that is wide, where it begins says more than how far below it the width may lie.
        by_edge = edge is not None and edge.found and edge.crossing < 1 and edge.width < WARN_WIDE_BELOW
        return self.finer or by_edge


def find_signs(
    at: Callable[[float], Job], noise: PoissonData, pair: HeldOutPair, latest: int, best: float, *, guessed: bool
) -> Work[WidthSigns]:
    """Look for them on a test region; `at` returns its job under a PSF of a width, and `best` fits best by scores.

    Under a background that was `guessed` in a stack, soft objects say nothing, as what a wide PSF makes of light out of
    focus is what the guess is about; and sharp ones, that a PSF is too wide.
    """
    lines = min(noise.data.ndim, *noise.data.shape[:2]) < 2
    if lines:
        found = yield from compared(at(1.0), pair, latest)
        return WidthSigns(shows_finer_detail(2, 0.0, found.deviations), lines=True)
    light = np.where(noise.usable, noise.data - np.asarray(noise.background, noise.data.dtype), 0)
    turned = upturn(light, at(1.0).psfs[0].data)
    found = yield from compared(at(1.0), pair, latest)
    edge = yield from find_edge(at, pair, latest)
    held = best if edge is None else edge.held(best)
    sharp = sharpness(light, at(held).psfs[0].data) if math.isfinite(held) else 0.0
    if guessed and sharp <= SHARP:
        return WidthSigns()
    return WidthSigns(
        finer=shows_finer_detail(noise.data.ndim, turned, found.deviations),
        softer=turned == 0 or turned < -CONTRARY,
        sharpness=sharp,
        edge=edge,
        guessed=guessed,
        stack=noise.data.ndim > 2,
        scored=best,
    )
