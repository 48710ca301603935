"""Whiteness of residuals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_deconvolve.core.model_selection.whiteness import structure, whiteness


def test_whiteness_is_the_sum_over_lags():
    residual = np.random.default_rng(1).normal(2, 3, 50)
    centred = residual - residual.mean()
    agreement = [np.sum(centred[lag:] * centred[: len(centred) - lag]) / np.sum(centred**2) for lag in range(1, 5)]
    assert whiteness(residual) == pytest.approx(-2 * np.sum(np.square(agreement)), rel=1e-9)
    assert whiteness(100 * residual) == pytest.approx(whiteness(residual), rel=1e-9)


def test_white_noise_is_white_and_smooth_is_not():
    noise = np.random.default_rng(2).normal(size=(64, 64)).astype(np.float32)
    expected = -80 / noise.size  # 80 lags besides zero
    assert 2 * expected < whiteness(noise) < 0.5 * expected
    assert whiteness(gaussian_filter(noise, 1)) < 50 * expected
    assert whiteness(np.zeros((8, 8), np.float32)) == 0


def test_structure_is_where_neighbours_agree_not_where_noise_was_fitted():
    noise = np.random.default_rng(2).normal(size=(64, 64)).astype(np.float32)
    smooth = gaussian_filter(noise, 1)
    assert abs(structure(noise)) < 0.05
    assert structure(smooth) == pytest.approx(-whiteness(smooth), rel=0.05)
    assert structure(noise - smooth) < -0.02
