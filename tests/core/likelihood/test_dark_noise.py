"""Data from which a background was subtracted: the noise that it had is told from the data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.dark_noise import estimate_dark_noise


def cells(peak: float, ndim: int = 2) -> np.ndarray:
    """Blurred balls on an empty ground, without noise."""
    shape = {1: (600,), 2: (128, 128), 3: (32, 64, 64)}[ndim]
    rng = np.random.default_rng(ndim)
    scene = np.zeros(shape)
    places = np.stack([rng.integers(4, n - 4, 12) for n in shape])
    for place in places.T:
        scene[tuple(slice(p - 2, p + 3) for p in place)] += 1
    blurred = nd.convolve(scene, nd.psf.gaussian(5.0, ndim=ndim), boundary="zero").astype(float)
    return np.maximum(blurred, 0) * peak / blurred.max()


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("peak", [100, 500, 5000])
@pytest.mark.parametrize("gain", [0.4, 1.0, 7.0])
def test_what_was_subtracted_is_found_within_a_factor_of_two_and_a_half(ndim, peak, gain):
    light = cells(peak, ndim)
    image = gain * (np.random.default_rng(1).poisson(light + 20) - 20.0)
    assert 8 <= estimate_dark_noise(image) / gain <= 50


def test_read_noise_counts_too():
    rng = np.random.default_rng(2)
    image = rng.poisson(cells(500) + 10) - 10.0 + rng.normal(0, 5, (128, 128))
    assert 17 < estimate_dark_noise(image) < 70  # 10 + 5^2


def test_counts_of_photons_are_left_alone():
    image = np.random.default_rng(3).poisson(cells(100) + 10)
    assert estimate_dark_noise(image) == 0
    assert estimate_dark_noise(image.astype(np.float32)) == 0
    assert estimate_dark_noise(np.maximum(image - 10.0, 0)) == 0
    few = image.astype(float)
    few[5, :7] = -3  # a detector's defects
    assert estimate_dark_noise(few) == 0


def test_troughs_are_no_noise():
    rings = np.cos(np.hypot(*np.mgrid[-64:64, -64:64]) / 9) * 100
    assert estimate_dark_noise(rings) == 0
    assert estimate_dark_noise(rings + np.random.default_rng(6).normal(0, 2, rings.shape)) == 0


def test_gaps_do_not_matter():
    image = np.random.default_rng(4).poisson(cells(500) + 20) - 20.0
    image[:, 40:50] = np.nan
    assert 10 < estimate_dark_noise(image) < 40
    assert estimate_dark_noise(np.full((9, 9), np.nan)) == 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(1e-6, 1e6))
def test_scaled_data_give_a_scaled_answer_that_is_bounded(seed, ndim, factor):
    image = np.random.default_rng(seed).normal(0, 1, (13,) * ndim)
    found = estimate_dark_noise(image)
    assert 0 <= found <= np.ptp(image)
    assert estimate_dark_noise(image * factor) == pytest.approx(found * factor, rel=1e-3, abs=1e-6 * factor)


@pytest.mark.parametrize("seed", range(3))
def test_the_automatic_number_is_that_of_the_counts(seed):
    """Without it one iteration was chosen, and a gain of 40 measured."""
    light, psf = cells(100), nd.psf.gaussian(5.0, ndim=2)
    counts = np.random.default_rng(seed).poisson(light + 10)
    recipe = nd.Recipe(target_fwhm=0)
    right = nd.deconvolve(counts, psf, recipe)
    subtracted = nd.deconvolve(counts - 10.0, psf, recipe)
    assert subtracted.choices[0].gain == pytest.approx(1, rel=0.6)
    assert right.iterations / 2 <= subtracted.iterations <= 2 * right.iterations
    assert subtracted.estimate.sum() == pytest.approx(right.estimate.sum(), rel=0.05)
    again = nd.deconvolve(counts - 10.0, psf, subtracted.recipe)
    np.testing.assert_array_equal(again.estimate, subtracted.estimate)


def test_spectra_of_a_cube_share_it():
    light = cells(300, 1)
    counts = np.random.default_rng(5).poisson(light + 20, (30, 600)) - 20.0
    psf = nd.psf.gaussian(5.0, ndim=1)
    result = nd.deconvolve(counts, psf, nd.Recipe(target_fwhm=0))
    assert result.choices[0].gain == pytest.approx(1, rel=0.6)
    assert result.iterations > 5
