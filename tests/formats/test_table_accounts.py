"""No row of a table is lost without a word, whatever happens to one of its lines."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.formats.text import read_text
from napari_deconvolve.io import read_spectrum

COUNT = 40
X = 400 + 0.5 * np.arange(COUNT)
Y = np.round(20 + 900 * np.exp(-(((X - 410) / 3) ** 2)), 2)
STYLES = [("\t", False), (";", False), (";", True), (",", False), (" ", False), ("\t", True), ("  ", True)]
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "nan",
            "OVER",
            "*****",
            "#N/A",
            "<5",
            "foo",
            "-",
            "---",
            "1.5.2",
            "1e",
            "x1",
            "5 6",
            "#",
            "%",
            '"',
            "\u2212",
        ]
    ),
    st.sampled_from(["0", "7", "-7.5", "1e3", "1,5", "1.5", "1,234.5", "1'000", "+3", "12:30", "0x10", "1_000", "7 "]),
    st.text(max_size=6),
)
LINES = st.one_of(st.text(max_size=12), CELLS, st.lists(CELLS, max_size=4).map("\t".join), st.just("400\t7"))


def rows(separator: str, comma: bool) -> list[str]:
    found = [f"{x:g}{separator}{y:g}" for x, y in zip(X, Y, strict=True)]
    return [line.replace(".", ",") for line in found] if comma else found


def check(path, lines: list[str], known: list[int]) -> None:
    """Hold that rows which nothing happened to are there, in a file that is read."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        found = read_spectrum(path)
    except nd.FileError:
        return
    places = np.rint((X[known] - found.start) / found.spacing).astype(int)
    assert found.spacing == 0.5, found.notes
    np.testing.assert_allclose(found.values[places], Y[known], err_msg=str(found.notes))


@settings(max_examples=300, deadline=None)
@given(
    style=st.sampled_from(STYLES), place=st.integers(0, COUNT - 1), cell=CELLS, first=st.booleans(), head=st.booleans()
)
@example(style=("\t", False), place=0, cell="foo", first=False, head=True)
@example(style=(" ", False), place=39, cell="foo", first=False, head=True)
def test_a_cell_that_is_anything_costs_no_other_row(tmp_path_factory, style, place, cell, first, head):
    path = tmp_path_factory.mktemp("a") / "a.txt"
    separator, comma = style
    lines = rows(separator, comma)
    parts = lines[place].split(separator)
    lines[place] = separator.join([cell, *parts[1:]] if first else [*parts[:-1], cell])
    check(path, [f"x{separator}y"] * head + lines, [row for row in range(COUNT) if row != place])


@settings(max_examples=300, deadline=None)
@given(style=st.sampled_from(STYLES), place=st.integers(0, COUNT), line=LINES, head=st.booleans())
def test_a_line_that_is_anything_costs_no_row(tmp_path_factory, style, place, line, head):
    path = tmp_path_factory.mktemp("a") / "a.txt"
    separator, comma = style
    lines = rows(separator, comma)
    lines.insert(place, line)
    check(path, [f"x{separator}y"] * head + lines, list(range(COUNT)))


@settings(max_examples=200, deadline=None)
@given(
    above=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12), max_size=6),
    below=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12), max_size=6),
)
def test_all_lines_are_rows_or_are_named(tmp_path_factory, above, below):
    """Rows, and the lines that notes count, are as many as the file has; a heading and empty lines are not counted."""
    path = tmp_path_factory.mktemp("a") / "a.txt"
    path.write_text("\n".join([*above, "x\ty", *rows("\t", False), *below]) + "\n", encoding="utf-8")
    try:
        found = read_text(path)
    except nd.FileError:
        return
    named = sum(int(count) for note in found.notes for count in re.findall(r"^(\d+) (?:line|comment)", note))
    silent = [line for line in (*above, *below) if not any(map(str.isalnum, line))]
    heading = 4  # the names, and what may be units and remarks below them
    missing = len(above) + len(below) + COUNT + 1 - named - len(found.values) - len(silent)
    assert -len(silent) <= missing <= heading
