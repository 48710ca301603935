"""EMSA/MSA files of electron energy loss and X-ray spectra (ISO 22029)."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.text.cells import number
from napari_deconvolve.formats.text.decoding import lines_of
from napari_deconvolve.formats.text.heading_units import spoken_unit
from napari_deconvolve.formats.text.table import TextTable

KEY = re.compile(r"#\s*([A-Za-z]+)\s*(-?[^:\s]*)\s*:\s?(.*)")
LINE = 100_000  # characters of a line: an EMSA file has a few numbers in each
LONGEST = 400  # characters of an entry


def is_emsa(head: Sequence[str]) -> bool:
    """Return whether the first lines of a text are those of an EMSA/MSA file."""
    first = next((line for line in head if line.strip()), "")
    return first.startswith("#") and "EMSA" in first.upper() and "FORMAT" in first.upper()


def read_emsa(path: str | os.PathLike[str], text: str) -> TextTable:
    """Read a spectrum.

    Raise `FileError`, which names the line, for anything but numbers, and where there are not as many as the file says.
    """
    entries: dict[str, str] = {}
    numbers, counts = array("d"), array("q")
    for line, content in enumerate((line for part in lines_of(text) for line in part), 1):
        found = KEY.match(content[:LONGEST])
        if found:
            entries.setdefault(found[1].upper(), found[3].strip())
        if content.startswith("#ENDOFDATA"):
            break
        if content.strip() and not content.startswith("#"):
            if len(content) > LINE:
                raise FileError(f"{path} has {len(content)} characters in line {line}; export it again.")
            before = len(numbers)
            numbers.extend(_numbers(path, line, content))
            counts.append(len(numbers) - before)
    unit, values_unit = (entries.get(name, "").strip() for name in ("XUNITS", "YUNITS"))
    pairs = entries.get("DATATYPE", "Y").upper() == "XY"
    if not numbers or (pairs and any(count % 2 for count in counts)):
        raise FileError(f"{path} is an EMSA file without {'pairs of ' if pairs else ''}numbers; export it again.")
    flat = np.array(numbers)
    if pairs:
        x, y = flat[::2], flat[1::2]
    else:
        y = flat
        step, start = (_entry(path, entries, name) for name in ("XPERCHAN", "OFFSET"))
        x = start + step * np.arange(len(y))
    stated = entries.get("NPOINTS", "").split()
    if stated and int(float(stated[0])) != len(y):
        raise FileError(f"{path} says NPOINTS {stated[0]} and holds {len(y)} values; copy or export it again.")
    known = spoken_unit(unit)
    name = entries.get("XLABEL", "")[:40]
    notes = () if known != "pixel" or not unit else (f"the unit {unit[:40]!r} of the axis is not known: left out",)
    heading = name if known == "pixel" else f"{name} ({known})"
    value = f"{entries.get('YLABEL', '')[:40] or 'data'} ({values_unit[:20]})" if values_unit else "data"
    return TextTable(np.column_stack([x, y]), (heading, value), True, words="EMSA/MSA", notes=notes)


def _numbers(path: str | os.PathLike[str], line: int, content: str) -> Iterator[float]:
    for cell in re.split(r"[,;\s]+", content.strip().rstrip(",;")):
        value = number(cell)
        if value is None:
            raise FileError(f"{path} has no numbers in line {line} ({content[:40]!r}); export it again.")
        yield value


def _entry(path: str | os.PathLike[str], entries: dict[str, str], name: str) -> float:
    value = number(entries.get(name, "?").split()[0] if entries.get(name) else "?")
    if value is None or not np.isfinite(value):
        raise FileError(f"{path} is an EMSA file without {name}; export it again.")
    return value
