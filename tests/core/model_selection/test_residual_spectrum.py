"""The spectrum of a residual: noise alone is left alone, and what a model cannot follow is found."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.model_selection.residual_spectrum import (
    MOST_OF_A_BAND,
    agreement,
    excess,
    odd_kernel,
    unexplained,
)

FLAT, STACK = nd.psf.gaussian(3.0, ndim=2), nd.psf.gaussian((3.0, 3.0, 3.0), ndim=3)


def noise(seed, shape):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize(("kernel", "shape"), [(FLAT, (80, 90)), (STACK, (12, 40, 44))])
def test_noise_is_no_excess(kernel, shape):
    found = [excess(noise(seed, shape), kernel.data).fine for seed in range(20)]
    assert max(found) < 4
    assert excess(0.1 * noise(0, shape), kernel.data).fine == pytest.approx(found[0])


def test_light_in_the_band_is_an_excess():
    left = noise(1, (80, 90)) + 3 * nd.convolve(noise(2, (80, 90)), FLAT)
    assert excess(left, FLAT.data).fine > 10
    assert excess(left, FLAT.data).total > 100


def test_a_background_that_is_left_is_not_fine():
    left = noise(3, (80, 90)) + np.cos(2 * np.pi * np.arange(90) / 90)
    found = excess(left, FLAT.data)
    assert found.fine < 4
    assert found.total > 100


def test_noise_that_was_fitted_is_none():
    left = noise(4, (80, 90)) - nd.convolve(noise(4, (80, 90)), FLAT)
    assert excess(left, FLAT.data).fine < 3


def test_nothing_left_says_nothing():
    found = excess(np.zeros((20, 20)), FLAT.data)
    assert (found.fine, found.total) == (0, 0)


def fitted(seed, shape):
    """Give noise of which a kernel's band is fitted in part, as by a run."""
    drawn = noise(seed, shape)
    return drawn - 0.9 * nd.convolve(drawn, FLAT)


def test_noise_that_is_fitted_alike_is_explained():
    found = [unexplained(fitted(seed, (80, 90)), fitted(100 + seed, (80, 90)), FLAT.data) for seed in range(40)]
    assert abs(np.mean(found)) < 0.6
    assert 0.5 < np.std(found) < 1.5
    scaled = unexplained(3e-5 * fitted(0, (80, 90)), 7e4 * fitted(100, (80, 90)), FLAT.data)
    assert scaled == pytest.approx(found[0], rel=1e-4)


def test_light_at_faint_frequencies_is_not_explained():
    finer = nd.convolve(noise(7, (80, 90)), nd.psf.gaussian(2.0, ndim=2))
    assert unexplained(fitted(6, (80, 90)) + 4 * finer, fitted(106, (80, 90)), FLAT.data) > 4
    assert unexplained(100 * finer + fitted(6, (80, 90)), fitted(106, (80, 90)), FLAT.data) < 5**0.5 * MOST_OF_A_BAND


def test_nothing_is_said_of_coarse_light_and_of_nothing():
    coarse = 5 * np.cos(2 * np.pi * np.arange(90) / 30)
    assert abs(unexplained(fitted(8, (80, 90)) + coarse, fitted(108, (80, 90)), FLAT.data)) < 4
    assert unexplained(np.zeros((20, 20)), np.zeros((20, 20)), FLAT.data) == 0


def test_the_odd_kernel_is_odd():
    odd = odd_kernel(STACK.data)
    np.testing.assert_allclose(odd, -odd[::-1], atol=1e-9)
    assert abs(float(odd.sum())) < 1e-6
    skewed = STACK.data * np.linspace(0.5, 1.5, STACK.shape[0])[:, np.newaxis, np.newaxis]
    assert odd_kernel(skewed) is None
    assert odd_kernel(np.ones((1, 3, 3))) is None


def test_a_residual_that_follows_a_change_agrees_with_it():
    change = nd.convolve(np.random.default_rng(5).random((12, 40, 44)) ** 20, nd.psf.gaussian((3, 3, 3), ndim=3))
    alone = [agreement(noise(seed, change.shape), change) for seed in range(20)]
    assert max(alone) < 3.5
    strength = 6 / np.linalg.norm(change - change.mean())
    assert agreement(noise(0, change.shape) + strength * change, change) > 4.5
    assert agreement(noise(0, change.shape), np.zeros_like(change)) == 0
