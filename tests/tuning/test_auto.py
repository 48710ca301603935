"""Settings found from the image: how close to the best, whatever the units, and what is kept of it."""

from __future__ import annotations

import numpy as np
import pytest
from following import followed

import napari_deconvolve as nd
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.test_region import (
    SEARCH_VOXELS,
    TEST_REGION_VOXELS,
    brightest_region,
    region_job,
    search_region,
)
from napari_deconvolve.run.engine import Run
from napari_deconvolve.tuning.search import Search

PSF = nd.psf.gaussian(4.0, ndim=2)


def cells(seed=0, shape=(96, 100), peak=100.0, background=10.0):
    """Give rings and dots: the truth, and counts."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    truth = np.zeros(shape)
    for _ in range(6):
        middle, radius = rng.uniform(10, min(shape) - 10, 2), rng.uniform(5, 14)
        distance = np.hypot(rows - middle[0], columns - middle[1])
        truth += np.exp(-((distance - radius) ** 2) / 2) + 0.3 * (distance < radius)
    blurred = nd.convolve(truth, PSF, boundary="zero")
    scale = peak / blurred.max()
    return truth * scale, rng.poisson(blurred * scale + background).astype(np.float64)


def error(estimate, truth):
    return float(np.linalg.norm(estimate - truth) / np.linalg.norm(truth))


@pytest.mark.parametrize(("seed", "peak"), [(0, 20.0), (1, 100.0), (2, 1000.0)])
def test_the_default_pipeline_is_close_to_the_best_number(seed, peak):
    truth, counts = cells(seed, peak=peak)
    found = nd.deconvolve(counts, PSF)
    every = nd.deconvolve(counts, PSF, nd.Recipe(iterations=80, background=10.0), keep_every=1).snapshots
    best = min(error(state.estimate, truth) for state in every)
    assert error(found.estimate, truth) < 1.05 * best
    assert found.iterations == found.choices[0].iterations == len(found.trace)
    assert found.flux_ratio == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("factor", [3.7, 0.3])
def test_the_unit_of_the_counts_does_not_matter(factor):
    _, counts = cells(3)
    one, other = nd.deconvolve(counts, PSF), nd.deconvolve(counts * factor, PSF)
    assert error(other.estimate / factor, one.estimate) < 0.05
    assert other.choices[0].gain == pytest.approx(factor * one.choices[0].gain, rel=0.02)


def test_the_recipe_repeats_the_run_without_searching():
    _, counts = cells(4)
    first = nd.deconvolve(counts, PSF)
    recipe = nd.Recipe.from_json(first.recipe.to_json())
    assert recipe.iterations == first.iterations
    assert not isinstance(recipe.target_fwhm, str)
    again = nd.deconvolve(counts, PSF, recipe)
    np.testing.assert_array_equal(again.estimate, first.estimate)
    assert again.choices == ()


def test_a_given_target_resolution_is_kept():
    _, counts = cells(5)
    found = nd.deconvolve(counts, PSF, nd.Recipe(target_fwhm=2.0))
    assert found.recipe.target_fwhm == 2.0
    assert len(found.choices[0].curves) == 1


@pytest.mark.parametrize("stop", ["halves", "risk", "thinning", "discrepancy", "change"])
def test_every_rule_comes_to_an_end_and_says_where(stop):
    _, counts = cells(6)
    found = nd.deconvolve(counts, PSF, nd.Recipe(stop=stop))
    assert 2 <= found.iterations < 500
    assert found.recipe.iterations == found.iterations
    assert np.isfinite(found.estimate).all()


def test_without_looking_ahead_the_fit_is_as_good():
    _, counts = cells(7)
    fast = nd.deconvolve(counts, PSF, nd.Recipe(background=10.0))
    plain = nd.deconvolve(counts, PSF, nd.Recipe(background=10.0, acceleration=None))
    assert plain.iterations > 2 * fast.iterations
    assert plain.trace[-1] == pytest.approx(fast.trace[-1], rel=0.005)


def test_channels_get_settings_of_their_own():
    _, bright = cells(8, peak=2000.0)
    _, faint = cells(8, peak=20.0)
    found = nd.deconvolve(np.stack([bright, faint]), [PSF, nd.psf.gaussian(4.2, ndim=2)])
    first, second = found.choices
    assert first.iterations > second.iterations
    assert found.recipe.iterations == "auto"  # found again, to the same numbers
    again = nd.deconvolve(np.stack([bright, faint]), [PSF, nd.psf.gaussian(4.2, ndim=2)], found.recipe)
    np.testing.assert_array_equal(again.estimate, found.estimate)


def test_frames_of_a_film_share_one_number():
    _, first = cells(9)
    _, second = cells(10)
    found = nd.deconvolve(np.stack([first, second]), PSF)
    assert len(found.choices) == 1
    assert found.iterations == found.choices[0].iterations


def test_progress_says_what_is_being_chosen():
    _, counts = cells(11)
    run = Run(prepare(counts, PSF))
    steps, result = followed(run.work())
    stages = [step.stage for step in steps if step.stage]
    assert any("noise" in stage for stage in stages)
    assert any("trying" in stage for stage in stages)
    assert steps[-1].done == steps[-1].total == result.iterations
    assert result.choices[0].curves[0].scores


def test_a_search_can_be_cancelled():
    _, counts = cells(12)
    calls = []

    def cancelled():
        calls.append(1)
        return len(calls) > 40

    with pytest.raises(nd.errors.Cancelled):
        nd.deconvolve(counts, PSF, cancelled=cancelled)


def test_large_images_are_searched_where_they_are_bright():
    image = np.ones((40, 300, 320), np.float32)
    image[10:30, 200:240, 50:100] += 100
    psf = nd.psf.gaussian((3.0, 3.0, 3.0))
    region = brightest_region(image, psf)
    assert np.prod([part.stop - part.start for part in region]) == pytest.approx(TEST_REGION_VOXELS, rel=0.2)
    assert region[1].start <= 210 < 230 <= region[1].stop
    assert region[2].start <= 60 < 90 <= region[2].stop
    searched = search_region(image, psf)
    assert np.prod([part.stop - part.start for part in searched]) == pytest.approx(SEARCH_VOXELS[3], rel=0.2)
    assert image[searched].mean() > image[region].mean()


def test_a_crop_keeps_its_mask_and_a_large_psf_its_core():
    image = np.random.default_rng(0).poisson(20.0, (400, 600)).astype(float)
    mask = np.ones(image.shape, bool)
    mask[::7] = False
    wide = nd.PSF(np.ones((399, 399)) + 1e6 * (np.indices((399, 399)).sum(0) == 398), 1.0)
    job = prepare(image, wide, mask=mask)
    region = (slice(100, 200), slice(300, 420))
    small = region_job(job, 0, region)
    np.testing.assert_array_equal(small.items[0], image[region])
    np.testing.assert_array_equal(small.mask[0], mask[region])
    assert small.psfs[0].shape == (101, 121)
    assert small.psfs[0].data.sum() == pytest.approx(1, rel=1e-5)


def test_black_and_noiseless_images_come_to_an_end():
    truth, _ = cells(13)
    assert np.isfinite(nd.deconvolve(np.zeros((40, 40)), PSF).estimate).all()
    clean = nd.convolve(truth, PSF, boundary="zero") + 10
    found = nd.deconvolve(clean, PSF)
    assert found.iterations > 50  # nothing speaks against going on
    assert np.isfinite(found.estimate).all()


@pytest.mark.parametrize(
    ("name", "value"), [("iterations", "many"), ("iterations", 0), ("stop", "soon"), ("gain", 0), ("gain", "high")]
)
def test_bad_settings_are_refused_in_words(name, value):
    with pytest.raises(nd.ParameterError, match=str(value)):
        nd.Recipe(**{name: value})


def test_the_search_looks_at_the_brightest_frame():
    _, faint = cells(14, peak=20.0)
    _, bright = cells(14, peak=500.0)
    assert Search(prepare(np.stack([faint, bright, faint]), PSF)).item == 1
