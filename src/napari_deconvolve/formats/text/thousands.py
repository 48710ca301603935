"""Whether a sign parts thousands or stands before decimals: columns decide, as "1,025" by itself may mean both."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.formats.even_axis import even_axis
from napari_deconvolve.formats.text.cells import number

FEWEST = 3  # numbers that say whether they rise steadily
SEVERAL = 2  # whole numbers beside decimals: a single one may be a flag
LETTERS = re.compile(r"[^\d.,' +-]")
GROUP, BEFORE = re.compile(r"\d{3}(?:[.,]\d*)?"), re.compile(r"[-+]?[1-9]\d{0,2}")
PLAIN = frozenset((0.0, 1.0, 10.0, 100.0, 9.0, 99.0, 999.0))  # which programs write among decimals: limits, flags

Columns = Sequence[Sequence[str]]


def are_thousands(columns: Columns, sign: str, comma: bool) -> str:
    """Return a number that shows that a sign parts thousands, in columns that can be read so; empty where none does.

    `comma` is whether decimals follow a comma. A column shows it by two signs in a number, by decimals with the other
    sign, by an axis that is even or steady only so, or by whole numbers among those with the sign that fit in only so.
    A column that shows the contrary forbids it.
    """
    shown = ""
    for column in columns:
        grouped = [cell for cell in column if sign in cell]
        verdict = _verdict(column, grouped, sign, comma) if grouped else None
        if verdict is False:
            return ""
        shown = shown or (grouped[0] if verdict else "")
    return shown


def may_be_thousands(columns: Columns, sign: str, foreign: bool) -> str:
    """Return a number whose sign is read as that of decimals, though all numbers with it could be thousands.

    Points are what decimals are written with, so they are unclear only beside whole numbers, or where `foreign` says
    that decimals often have commas: in columns parted by semicolons.
    """
    found = [cell for column in columns for cell in column if sign in cell]
    if not all(cell.count(sign) == 1 and number(cell, sign == ".", sign) is not None for cell in found):
        return ""
    for column in columns:
        grouped = [cell for cell in column if sign in cell]
        others = {abs(number(cell) or 0.0) for cell in column if sign not in cell and cell.isdigit()} - PLAIN
        if grouped and (sign == "," or foreign or others):
            return grouped[0]
    return ""


def torn_groups(columns: Columns) -> tuple[int, ...]:
    """Return the places of columns that may be groups of three digits which separators cut off: "1,025" as 1, 025."""
    return tuple(
        place
        for place in range(1, len(columns))
        if all(map(GROUP.fullmatch, columns[place])) and all(map(BEFORE.fullmatch, columns[place - 1]))
    )


def counts_up(column: Sequence[str]) -> bool:
    """Return whether a column counts, as 001, 002, 003."""
    return all(
        second.isdigit() and first.isdigit() and int(second) - int(first) == 1 for first, second in pairwise(column)
    )


def _verdict(column: Sequence[str], grouped: Sequence[str], sign: str, comma: bool) -> bool | None:
    """Return whether the sign parts thousands in a column; None where it says neither."""
    known = [cell for cell in column if not math.isnan(number(cell, comma, sign) or 0.0)]
    bare = [cell for cell in known if sign not in cell]
    if any(cell.count(sign) > 1 for cell in grouped):
        return True
    if any(map(LETTERS.search, bare)):
        return None
    if any(("," if comma else ".") in cell for cell in known):
        return True
    if sign not in ".,":
        return True if bare else None
    whole = np.array([number(cell, comma, sign) for cell in known], np.float64)
    parts = np.array([number(cell, not comma) for cell in known], np.float64)
    for regular in (_is_even, _is_steady):
        if regular(whole) != regular(parts):
            return regular(whole)
    return _beside(known, parts, sign)


def _beside(known: Sequence[str], parts: NDArray[np.float64], sign: str) -> bool | None:
    """Return what whole numbers say that stand beside those with the sign, which have three digits behind it.

    Were these decimals, 1.250 would keep its last zero only where 998 has decimals, too; and neighbours are alike.
    """
    within = np.array([sign in cell for cell in known])
    sizes = np.abs(parts)
    others = set(sizes[~within].tolist()) - PLAIN
    if len(others) < (SEVERAL if sign == "." else 1):
        return None
    if any(sign in cell and cell[-1] == "0" for cell in known):
        return True
    edges = np.flatnonzero((within[1:] != within[:-1]) & (sizes[1:] > 0) & (sizes[:-1] > 0))
    whole, decimal = (np.where(within[edges] == flag, sizes[edges], sizes[edges + 1]) for flag in (False, True))
    closer = np.count_nonzero(whole > decimal * math.sqrt(1000))  # to a thousand times as much
    return None if 2 * closer == len(edges) else bool(2 * closer > len(edges))


def _is_even(values: NDArray[np.float64]) -> bool:
    if len(values) <= FEWEST or values[0] == values[-1]:
        return False
    return even_axis(values if values[-1] > values[0] else values[::-1]) is not None


def _is_steady(values: NDArray[np.float64]) -> bool:
    steps = np.diff(values)
    return len(values) >= FEWEST and bool((steps > 0).all() or (steps < 0).all())
