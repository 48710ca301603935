"""Samples and items that say nothing: they are left out everywhere, and the others are none the worse."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd

PSF = nd.psf.gaussian(3.0, ndim=2)


@pytest.fixture
def image() -> np.ndarray:
    """A square on a background, in counts."""
    light = nd.convolve(np.pad(np.full((8, 8), 100.0), 28), PSF)
    return np.random.default_rng(0).poisson(light + 10).astype(float)


def hidden(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.where(mask, image, np.nan)


def test_a_mask_hides_from_the_background_too(image):
    mask = np.ones(image.shape, bool)
    mask[:16] = False
    spoiled = np.where(mask, image, 0.0)
    masked = nd.deconvolve(spoiled, PSF, nd.Recipe(iterations=2), mask=mask)
    missing = nd.deconvolve(hidden(image, mask), PSF, nd.Recipe(iterations=2))
    assert masked.background == pytest.approx(missing.background)
    assert masked.background > 8
    np.testing.assert_array_equal(masked.estimate, missing.estimate)


def test_a_mask_hides_from_the_search_too(image):
    large = np.random.default_rng(1).poisson(10, (600, 600)).astype(float)
    large[400:464, 400:464] = image
    large[50:350, 50:350] = 5000
    mask = np.ones(large.shape, bool)
    mask[50:350, 50:350] = False
    result = nd.deconvolve(large, PSF, mask=mask)
    region = result.choices[0].region
    assert region[0].stop > 400
    assert region[1].stop > 400
    assert result.choices[0].gain == pytest.approx(1, rel=0.3)


def test_what_a_masked_array_masks_is_left_out(image):
    spoiled = image.copy()
    spoiled[20, 20] = 1e6
    masked = np.ma.masked_greater(spoiled, 1e5)
    missing = spoiled.copy()
    missing[20, 20] = np.nan
    np.testing.assert_array_equal(nd.richardson_lucy(masked, PSF, 5), nd.richardson_lucy(missing, PSF, 5))
    counts = np.ma.masked_greater(spoiled.astype(np.uint32), 100_000)
    np.testing.assert_allclose(nd.richardson_lucy(counts, PSF, 5), nd.richardson_lucy(missing, PSF, 5), rtol=1e-4)


@pytest.mark.parametrize("dtype", [">f8", ">f4", ">u2", ">i4"])
def test_the_order_of_bytes_does_not_matter(image, dtype):
    swapped = image.astype(dtype)
    native = swapped.astype(np.dtype(dtype).newbyteorder("="))
    for run in (nd.convolve, lambda data, psf: nd.richardson_lucy(data, psf, 3), nd.wiener):
        np.testing.assert_array_equal(run(swapped, PSF), run(native, PSF))
        assert run(swapped, PSF).dtype == run(native, PSF).dtype


@pytest.mark.parametrize("changes", [{}, {"iterations": 3}, {"stop": "risk"}, {"method": "wiener"}])
def test_a_frame_without_data_is_dark_and_the_others_are_as_without_it(image, changes):
    recipe = nd.Recipe(**changes)
    series = np.stack([image, np.full_like(image, np.nan), image * 1.5])
    result = nd.deconvolve(series, PSF, recipe)
    np.testing.assert_array_equal(result.estimate[1], 0)
    assert any("1 of 3 frames or spectra hold no finite sample (1)" in word for word in result.words)
    np.testing.assert_array_equal(result.estimate[[0, 2]], nd.deconvolve(series[[0, 2]], PSF, recipe).estimate)


def test_a_masked_frame_is_dark(image):
    mask = np.ones((2, *image.shape), bool)
    mask[0] = False
    found = nd.deconvolve(np.stack([image, image]), PSF, nd.Recipe(iterations=3), mask=mask).estimate
    np.testing.assert_array_equal(found[0], 0)
    assert found[1].max() > 50


@pytest.mark.parametrize("count", [1, 3])
def test_nothing_at_all_is_refused(count):
    with pytest.raises(nd.ParameterError, match="nothing to deconvolve"):
        nd.deconvolve(np.full((count, 16, 16), np.nan), PSF)


@pytest.mark.parametrize("boundary", ["zero", "reflect", "periodic", "edge"])
def test_one_missing_sample_changes_nothing_far_from_it(image, boundary):
    missing = image.copy()
    missing[32, 32] = np.nan
    whole, part = nd.convolve(image, PSF, boundary=boundary), nd.convolve(missing, PSF, boundary=boundary)
    np.testing.assert_allclose(part[:20], whole[:20], rtol=1e-5)
    assert np.isfinite(part).all()
    whole, part = (nd.simulate(data, fwhm=3.0, boundary=boundary, poisson=False).counts for data in (image, missing))
    np.testing.assert_allclose(part[:20], whole[:20], rtol=1e-5)


def test_a_sweep_weighs_light_where_there_are_data(image):
    missing = image.copy()
    missing[np.random.default_rng(2).random(image.shape) < 0.3] = np.nan
    row = nd.sweep(missing, PSF, (5,), background=10.0).table[0]
    run = nd.deconvolve(missing, PSF, nd.Recipe(iterations=5, background=10.0, acceleration=None, target_fwhm=0))
    assert row.flux == pytest.approx(run.flux_ratio, rel=1e-4)


def test_a_truth_with_gaps_is_refused(image):
    truth = image.copy()
    truth[3, 3] = np.nan
    with pytest.raises(nd.ParameterError, match="truth has 1 samples that are not finite"):
        nd.sweep(image, PSF, (5,), truth=truth)


def test_blind_on_an_image_without_light_keeps_the_psf():
    _, psf = nd.blind_richardson_lucy(np.zeros((32, 32)), PSF, 2)
    np.testing.assert_allclose(psf.data.sum(), 1, rtol=1e-5)
    result = nd.deconvolve(np.zeros((32, 32)), PSF, nd.Recipe(method="blind", blind="alternate", iterations=2))
    assert np.isfinite(result.estimate).all()


def test_risk_on_an_image_without_light_finds_a_number():
    assert nd.deconvolve(np.zeros((32, 32)), PSF, nd.Recipe(stop="risk")).iterations >= 1
