"""Numbers in columns of text: separators, decimal commas, headings, comments and missing values, found from the text.

The separator is found from the file as a whole: semicolons, tabs, commas or blanks. Beside semicolons and tabs a comma
is the decimal point, and beside blanks too if every number could have one.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.reading import reading
from napari_deconvolve.units import canonical, is_length, kind

MAX_TEXT_BYTES = 5e7  # bytes of text
COMMENTS = ("#", "%", "!", "//")
MISSING = ("", "na", "n/a", "nan", "null", "none", "-", "--", "---")
SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas", " ": "blanks"}

_BRACKETED = re.compile(r"[(\[]\s*([^)\]]+?)\s*[)\]]")  # as in "E (meV)" and "Distance_[µm]"
_TRAILING = re.compile(r"([\s_/])([^\s_/]+)\s*$")  # as in "position/nm" and "x_um"
_INVERSE = re.compile(r"(?:1\s*/\s*\w+|\w+\s*(?:\^|\*\*)?\s*[-⁻−]\s*[1¹])\s*$")  # as in "shift 1/cm" and "cm^-1"
_WITH_COMMA = re.compile(r"[-+]?\d*(,\d+)?([eEdD][-+]?\d+)?")
_NUMBER_LIKE = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+|\d{1,3}(?:[.,]\d{3})+(?:[.,]\d*)?)(?:[eEdD][-+]?\d+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
_BLANK_PARTED = re.compile(r"\"[^\"]*\"|[^\s\"(\[]*\s?[(\[][^)\]]*[)\]]|\S+")  # "E (meV)" is one word


@dataclass(frozen=True, slots=True)
class Style:
    """The style of a text: its separator and decimal point."""

    separator: str  # a key of `SEPARATORS`
    decimal_comma: bool
    width: int = 0  # the number of columns; 0 while it is unknown

    def cells(self, line: str) -> list[str]:
        """Split a line into its cells; a separator behind the last column opens no further one."""
        if self.separator == " ":
            return [word.strip('"').strip() for word in _BLANK_PARTED.findall(line)]
        parts = next(csv.reader([line.strip(" ")], delimiter=self.separator, skipinitialspace=True), [])
        cells = [part.strip() for part in parts]
        return cells[:-1] if self.width and len(cells) == self.width + 1 and cells[-1] == "" else cells

    def number(self, cell: str) -> float | None:
        """Read a cell; NaN for a missing value, None for words."""
        if cell.lower() in MISSING:
            return float("nan")
        text = cell.replace(",", ".") if self.decimal_comma else cell
        try:
            return float(re.sub(r"(?<=\d)[dD](?=[-+]?\d)", "e", text))  # Fortran writes 1.5D+03
        except ValueError:
            return None

    def row(self, line: str) -> list[float] | None:
        """Read a line of numbers; None when there are words in it, or no number at all."""
        numbers = [self.number(cell) for cell in self.cells(line)]
        found = [number for number in numbers if number is not None]
        return found if len(found) == len(numbers) and _any_finite(found, line) else None

    def is_torn(self, line: str) -> bool:
        """Return whether numbers of a line have both points and commas."""
        cells = [cell for cell in self.cells(line) if cell.lower() not in MISSING]
        if not all(map(_NUMBER_LIKE.fullmatch, cells)):
            return False
        return any(("." if self.decimal_comma else ",") in cell for cell in cells)

    @property
    def words(self) -> str:
        """Description of the style, for the user."""
        return f"columns parted by {SEPARATORS[self.separator]}" + ", decimal commas" * self.decimal_comma


@dataclass(frozen=True, slots=True, eq=False)
class TextTable:
    """Rows of numbers, NaN in empty cells, with their heading and comments."""

    values: NDArray[np.float64]
    heading: tuple[str, ...]  # the cells of the last line of words before the numbers, or empty
    comments: tuple[str, ...]  # before the numbers, without their signs
    labels: NDArray[np.float64] | None  # over the columns but the first, of a first row with an empty corner
    style: Style


def read_text(path: str | os.PathLike[str]) -> TextTable:
    """Read numbers in columns; raise `FileError` for lines of different lengths, words among them, or no numbers."""
    with reading(path, "a table of numbers") as source:
        if source.stat().st_size > MAX_TEXT_BYTES:
            raise FileError(f"{path} is larger than {MAX_TEXT_BYTES:.0e} bytes of text; save it as TIFF or .npy.")
        lines = [line.strip("\r\n ") for line in _decoded(source.read_bytes()).splitlines()]
        return _table(path, lines)


def unit_of(heading: str) -> str:
    """Find the unit in a column's heading, as in "E (meV)", "position/nm" and "shift 1/cm"; "pixel" without one."""
    found = _BRACKETED.search(heading)
    if found:
        return canonical(found[1])
    inverse = _INVERSE.search(heading)
    if inverse and kind(inverse[0]):
        return canonical(inverse[0])
    last = _TRAILING.search(heading)
    if last and kind(last[2]) and (last[1] == "/" or is_length(last[2]) or len(last[2]) > 1):
        return canonical(last[2])
    return canonical(heading) if kind(heading) and len(heading) > 1 else "pixel"


def name_of(heading: str) -> str:
    """Return a heading without its unit: "E" of "E (meV)"."""
    if _BRACKETED.search(heading):
        return _BRACKETED.sub("", heading).strip(" _")
    for pattern in (_INVERSE, _TRAILING):
        last = pattern.search(heading)
        if last and unit_of(heading) != "pixel":
            return heading[: last.start()].strip(" _/")
    return "" if unit_of(heading) != "pixel" else heading


def _decoded(raw: bytes) -> str:
    """Read text in any of the usual encodings; that of Windows spreadsheets is the last resort."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252")


def _table(path: str | os.PathLike[str], lines: Sequence[str]) -> TextTable:
    rows: list[list[float]] = []
    heading: list[str] = []
    comments: list[str] = []
    labels: list[float] | None = None
    style = _style(lines)
    for number, text in enumerate(lines, 1):
        if _is_beside(text):
            if not rows and text.startswith(COMMENTS):
                comments.append(text.lstrip("#%!/ \t"))
            continue
        if style.is_torn(text):
            raise FileError(
                f"{path} has points and commas in its numbers (line {number}: {text[:40]!r}); write them with one sign "
                "for decimals and none between thousands."
            )
        row = style.row(text)
        if row is not None and not rows and labels is None and len(row) > 2 and style.cells(text)[0] == "":
            labels = row[1:]
        elif row is not None and rows and len(row) != len(rows[0]):
            raise FileError(
                f"{path} has {len(row)} numbers in line {number} and {len(rows[0])} before; make them equal."
            )
        elif row is not None:
            rows.append(row)
        elif rows:
            raise FileError(
                f"{path} has no numbers in line {number} ({text[:40]!r}); leave only numbers below the header."
            )
        else:
            heading = style.cells(text)
    if not rows:
        raise FileError(f"{path} holds no numbers; give a column of values, two of positions and values, or a matrix.")
    over = None if labels is None else np.array(labels, np.float64)
    return TextTable(*_without_count(np.array(rows, np.float64), tuple(heading)), tuple(comments), over, style)


def _is_beside(text: str) -> bool:
    """Return whether a line is not part of the table: empty, a comment, or a spreadsheet's "sep=;"."""
    return not text.strip() or text.startswith(COMMENTS) or re.fullmatch(r"sep=.", text) is not None


def _style(lines: Sequence[str]) -> Style:
    """Find the separator and the number of columns from the lines that begin with a number."""
    some = [line for line in lines if not _is_beside(line) and re.match(r"[\s\"]*[-+.,;\d]", line)]
    style = _signs(lines, some[:200])
    rows = [style.cells(line) for line in some if style.row(line) is not None]
    width = min(map(len, rows), default=0)
    # Whether every line ends in a separator:
    ends = width > 1 and all(len(cells) == width and cells[-1] == "" for cells in rows)
    return Style(style.separator, style.decimal_comma, width - ends)


def _signs(lines: Sequence[str], some: Sequence[str]) -> Style:
    """Find the separator and the decimal point from some lines of numbers."""
    for separator in (";", "\t"):
        if any(separator in line.strip(" ") for line in some):
            return Style(separator, any("," in line for line in some))
    if not any("," in line for line in some):
        return Style(" ", False)
    parted = [line.split() for line in some]
    several = {len(parts) for parts in parted} != {1}
    if several and all(_WITH_COMMA.fullmatch(part) for parts in parted for part in parts):
        return Style(" ", True)
    if not several and _is_one_column(lines, some):
        return Style(" ", True)
    style = Style(",", False)
    quoted = [cell for line in some for cell in style.cells(line) if "," in cell]
    return Style(",", bool(quoted) and not all(map(_THOUSANDS.fullmatch, quoted)))


def _is_one_column(lines: Sequence[str], some: Sequence[str]) -> bool:
    """Return whether "1,5" is one number: if the heading is one word, and every line could be a number."""
    words = [line for line in lines if not _is_beside(line) and line not in some]
    return bool(words) and not re.search(r"[,\s]", words[-1].strip()) and all(map(_WITH_COMMA.fullmatch, some))


def _any_finite(numbers: list[float], line: str) -> bool:
    """Return whether a line holds a number or a word for a missing one."""
    return bool(np.isfinite(numbers).any()) or "nan" in line.lower() or any(map(np.isinf, numbers))


def _without_count(
    values: NDArray[np.float64], heading: tuple[str, ...]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Remove a first column without a name that counts the lines, as tables of results in Fiji have."""
    if len(heading) == values.shape[1] > 1 and heading[0] == "" and np.all(np.diff(values[:, 0]) == 1):
        return values[:, 1:], heading[1:]
    return values, heading
