"""A run begins where it is told to: at a given estimate, or where an earlier run ended."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.io import read_result, write_checkpoint, write_image
from napari_deconvolve.io.results import checkpoint_path
from napari_deconvolve.job.problem import Checkpoint
from napari_deconvolve.recipe.provenance import provenance_of

PSF = nd.psf.gaussian((4.0, 5.0), 1.0, ndim=2)
PLAIN = nd.Recipe(iterations=6, acceleration="none", background=2.0, target_fwhm=0)


@pytest.fixture
def image():
    rng = np.random.default_rng(3)
    truth = np.full((32, 40), 5.0)
    truth[8:20, 10:30] = 60
    truth[15, 35] = 900
    return rng.poisson(nd.convolve(truth, PSF) + 2.0).astype(np.uint16)


@pytest.mark.parametrize("boundary", ["extended", "periodic", "reflect", "edge", "zero"])
@pytest.mark.parametrize("target", [0, 3.0, (2.0, 0.0)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_six_and_six_more_plain_iterations_are_twelve(image, boundary, target, dtype):
    recipe = PLAIN.replace(boundary=boundary, target_fwhm=target, dtype=dtype)
    first = nd.deconvolve(image, PSF, recipe, resumable=True)
    more = nd.resume(first, image, PSF, 6)
    straight = nd.deconvolve(image, PSF, recipe.replace(iterations=12))
    np.testing.assert_array_equal(more.estimate, straight.estimate)
    assert more.trace == pytest.approx(straight.trace[6:])
    assert [step.name for step in more.before] == ["RL 6"]
    assert more.iterations == 6


def test_a_prior_goes_on_exactly_too(image):
    recipe = PLAIN.replace(prior="tv", strength=0.01)
    first = nd.deconvolve(image, PSF, recipe, resumable=True)
    straight = nd.deconvolve(image, PSF, recipe.replace(iterations=12))
    np.testing.assert_array_equal(nd.resume(first, image, PSF, 6).estimate, straight.estimate)


def test_each_frame_and_each_spectrum_goes_on_by_itself(image):
    film = np.stack([image, image[::-1], image[:, ::-1]])
    line = nd.psf.gaussian(4.0, ndim=1)
    for data, psf in ((film, PSF), (image, line)):
        first = nd.deconvolve(data, psf, PLAIN, resumable=True)
        straight = nd.deconvolve(data, psf, PLAIN.replace(iterations=12))
        np.testing.assert_allclose(nd.resume(first, data, psf, 6).estimate, straight.estimate, rtol=1e-4, atol=1e-3)


def test_it_goes_on_again_and_again_and_remembers(image):
    result = nd.deconvolve(image, PSF, PLAIN, resumable=True)
    for _ in range(2):
        result = nd.resume(result, image, PSF, 3, resumable=True)
    straight = nd.deconvolve(image, PSF, PLAIN.replace(iterations=12))
    np.testing.assert_array_equal(result.estimate, straight.estimate)
    assert [step.name for step in result.before] == ["RL 6", "RL 3"]


def test_without_the_whole_it_goes_on_from_what_is_seen(image):
    first = nd.deconvolve(image, PSF, PLAIN)
    more = nd.resume(first, image, PSF, 6)
    straight = nd.deconvolve(image, PSF, PLAIN.replace(iterations=12))
    wrong = np.abs(more.estimate - straight.estimate) / straight.estimate.max()
    assert wrong.max() > 1e-5
    assert wrong[10:-10, 12:-12].max() < 0.02
    inside = PLAIN.replace(boundary="periodic")
    first = nd.deconvolve(image, PSF, inside)
    straight = nd.deconvolve(image, PSF, inside.replace(iterations=12))
    np.testing.assert_array_equal(nd.resume(first, image, PSF, 6).estimate, straight.estimate)


def test_an_accelerated_run_loses_its_direction_and_no_more(image):
    fast = PLAIN.replace(acceleration="biggs-andrews", iterations=10)
    first = nd.deconvolve(image, PSF, fast, resumable=True)
    more = nd.resume(first, image, PSF, 10)
    straight = nd.deconvolve(image, PSF, fast.replace(iterations=20))
    assert not np.array_equal(more.estimate, straight.estimate)
    assert more.trace[0] < first.trace[-1]
    assert straight.trace[-1] <= more.trace[-1] < straight.trace[9]


def test_the_psf_is_made_again_by_the_recipe(image):
    first = nd.deconvolve(image, PSF, PLAIN, resumable=True)
    np.testing.assert_array_equal(
        nd.resume(first, image, iterations=6).estimate, nd.resume(first, image, PSF, 6).estimate
    )


def test_a_result_in_a_file_goes_on_exactly(image, tmp_path):
    first = nd.deconvolve(image, PSF, PLAIN, resumable=True)
    path = tmp_path / "cells.ome.tif"
    write_image(path, first.estimate, recipe=first.recipe, extra={"iterations": first.iterations})
    write_checkpoint(path, first.checkpoint)
    assert checkpoint_path(path).name == "cells.whole.npy"
    known = read_result(path)
    assert known.iterations == 6
    assert known.faithful(known.recipe) == "exactly as if it had not stopped"
    straight = nd.deconvolve(image, PSF, PLAIN.replace(iterations=12))
    np.testing.assert_array_equal(nd.resume(known, image, PSF, 6).estimate, straight.estimate)
    checkpoint_path(path).unlink()
    assert "starts again" in read_result(path).faithful(known.recipe)


def test_a_start_is_where_it_begins(image):
    start = nd.richardson_lucy(image, PSF, 12, background=2.0, boundary="periodic")
    one = nd.richardson_lucy(image, PSF, 1, background=2.0, boundary="periodic", start=start)
    straight = nd.richardson_lucy(image, PSF, 13, background=2.0, boundary="periodic")
    np.testing.assert_array_equal(one, straight)
    assert not np.array_equal(one, nd.richardson_lucy(image, PSF, 1, background=2.0, boundary="periodic"))


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (np.ones((3, 3)), "start has shape"),
        (np.zeros((32, 40)), "nowhere negative and somewhere positive"),
        (-np.ones((32, 40)), "nowhere negative"),
        (np.full((32, 40), np.nan), "finite"),
        ([[1, 2], [3]], "The start holds rows of unequal lengths; give a number per sample."),
        (Checkpoint(np.full((1, 32, 40), np.nan, np.float32)), "finite"),
        (Checkpoint(np.ones((2, 60, 60), np.float32)), "had 2 parts and this image has 1"),
        (Checkpoint(np.ones((1, 60, 60), np.float32)), r"start estimate has the shape \(60, 60\)"),
    ],
)
def test_starts_that_do_not_fit_are_refused(image, start, words):
    with pytest.raises(nd.ParameterError, match=words):
        nd.deconvolve(image, PSF, PLAIN, start=start)


def test_what_cannot_go_on_is_refused(image):
    filtered = nd.deconvolve(image, PSF, nd.Recipe(method="wiener", regularization=1e-2))
    with pytest.raises(nd.ParameterError, match="'wiener', which does not go on"):
        nd.resume(filtered, image, PSF, 6)
    with pytest.raises(nd.ParameterError, match="iterations"):
        nd.resume(nd.deconvolve(image, PSF, PLAIN), image, PSF, 0)


def test_metadata_tell_the_runs_in_order(image):
    one = nd.resume(nd.deconvolve(image, PSF, PLAIN), image, PSF, 4)
    stored = {
        "recipe": one.recipe.to_dict(),
        "iterations": 4,
        "branched_from": [step.to_dict() for step in one.before],
    }
    assert [step.name for step in provenance_of(stored)] == ["RL 6", "RL 4"]
    assert provenance_of({}) == ()
