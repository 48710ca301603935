"""Numbers of JCAMP-DX in their packed forms: PAC, SQZ, DIF and DUP.

R. S. McDonald and P. A. Wilks, "JCAMP-DX: a standard form for exchange of infrared spectra in computer readable form",
Applied Spectroscopy 42 (1988) 151.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

SQUEEZED = {letter: str(place) for place, letter in enumerate("@ABCDEFGHI")} | {
    letter: str(-place) for place, letter in enumerate("abcdefghi", 1)
}
DIFFERENCE = {letter: str(place) for place, letter in enumerate("%JKLMNOPQR")} | {
    letter: str(-place) for place, letter in enumerate("jklmnopqr", 1)
}
REPEATED = {letter: str(place) for place, letter in enumerate("STUVWXYZs", 1)}

PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\?")
PACKED = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)|[@A-Ia-i%J-Rj-rS-Zs]\d*(?:\.\d*)?|\?")
BETWEEN = " \t,;"
TOUCHING = re.compile(r"\.\d*\.|[eE][-+]?\d+\.|\?[\d.?]|[\d.]\?")  # two numbers without a sign between
LETTERS = re.compile(r"[@%A-DF-Za-df-s]")


class UnreadableError(ValueError):
    """A line that holds anything else; its message says what."""


@dataclass(slots=True)
class Line:
    """The numbers of one line."""

    x: float
    values: list[float]
    differs: bool  # whether its last value is a difference, so that the next line begins with a check


def is_packed(lines: Sequence[str]) -> bool:
    """Return whether lines use letters for digits; an E may belong to either."""
    if any(LETTERS.search(line) for line in lines):
        return True
    try:
        for line in lines:
            if "E" in line or "e" in line:
                tokens(line, PLAIN)
    except UnreadableError:
        return True
    return False


def tokens(line: str, pattern: re.Pattern[str]) -> list[str]:
    """Split a line into numbers, which may follow each other without anything between."""
    found = pattern.findall(line)
    between = sum(map(line.count, BETWEEN))
    if not found or sum(map(len, found)) + between != len(line) or (pattern is PLAIN and TOUCHING.search(line)):
        rest = pattern.sub("", line).strip(BETWEEN)
        raise UnreadableError(f"{rest[:12]!r} is no number" if rest else "numbers touch each other")
    return found


def unpacked(line: str, packed: bool) -> Line:
    """Read a line of JCAMP-DX data: X, then any number of values."""
    found = tokens(line, PACKED if packed else PLAIN)
    x = _number(found[0])
    if not packed:
        return Line(x, [_number(token) for token in found[1:]], False)
    values: list[float] = []
    step, differs = 0.0, False
    for token in found[1:]:
        sign = token[0]
        if sign in DIFFERENCE:
            step, differs = float(DIFFERENCE[sign] + token[1:]), True
            if not values:
                raise UnreadableError(f"{token!r} is a difference to nothing")
            values.append(values[-1] + step)
        elif sign in REPEATED:
            if not values:
                raise UnreadableError(f"{token!r} repeats nothing")
            _repeat(values, int(REPEATED[sign] + token[1:]) - 1, step if differs else 0.0)
        else:
            values.append(math.nan if token == "?" else float(SQUEEZED.get(sign, sign) + token[1:]))
            differs = False
    return Line(x, values, differs)


def _number(token: str) -> float:
    if token == "?":
        return math.nan
    if token[0] in DIFFERENCE or token[0] in REPEATED:
        raise UnreadableError(f"{token!r} stands where a line begins")
    return float(SQUEEZED.get(token[0], token[0]) + token[1:])


def _repeat(values: list[float], times: int, step: float) -> None:
    if times > 10_000_000:
        raise UnreadableError(f"a value is repeated {times} times")
    for _ in range(times):
        values.append(values[-1] + step)
