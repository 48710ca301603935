"""Tables of random numbers in any usual format are read exactly, and those with thousands rightly or with a remark."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.io import read_spectrum

Write = Callable[[float], str]


def fixed(digits: int) -> Write:
    return lambda value: f"{value:.{digits}f}"


def without_zeros(digits: int) -> Write:
    return lambda value: f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


def significant(digits: int) -> Write:
    return lambda value: f"{value:.{digits + 2}g}"


def exponent(digits: int) -> Write:
    return lambda value: f"{value:.{digits}e}"


def spectrum(seed: int, count: int, kind: str) -> np.ndarray:
    """Return a line of any height, position and width on any level."""
    rng = np.random.default_rng(seed)
    height, rows = 10.0 ** rng.uniform(-1, 5), np.arange(count)
    line = np.exp(-(((rows - rng.uniform(0, count)) / rng.uniform(1, count / 4 + 1)) ** 2))
    values = height * (line + rng.choice([0, 0.02, 0.3, 1]))
    return {
        "smooth": lambda: values,
        "counts": lambda: rng.poisson(values).astype(float),
        "subtracted": lambda: values - 0.1 * height + rng.normal(size=count) * height * 0.02,
        "zeros": lambda: values * (line > 0.05),
        "uniform": lambda: rng.uniform(0, height, count),
        "eighths": lambda: np.rint(values * 8) / 8,
    }[kind]()


KINDS = ("smooth", "counts", "subtracted", "zeros", "uniform", "eighths")


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.sampled_from([5, 12, 40, 200]),
    kind=st.sampled_from(KINDS),
    axis=st.tuples(st.sampled_from([0, 1, 400, 995, -5, 0.5, 1e3]), st.sampled_from([0.1, 0.25, 1, 2, 0.003, 5, 10])),
    write=st.sampled_from([fixed, without_zeros, significant, exponent]),
    digits=st.integers(0, 4),
    positions=st.sampled_from([without_zeros(6), fixed(3), significant(8)]),
    separator=st.sampled_from(["\t", ";", ",", " ", "   "]),
    comma=st.booleans(),
    heading=st.sampled_from(["", "nm{}I\n", "Wavelength (nm)\tcounts\n"]),
)
def test_ordinary_tables_are_read_exactly(
    tmp_path_factory, seed, count, kind, axis, write, digits, positions, separator, comma, heading
):
    start, step = axis
    x = [positions(value) for value in np.round(start + step * np.arange(count), 6)]
    y = [write(digits)(value) for value in spectrum(seed, count, kind)]
    text = "".join(f"{a}{separator}{b}\n" for a, b in zip(x, y, strict=True))
    text = text.replace(".", ",") if comma and separator != "," else text
    path = tmp_path_factory.mktemp("a") / "a.txt"
    path.write_text(heading.format(separator) + text)
    np.testing.assert_array_equal(read_spectrum(path).values, [float(value) for value in y])


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.sampled_from([20, 60, 200]),
    height=st.floats(2.5, 6),
    axis=st.tuples(st.sampled_from([0, 400, 995, 3000, -5]), st.sampled_from([0.1, 0.5, 1, 2, 10])),
    signs=st.sampled_from([(",", "."), (".", ","), (" ", "."), (" ", ","), ("'", ".")]),
    digits=st.sampled_from([0, 0, 0, 1, 2]),
    separator=st.sampled_from(["\t", ";"]),
    heading=st.booleans(),
)
def test_thousands_are_read_or_refused_or_remarked_on(
    tmp_path_factory, seed, count, height, axis, signs, digits, separator, heading
):
    """Only points between all numbers of whole tables look like decimals, in which they are the rule."""
    rng = np.random.default_rng(seed)
    thousands, point = signs
    x = np.round(axis[0] + axis[1] * np.arange(count), 6)
    line = np.exp(-(((np.arange(count) - rng.uniform(0, count)) / rng.uniform(1, count / 3 + 1)) ** 2))
    values = np.round(
        rng.poisson(10**height * (line + rng.choice([0, 0.01, 0.3]))) + rng.uniform(0, 0.4, count), digits
    )
    written = [f"{value:,.{digits}f}".translate(str.maketrans(",.", thousands + point)) for value in values]
    rows = [f"{a:.1f}".replace(".", point) + separator + b + "\n" for a, b in zip(x, written, strict=True)]
    path = tmp_path_factory.mktemp("a") / "a.txt"
    path.write_text(f"nm{separator}I\n" * heading + "".join(rows))
    try:
        found = read_spectrum(path)
    except nd.FileError:
        return
    if len(found) == count and np.array_equal(found.values, values):
        return
    unclear = thousands in ",." and not digits and all(thousands in text for text in written)
    assert unclear
    assert any("is read as" in note for note in found.notes) or thousands == "."


@pytest.mark.parametrize(("rows", "peak"), [(200, 180), (4000, 3801), (20_000, 18_000)])
def test_a_long_table_is_decided_by_all_of_it(tmp_path, rows, peak):
    """A thousand that comes after many lines is seen as well."""
    values = np.where(np.abs(np.arange(rows) - peak) < max(2, rows // 200), 1025, 990 + np.arange(rows) % 7)
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{row}\t{value:,}\n".replace(",", ".") for row, value in enumerate(values)))
    np.testing.assert_array_equal(read_spectrum(path).values, values)
