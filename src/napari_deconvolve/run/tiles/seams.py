"""How far tiles agree where they meet: the plane that one has seen beyond its face, and that of its neighbour."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from napari_deconvolve.run.tiles.keeper import Keeper
from napari_deconvolve.run.tiles.plan import Plan

DARK = 0.1  # of the mean square of all faces: differences of darker ones are compared with that
LARGE = 0.005  # relative difference, from which on seams may be seen


class Seams(NamedTuple):
    """Root mean square difference at seams over that of the estimate: of all faces together, and of the worst."""

    typical: float
    worst: float

    def __str__(self) -> str:
        return f"tiles agree at their seams to {100 * self.typical:.2g} % (worst {100 * self.worst:.2g} %)"


def seams_of(plan: Plan, keeper: Keeper) -> Seams | None:
    """Return how far tiles agree at their seams; None where there are none."""
    faces = list(_faces(plan, keeper))
    light = sum(one for _, one in faces)
    if not faces or light <= 0:
        return Seams(0.0, 0.0) if faces else None
    least = DARK * light / len(faces)
    worst = max(difference / max(own, least) for difference, own in faces)
    return Seams(math.sqrt(sum(one for one, _ in faces) / light), math.sqrt(worst))


def seam_words(seams: Seams | None) -> tuple[str, ...]:
    """Return a warning where seams may be seen."""
    if seams is None or seams.worst <= LARGE:
        return ()
    return (
        f"Tiles differ at their seams by {100 * seams.typical:.2g} % (worst {100 * seams.worst:.2g} %). Fewer "
        "iterations, or no acceleration, leave less.",
    )


def _faces(plan: Plan, keeper: Keeper) -> Iterator[tuple[float, float]]:
    """Yield the sum of squared differences, and of squares, of each side of each seam."""
    for number in range(len(plan)):
        for axis in range(len(plan.frame)):
            other = plan.neighbour(number, axis)
            first = None if other is None else keeper.rim(number, axis, 1)
            second = None if other is None else keeper.rim(other, axis, 0)
            if first is None or second is None:
                continue
            for seen, own in ((first[1], second[0]), (second[1], first[0])):
                here = own.astype(np.float64)
                yield float(np.sum((seen - here) ** 2)), float(np.sum(here**2))
