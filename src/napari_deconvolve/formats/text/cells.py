"""Cells of a table: numbers in all spellings, and the words that stand for a missing one."""

from __future__ import annotations

import math
import re

LONGEST = 64  # characters of a number
PLAIN = "0123456789.+-"  # what numbers begin with

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?")
BOUND = re.compile(r"[<>≤≥]=?\s*[-+]?[\d.,]+(?:[eE][-+]?\d+)?")  # "<5": below what can be measured
STARS = re.compile(r"[-+*#.?!~$=_]{2,}|[*~]|…+")  # a number that is too wide for its column, or a gap
SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-"),
        **dict.fromkeys("\u207a\uff0b", "+"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        **dict.fromkeys("\u2019\u02bc", "'"),
        "\uff0e": ".",
        "\ufeff": None,
    }
)
# Each line: not measured; wrong; above the range; below it; left out; of spreadsheets; of C's libraries.
_MISSING = """
    - na n/a n.a. n.a #na nan +nan -nan null (null) none nil missing miss void blank empty nodata n.d. nd n/d ? .
    nat \\n n.v. n.v k.a. s.o. n.b. void. nan. nan.0
    undef undefined invalid bad err error err. fail failed dead
    over overflow overload overrange over-range ovr ovf ovfl ovl ovld ovrflw oflow oor o/f ol o.l o.l. 0l +over -over
    inf +inf -inf infinity +infinity -infinity ∞ +∞ -∞ sat sat. saturated saturation clipped clip
    under underflow underrange under-range unf uflow u/f off lod <lod lld <lld lod. loq <loq bdl bql
    masked mask mask. rejected cosmic spike outlier
    #n/a #n/v #nv #fehlt #value! #wert! #valeur! #div/0! #num! #zahl! #nombre! #ref! #bezug! #name? #null! #error!
    1.#qnan -1.#qnan 1.#snan 1.#ind -1.#ind 1.#inf -1.#inf +1.#inf 1.#j -1.#j 1.#r 1.#io
    nan(ind) -nan(ind) nan(snan) qnan snan nanq
"""
MISSING = frozenset(("", *_MISSING.split(), "no data", "not available", "over range", "out of range"))


def is_missing(cell: str) -> bool:
    """Return whether a cell stands for a value that was not measured, or is out of range."""
    if len(cell) > LONGEST and not STARS.fullmatch(cell):
        return False
    word = cell.strip("\"'").lower()
    if word in MISSING or (word.strip("()[]<>") or word) in MISSING:
        return True
    return bool(BOUND.fullmatch(cell) or STARS.fullmatch(cell) or re.fullmatch(r"[-+]?1[.,]#[a-z]+0*", word))


def is_line(cell: str) -> bool:
    """Return whether a cell is empty or drawn, as in a line of dashes: no word for a missing value."""
    return not any(letter.isalnum() or letter in "*#?" for letter in cell)


def number(cell: str, comma: bool = False, thousands: str = "") -> float | None:
    """Read a cell; NaN for a missing value, None for words.

    `comma` is whether decimals follow a comma, `thousands` the sign between thousands.
    """
    if cell in MISSING:
        return math.nan
    if not thousands and cell[:1] in PLAIN and len(cell) <= LONGEST and "_" not in cell:
        torn = comma and ("." in cell or cell[-1] == ",")
        given = "" if torn else cell.replace(",", ".") if comma else cell
        try:
            value = float(given)  # three times as fast as what follows
        except ValueError:
            pass
        else:
            return value if math.isfinite(value) else math.nan
    text = cell if cell.isascii() else cell.translate(SIGNS).strip()
    plain = _without_thousands(text, thousands, comma) if thousands else text
    if plain is not None and len(plain) <= LONGEST:
        if comma:
            plain = "" if "." in plain or plain.startswith(",") or plain.endswith(",") else plain.replace(",", ".")
        if plain[:1] in "+-":
            plain = plain[:1] + plain[1:].lstrip()
        if NUMBER.fullmatch(plain):
            found = float(plain.replace("d", "e").replace("D", "e"))
            return found if math.isfinite(found) else math.nan
    return math.nan if is_missing(text) else None


def _without_thousands(text: str, sign: str, comma: bool) -> str | None:
    """Remove the signs between groups of three digits; None where they stand elsewhere."""
    if sign not in text:
        return text
    whole, point, rest = text.partition("," if comma else ".")
    groups = whole.lstrip("+-").split(sign)
    even = 1 <= len(groups[0]) <= 3 and groups[0][0] != "0" and all(len(group) == 3 for group in groups[1:])
    return whole.replace(sign, "") + point + rest if even and all(map(str.isdecimal, groups)) else None
