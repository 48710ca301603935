"""The style of a table: what parts its columns, the sign before decimals, and that between thousands."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from napari_deconvolve.formats.text.cells import SIGNS, is_line, is_missing, number
from napari_deconvolve.formats.text.thousands import are_thousands, may_be_thousands

COMMENTS = ("#", "%", "!", "//")
SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas", " ": "blanks"}
PARTS = {",": "commas", ".": "points", "'": "apostrophes", " ": "blanks"}  # of thousands

CUT = 4000  # characters of a line that are looked at to find the style
LONE = frozenset(("-", "+", "\u2212", "\u2013", "\uff0d"))  # signs
WORD = re.compile(r"[,\s]")
REMARK = re.compile(r"[;']+\s*[^\W\d_]")
GROUP = re.compile(r"\d 0\d\d")
THIN = frozenset("\u2009\u202f")
BLANKS = re.compile(r"[ \t\u00a0\u3000]+")  # thin ones part thousands
INNER = re.compile(r"\d,\d")
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
NUMBER_LIKE = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+|\d{1,3}(?:[.,]\d{3})+(?:[.,]\d*)?)(?:[eEdD][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Style:
    """The style of a text: its separator, decimal sign and sign of thousands."""

    separator: str  # a key of `SEPARATORS`
    decimal_comma: bool
    thousands: str = ""
    width: int = 0  # the number of columns; 0 while it is unknown
    remark: str = ""  # on signs that may mean two things, for the user

    def cells(self, line: str) -> list[str]:
        """Split a line into its cells; a separator behind the last column opens no further one."""
        if self.separator == " ":
            return _between_blanks(line)
        if '"' in line:
            parts = next(csv.reader([line.strip(" ")], delimiter=self.separator, skipinitialspace=True), [])
        else:
            parts = line.split(self.separator)
        cells = [part.strip() for part in parts]
        return cells[:-1] if self.width and len(cells) == self.width + 1 and cells[-1] == "" else cells

    def number(self, cell: str) -> float | None:
        """Read a cell; NaN for a missing value, None for words."""
        return number(cell, self.decimal_comma, self.thousands)

    def row(self, line: str) -> list[float] | None:
        """Read a line; None when there are words in it. A row without any number is one where words say so."""
        return self.row_of(self.cells(line))

    def row_of(self, cells: Sequence[str]) -> list[float] | None:
        """Read the cells of a line; see `row`."""
        found: list[float] = []
        for cell in cells:
            value = self.number(cell)
            if value is None:
                return None
            found.append(value)
        return found or None

    def is_torn(self, cells: Sequence[str]) -> bool:
        """Return whether all cells look like numbers, and some have a point or a comma that this style has not."""
        if not all(NUMBER_LIKE.fullmatch(cell[:CUT]) or is_missing(cell) for cell in cells):
            return False
        return any(self.number(cell) is None and ("," in cell or "." in cell) for cell in cells)

    @property
    def words(self) -> str:
        """Description of the style, for the user."""
        said = f"columns parted by {SEPARATORS[self.separator]}" + ", decimal commas" * self.decimal_comma
        return said + (f", {PARTS[self.thousands]} between thousands" if self.thousands else "")


def is_comment(line: str, separator: str = "") -> bool:
    """Return whether a line is a comment, and no data such as "#N/A,5", "##### 5", or "; nm" parted by semicolons."""
    if line[:1] not in "#%!/s;'":
        return False
    if line[:1] in ";'":
        return line[0] != separator and REMARK.match(line) is not None and line.count("'", 1) == 0
    if line.startswith(COMMENTS):
        return not re.match(r"#(?:N/A|VALUE!|DIV/0!|NUM!|REF!|NULL!|#+(?:[\s,;]|$))", line)
    return re.fullmatch(r"sep=.", line) is not None


def style_of(lines: Sequence[str]) -> Style | None:
    """Find the style under which most lines are rows of numbers; None when there is no such line."""
    some = [line[:CUT] for line in lines if line and not is_comment(line)]
    text = "\n".join(some)
    thin = not THIN.isdisjoint(text)
    text = text if text.isascii() else text.translate(SIGNS)
    plain = [_judged(style, some) for style in _plain(text)]
    best = max(plain, key=_rank, default=None)
    for style in _with_thousands(text, thin):
        found = _judged(style, some)
        if not found.rows or (best is not None and found.rows < best.rows):
            continue
        example = are_thousands(columns_of(found.style, some), style.thousands, style.decimal_comma)
        more = best is None or found.rows > best.rows or (found.shown and _parted(found, best))
        if (more and (found.shown or example)) or (example and best is not None and _is_like(found, best)):
            best = found if found.shown else replace(found, style=_remarked(found.style, example))
    if best is None or not best.rows:
        return None
    return _one_column(best.style, some) or _unclear(best.style, some)


def columns_of(style: Style, lines: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the cells of those lines that are rows of a style, column by column."""
    cells = [found for line in lines if len(found := style.cells(line)) == style.width and style.row_of(found)]
    return list(zip(*cells, strict=True))


def _is_like(found: _Judged, best: _Judged) -> bool:
    """Return whether two styles differ in what their signs mean, and in nothing else."""
    return not best.style.thousands and (found.style.separator, found.style.width) == (
        best.style.separator,
        best.style.width,
    )


def _remarked(style: Style, example: str) -> Style:
    value = style.number(example)
    return replace(style, remark=f"{example!r} is read as {value:.10g}, as the numbers beside it show")


def _unclear(style: Style, lines: Sequence[str]) -> Style:
    """Remark on signs before decimals that could part thousands."""
    sign = "," if style.decimal_comma else "."
    example = "" if style.thousands else may_be_thousands(columns_of(style, lines), sign, style.separator == ";")
    if not example:
        return style
    said = f"{example!r} is read as {style.number(example):g}; if {sign!r} parts thousands, write numbers without it"
    return replace(style, remark=said)


@dataclass(frozen=True, slots=True)
class _Judged:
    style: Style
    rows: int  # of the most frequent number of columns
    shown: bool  # whether a number has both signs, so that nobody can mistake them


def _rank(found: _Judged) -> tuple[int, int, int]:
    order = list(SEPARATORS).index(found.style.separator)
    return found.rows, found.style.width, -2 * order - found.style.decimal_comma


def _parted(found: _Judged, best: _Judged) -> bool:
    """Return whether blanks between thousands were taken for separators: "400 <tab> 20 000.5"."""
    blanks = best.style.separator == " " and not best.style.thousands
    return blanks and found.style.thousands == " " and found.rows == best.rows


def _plain(text: str) -> Iterator[Style]:
    for separator in SEPARATORS:
        if separator == " " or separator in text:
            yield Style(separator, False)
            if "," in text:
                yield Style(separator, True)


def _with_thousands(text: str, thin: bool) -> Iterator[Style]:
    """Yield styles with signs between thousands; among columns parted by blanks only thin ones are such signs."""
    for separator in SEPARATORS:
        for comma in (False, True) if separator == " " or separator in text else ():
            for sign in (".'" if comma else ",'") + " " * (thin or separator != " "):
                if sign in text and (sign != separator or sign == " " or '"' in text):
                    yield Style(separator, comma, sign)


def _judged(style: Style, lines: Sequence[str]) -> _Judged:
    """Count the lines that are rows of numbers under a style."""
    widths: Counter[int] = Counter()
    open_ended: Counter[int] = Counter()  # those whose last cell is empty
    headed: set[int] = set()  # numbers of columns that a line of words names all of
    shown = style.thousands == "'" or (style.thousands == " " and style.separator in "; ")  # which is nothing else
    quoted, whole, named, with_comma = [], [], False, 0
    for line in lines:
        cells = style.cells(line)
        row = style.row_of(cells)
        if row is None:
            headed.update([len(cells)] if all(cells) else [])
            named = named or "," in line
        if row is None or all(map(math.isnan, row)):
            continue
        widths[len(row)] += 1
        open_ended[len(row)] += cells[-1] == ""
        shown = shown or _shows(style, line, cells)
        with_comma += "," in line
        if style.separator == ",":
            quoted += [cell for cell in cells if "," in cell]
            whole.append(", " in line and INNER.search(line) is not None and not any(sign in line for sign in '."'))
    if not widths or (style.separator == "," and _is_unclear(style, quoted, whole)):
        return _Judged(style, 0, False)
    alone = style.separator == " " and style.decimal_comma and set(widths) == {1}
    if alone and (named or (not headed and with_comma < sum(widths.values()))):  # "1,2" below "E,I", or above "3"
        return _Judged(style, 0, False)
    width, rows = max(widths.items(), key=lambda item: (item[1], item[0]))
    ended = width > 1 and open_ended[width] == rows and width not in headed  # a separator ends every line
    return _Judged(replace(style, width=width - ended), rows, shown)


def _shows(style: Style, line: str, cells: Sequence[str]) -> bool:
    """Return whether a line shows the sign between thousands: "1,023.5", or a group "045" that is no number."""
    if style.thousands == " ":
        return any(GROUP.search(cell.translate(SIGNS)) for cell in cells)
    return "," in line and "." in line and any("," in cell and "." in cell for cell in cells)


def _is_unclear(style: Style, quoted: Sequence[str], whole: Sequence[bool]) -> bool:
    """Return whether commas may be both: "1,023" in quotes, or "1,5, 2,5"."""
    return all(whole) or (style.decimal_comma and bool(quoted) and all(map(THOUSANDS.fullmatch, quoted)))


def _one_column(style: Style, lines: Sequence[str]) -> Style | None:
    """Return the style of "1,5" as one number: where the heading is one word, and every line could be a number."""
    if style.separator != "," or style.decimal_comma or style.width != 2:
        return None
    words = [line for line in lines if style.row(line) is None]
    alone = Style(" ", True, width=1)
    numbers = [line for line in lines if style.row(line) is not None]
    could = all((row := alone.row(line)) is not None and len(row) == 1 for line in numbers)
    return alone if words and could and not WORD.search(words[-1].strip()) else None


def _between_blanks(line: str) -> list[str]:
    """Split at blanks; a sign that stands alone belongs to the number behind it."""
    if '"' in line:
        return [cell.strip() for quoted, bare in re.findall(r'"([^"]*)"|([^\s"]+)', line) for cell in [quoted or bare]]
    cells = line.split() if line.isascii() else BLANKS.split(line.strip())
    if LONE.isdisjoint(cells):
        return cells
    found: list[str] = []
    for cell in cells:
        if cell[:1].isdigit() and found and found[-1] in LONE:
            found[-1] += cell
        else:
            found.append(cell)
    return found


def is_drawn(cells: Sequence[str]) -> bool:
    """Return whether a line holds no word and no number, as one of dashes or of separators alone."""
    return all(map(is_line, cells))
