"""Tables whose separator parts thousands too, so that "400,1,025" has a column too many."""

from __future__ import annotations

from collections.abc import Sequence

from napari_deconvolve.formats.text.heading_units import axis_unit
from napari_deconvolve.formats.text.headings import heading_cells
from napari_deconvolve.formats.text.style import Style, columns_of, is_comment
from napari_deconvolve.formats.text.thousands import counts_up, torn_groups


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
