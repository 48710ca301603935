"""Reading tables takes time in proportion to their length, and memory within ten times of it."""

from __future__ import annotations

import contextlib
import time
import tracemalloc

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.formats.text import read_text
from napari_deconvolve.io import read_spectrum

LONG = 1_000_000  # characters
SECOND = 1.0
LINES = {
    "one word": "a" * LONG,
    "one number": "1" * LONG,
    "brackets": "(" * LONG,
    "brackets by turns": "([" * (LONG // 2),
    "blanks and brackets": "( " * (LONG // 2),
    "pairs of brackets": "(a) " * (LONG // 4),
    "slashes": "/" * LONG,
    "minus signs": "- " * (LONG // 2),
    "carets": "cm^" * (LONG // 3),
    "quotes": '"' * LONG,
    "quoted commas": '",' * (LONG // 2),
    "comment": "#" * LONG,
    "commas": "," * LONG,
    "digits and commas": "1," * (LONG // 2),
    "digits and dots": "1.1." * (LONG // 4),
    "numbers": "1.5 " * (LONG // 4),
    "semicolons of numbers": "1,5;" * (LONG // 4),
    "equal signs": "x unit = " * (LONG // 9),
}
MANY = {
    "JCAMP": "##TITLE=a\n##JCAMP-DX=4.24\n##FIRSTX=0\n##DELTAX=1\n##XYDATA=(X++(Y..Y))\n{}\n##END=\n",
    "EMSA": "#FORMAT : EMSA/MAS Spectral Data File\n#XPERCHAN : 1\n#OFFSET : 0\n#SPECTRUM :\n{}\n",
    "below a heading": "{}\n1 2\n2 3\n3 4\n",
    "below the numbers": "1 2\n2 3\n3 4\n{}\n",
    "comment above": "# {}\n1 2\n2 3\n3 4\n",
}


def seconds(path) -> float:
    """Return the processor's time for reading a file, or for refusing it."""
    begin = time.process_time()
    with contextlib.suppress(nd.FileError):
        read_text(path)
    return time.process_time() - begin


@pytest.mark.parametrize("line", LINES)
def test_no_sentence_is_longer_than_a_sentence(tmp_path, line):
    path = tmp_path / "a.txt"
    path.write_text(f"1 2\n{LINES[line]}\n3 4\n")
    with contextlib.suppress(nd.FileError):
        assert all(len(note) < 400 for note in read_text(path).notes)
    try:
        read_text(path)
        said = ""
    except nd.FileError as error:
        said = str(error)
    assert len(said) < 400 + len(str(path))


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_a_megabyte_takes_no_second(tmp_path, line):
    path = tmp_path / "a.txt"
    path.write_text(LINES[line])
    assert seconds(path) < SECOND


@pytest.mark.parametrize(
    "line", ["one word", "brackets", "blanks and brackets", "one number", "quoted commas", "carets"]
)
@pytest.mark.parametrize("place", MANY)
def test_nor_does_it_anywhere_else(tmp_path, line, place):
    path = tmp_path / "a.txt"
    path.write_text(MANY[place].format(LINES[line]))
    assert seconds(path) < SECOND


@pytest.mark.parametrize("what", ["{0:.1f}\t{1}.25\n", "{0:.1f}\t{2}\n", "{0:.1f};{1},5\n", "{0:.1f} word {1}\n"])
def test_twice_the_lines_take_twice_the_time(tmp_path, what):
    took = []
    for count in (20_000, 80_000):
        rows = (what.format(400 + k / 2, k * 7919 % 1000, "OVER" if k % 9 == 7 else k % 100) for k in range(count))
        (tmp_path / "a.txt").write_text("x y\n" + "".join(rows))
        took.append(min(seconds(tmp_path / "a.txt") for _ in range(2)))
    assert took[1] < 8 * took[0] + 0.1


@pytest.mark.parametrize("what", ["plain", "missing", "one column", "comments", "ragged", "words"])
def test_memory_is_within_ten_times_the_file(tmp_path, what):
    rows = {
        "plain": lambda k: f"{400 + k / 2:.1f}\t{k * 7919 % 1000}.25\n",
        "missing": lambda k: f"{400 + k / 2:.1f}\t{'OVER' if k % 5 == 1 else k % 1000}\n",
        "one column": lambda k: f"{k % 10}\n",
        "comments": lambda k: f"{400 + k / 2:.1f} {k % 1000}\n# {k}\n",
        "ragged": lambda k: f"{k} 1\n{k} 1 2\n",
        "words": lambda k: f"a b c {k}\n",
    }[what]
    path = tmp_path / "a.txt"
    path.write_text("".join(rows(k) for k in range(100_000)))
    tracemalloc.start()
    try:
        read_spectrum(path)
    except nd.FileError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 10 * path.stat().st_size + 4e6  # the budget of the sample that the style is found from


def test_more_than_that_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(nd.FileError, match=r"1e\+08 bytes"):
        read_spectrum(path)


def test_values_are_those_of_numpy(tmp_path):
    values = np.random.default_rng(0).normal(size=(5000, 3)) * 10.0 ** np.random.default_rng(1).integers(
        -9, 9, (5000, 3)
    )
    np.savetxt(tmp_path / "a.txt", values)
    np.testing.assert_array_equal(read_text(tmp_path / "a.txt").values, np.loadtxt(tmp_path / "a.txt"))
