"""JCAMP-DX: spectra of infrared, Raman and others, in their plain and packed forms."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.text.decoding import lines_of
from napari_deconvolve.formats.text.heading_units import spoken_unit
from napari_deconvolve.formats.text.packed import PLAIN, UnreadableError, is_packed, tokens, unpacked
from napari_deconvolve.formats.text.table import TextTable

DATA = ("XYDATA", "XYPOINTS", "PEAKTABLE", "DATATABLE", "RADATA", "PEAKASSIGNMENTS")
OFF = 1.5  # of a step: how far the X of a line may be from where its samples are
CLOSE = 1e-6  # of the largest value: how well a line begins with the value that ended the one before
MOST = 2_000_000  # values
LINE = 100_000  # characters: programs that write more than the 80 of the standard write far less
SUSPECTS = 10_000  # lines
LONGEST = 400  # characters of an entry


@dataclass(slots=True)
class _Data:
    kind: str  # the label
    form: str  # such as "(X++(Y..Y))", without blanks
    lines: list[str] = field(default_factory=list)
    numbers: array[int] = field(default_factory=lambda: array("q"))  # of the lines, from 1
    line: int = 0  # of the label


def is_jcamp(head: Sequence[str]) -> bool:
    """Return whether the first lines of a text are those of JCAMP-DX."""
    first = next((line for line in head if line.strip()), "")
    return first.startswith("##") and any(_label(line)[0] in ("JCAMPDX", "JCAMP", *DATA) for line in head)


def read_jcamp(path: str | os.PathLike[str], text: str) -> TextTable:
    """Read the spectrum of a JCAMP-DX file.

    Raise `FileError`, which names the line, for several spectra, forms of other kinds of data, lines that cannot be
    read, and numbers of points or checks that do not agree with the file's own.
    """
    entries, data = _entries(path, text)
    if len(data) != 1 or data[0].kind not in DATA[:3]:
        kinds = ", ".join(f"{one.kind} in line {one.line}" for one in data[:3])
        many = f"{len(data)} set{'s' * (len(data) != 1)} of data{f' ({kinds})' if data else ''}"
        raise FileError(f"{path} is JCAMP-DX with {many}; give one spectrum (XYDATA or XYPOINTS).")
    (one,) = data
    packed = is_packed(one.lines)
    if one.form.startswith("(X++(Y"):
        x, y = _even(path, one, entries, packed)
    elif one.form.startswith("(XY..XY"):
        x, y = _pairs(path, one, entries)
    else:
        raise FileError(f"{path} is JCAMP-DX in the form {one.form[:40]!r}; export it as (X++(Y..Y)) or (XY..XY).")
    stated = _number(entries, "NPOINTS")
    if stated is not None and stated != len(y):
        raise FileError(f"{path} says NPOINTS {stated:g} and holds {len(y)} values; copy or export it again.")
    known, values = (entries.get(name, "").strip() for name in ("XUNITS", "YUNITS"))
    unit = spoken_unit(known)
    heading = f"({unit})" if unit != "pixel" else known[:40]
    notes = () if unit != "pixel" or not known or known.upper() == "ARBITRARY UNITS" else (_unknown(known),)
    words = f"JCAMP-DX, {one.form[:20]}{', packed' if packed else ''}"
    return TextTable(np.column_stack([x, y]), (heading, values[:40].lower()), True, words=words, notes=notes)


def _unknown(unit: str) -> str:
    return f"the unit {unit[:40]!r} of the axis is not known: left out"


def _label(line: str) -> tuple[str, str]:
    """Return the label of an entry, as the standard compares them, and what it says."""
    if not line.startswith("##") or "=" not in line:
        return "", ""
    name, _, said = line[2:].partition("=")
    return re.sub(r"[\s\-/_]", "", name[:80]).upper(), said[:LONGEST]


def _entries(path: str | os.PathLike[str], text: str) -> tuple[dict[str, str], list[_Data]]:
    entries: dict[str, str] = {}
    data: list[_Data] = []
    inside = False
    for number, line in enumerate((line for part in lines_of(text) for line in part), 1):
        bare = line.partition("$$")[0].strip()
        if bare.startswith("##"):
            name, said = _label(bare)
            inside = name in DATA
            if inside:
                data.append(_Data(name, said.replace(" ", "").upper(), line=number))
            else:
                entries.setdefault(name, said)
        elif inside and bare:
            if len(bare) > LINE:
                raise FileError(
                    f"{path} has {len(bare)} characters in line {number}, and JCAMP-DX 80; export it again."
                )
            data[-1].lines.append(bare)
            data[-1].numbers.append(number)
    return entries, data


def _number(entries: dict[str, str], name: str) -> float | None:
    words = entries.get(name, "").replace(",", ".").split()
    try:
        return float(words[0]) if words else None
    except ValueError:
        return None


def _even(
    path: str | os.PathLike[str], data: _Data, entries: dict[str, str], packed: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read lines of one position and many values at even steps."""
    begins, places = array("d"), array("q")  # of each line its X, and which value it is of
    values = array("d")
    differs = False
    for number, text in zip(data.numbers, data.lines, strict=True):
        try:
            line = unpacked(text, packed)
        except (UnreadableError, ValueError) as error:
            raise FileError(
                f"{path} cannot be read in line {number} ({text[:40]!r}): {error}; export it again."
            ) from None
        if differs and line.values:  # the first value is the last one again
            if abs(line.values[0] - values[-1]) > CLOSE * max(1.0, abs(values[-1])):
                raise FileError(
                    f"{path} is damaged: line {number} begins with {line.values[0]:g}, and the line before ends with "
                    f"{values[-1]:g}; copy or export it again."
                )
            places.append(len(values) - 1)
            values.extend(line.values[1:])
        else:
            places.append(len(values))
            values.extend(line.values)
        begins.append(line.x)
        differs = line.differs
        if len(values) > MOST:
            raise FileError(f"{path} holds more than {MOST:.0e} values; cut it into smaller files.")
    if not values:
        raise FileError(f"{path} is JCAMP-DX without values; export it again.")
    x = _positions(path, data, np.array(begins), np.array(places), len(values), entries)
    data.lines.clear()
    return x, np.array(values) * (_number(entries, "YFACTOR") or 1.0)


def _positions(
    path: str | os.PathLike[str],
    data: _Data,
    begins: NDArray[np.float64],
    places: NDArray[np.int64],
    count: int,
    entries: dict[str, str],
) -> NDArray[np.float64]:
    """Return the positions of all values; refuse lines that begin elsewhere."""
    factor = _number(entries, "XFACTOR") or 1.0
    first, last, step = (_number(entries, name) for name in ("FIRSTX", "LASTX", "DELTAX"))
    begin = float(begins[0]) * factor if first is None else first
    whole = int(_number(entries, "NPOINTS") or count)
    if last is not None and whole > 1:
        step = (last - begin) / (whole - 1)
    if not step or not np.isfinite(begin):
        raise FileError(f"{path} is JCAMP-DX without LASTX and DELTAX; export it again with them.")
    written = begins * factor
    off = np.abs(written - begin - places * step)
    suspect = np.flatnonzero(off > OFF * abs(step))
    for line in suspect[:SUSPECTS]:  # few, unless X is rounded to far more than a step
        rounding = 0.6 * factor * 10.0 ** -len(f"{begins[line]:.10g}".partition(".")[2])
        if off[line] > OFF * abs(step) + abs(rounding):
            wanted = begin + places[line] * step
            raise FileError(
                f"{path} is damaged or incomplete: line {data.numbers[line]} begins at {written[line]:g}, its values "
                f"at {wanted:g}; copy or export it again."
            )
    return begin + step * np.arange(count, dtype=np.float64)


def _pairs(
    path: str | os.PathLike[str], data: _Data, entries: dict[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read lines of positions and values by turns."""
    found = array("d")
    for number, text in zip(data.numbers, data.lines, strict=True):
        try:
            numbers = [float("nan") if token == "?" else float(token) for token in tokens(text, PLAIN)]
        except UnreadableError as error:
            raise FileError(
                f"{path} cannot be read in line {number} ({text[:40]!r}): {error}; export it again."
            ) from None
        if len(numbers) % 2:
            raise FileError(
                f"{path} has {len(numbers)} numbers in line {number}, and pairs are wanted; export it again."
            )
        found.extend(numbers)
    if not found:
        raise FileError(f"{path} is JCAMP-DX without values; export it again.")
    pairs = np.array(found).reshape(-1, 2)
    return pairs[:, 0] * (_number(entries, "XFACTOR") or 1.0), pairs[:, 1] * (_number(entries, "YFACTOR") or 1.0)
