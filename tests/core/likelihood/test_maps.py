"""Backgrounds that are not one number: values, parts, plain JSON and back, and what is refused."""

from __future__ import annotations

import base64
import json
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.maps import Knots, MapSamples, Surface, as_map

LENGTHS = (30, 41)
Y, X = np.meshgrid(*[np.linspace(-1, 1, n) for n in LENGTHS], indexing="ij")
SURFACE = Surface((100.0, 20.0, -10.0, 5.0, 3.0, -8.0), LENGTHS)
KNOTS = Knots(tuple(tuple(float(row + 2 * column**2) for column in range(6)) for row in range(5)), LENGTHS)
SAMPLES = as_map(SURFACE.values(LENGTHS))
MAPS = {"surface": SURFACE, "knots": KNOTS, "samples": SAMPLES}

numbers = st.floats(-1e12, 1e12, allow_nan=False)
lengths = st.tuples(st.integers(1, 5000), st.integers(1, 5000))
origins = st.tuples(st.integers(0, 5000), st.integers(0, 5000))
surfaces = st.builds(Surface, st.tuples(*[numbers] * 6), lengths, origins)
knots = st.integers(4, 9).flatmap(
    lambda width: st.builds(
        Knots, st.lists(st.tuples(*[numbers] * width), min_size=4, max_size=9).map(tuple), lengths, origins
    )
)
samples = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=1, max_dims=5, max_side=4),
    elements=st.floats(allow_nan=False, allow_infinity=False, width=32),
).map(as_map)


@given(st.one_of(surfaces, knots, samples))
def test_json_and_back(found):
    again = as_map(json.loads(json.dumps(found.to_dict())))
    assert type(again) is type(found)
    assert again == found
    assert hash(again) == hash(found)


@given(st.one_of(surfaces, knots, samples))
def test_a_recipe_holds_a_map(found):
    recipe = nd.Recipe(background=found)
    assert nd.Recipe.from_json(recipe.to_json()) == recipe
    assert recipe.background == found
    assert nd.Recipe(background=found.to_dict()) == recipe


def test_a_surface_is_a_polynomial_of_second_order():
    want = 100 + 20 * Y - 10 * X + 5 * Y**2 + 3 * Y * X - 8 * X**2
    np.testing.assert_allclose(SURFACE.values(LENGTHS), want, rtol=1e-6)


def test_knots_are_met_where_they_lie_and_a_smooth_form_between_them():
    edge = np.linspace(-1, 1, 9)
    rows = 50 + 20 * edge[:, np.newaxis] + 10 * edge**3
    found = Knots(tuple(map(tuple, rows.tolist())), (33, 65)).values((33, 65))
    np.testing.assert_allclose(found[::4, ::8], rows, rtol=1e-6)
    y, x = np.linspace(-1, 1, 33)[:, np.newaxis], np.linspace(-1, 1, 65)
    np.testing.assert_allclose(found, 50 + 20 * y + 10 * x**3, rtol=1e-5)


@pytest.mark.parametrize("found", [SURFACE, KNOTS])
def test_planes_of_a_stack_are_alike(found):
    whole = found.values((3, *LENGTHS))
    assert whole.shape == (3, *LENGTHS)
    assert whole.dtype.kind == "f"
    for plane in whole:
        np.testing.assert_array_equal(plane, found.values(LENGTHS))


@pytest.mark.parametrize("name", MAPS)
def test_a_part_is_cut_out_of_the_whole_and_so_is_its_part(name):
    found = MAPS[name]
    whole = found.values(LENGTHS)
    part = found.part([5, 7], [20, 30])
    np.testing.assert_allclose(part.values((20, 30)), whole[5:25, 7:37], rtol=1e-6)
    again = part.part([3, 0], [10, 11])
    np.testing.assert_allclose(again.values((10, 11)), whole[8:18, 7:18], rtol=1e-6)
    stored = as_map(json.loads(json.dumps(again.to_dict())))
    np.testing.assert_array_equal(stored.values((10, 11)), again.values((10, 11)))


@pytest.mark.parametrize("found", [SURFACE, KNOTS])
def test_a_part_of_a_stack_does_not_look_at_planes(found):
    part = found.part([2, 5, 7], [4, 20, 30])
    np.testing.assert_allclose(part.values((4, 20, 30))[1], found.values(LENGTHS)[5:25, 7:37], rtol=1e-6)


def test_samples_of_a_stack_are_cut_along_all_axes():
    data = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
    part = as_map(data).part([1, 0, 2], [2, 5, 3])
    np.testing.assert_array_equal(part.values((2, 5, 3)), data[1:3, :, 2:5])


@pytest.mark.parametrize("found", [SURFACE, KNOTS, SURFACE.part([5, 7], [20, 30])])
def test_a_share_of_a_map_and_some_counts_more(found):
    np.testing.assert_allclose(found.scaled(0.7, -40).values((9, 9)), 0.7 * found.values((9, 9)) - 40, atol=1e-4)


def test_one_sample_along_an_axis_is_no_division_by_zero():
    assert np.isfinite(Surface(SURFACE.coefficients, (1, 41)).values((1, 41))).all()
    assert np.isfinite(Knots(KNOTS.rows, (1, 41)).values((1, 41))).all()


def test_samples_are_the_users_no_longer():
    given_by_user = np.ones((3, 4), np.float32)
    found = as_map(given_by_user)
    given_by_user[0, 0] = 7
    assert found.data[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        found.data[0, 0] = 2


@pytest.mark.parametrize("kind", [np.float64, np.uint16, ">i2", np.float16, bool])
def test_any_real_numbers_are_samples(kind):
    data = np.arange(6).reshape(2, 3).astype(kind)
    np.testing.assert_array_equal(as_map(data).data, data.astype(np.float32))
    assert as_map(data.tolist()) == as_map(data)


def test_maps_of_other_values_or_shapes_differ():
    assert as_map(np.ones((2, 3))) != as_map(np.ones((3, 2)))
    assert as_map(np.ones((2, 3))) != as_map(np.full((2, 3), 2.0))
    assert as_map(np.ones((2, 3))) != SURFACE
    assert Surface(SURFACE.coefficients, (30, 40)) != SURFACE


MALFORMED = {
    "surface": [
        {"coefficients": [1.0] * 5},
        {"coefficients": []},
        {"coefficients": 3},
        {"coefficients": [float("nan")] * 6},
        {"coefficients": [10**400, 0, 0, 0, 0, 0]},
        {"coefficients": ["a"] * 6},
        {"lengths": [5]},
        {"lengths": [5, 6, 7]},
        {"lengths": [0, 6]},
        {"lengths": [-5, 6]},
        {"lengths": [float("inf"), 6]},
        {"lengths": [float("nan"), 6]},
        {"origin": None},
        {"origin": "ab"},
        {"source": "plane"},
        {"source": None},
        {"source": ["surface"]},
    ],
    "knots": [
        {"rows": []},
        {"rows": [[]]},
        {"rows": [[], [], [], []]},
        {"rows": [[1.0] * 4] * 3},
        {"rows": [[1.0] * 3] * 4},
        {"rows": [[1.0] * 4, [1.0] * 3, [1.0] * 4, [1.0] * 4]},
        {"rows": [[float("inf")] * 4] * 4},
        {"rows": [[None] * 4] * 4},
        {"rows": "abcd"},
        {"lengths": [0, 0]},
    ],
    "samples": [
        {"samples": SAMPLES.to_dict()["samples"][:-8]},
        {"samples": SAMPLES.to_dict()["samples"][:-1]},
        {"samples": "not base64!"},
        {"samples": base64.b64encode(b"not compressed").decode()},
        {"samples": base64.b64encode(zlib.compress(np.full(LENGTHS, np.nan, "<f4").tobytes())).decode()},
        {"samples": "é"},
        {"samples": 5},
        {"samples": None},
        {"shape": [30, 40]},
        {"shape": [30, 42]},
        {"shape": [-30, -41]},
        {"shape": [-1, 41]},
        {"shape": []},
        {"shape": [0]},
        {"shape": 1230},
        {"shape": [1, 1, 1, 1, 30, 41]},
        {"shape": [2**40, 2**40]},
        {"shape": [2**32, 2**32]},
        {"shape": [10**30]},
        {"shape": [2**33]},
        {"shape": [float("inf")]},
    ],
}
CASES = [(name, changes) for name, several in MALFORMED.items() for changes in several]


@pytest.mark.parametrize(("name", "changes"), CASES)
def test_a_malformed_map_is_refused_in_words(name, changes):
    with pytest.raises(nd.ParameterError, match="background"):
        as_map({**MAPS[name].to_dict(), **changes})


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, one in MAPS.items() for key in one.to_dict()])
def test_a_map_with_a_missing_key_is_refused_in_words(name, key):
    values = MAPS[name].to_dict()
    del values[key]
    with pytest.raises(nd.ParameterError, match=r"no map that this program wrote"):
        nd.Recipe(background=values)


def test_samples_that_unpack_to_more_than_their_shape_are_refused_before_they_fill_memory():
    bomb = zlib.compress(bytes(1 << 26))
    with pytest.raises(nd.ParameterError, match="no map"):
        as_map({"source": "samples", "shape": [2, 2], "samples": base64.b64encode(bomb).decode()})


@pytest.mark.parametrize(
    ("given_by_user", "words"),
    [
        (np.array([[1.0, np.nan]]), "not finite"),
        (np.array([[1.0, -np.inf]]), "not finite"),
        (np.array([[1.0, 1e300]]), "not finite"),
        (np.ma.masked_equal([[1.0, 2.0]], 2.0), "not finite"),
        (np.ones((2, 2), complex), "real numbers"),
        (np.array([["a"]]), "real numbers"),
        (np.array([[None]]), "real numbers"),
        (np.ones((0, 3)), "no samples"),
        (np.ones((1,) * 6), "axes"),
        ([[1, 2], [3]], "unequal lengths"),
        ([], "no samples"),
        ({}, "no map"),
    ],
)
def test_an_array_that_is_no_background_is_refused_in_words(given_by_user, words):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(nd.ParameterError, match=words):
            nd.Recipe(background=given_by_user)


def test_a_map_has_no_short_text_but_a_place_in_json():
    recipe = nd.Recipe(background=np.full((2, 3), 4.0))
    kind = nd.Recipe.parameter("background").kind
    assert kind.text(recipe.background) == "a map"
    assert recipe.to_dict()["background"]["shape"] == [2, 3]
    assert isinstance(recipe.background, MapSamples)
