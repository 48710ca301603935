"""The Wiener filter through recipes, results, cost and command line."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

import napari_deconvolve as nd
from napari_deconvolve.cli import execute
from napari_deconvolve.io import read_image
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.description import rebuild
from napari_deconvolve.recipe.naming import ending, power_text
from napari_deconvolve.recipe.recipe import parameter
from napari_deconvolve.run.sweep.run import SweepRun

WIENER = nd.Recipe(method="wiener")


def cells(shape=(40, 48), seed=0, background=20):
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(10):
        truth[tuple(rng.integers(0, length) for length in shape)] = rng.uniform(1e3, 5e3)
    psf = nd.psf.gaussian(3.0, ndim=min(len(shape), 2))
    return rng.poisson(nd.convolve(truth, psf) + background).astype(np.uint16), psf


def test_a_result_tells_all_and_repeats_to_the_last_bit():
    image, psf = cells()
    first = nd.deconvolve(image, psf, WIENER)
    assert first.iterations == len(first.trace) == 1
    assert isinstance(first.recipe.regularization, float)
    assert first.background == pytest.approx(20, abs=3)
    assert first.flux_ratio == pytest.approx(1 / (1 + first.recipe.regularization), rel=0.05)
    recipe = nd.Recipe.from_json(first.recipe.to_json())
    again = nd.deconvolve(image, rebuild(recipe.psf), recipe)
    np.testing.assert_array_equal(again.estimate, first.estimate)
    assert again.recipe == first.recipe


def test_the_function_is_the_same_filter_without_a_background():
    image, psf = cells()
    recipe = WIENER.replace(regularization=0.01, boundary="reflect", background=0)
    np.testing.assert_array_equal(nd.wiener(image, psf, 0.01), nd.deconvolve(image, psf, recipe).estimate)
    taken = nd.wiener(image, psf, 0.01, background=20)
    np.testing.assert_allclose(nd.wiener(image, psf, 0.01) - taken, 20 / 1.01, rtol=1e-4)


def test_a_background_that_nobody_took_off_does_not_hide_negative_values_from_a_rule():
    image, psf = cells(background=2000)
    kept, taken = (nd.wiener(image, psf, "negative", background=given) for given in (0, "auto"))
    difference = kept - taken
    np.testing.assert_allclose(difference, difference.mean(), rtol=1e-3)  # the same strength


@pytest.mark.parametrize("rule", ["auto", "negative", "gcv"])
def test_each_rule_has_a_name_in_recipes(rule):
    image, psf = cells()
    result = nd.deconvolve(image, psf, WIENER.replace(regularization=rule))
    assert 1e-10 <= result.recipe.regularization <= 0.1 + 1e-9
    assert nd.Recipe.from_json(WIENER.replace(regularization=rule).to_json()).regularization == rule


def test_time_points_share_a_strength_and_channels_have_their_own():
    image, psf = cells()
    dim = cells(seed=1)[0] // 8
    both = np.stack([dim, image])
    shared = nd.deconvolve(both, psf, WIENER)
    strength = shared.recipe.regularization
    for item, frame in enumerate(both):
        alone = nd.deconvolve(frame, psf, WIENER.replace(regularization=strength))
        np.testing.assert_array_equal(shared.estimate[item], alone.estimate)
    assert strength == nd.deconvolve(image, psf, WIENER).recipe.regularization
    several = nd.deconvolve(both, [psf, nd.psf.gaussian(2.0)], WIENER, channel_axis=0)
    assert several.recipe.regularization == "auto"
    np.testing.assert_array_equal(several.estimate[0], nd.deconvolve(dim, psf, WIENER).estimate)


def test_any_axis_and_any_type():
    image, psf = cells()
    expected = nd.wiener(image, psf, 0.01)
    stack = np.stack([image, image], axis=1)
    np.testing.assert_allclose(nd.wiener(stack, psf, 0.01, axes=(0, 2))[:, 1], expected, rtol=1e-5, atol=1e-3)
    for dtype in ("int32", "float32", "float64"):
        found = nd.wiener(image.astype(dtype), psf, 0.01)
        assert found.dtype == ("float64" if dtype == "float64" else "float32")
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=0.05)
    assert nd.wiener(-image.astype(np.int32), psf, 0.01).max() < np.abs(expected).max()


def test_a_target_resolution_smooths_the_estimate():
    image, psf = cells()
    recipe = WIENER.replace(regularization=1e-4)
    sharp, soft = (nd.deconvolve(image, psf, recipe.replace(target_fwhm=width)).estimate for width in (0.0, 2.5))
    assert soft.max() < sharp.max()
    assert np.std(np.diff(soft)) < 0.5 * np.std(np.diff(sharp))
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.05)


def test_iterates_are_one_and_looks_work():
    image, psf = cells()
    states = list(nd.iterate(image, psf, WIENER))
    assert [state.iteration for state in states] == [1]
    result = nd.deconvolve(image, psf, WIENER)
    np.testing.assert_array_equal(states[0].estimate, result.estimate)
    assert nd.residual(image, psf, result.estimate, result.recipe).misfit == pytest.approx(1, abs=0.4)
    trust = nd.uncertainty_map(image, psf, result.recipe, draws=2)
    assert trust.deviation.mean() > 0
    assert trust.iterations == (1,)


def test_what_makes_no_sense_is_refused_in_words():
    image, psf = cells()
    with pytest.raises(nd.ParameterError, match="takes no prior"):
        WIENER.replace(prior="tv")
    with pytest.raises(nd.ParameterError, match="no start estimate"):
        nd.deconvolve(image, psf, WIENER, start=image)
    with pytest.raises(nd.ParameterError, match="only Richardson-Lucy"):
        SweepRun(prepare(image, psf, WIENER), (1, 2))
    depths = nd.psf.Strata([nd.psf.gaussian(3.0, ndim=3)] * 2, (0.0, 4.0))
    with pytest.raises(nd.ParameterError, match="strata"):
        nd.wiener(np.stack([image] * 8), depths)
    with pytest.raises(nd.Cancelled):
        nd.deconvolve(image, psf, WIENER, cancelled=lambda: True)


def test_cost_and_names():
    once = nd.estimate_cost((512, 512), (15, 15), 1, method="wiener")
    assert nd.estimate_cost((512, 512), (15, 15), 500, method="wiener") == once
    assert once.bytes > 4 * 4 * 512**2
    assert WIENER.expected_iterations == 1
    assert parameter("regularization").low == 1e-10
    assert parameter("regularization").high == 1e-1
    assert [power_text(value) for value in (1e-3, 2.34e-7, 0.1, 25.0)] == ["1e-3", "2.3e-7", "1e-1", "2.5e1"]
    assert ending(WIENER.replace(regularization=2e-4).to_dict(), 1) == "Wiener 2e-4"
    assert ending(WIENER.to_dict(), "running") == "Wiener running"
    assert ending(nd.Recipe(prior="tv").to_dict(), 12) == "TV 12"


def run(*arguments):
    """Do a command line; give its code."""
    return execute([str(argument) for argument in arguments])


def test_on_the_command_line(tmp_path, capsys):
    np.save(tmp_path / "cells.npy", cells()[0])
    common = ("run", tmp_path / "cells.npy", "--gaussian", "3", "--method", "wiener")
    assert run(*common, "-o", tmp_path / "auto.ome.tif") == 0
    said = capsys.readouterr().err
    found = read_image(tmp_path / "auto.ome.tif")
    assert found.recipe is not None
    strength = found.recipe.regularization
    assert f"Wiener filter, regularization {power_text(strength)}, background" in said
    assert found.name == f"cells · Wiener {power_text(strength)}"
    assert run(*common, "--regularization", "1e-3", "-o", tmp_path / "set.ome.tif") == 0
    assert read_image(tmp_path / "set.ome.tif").name == "cells · Wiener 1e-3"
    again = tmp_path / "again.ome.tif"
    assert run("run", tmp_path / "cells.npy", "--recipe", tmp_path / "auto.ome.tif", "-o", again) == 0
    np.testing.assert_array_equal(read_image(again).data, found.data)
    assert run("inspect", again) == 0
    assert "wiener, regularization" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--regularization", "0"), "--regularization.*above 0"),
        (("--regularization", "much"), "--regularization.*auto, negative, gcv"),
        (("--every", "2"), "--every.*has but one"),
        (("--prior", "tv"), "takes no prior"),
    ],
)
def test_bad_options_are_refused_in_one_line(tmp_path, capsys, options, words):
    np.save(tmp_path / "cells.npy", cells()[0])
    target = tmp_path / "out.ome.tif"
    assert run("run", tmp_path / "cells.npy", "--gaussian", "3", "--method", "wiener", *options, "-o", target) == 2
    said = capsys.readouterr().err
    assert re.search(words, said)
    assert said.count("\n") == 1
    assert not target.exists()


def test_help_tells_the_rules():
    from napari_deconvolve.cli import app

    text = CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "200"}).output
    assert "--regularization" in text
    assert json.loads(WIENER.to_json())["regularization"] == "auto"
