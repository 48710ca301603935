"""What stands above the numbers: names of columns, and lines of units below them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from napari_deconvolve.formats.text.cells import NUMBER
from napari_deconvolve.formats.text.column_names import names_axis, names_setting
from napari_deconvolve.formats.text.heading_units import LONGEST, VALUE_UNITS, axis_unit, unit_of
from napari_deconvolve.formats.text.style import Style
from napari_deconvolve.units import kind

_MARK = re.compile(
    r"[#%!/;'*$@&>|\\~^\"\s]*(?:rem\s+)?(?:(?:columns?|fields?|names?|labels?|headers?|headings?)\s*[:=]\s*)?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:col(?:umn|\.)?\s*)?(\d{1,3})\s*[:.=)-]\s*(\S.*)", re.IGNORECASE)
ROWS = 4  # lines of a heading at most: names, units, comments


def columns_named(lines: Sequence[str], style: Style, width: int) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns, with their units, and how many of the last lines say them.

    `lines` are those of words directly above the numbers. A line of units may follow the names, and one of remarks.
    Names are empty where the last line has other cells than the columns.
    """
    rows: list[list[str]] = []
    for line in reversed(lines[-ROWS:]):
        cells = heading_cells(line, style, width)
        numbered = len(lines) == 1 and names_spectrum(cells)  # a single spectrum may be called by a number
        if len(cells) != width or not any(cells) or (is_pair(cells) and not numbered) or NUMBER.fullmatch(cells[0]):
            break
        rows.insert(0, [cell[:LONGEST] for cell in cells])
    if not rows:
        return (), 0
    place = next((place for place, cells in enumerate(rows) if _are_units(cells)), None)
    if place is None:
        last = next((at for at in range(len(rows) - 1, -1, -1) if axis_unit(rows[at][0]) != "pixel"), len(rows) - 1)
        return tuple(rows[last]), len(rows) - last
    if place == 0:  # units without names, or with them below
        return tuple(rows[-1] if len(rows) == 1 else map(_with_unit, rows[1], rows[0])), len(rows)
    return tuple(map(_with_unit, rows[place - 1], rows[place])), len(rows) - place + 1


def heading_cells(line: str, style: Style, width: int) -> list[str]:
    """Split a line of words as the numbers are, or in another way that gives as many cells; its mark is no part of it.

    A mark is what lines of a header begin with, such as ";" and "%".
    """
    bare = bared(line)
    for text in (line, bare):
        own = _words(text) if style.separator == " " else style.cells(text)
        marked = style.separator == " " and width == 2 and not any(map(str.isalnum, own[0])) if own else False
        if len(own) == width and not marked:
            return [_unquoted(bared(own[0])), *map(_unquoted, own[1:])]
    others = (re.split(r"\s{2,}|\t", bare.strip()), *([cell.strip() for cell in bare.split(sign)] for sign in "\t;,"))
    return next((list(map(_unquoted, cells)) for cells in others if len(cells) == width), own)


def bared(line: str) -> str:
    """Return a line of a header without the mark that it begins with, and "columns:" behind it."""
    return line[found.end() :] if (found := _MARK.match(line[:LONGEST])) and found.end() < len(line) else line


def listed_names(lines: Sequence[str], width: int) -> tuple[str, ...]:
    """Return the names in the last lines where each has one and its number: "1: nm", "2: counts"; else none."""
    found = [_NUMBERED.fullmatch(bared(line)[:LONGEST]) for line in lines[-width:]]
    numbers = [int(one[1]) for one in found if one]
    if len(numbers) != width or numbers not in (list(range(width)), list(range(1, width + 1))):
        return ()
    return tuple(one[2] for one in found if one)


def _unquoted(cell: str) -> str:
    return cell.strip("'").strip() if cell[:1] == "'" or cell[-1:] == "'" else cell


def is_pair(cells: Sequence[str]) -> bool:
    """Return whether two cells are a name and its value, as in "Exposure (s), 0.1" and "Unit=, nm"."""
    if len(cells) != 2:
        return False
    return cells[0].endswith(("=", ":")) or NUMBER.fullmatch(cells[1][:LONGEST].replace(",", ".")) is not None


def names_spectrum(cells: Sequence[str]) -> bool:
    """Return whether two cells are an axis with its unit and the name of a spectrum: "Raman shift (cm-1), 785"."""
    return len(cells) == 2 and axis_unit(cells[0]) != "pixel" and names_axis(cells[0]) and not names_setting(cells[0])


def _are_units(cells: Sequence[str]) -> bool:
    """Return whether a line holds units and nothing else: "[nm];[counts]", "nm, a.u."."""
    bare = [cell.strip("()[] ") for cell in cells]
    known = [bool(kind(cell)) for cell in bare]
    bracketed = [cell[:1] in "([" and cell[-1:] in ")]" for cell in cells if cell]
    return (any(known) or all(bracketed)) and all(
        not cell or whole or cell.lower() in VALUE_UNITS or (given[:1] in "([" and given[-1:] in ")]")
        for cell, whole, given in zip(bare, known, cells, strict=True)
    )


def _with_unit(name: str, unit: str) -> str:
    bare = unit.strip("()[] ")
    if not bare or bare == "-":
        return name
    return f"{name} ({bare})" if unit_of(name) == "pixel" else name


def _words(line: str) -> list[str]:
    """Split at blanks outside quotes and brackets, so that "E (meV)" is one word."""
    found: list[list[str]] = []
    depth, quoted = 0, False
    for piece in line.split():
        follows = piece[:1] in "([" and bool(found) and not set("([") & set(found[-1][-1])
        if depth or quoted or follows:
            found[-1].append(piece)
        else:
            found.append([piece])
        depth = max(0, depth + sum(map(piece.count, "([")) - sum(map(piece.count, ")]")))
        quoted ^= piece.count('"') % 2 == 1
    return [" ".join(word).strip('"').strip() for word in found]
