"""Kinds of parameters: what they accept, how they keep it, and how text stands for it."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.recipe.kinds import Choice, Flag, Number, PerAxis, Precision, Source

COUNT = Number(low=1, high=100, whole=True, words=("auto",))
GAIN = Number(above=0, words=("auto",))
SEED = Number(low=0, whole=True, none=True)
RULED = Number(above=0, words={"auto": 1, "gcv": 2})
WIDTHS = PerAxis(3, low=0, words=("auto",), absent=0.0)
PRIOR = Choice(("tv", "good"), none=True)
SYMMETRY = Choice(("none", "mirror"))


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (COUNT, 3, 3),
        (COUNT, np.int64(3), 3),
        (COUNT, "auto", "auto"),
        (GAIN, 2, 2.0),
        (GAIN, np.float32(0.5), 0.5),
        (SEED, None, None),
        (SEED, "none", None),
        (RULED, "gcv", "gcv"),
        (WIDTHS, [1, 0], (1.0, 0.0)),
        (WIDTHS, np.array([1, 2]), (1.0, 2.0)),
        (WIDTHS, 2, 2.0),
        (WIDTHS, None, 0.0),
        (WIDTHS, "none", 0.0),
        (PRIOR, "none", None),
        (PRIOR, "tv", "tv"),
        (SYMMETRY, None, "none"),
        (Precision(), np.float64, "float64"),
        (Flag(), np.True_, True),
    ],
)
def test_what_fits_is_kept_in_plain_types(kind, given, kept):
    found = kind.check(given, "thing")
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (COUNT, 0, "The thing is 0; give a whole number from 1 to 100, or 'auto'"),
        (COUNT, 2.0, "whole number"),
        (COUNT, True, "whole number"),
        (COUNT, "Auto", "'auto'"),
        (GAIN, 0, "a number above 0, or 'auto'"),
        (GAIN, float("inf"), "a finite number above 0"),
        (GAIN, None, "number"),
        (GAIN, 1j, "number"),
        (SEED, -1, "a whole number of at least 0, or None"),
        (RULED, "much", "a number above 0, or one of auto, gcv"),
        (WIDTHS, (1, 2, 3, 4), "one per axis (3 at most), or 'auto'"),
        (WIDTHS, (), "of at least 0"),
        (WIDTHS, (1, "auto"), "of at least 0"),
        (PRIOR, "lasso", "choose one of none, tv, good"),
        (PRIOR, 3, "choose one of"),
        (Precision(), "int8", "float32"),
        (Flag(), 1, "True or False"),
        (Source(), 3, "a mapping, or None"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_value_and_a_remedy(kind, given, words):
    with pytest.raises(nd.ParameterError) as error:
        kind.check(given, "thing")
    assert str(error.value).startswith("The thing is ") or "dtype" in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (COUNT, "12", 12),
        (COUNT, "+12", 12),
        (COUNT, "2.5", 2.5),
        (COUNT, "auto", "auto"),
        (GAIN, "1e-3", 1e-3),
        (GAIN, "dark", "dark"),
        (WIDTHS, "0.3,0.1", (0.3, 0.1)),
        (WIDTHS, "0.3", 0.3),
        (WIDTHS, "0.3,x", "0.3,x"),
        (PRIOR, "tv", "tv"),
    ],
)
def test_text_stands_for_a_value_or_is_left_for_the_check(kind, text, value):
    assert kind.parse(text) == value


def test_names_are_those_of_the_registry_at_the_time():
    known = {"one": 1}
    kind = Choice(known)
    known["two"] = 2
    assert kind.choices == ("one", "two")
    assert kind.check("two", "thing") == "two"


def test_a_source_cannot_be_changed_from_outside():
    told = {"source": "gaussian"}
    kept = Source().check(told, "thing")
    told["source"] = "other"
    assert kept == {"source": "gaussian"}
    assert Source().plain(kept) == {"source": "gaussian"}
