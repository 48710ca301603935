"""Tables whose separator parts thousands too, so that "400,1,025" has a column too many."""

from __future__ import annotations

from collections.abc import Sequence

from napari_deconvolve.formats.text.heading_units import axis_unit
from napari_deconvolve.formats.text.style import Style, columns_of, is_comment
from napari_deconvolve.formats.text.thousands import counts_up, torn_groups


def torn_line(style: Style, lines: Sequence[str]) -> str:
    """Return a row whose thousands the separator seems to part; empty where none does.

    Groups of three digits behind one to three others do not say so by themselves: some begin with 0 where no line names
    all columns, or a line with a unit names as many as there are without them.
    """
    if style.separator not in ", " or style.thousands or style.width < 2:
        return ""
    columns = columns_of(style, lines)
    places = torn_groups(columns)
    if not places:
        return ""
    words = [cells for line in lines if (cells := _words(style, line)) and style.row_of(cells) is None]
    zeros = [place for place in places if any(cell[0] == "0" for cell in columns[place])]
    padded = [place for place in zeros if not counts_up(columns[place])]
    fewer = any(len(cells) == style.width - len(places) and axis_unit(cells[0]) != "pixel" for cells in words)
    named = any(len(cells) == style.width and all(cells) for cells in words)
    if named or not (padded or fewer):
        return ""
    place = (padded or places)[0]
    cell = min(columns[place])
    return next(line for line in lines if len(found := style.cells(line)) == style.width and found[place] == cell)


def _words(style: Style, line: str) -> list[str]:
    return [] if is_comment(line) else [cell for cell in style.cells(line) if cell]
