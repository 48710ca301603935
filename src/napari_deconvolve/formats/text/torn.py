"""Tables whose separator stands in numbers too, so that "400,1,025" and "400,5,38" have a column too many."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.formats.text.heading_units import axis_unit
from napari_deconvolve.formats.text.headings import heading_cells
from napari_deconvolve.formats.text.style import Style, columns_of, is_comment
from napari_deconvolve.formats.text.thousands import counts_up, torn_groups

WHOLE = re.compile(r"[-+]?\d+")
FEWEST = 5  # rows that say whether they are even
ALIKE = 0.2  # of a step: by so much rounding makes steps differ


def torn_decimals(style: Style, lines: Sequence[str]) -> str:
    """Return a row in whose positions the separator stands before decimals, it seems; empty where it does not.

    Whole numbers in all columns, of which the first alone are no even positions, and with the second as decimals are.
    """
    if style.separator != "," or style.decimal_comma or style.thousands or style.width < 3:
        return ""
    columns = columns_of(style, lines)
    if not columns or len(columns[0]) < FEWEST or not all(WHOLE.fullmatch(cell) for one in columns[:2] for cell in one):
        return ""
    if any("." in cell for one in columns for cell in one) or any(cell[0] in "+-" for cell in columns[1]):
        return ""
    whole = np.array(columns[0], np.float64)
    parts = [f"{first}.{second}" for first, second in zip(*columns[:2], strict=True)]
    if _is_even(whole) or len(set(columns[1])) == 1 or not _is_even(np.array(parts, np.float64)):
        return ""
    return next(line for line in lines if style.cells(line)[0:2] == [columns[0][0], columns[1][0]])


def _is_even(positions: NDArray[np.float64]) -> bool:
    rising = positions if positions[-1] > positions[0] else positions[::-1]
    steps = np.diff(rising)
    return bool((steps > 0).all()) and bool(np.ptp(steps) < ALIKE * steps.mean())


def torn_line(style: Style, lines: Sequence[str]) -> str:
    """Return a row whose thousands the separator seems to part; empty where none does.

    Groups of three digits behind one to three others do not say so by themselves: some begin with 0, a line with a unit
    names as many columns as there are without them, or tabs part as many; and no line names all of them.
    """
    if style.separator not in ", " or style.thousands or style.width < 2:
        return ""
    columns = columns_of(style, lines)
    places = torn_groups(columns)
    if not places:
        return ""
    words = [line for line in lines if style.row(line) is None and not is_comment(line, style.separator)]
    own = [style.cells(line) for line in words]
    zeros = [place for place in places if any(cell[0] == "0" for cell in columns[place])]
    padded = [place for place in zeros if not counts_up(columns[place])]
    fewer = any(len(cells) == style.width - len(places) and axis_unit(cells[0]) != "pixel" for cells in own if cells)
    tabs = {line.count("\t") for line in lines if len(style.cells(line)) == style.width and line not in words}
    fewer = fewer or tabs == {style.width - len(places) - 1} != {0}
    named = any(
        len(cells) == style.width and any(cells[1:])  # the first may have none
        for cells in (heading_cells(line, style, style.width) for line in words)
    )
    if named or not (padded or fewer):
        return ""
    place = (padded or places)[0]
    cell = min(columns[place])
    return next(line for line in lines if len(found := style.cells(line)) == style.width and found[place] == cell)
