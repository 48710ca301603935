"""What stands above the numbers: names of columns and their units."""

from __future__ import annotations

import re
from collections.abc import Sequence

from napari_deconvolve.formats.text.cells import NUMBER
from napari_deconvolve.formats.text.style import Style
from napari_deconvolve.units import canonical, is_length, kind

LONGEST = 200  # characters of a heading
ROWS = 4  # lines of a heading at most: names, units, comments

_BRACKETED = re.compile(r"[(\[]((?:[^()\[\]]|[(\[][^()\[\]]*[)\]])+)[)\]]")  # "E (meV)", "x_[µm]", "[nm (air)]"
_TRAILING = re.compile(r"([\s_/])([^\s_/]+)\s*$")  # as in "position/nm" and "x_um"
_INVERSE = re.compile(r"(?:1\s?/\s?\w{1,12}|\b\w{1,12}\s?(?:\^|\*\*)?\s?[-⁻−]\s?[1¹])\s*$")  # "shift 1/cm", "cm^-1"
_MARKUP = re.compile(r"[{}$\\]|mathrm|text(?=\{)")
_WAVELENGTH = re.compile(r"wave|lambda|λ|\bwl\b", re.IGNORECASE)  # in "A" these are in angstroms, not in amperes
_VALUE_UNITS = frozenset(
    (
        "a.u.",
        "a.u",
        "au",
        "arb.u.",
        "arb.",
        "counts",
        "count",
        "cps",
        "counts/s",
        "adc",
        "dn",
        "adu",
        "-",
        "abs",
        "norm.",
    )
)


def unit_of(heading: str) -> str:
    """Find the unit in a column's heading, as in "E (meV)", "position/nm" and "shift 1/cm"; "pixel" without one.

    What stands in brackets is the unit also if nobody knows it, as "cps"; `axis_unit` takes known ones only.
    """
    heading = _MARKUP.sub("", heading[:LONGEST])
    brackets = [found.strip() for found in _BRACKETED.findall(heading) if found.strip()]
    known = next((found for found in brackets if kind(found)), None)
    if known:
        return canonical(known)
    bare = _BRACKETED.sub("", heading).strip(" _")
    inverse = _INVERSE.search(bare)
    if inverse and kind(inverse[0]):
        return canonical(inverse[0])
    last = _TRAILING.search(bare)
    if last and kind(last[2]) and (last[1] == "/" or is_length(last[2]) or len(last[2]) > 1):
        return canonical(last[2])
    if kind(bare) and len(bare) > 1:
        return canonical(bare)
    return canonical(brackets[0]) if brackets else "pixel"


def axis_unit(heading: str) -> str:
    """Return the unit of an axis: only one that is known counts; else "pixel"."""
    found = unit_of(heading)
    if found == "A" and _WAVELENGTH.search(heading):
        return "angstrom"
    return found if kind(found) else "pixel"


def spoken_unit(words: str) -> str:
    """Return the unit that an entry of a header says, in capitals or not: "1/CM", "NANOMETERS"; else "pixel"."""
    said = words.strip()
    found = (axis_unit(text) for text in (said, f"({said})", said.lower(), f"({said.lower()})") if said)
    return next((unit for unit in found if unit != "pixel"), "pixel")


def name_of(heading: str) -> str:
    """Return a heading without its unit: "E" of "E (meV)"."""
    heading = heading[:LONGEST]
    if _BRACKETED.search(heading):
        return _BRACKETED.sub("", heading).strip(" _")
    for pattern in (_INVERSE, _TRAILING):
        last = pattern.search(heading)
        if last and unit_of(heading) != "pixel":
            return heading[: last.start()].strip(" _/")
    return "" if unit_of(heading) != "pixel" else heading


def columns_named(lines: Sequence[str], style: Style, width: int) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns, with their units, and how many of the last lines say them.

    `lines` are those of words directly above the numbers. A line of units may follow the names, and one of remarks.
    Names are empty where the last line has other cells than the columns.
    """
    rows: list[list[str]] = []
    for line in reversed(lines[-ROWS:]):
        cells = heading_cells(line, style, width)
        if len(cells) != width or not any(cells) or is_pair(cells) or NUMBER.fullmatch(cells[0]):
            break
        rows.insert(0, [cell[:LONGEST] for cell in cells])
    if not rows:
        return (), 0
    place = next((place for place, cells in enumerate(rows) if _are_units(cells)), None)
    if place is None:
        return tuple(rows[-1]), 1
    if place == 0:  # units without names, or with them below
        return tuple(rows[-1] if len(rows) == 1 else map(_with_unit, rows[1], rows[0])), len(rows)
    return tuple(map(_with_unit, rows[place - 1], rows[place])), len(rows) - place + 1


def heading_cells(line: str, style: Style, width: int) -> list[str]:
    """Split a line of words as the numbers are, or in another way that gives as many cells."""
    own = _words(line) if style.separator == " " else style.cells(line)
    if len(own) == width:
        return own
    others = (re.split(r"\s{2,}|\t", line.strip()), *([cell.strip() for cell in line.split(sign)] for sign in "\t;,"))
    return next((cells for cells in others if len(cells) == width), own)


def is_pair(cells: Sequence[str]) -> bool:
    """Return whether two cells are a name and its value, as in "Exposure (s), 0.1" and "Unit=, nm"."""
    if len(cells) != 2:
        return False
    return cells[0].endswith(("=", ":")) or NUMBER.fullmatch(cells[1][:LONGEST].replace(",", ".")) is not None


def _are_units(cells: Sequence[str]) -> bool:
    """Return whether a line holds units and nothing else: "[nm];[counts]", "nm, a.u."."""
    bare = [cell.strip("()[] ") for cell in cells]
    known = [bool(kind(cell)) for cell in bare]
    bracketed = [cell[:1] in "([" and cell[-1:] in ")]" for cell in cells if cell]
    return (any(known) or all(bracketed)) and all(
        not cell or whole or cell.lower() in _VALUE_UNITS or (given[:1] in "([" and given[-1:] in ")]")
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
