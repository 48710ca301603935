"""The block of equal lines that is the table: what else holds numbers is left out and said, or refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.text.cells import is_missing
from napari_deconvolve.formats.text.rows import Run
from napari_deconvolve.formats.text.scan import SHOWN, Scan
from napari_deconvolve.formats.text.style import is_comment

NAMED = 4  # numbers of lines that a note names
SMALL = 0.2  # of the table's numbers: what is above it, and smaller, is no part of it
OFF = 0.25  # of a step
FOOTER = 0.05  # the same, below it


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The table's rows and what is around them."""

    values: NDArray[np.float64]
    first: int  # number of its first line, from 1
    corner: bool  # whether its first row begins with an empty cell
    labels: NDArray[np.float64] | None  # numbers over its columns, but the first
    words: tuple[str, ...]  # the lines of words directly above, without comments
    comments: tuple[str, ...]  # the comments above
    header: tuple[str, ...]  # all lines above
    header_lines: tuple[int, ...]
    notes: tuple[str, ...]
    skipped: tuple[int, ...]  # lines among the rows that are none


def block_of(scan: Scan) -> Block | None:
    """Return the largest run of a text, where no other could be meant; None where there is none.

    Raise `FileError`, which names the line, for rows of other lengths and words among the numbers.
    """
    best = scan.best
    if best is None:
        return None
    notes: list[str] = []
    before = [run for run in scan.runs if run.last < best.first]
    labels = _labels(scan, before, best)
    if labels is not None:
        before = before[:-1]
    _refuse_before(scan, before, best)
    _refuse_after(scan, best)
    above = [line for line in scan.words if line < best.first]
    _refuse_unreadable(scan, above, best)
    notes += _left_out(scan, before, best)
    texts = [scan.text(line) for line in above]
    return Block(
        best.values(),
        best.first,
        best.corner,
        labels,
        tuple(_last_words(scan, above, best.first if labels is None else scan.runs[scan.runs.index(best) - 1].first)),
        tuple(text for text in texts if is_comment(text, scan.style.separator) and not text.startswith("sep=")),
        tuple(texts),
        tuple(above),
        tuple(notes),
        tuple(sorted((*best.empty, *best.comments))),
    )


def lines_named(lines: Sequence[int]) -> str:
    """Name lines for a note: "line 5", "lines 3 to 9", "lines 3, 7, 9, ..."."""
    if len(lines) == 1:
        return f"line {lines[0]}"
    if lines[-1] - lines[0] == len(lines) - 1:
        return f"lines {lines[0]} to {lines[-1]}"
    return f"lines {', '.join(map(str, lines[:NAMED]))}{', ...' if len(lines) > NAMED else ''}"


def counted(lines: Sequence[int], what: str) -> str:
    """Return "3 empty lines (lines 4, 7, 9)"."""
    return f"{len(lines)} {what.format(s='s' if len(lines) > 1 else '')} ({lines_named(lines)})"


def _labels(scan: Scan, before: Sequence[Run], best: Run) -> NDArray[np.float64] | None:
    """Return a row of numbers directly above the columns but the first, which an empty corner may stand before."""
    if not before:
        return None
    last = before[-1]
    if last.corner and last.rows == 1 and last.width != best.width and not _words_between(scan, last, best):
        raise FileError(f"{scan.path} has {last.width - 1} labels over {best.width - 1} columns; make them equal.")
    torn = len(before) > 1 and before[-2].width == best.width and not _words_between(scan, before[-2], best)
    fits = last.rows == 1 and last.width == best.width - 1 > 1 and not _words_between(scan, last, best) and not torn
    return np.array(last.numbers, np.float64) if fits and not last.corner else None


def _words_between(scan: Scan, first: Run, second: Run) -> bool:
    return any(first.last < line < second.first for line in scan.words)


def _refuse_before(scan: Scan, before: Sequence[Run], best: Run) -> None:
    for run, follower in pairwise([*before, best]):
        close = not _words_between(scan, run, follower)
        if close and follower is not best and run.width == best.width:
            raise _unequal(scan, follower, best.width)
        if close and follower is best and run.rows > 1 and run.width != best.width:
            raise _unequal(scan, best, run.width)
        large = run.size > SMALL * best.size
        if large and not _parted(scan, run, follower):
            raise _several(scan, run, best)
        if large or _goes_on(run, best):
            raise _no_numbers(scan, next(line for line in scan.words if line > run.last))


def _goes_on(run: Run, best: Run) -> bool:
    """Return whether a run above lies on the axis of the table, as far away as its lines are: a line parts the two."""
    if run.width != best.width or best.rows < 2 or run.width < 2:
        return False
    first, second = best.values()[:2, 0]
    places = (first - run.numbers[0]) / (second - first) if second != first else np.nan
    return bool(abs(places - np.rint(places)) < OFF and 0 < np.rint(places) <= best.first - run.first)


def _parted(scan: Scan, run: Run, follower: Run) -> bool:
    """Return whether one line parts what is one table: it has as many cells, and begins with a digit or a position."""
    line = run.last + 1
    if run.width != follower.width or follower.first != line + 1:
        return False
    cells = scan.style.cells(scan.text(line))
    if len(cells) != run.width or is_comment(scan.text(line), scan.style.separator):
        return False
    position = scan.style.number(cells[0])
    known = position is not None and bool(np.isfinite(position))
    return run.width == 1 or known or cells[0].lstrip("+-.")[:1].isdecimal()


def _refuse_after(scan: Scan, best: Run) -> None:
    place = scan.runs.index(best)
    for run, follower in pairwise(scan.runs[place:]):
        if run is best and not _words_between(scan, run, follower):
            raise _unequal(scan, follower, best.width)
        if follower.width == best.width or follower.size > FOOTER * best.size:
            between = [line for line in scan.words if best.last < line < follower.first]
            if follower.size > SMALL * best.size and not _parted(scan, best, follower):
                raise _several(scan, best, follower)
            raise _no_numbers(scan, between[0])


def _refuse_unreadable(scan: Scan, above: Sequence[int], best: Run) -> None:
    """Refuse lines next to the table that have a position and as many cells, but not all of them are numbers."""
    below = next((line for line in scan.words if line > best.last), 0)
    if best.width < 2:
        return
    first, second = best.values()[:2, 0] if best.rows > 1 else (np.nan, np.nan)
    if below:
        cells = scan.style.cells(scan.text(below))
        known = None if len(cells) != best.width else scan.style.number(cells[0])
        close = below == best.last + 1 and len(cells) == best.width and scan.style.separator != " "
        close = close and not _is_summary(scan, cells)
        if (close or (known is not None and np.isfinite(known))) and not is_comment(
            scan.text(below), scan.style.separator
        ):
            raise _no_numbers(scan, below)
    for count, line in enumerate(reversed(above[-100:]), 1):
        cells = scan.style.cells(scan.text(line))
        known = None if len(cells) != best.width else scan.style.number(cells[0])
        if known is None or line != best.first - count:
            return
        if abs(known - first + count * (second - first)) < abs(second - first) / 2:
            raise _no_numbers(scan, line)


def _is_summary(scan: Scan, cells: Sequence[str]) -> bool:
    """Return whether a line below a table is a word without a digit, in place of a position, and numbers: "Sum, 12"."""
    word = cells[0][:1].isalpha() and not any(map(str.isdigit, cells[0])) and not is_missing(cells[0])
    return word and all(scan.style.number(cell) is not None for cell in cells[1:])


def _left_out(scan: Scan, before: Sequence[Run], best: Run) -> Iterable[str]:
    if before:
        lines = [line for run in before for line in (range(run.first, run.last + 1) if run.rows > 1 else [run.first])]
        yield f"{counted(lines, 'line{s} of numbers')} above the table left out"
    if best.comments:
        yield f"{counted(best.comments, 'comment{s}')} among the numbers left out"
    if best.empty:
        if best.width == 1 and len(best.empty) != best.rows - 1:
            raise FileError(
                f"{scan.path} has an empty line {best.empty[0]} among its numbers; write nan for a missing value, or "
                "remove it."
            )
        yield f"{counted(best.empty, 'empty line{s}')} among the numbers skipped"
    after = sorted(
        [line for line in scan.words if line > best.last]
        + [line for run in scan.runs if run.first > best.last for line in range(run.first, run.last + 1)]
    )
    if after:
        yield f"{counted(after, 'line{s}')} below the table left out, the first is {scan.text(after[0])[:SHOWN]!r}"


def _last_words(scan: Scan, above: Sequence[int], first: int) -> list[str]:
    """Return the lines of words directly above, the last one last; lines that are drawn, and comments, are none."""
    runs = [run.last for run in scan.runs if run.last < first]
    begin = runs[-1] if runs else 0
    texts = [scan.text(line) for line in above[-20:] if begin < line < first]
    return [text for text in texts if not is_comment(text, scan.style.separator) and any(map(str.isalnum, text))]


def _unequal(scan: Scan, run: Run, width: int) -> FileError:
    return FileError(f"{scan.path} has {run.width} numbers in line {run.first} and {width} before; make them equal.")


def _no_numbers(scan: Scan, line: int) -> FileError:
    return FileError(
        f"{scan.path} has no numbers in line {line} ({scan.text(line)[:40]!r}); leave only numbers below the header, "
        "and write nan for a missing value."
    )


def _several(scan: Scan, one: Run, other: Run) -> FileError:
    first, second = (f"{run.rows} rows of {run.width} from line {run.first}" for run in (one, other))
    return FileError(f"{scan.path} holds several tables ({first}, {second}); give a file with one of them.")
