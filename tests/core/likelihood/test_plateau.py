"""Samples that were cut off at a largest value."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.core.likelihood.plateau import samples_at_top


def spots(seed=0, peak=500.0):
    y, x = np.indices((60, 60))
    light = sum(np.exp(-((y - a) ** 2 + (x - a) ** 2) / 40) for a in (15, 40))
    return np.random.default_rng(seed).poisson(10 + peak * light).astype(float)


@pytest.mark.parametrize("share", [0.3, 0.6])
@pytest.mark.parametrize("kind", [np.float32, np.uint16])
def test_counts_that_are_cut_off_are_counted(share, kind):
    counts = spots()
    top = np.floor(share * counts.max())
    count, value = samples_at_top(np.minimum(counts, top).astype(kind))
    assert (count, value) == (int(np.sum(counts >= top)), top)


@pytest.mark.parametrize("mean", [0.05, 0.7, 5.0, 100.0])
def test_counts_of_photons_are_not(mean):
    for seed in range(20):
        assert samples_at_top(np.random.default_rng(seed).poisson(mean, (60, 60)))[0] == 0
    assert samples_at_top(spots(peak=20 * mean))[0] == 0


@pytest.mark.parametrize(
    "image", [np.full((9, 9), 3.0), np.full((9, 9), np.nan), np.arange(100) > 50, np.tile([0.0, 1, 2], 40), np.zeros(0)]
)
def test_flat_images_and_masks_are_not(image):
    assert samples_at_top(np.asarray(image, float))[0] == 0


def test_what_is_not_finite_is_left_out():
    counts = np.minimum(spots(), 200)
    counts[:3] = np.nan
    assert samples_at_top(counts)[0] == np.sum(counts == 200)
