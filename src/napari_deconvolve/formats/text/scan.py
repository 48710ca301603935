"""One pass over the lines of a text: runs of rows of equal length, and what stands between them."""

from __future__ import annotations

import math
import os
from array import array
from collections import deque
from collections.abc import Iterable, Sequence

from napari_deconvolve.errors import FileError
from napari_deconvolve.formats.text.rows import Run, all_numbers
from napari_deconvolve.formats.text.style import Style, is_comment, is_drawn

AT_ONCE = 2000  # lines that numpy reads together
MOST_RUNS = 200  # more are no table
KEPT = 3000  # lines of words whose text is kept; of more, the last few
SHOWN = 60  # characters of a line in a sentence
LONGEST = 4_000_000  # characters of a line
HEADER = 2  # numbers
TEXT = 2000  # characters of a line of words that are kept


class Scan:
    """Runs and words of a text.

    Attributes
    ----------
    runs : list of Run
        In the order of the text; only the largest one holds its numbers.
    words : array of int
        The lines that are neither rows nor empty, from 1; those among the rows of a run are not in it.
    """

    def __init__(self, path: str | os.PathLike[str], style: Style) -> None:
        self.path, self.style = path, style
        self.runs: list[Run] = []
        self.words = array("q")
        self._run: Run | None = None
        self._texts: dict[int, str] = {}
        self._recent: deque[tuple[int, str]] = deque(maxlen=8)
        self._largest = 0

    def read(self, parts: Iterable[Sequence[str]]) -> None:
        """Take all lines."""
        line = 1
        for part in parts:
            for begin in range(0, len(part), AT_ONCE):
                lines = part[begin : begin + AT_ONCE]
                self._take(lines, line)
                line += len(lines)
        self._close()

    def text(self, line: int) -> str:
        """Return what stands in a line of words; empty where that was not kept."""
        return self._texts.get(line, "") or dict(self._recent).get(line, "")

    @property
    def best(self) -> Run | None:
        """The largest run, the first of equal ones."""
        return max(self.runs, key=lambda run: run.size, default=None)

    def _take(self, lines: Sequence[str], line: int) -> None:
        longest = max(map(len, lines))
        if longest > LONGEST:
            raise FileError(f"{self.path} has a line of {longest} characters; give one row of numbers per line.")
        values = all_numbers(lines, self.style)
        if values is None:
            for number, text in enumerate(lines, line):
                self._look(text, number)
            return
        self._open(self.style.width, line).extend(values, line + len(lines) - 1)

    def _look(self, text: str, line: int) -> None:
        """Take one line."""
        if not text or text.isspace():
            self._wait("empty", line)
            return
        if is_comment(text, self.style.separator):
            self._wait("comment", line, text)
            return
        cells = self.style.cells(text)
        if not any(cells):
            self._wait("empty", line)
            return
        row = self.style.row_of(cells)
        if row is None:
            if len(cells) == self.style.width and self.style.is_torn(cells):
                raise FileError(
                    f"{self.path} has points and commas in its numbers (line {line}: {text[:40]!r}); write them with "
                    "one sign for decimals and none between thousands."
                )
            self._say(text, line)
        elif all(map(math.isnan, row)) and (is_drawn(cells) or len(row) != self.style.width):
            self._gap(text, line, len(row))
        else:
            run = self._open(len(row), line)
            run.corner |= run.rows == 0 and cells[0] == ""
            run.add(row, line)

    def _gap(self, text: str, line: int, width: int) -> None:
        """Take a line of dashes and the like: missing values if rows follow, and else no part of the table."""
        if self._run is not None and width == self._run.width:
            self._run.wait("gap", line)
            self._keep(text, line)
        else:
            self._say(text, line)

    def _wait(self, what: str, line: int, text: str = "") -> None:
        if what == "comment" and self._run is not None and self._run.width == 1 and self._run.rows <= HEADER:
            self._close()  # of one column, a number or two above a comment are what comments above them name
        if self._run is not None:
            self._run.wait(what, line)
        elif text:
            self._say(text, line)
        if text:
            self._keep(text, line)

    def _open(self, width: int, line: int) -> Run:
        if self._run is None or self._run.width != width:
            self._close()
            if len(self.runs) >= MOST_RUNS:
                raise FileError(
                    f"{self.path} has lines of {self.runs[-1].width} and of {width} numbers by turns (line {line}); "
                    "give a table whose lines are equally long."
                )
            self._run = Run(width, line)
        return self._run

    def _close(self) -> None:
        """End a run; what waited for its next row is not among its rows."""
        run, self._run = self._run, None
        if run is None:
            return
        self.words.extend(line for what, line in run.waiting if what != "empty")
        run.waiting.clear()
        self.runs.append(run)
        if run.size > self._largest:
            for other in self.runs[:-1]:
                other.numbers = other.numbers[: other.width]
            self._largest = run.size
        elif len(self.runs) > 1:
            run.numbers = run.numbers[: run.width]

    def _say(self, text: str, line: int) -> None:
        """Keep a line of words."""
        self._close()
        self.words.append(line)
        self._keep(text, line)

    def _keep(self, text: str, line: int) -> None:
        if len(self._texts) < KEPT:
            self._texts[line] = text[:TEXT]
        else:
            self._recent.append((line, text[:TEXT]))
