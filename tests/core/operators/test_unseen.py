"""Samples without data agree at a small weight: flat stays flat, the likelihood rises, and no ghost grows in a gap."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.operators.blur import Blur
from napari_deconvolve.core.operators.unseen import UNSEEN_WEIGHT, agree_unseen, weights

SHAPE = (48, 56)
PSF = nd.psf.gaussian(4.0, ndim=2)
Y, X = np.indices(SHAPE)
SEEN = (Y + X > 30) & ~((np.abs(Y - 30) < 4) & (np.abs(X - 35) < 8))


def test_weights_and_ratios_are_of_one_model():
    ratio = np.where(SEEN, 1, 0).astype(np.float32)
    agree_unseen(ratio, ~SEEN)
    assert np.array_equal(ratio, weights(SEEN, ratio.dtype))


def test_the_inverse_is_that_of_the_weights_and_nothing_is_known_deep_in_a_gap():
    blur = Blur(PSF.data, SHAPE)
    inverse, seen = blur.inverse_sensitivity(SEEN), blur.sensitivity(SEEN)
    known = inverse > 0
    assert np.array_equal(known, seen > 1e-4 * seen.max())
    assert blur.crop(~known)[0, 0]
    expected = seen + UNSEEN_WEIGHT * blur.sensitivity(~SEEN)
    certain = known & (expected > 0.01)  # the transform's rounding is a share of the largest
    assert np.allclose(inverse[certain] * expected[certain], 1, rtol=1e-4)


@pytest.mark.parametrize("acceleration", [None, "biggs-andrews", "nesterov"])
def test_a_flat_image_with_gaps_stays_flat(acceleration):
    recipe = nd.Recipe(background=0.0, acceleration=acceleration)
    image = np.where(SEEN, 70.0, np.nan)
    for _, state in zip(range(15), nd.iterate(image, PSF, recipe), strict=False):
        last = state.estimate
    assert np.allclose(last[SEEN], 70, rtol=0.02)
    assert last.max() < 1.02 * 70


def test_the_likelihood_of_what_was_seen_never_falls():
    rng = np.random.default_rng(3)
    image = np.where(SEEN, rng.poisson(200 * rng.random(SHAPE)), np.nan)
    recipe = nd.Recipe(background=0.0, acceleration=None)
    deviances = [state.deviance for _, state in zip(range(40), nd.iterate(image, PSF, recipe), strict=False)]
    assert all(later <= earlier * (1 + 1e-6) for earlier, later in pairwise(deviances))


@pytest.mark.parametrize("method", ["rl", "rl-gc"])
def test_no_ghost_grows_in_a_gap(method):
    rng = np.random.default_rng(5)
    truth = np.zeros(SHAPE)
    truth[rng.integers(0, SHAPE[0], 60), rng.integers(0, SHAPE[1], 60)] = rng.uniform(500, 5000, 60)
    image = np.where(SEEN, rng.poisson(np.maximum(nd.convolve(truth, PSF), 0)), np.nan)
    most = 60 if method == "rl" else 20
    result = nd.deconvolve(image, PSF, nd.Recipe(method=method, background=0.0, iterations=most))
    assert result.estimate[~SEEN].max() < 1.5 * truth.max()


def test_many_lines_at_once_follow_the_same_rule():
    rng = np.random.default_rng(6)
    psf = nd.psf.gaussian(4.0, ndim=1)
    lines = rng.poisson(300 * rng.random((5, 200))).astype(float)
    lines[:, 80:130] = np.nan
    recipe = nd.Recipe(background=0.0, iterations=30, acceleration=None)
    together = nd.deconvolve(lines, psf, recipe).estimate
    alone = nd.deconvolve(lines[2], psf, recipe).estimate
    assert np.allclose(together[2], alone, rtol=1e-3, atol=1e-2)
