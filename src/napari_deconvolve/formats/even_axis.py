"""The even axis that positions in a table lie on, though they were rounded in writing, and some may be missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Places = NDArray[np.int64]

EXACT = 0.01  # of a step
JITTER = 0.1  # of a step: positions that are off an even axis by less lie on it
ROUNDED = 0.6  # of the last digit that the positions are written with
MOST_DIGITS = 6  # of a step
MOST_MISSING = 0.2  # of the rows: more than these are no gaps in an even axis
FEW = 2  # steps that are longer than the others: rows are missing there, where more would come from rounding


@dataclass(frozen=True, slots=True, eq=False)
class EvenAxis:
    """An even axis."""

    start: float
    step: float
    places: Places  # on which of its positions each row lies, from 0
    off: float  # the largest distance of a row from its position

    @property
    def length(self) -> int:
        """How many positions there are from the first row to the last."""
        return int(self.places[-1]) + 1

    @property
    def missing(self) -> int:
        """How many of them have no row."""
        return self.length - len(self.places)


def even_axis(positions: Values) -> EvenAxis | None:
    """Find the even axis of rising positions; None when there is none."""
    rows = np.arange(len(positions))
    if len(rows) < 2 or not (positions[1:] > positions[:-1]).all():
        return None
    if _is_exact(positions):
        return _fitted(positions, rows)
    places = np.rint((positions - positions[0]) / np.median(np.diff(positions))).astype(np.int64)
    steps = np.diff(places)
    candidates = [rows]
    if (steps > 0).all() and 0 < int(places[-1]) + 1 - len(rows) <= MOST_MISSING * len(rows):
        candidates.insert(0 if np.count_nonzero(steps > 1) <= FEW else 1, places)
    return next((axis for given in candidates if (axis := _fitted(positions, given)) is not None), None)


def _is_exact(positions: Values) -> bool:
    """Return whether positions are even but for the rounding of numbers: millions need no more memory then."""
    step = (positions[-1] - positions[0]) / (len(positions) - 1)
    off = np.arange(len(positions)) * -step
    off += positions
    off -= positions[0]
    return bool(max(off.max(), -off.min()) <= EXACT * step)


def _fitted(positions: Values, places: Places) -> EvenAxis | None:
    """Return the even axis nearest to the positions; None when they are too far off it."""
    step = float((positions[-1] - positions[0]) / places[-1])
    start = float(positions[0])
    off = positions - start - step * places
    if np.max(np.abs(off)) > EXACT * step:  # not only by the rounding of numbers: its ends are no better than the rest
        step += float(np.polyfit(places, off, 1)[0])
        off = positions - start - step * places
        start += float(off.max() + off.min()) / 2
        off = positions - start - step * places
    most = float(np.max(np.abs(off)))
    if most > max(JITTER * step, min(ROUNDED * _last_digit(positions, step), step / 2)):
        return None
    return EvenAxis(start, float(f"{step:.12g}"), places, most)


def _last_digit(positions: Values, step: float) -> float:
    """Return the place value of the last digit that all positions are written with; 0 where it is far below a step."""
    highest = int(np.floor(np.log10(step)))
    for digits in range(-highest, MOST_DIGITS - highest):
        scaled = positions * 10.0**digits
        if np.max(np.abs(scaled - np.rint(scaled))) < 1e-6 * step * 10.0**digits:
            return float(10.0**-digits)
    return 0.0
