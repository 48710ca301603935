"""What the other half of the photons says of a narrower PSF."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.model_selection.held_out import split_photons
from napari_deconvolve.job.data import noise_model
from napari_deconvolve.job.iteration import maker
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.tuning.confirmation import (
    COMPARED_BY,
    ENOUGH_ITERATIONS,
    MIN_ITERATIONS,
    Confirmation,
    compared,
    confirmation,
    shows_finer_detail,
    told_early,
)
from napari_deconvolve.work import finish

PSF = nd.psf.gaussian(3.0, ndim=2)


def job_of(width, seed):
    """Give a job whose PSF is so many times as wide as that of the image, and two halves of its photons."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((64, 64))
    truth[tuple(rng.integers(3, 61, (2, 40)))] = 1
    blurred = np.maximum(nd.convolve(truth, PSF, boundary="zero"), 0)
    counts = rng.poisson(blurred / blurred.max() * 500 + 10).astype(float)
    recipe = nd.Recipe(background=10.0, gain=1.0, prior=None, target_fwhm=0.0, offset=0.0, read_noise=0.0)
    job = prepare(counts, nd.psf.gaussian(3.0 * width, ndim=2), recipe)
    return job, split_photons(noise_model(job, 0), 1.0)


def models(job, pair, numbers):
    """Give the first half's models after some iterations."""
    run = maker(job)(pair[0])
    found = {}
    with closing(run.blur):
        for number in range(1, max(numbers) + 1):
            run.step()
            if number in numbers:
                found[number] = run.model.copy()
    return found


def said_of(width, seed, iterations=40):
    """Give what is said of a PSF so many times as wide as that of the image."""
    job, pair = job_of(width, seed)
    return finish(confirmation(job, pair, models(job, pair, [iterations])[iterations], iterations))


def test_a_right_psf_is_confirmed_by_no_narrower_one():
    found = [said_of(1.0, seed) for seed in range(5)]
    assert all(one.deviations < 2 for one in found)
    assert all(-1.5 < one.share < -0.3 and 0 < one.uncertainty < 0.2 for one in found)


def test_a_wide_one_is():
    assert all(said_of(1.3, seed).deviations > 4 for seed in range(3))


def test_models_that_are_known_save_a_fit():
    job, pair = job_of(1.3, 0)
    job = replace(job, recipe=job.recipe.replace(acceleration=COMPARED_BY))
    known = models(job, pair, [10, 30, 40])
    found = finish(compared(job, pair, 20, known))
    assert found == finish(confirmation(job, pair, known[30], 30))
    assert found.deviations == pytest.approx(finish(compared(job, pair, 20)).deviations, abs=1.5)
    too_early = finish(compared(job, pair, 20, {10: known[10]}))
    assert too_early == finish(compared(job, pair, 20))


def test_signs_of_finer_detail_add_up():
    for axes in (2, 3):
        assert shows_finer_detail(axes, 3.6, -5.0)
        assert shows_finer_detail(axes, 1.0, 6.8)
        assert shows_finer_detail(axes, -2.0, 7.0, 3.0)
        assert not shows_finer_detail(axes, -2.0, 1.0, 1.0)
        assert not shows_finer_detail(axes, -2.0, 5.0, -2.0)
        assert not shows_finer_detail(axes, -3.0, 9.0, 6.0)  # the spectrum falls, for certain
    assert shows_finer_detail(2, 1.0, 2.5)
    assert not shows_finer_detail(2, 0.5, 0.4)
    assert not shows_finer_detail(3, 0.5, 0.9)
    assert not shows_finer_detail(3, 1.0, -1.0, 5.0)  # light left to follow


def test_a_dense_object_that_confirms_nothing_does_not_outvote_the_others():
    assert shows_finer_detail(2, 2.1, -8.0, 2.1)
    assert not shows_finer_detail(2, 2.0, -8.0, 1.0)


def test_less_is_certain_where_nothing_can_be_confirmed():
    assert shows_finer_detail(2, 3.6, None)
    assert shows_finer_detail(2, 3.0, None, 2.5)
    assert not shows_finer_detail(2, 2.9, None, 1.0)
    assert not shows_finer_detail(2, -2.0, None, 6.5)


@pytest.mark.parametrize("width", [1.0, 1.3])
def test_nothing_is_said_early(width):
    assert said_of(width, 0, MIN_ITERATIONS - 1) == Confirmation()
    assert Confirmation().deviations is None


def job_and_halves(image, psf, acceleration):
    given = {"background": 10.0, "gain": 1.0, "offset": 0.0, "read_noise": 0.0}
    recipe = nd.Recipe(prior=None, target_fwhm=0.0, acceleration=acceleration, **given)
    job = prepare(image, psf, recipe)
    return job, split_photons(noise_model(job, 0), 1.0)


def test_what_is_confirmed_does_not_depend_on_the_acceleration():
    image = np.random.default_rng(3).poisson(nd.convolve(np.eye(64) * 300, PSF, boundary="zero") + 10.0).astype(float)
    found = [finish(compared(*job_and_halves(image, PSF, name), 40)) for name in ("biggs-andrews", "nesterov", None)]
    assert found[0] == found[1] == found[2]


def test_a_large_image_is_no_surer_than_its_object_allows():
    """From object to object the share differs by a tenth, which no number of samples makes less."""
    assert Confirmation(-0.3, 0.001).deviations < 1.1
    assert Confirmation(-0.3, 0.001).deviations == pytest.approx(Confirmation(-0.3, 0.0001).deviations, abs=0.01)
    assert Confirmation(0.5, 0.01).deviations > 5


def test_wide_psfs_are_compared_later():
    image = np.full((32, 32), 20.0)
    early = [told_early(job_and_halves(image, nd.psf.gaussian(width, ndim=2), None)[0]) for width in (2.0, 4.0, 6.0)]
    assert early[0] == 1 > early[1] > early[2] > 0.2
    job, pair = job_and_halves(image, nd.psf.gaussian(6.0, ndim=2), None)
    numbers = [step.total for step in compared(job, pair, 80)]
    assert numbers[0] == 80 > ENOUGH_ITERATIONS


@pytest.mark.parametrize("acceleration", ["biggs-andrews", "nesterov"])
def test_thin_bright_lines_under_the_right_psf_are_no_finer_detail(acceleration):
    """After a few iterations they are far from fitted, and a narrower PSF does better."""
    psf = nd.psf.gaussian(5.0, ndim=2)
    truth = np.zeros((64, 64))
    truth[32, 20:44] = truth[20:44, 32] = 4000
    counts = np.random.default_rng(0).poisson(nd.convolve(truth, psf) + 10.0)
    found = nd.deconvolve(counts, psf, nd.Recipe(acceleration=acceleration))
    assert not any("too wide" in one for one in found.words)
