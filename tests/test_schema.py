"""Plain values from outside: each check takes what it should, and refuses the rest in one short sentence."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_deconvolve import schema
from napari_deconvolve.errors import DeconvolutionError, FileError, ParameterError, readable, shortened

CHECKS = {
    "text": (schema.text, ["", "a"], [None, 1, True, ["a"], {}]),
    "flag": (schema.flag, [True, False], [0, 1, None, "true"]),
    "mapping": (schema.mapping, [{}, {"a": 1}], [None, [], "a", {1: 2}]),
    "number": (schema.number(0, 5), [0, 5, 2.5], [True, "1", None, -1, 6, math.nan, math.inf, 1 << 4000]),
    "whole": (schema.whole(1, 9), [1, 9], [0, 10, 2.0, True, "2", None]),
    "above_zero": (schema.above_zero, [1e-9, 4], [0, -1, math.nan, 1e-310, 1e308]),
    "maybe": (schema.maybe(schema.text), [None, "a"], [1]),
    "listed": (schema.listed(schema.text, 1, 2), [["a"], ["a", "b"]], [[], ["a"] * 3, "a", [1], {"a": 1}]),
    "record": (
        schema.record({"a": schema.text}, {"b": schema.text}),
        [{"a": ""}, {"a": "", "b": "", "later": 3}],
        [{}, {"b": ""}, {"a": 1}, {"a": "", "b": 1}, []],
    ),
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_takes_what_fits_and_refuses_the_rest(name):
    check, good, bad = CHECKS[name]
    for value in good:
        check(value, "value")
    for value in bad:
        with pytest.raises(ParameterError, match=r"^The value.*\.$"):
            check(value, "value")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_no_value_ends_in_another_error(value):
    for check, _, _ in CHECKS.values():
        refusal = None
        try:
            check(value, "value")
        except ParameterError as error:
            refusal = str(error)
        assert refusal is None or len(refusal) < 250


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "1e", '{"a": 9' + "9" * 5000 + "}", "\x00"])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ParameterError, match="is not JSON"):
        schema.parsed(text, "recipe")


def test_a_number_that_is_unknown_is_nan():
    assert math.isnan(schema.number_or_nan(None, "gain"))
    assert schema.number_or_nan(json.loads("2"), "gain") == 2.0


# ---- values in sentences


def test_long_values_in_sentences_are_cut():
    refusal = ParameterError(f"The recipe has no {'x' * 300_000!r}; its keys are short.")
    assert len(str(refusal)) < 150
    assert str(refusal).startswith("The recipe has no 'xxx")
    assert str(refusal).endswith("xxx'; its keys are short.")
    assert len(str(FileError("x" * 10_000))) <= 300


@pytest.mark.parametrize(
    "sentence",
    [
        "The image's spacing along its first axis, that of planes, is not known; so the PSF's is taken for it.",
        "It's said of the image and of all planes that are in it, one after the other, that they weren't recorded.",
        "/data/" + "a folder with spaces/" * 12 + "cells.tif cannot be read; give another.",
    ],
)
def test_sentences_themselves_are_not_cut(sentence):
    assert str(DeconvolutionError(sentence)) == readable(sentence) == sentence


def test_the_middle_is_left_out():
    assert shortened("abcdefghij", 10) == "abcdefghij"
    assert shortened("abcdefghijk", 10) == "abcdef…ijk"
