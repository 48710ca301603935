"""The one reader of tables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.reading import reading, suffix_of
from napari_deconvolve.formats.text.block import Block, block_of, counted, lines_named
from napari_deconvolve.formats.text.cells import is_missing
from napari_deconvolve.formats.text.column_names import names_setting
from napari_deconvolve.formats.text.decoding import decoded, lines_of
from napari_deconvolve.formats.text.emsa import is_emsa, read_emsa
from napari_deconvolve.formats.text.heading_units import axis_unit
from napari_deconvolve.formats.text.headings import bared, columns_named, heading_cells, is_pair, listed_names
from napari_deconvolve.formats.text.hints import unit_in
from napari_deconvolve.formats.text.jcamp import is_jcamp, read_jcamp
from napari_deconvolve.formats.text.sample import sample
from napari_deconvolve.formats.text.scan import Scan
from napari_deconvolve.formats.text.sentinels import without_sentinels
from napari_deconvolve.formats.text.spc import SPC, read_spc
from napari_deconvolve.formats.text.style import SEPARATORS, Style, is_comment, style_of
from napari_deconvolve.formats.text.table import TextTable
from napari_deconvolve.formats.text.torn import torn_decimals, torn_line

MAX_BYTES = 6e7  # bytes of text
FIRST = 400  # lines that are looked at to recognise what a text is
RECIPE = "recipe:"  # a comment of this program, which is read elsewhere


def read_text(path: str | os.PathLike[str]) -> TextTable:
    """Read numbers in columns, JCAMP-DX, EMSA/MSA, or SPC by its library.

    Raise `FileError`, which names the line, for lines of different lengths and words among the numbers, and for a text
    without numbers.
    """
    with reading(path, "a table of numbers") as source:
        return without_sentinels(_read(path, source))


def _read(path: str | os.PathLike[str], source: Path) -> TextTable:
    if suffix_of(path) == SPC:
        return read_spc(source)
    size = source.stat().st_size
    if size > MAX_BYTES:
        raise FileError(f"{path} has {size:.2g} bytes, and a text may have {MAX_BYTES:.0e}; save it as TIFF or .npy.")
    text = decoded(path, source.read_bytes())
    head = list(islice((line for part in lines_of(text[: 1 << 17]) for line in part), FIRST))
    if is_jcamp(head):
        return read_jcamp(path, text)
    if is_emsa(head):
        return read_emsa(path, text)
    return _table(path, text)


def _table(path: str | os.PathLike[str], text: str) -> TextTable:
    some = sample(lines_of(text), len(text))
    style = style_of(some)
    if style is None:
        raise _no_table(path, text)
    if torn := torn_line(style, some):
        raise FileError(
            f"{path} has {SEPARATORS[style.separator]} between its columns and, it seems, between thousands "
            f"({torn[:40]!r}); write numbers without a sign between thousands."
        )
    if torn := torn_decimals(style, some):
        raise FileError(
            f"{path} has commas between its columns and, it seems, before decimals ({torn[:40]!r}); part its columns "
            "by semicolons or tabs."
        )
    scan = Scan(path, style)
    scan.read(lines_of(text))
    block = block_of(scan)
    if block is None or not np.isfinite(block.values).any():
        raise _no_table(path, text)
    headings, used = columns_named(block.words, style, block.values.shape[1])
    named = any(headings)
    values, labels = (block.values, block.labels) if named else _labelled(path, block)
    comments: tuple[str, ...] = ()
    if not named:
        headings, comments = _commented(block, style, values.shape[1])
    notes = [
        *([style.remark] if style.remark else []),
        *block.notes,
        *_unused(block, used, comments, labels is not None),
    ]
    values, headings, more = _without_count(values, headings)
    return TextTable(
        values,
        headings,
        named,
        labels,
        "" if _says_unit(headings) else unit_in(block.header),
        style.words,
        (*notes, *more),
        block.first + (len(block.values) - len(values)),
        block.skipped,
    )


def _labelled(path: str | os.PathLike[str], block: Block) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Separate the first row of a matrix whose corner is empty."""
    values = block.values
    if not (block.corner and values.shape[1] > 2 and len(values) > 1):
        return values, block.labels
    labels = values[0, 1:]
    if not np.isfinite(labels).all():
        raise FileError(
            f"{path} has empty cells in line {block.first}, over its columns: a map with one spectrum per line, it "
            "seems; give a table with one spectrum per column."
        )
    return values[1:], labels


def _commented(block: Block, style: Style, width: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the names of the columns in comments, or in words that cannot be separated but say the axis's unit.

    Return them, and the lines that say them.
    """
    names, used = columns_named([bared(comment) for comment in block.comments], style, width)
    if any(names) and width > 1:
        return names, block.comments[len(block.comments) - used :]
    listed = listed_names(block.comments or block.words, width)
    if listed:
        return listed, (block.comments or block.words)[-width:]
    for comment in reversed(block.comments):
        cells = heading_cells(comment, style, width)
        if len(cells) == width > 1 and any(map(str.isalpha, "".join(cells))) and not is_pair(cells):
            return tuple(cells), (comment,)
        bare = bared(comment)
        if not any(mark in bare for mark in ":=") and _says_unit([bare]) and not names_setting(bare):
            return (bare, *[""] * (width - 1)), (comment,)
    last = block.words[-1] if block.words else ""
    first = heading_cells(last, style, width)[:1]
    said = _says_unit(first) and not names_setting(last)
    if said and len(heading_cells(last, style, width)) != 2:
        return (first[0], *[""] * (width - 1)), (last,)
    return ("",) * width, ()


def _unused(block: Block, used: int, comments: Sequence[str], labelled: bool) -> Iterator[str]:
    """Yield a note on the lines above the numbers that say nothing of the columns."""
    kept = {*block.words[len(block.words) - used :], *comments}
    left = [
        line
        for line, text in zip(block.header_lines, block.header, strict=True)
        if not (text in kept or not any(map(str.isalnum, text)) or text[:4] == "sep=")
        and not text.startswith(f"# {RECIPE}")
    ]
    if left:
        yield f"{counted(left, 'line{s}')} of a header not used"
    if labelled:
        yield f"the numbers in {lines_named([block.first if block.corner else block.first - 1])} are taken as names"


def _says_unit(headings: Sequence[str]) -> bool:
    return any(axis_unit(heading) != "pixel" for heading in headings[:1])


def _no_table(path: str | os.PathLike[str], text: str) -> FileError:
    """Return why a text has no rows of numbers: points and commas that may mean both, or none at all."""
    shown = ""
    for number, line in enumerate(islice((line for part in lines_of(text) for line in part), FIRST), 1):
        if not line.strip() or is_comment(line):
            continue
        for separator in SEPARATORS:
            style = Style(separator, False)
            cells = style.cells(line[:FIRST])
            if len(cells) > 1 and style.is_torn(cells):
                return FileError(
                    f"{path} has points and commas in its numbers (line {number}: {line[:40]!r}); write them with one "
                    "sign for decimals and none between thousands."
                )
        if not shown and line[:1].isdigit() and not is_missing(line):
            shown = f" the first line that begins with a digit is line {number} ({line[:40]!r});"
    return FileError(
        f"{path} holds no numbers in columns;{shown} give a column of values, two of positions and values, or a matrix."
    )


def _without_count(
    values: NDArray[np.float64], headings: tuple[str, ...]
) -> tuple[NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    """Remove a first column without a name that counts the lines, as tables of results in Fiji have; say so."""
    nameless = headings[0] == "" and values.shape[1] > 1 and all(headings[1:])
    if nameless and values[0, 0] in (0, 1) and np.all(np.diff(values[:, 0]) == 1):
        return values[:, 1:], headings[1:], ("the first column has no name and counts the rows: left out",)
    return values, headings, ()
