"""A run as one value: JSON and back, refused values, PSFs made again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.psf.description import describe, rebuild
from napari_deconvolve.recipe.recipe import parameter


@given(
    iterations=st.integers(1, 1000),
    acceleration=st.sampled_from([None, "none", "biggs-andrews", "nesterov"]),
    background=st.one_of(st.just("auto"), st.floats(0, 1e6)),
    boundary=st.sampled_from(["extended", "periodic", "reflect", "edge", "zero"]),
)
def test_json_and_back(**values):
    recipe = nd.Recipe(**values)
    assert nd.Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"iterations": 0}, "at least 1"),
        ({"iterations": 2.5}, "whole number"),
        ({"iterations": True}, "whole number"),
        ({"acceleration": "warp"}, "biggs-andrews"),
        ({"read_noise": -1}, "at least 0"),
        ({"background": float("nan")}, "finite"),
        ({"background": 9, "offset": 10}, "at least 10"),
        ({"background": "dark"}, "auto"),
        ({"boundary": "mirror"}, "reflect"),
        ({"dtype": "int8"}, "float32"),
        ({"method": "magic"}, "rl"),
        ({"psf": 3}, "mapping"),
        ({"speed": 3}, "iterations"),
    ],
)
def test_bad_values_are_refused_in_words(values, words):
    with pytest.raises(nd.ParameterError, match=words):
        nd.Recipe.from_json(json.dumps(values))


@pytest.mark.parametrize("text", ["", "[1]", "{", "nonsense", "[" * 100_000])
def test_what_is_not_a_recipe_is_refused(text):
    with pytest.raises(nd.ParameterError, match="recipe"):
        nd.Recipe.from_json(text)


@pytest.mark.parametrize("name", ["iterations", "acceleration", "background", "boundary", "method", "dtype"])
def test_every_parameter_explains_itself(name):
    found = parameter(name)
    assert found.default == getattr(nd.Recipe(), name)
    assert found.label
    assert found.help.endswith(".")


@pytest.mark.parametrize(
    "psf",
    [
        nd.psf.gaussian((0.6, 0.25, 0.25), (0.3, 0.1, 0.1)),
        nd.psf.lorentzian(0.2, 0.05, ndim=1, unit="eV"),
        nd.psf.resample(nd.psf.gaussian(3.0), 1.5),
        nd.psf.from_array(np.random.default_rng(0).random((7, 8))),
    ],
)
def test_a_psf_is_made_again_to_the_last_bit(psf):
    again = rebuild(json.loads(json.dumps(describe(psf))))
    np.testing.assert_array_equal(again.data, psf.data)
    assert (again.spacing, again.unit) == (psf.spacing, psf.unit)


@pytest.mark.parametrize(
    "change",
    [
        {"samples": "!!!!"},
        {"samples": "eJwDAAAAAAE="},
        {"shape": [70000, 70000]},
        {"shape": [-1, 3]},
        {"source": "telepathy"},
        {"sha256": "0" * 64},
        {"spacing": [0, 1]},
    ],
)
def test_a_damaged_psf_is_refused_in_words(change):
    damaged = {**describe(nd.psf.from_array(np.random.default_rng(0).random((7, 7)))), **change}
    with pytest.raises(nd.ParameterError, match="PSF"):
        rebuild(damaged)


def test_a_result_repeats_from_its_recipe():
    image = np.random.default_rng(1).poisson(20, (30, 30))
    first = nd.deconvolve(image, nd.psf.from_array(np.random.default_rng(2).random((5, 5))))
    recipe = nd.Recipe.from_json(first.recipe.to_json())
    again = nd.deconvolve(image, rebuild(recipe.psf), recipe)
    np.testing.assert_array_equal(again.estimate, first.estimate)
    assert again.background == first.background
