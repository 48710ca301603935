"""Errors against a truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd
from napari_deconvolve.run import metrics


def pair(shape, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    truth = gaussian_filter(rng.random(shape), 1).astype(dtype) * 1000
    return (truth + rng.normal(0, 20, shape)).astype(dtype), truth


def test_mean_squared_error_of_many_samples_is_numpys(monkeypatch):
    monkeypatch.setattr(metrics, "BLOCK_VOXELS", 100)
    estimate, truth = pair((13, 31))
    expected = np.mean((estimate.astype(float) - truth) ** 2)
    assert metrics.mse(estimate, truth) == pytest.approx(expected, rel=1e-12)


def test_unsigned_truths_do_not_wrap_around():
    assert metrics.mse(np.zeros(4, np.float32), np.full(4, 3, np.uint16)) == 9


def test_shapes_that_differ_are_refused():
    with pytest.raises(nd.ParameterError, match=r"\(3,\).*\(4,\)"):
        metrics.mse(np.zeros(3), np.zeros(4))


def test_signal_to_noise_is_that_of_the_range():
    assert metrics.psnr(4.0, 200.0) == pytest.approx(40)
    assert metrics.psnr(0.0, 200.0) == math.inf
    assert math.isnan(metrics.psnr(4.0, 0.0))
    assert metrics.value_range(np.array([3, 250], np.uint8)) == 247


@pytest.mark.parametrize("shape", [(100,), (40, 50), (16, 30, 24)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_structural_similarity_is_scikit_images(shape, dtype):
    skimage = pytest.importorskip("skimage.metrics")
    estimate, truth = pair(shape, dtype)
    expected = skimage.structural_similarity(
        estimate.astype(float),
        truth.astype(float),
        data_range=float(np.ptp(truth)),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert 0.1 < expected < 0.99
    assert metrics.ssim(estimate, truth) == pytest.approx(expected, abs=1e-6 if dtype is np.float32 else 1e-9)


@pytest.mark.parametrize("shape", [(100,), (40, 50), (31, 30, 24), (2, 40, 50)])
def test_structural_similarity_by_slabs_is_that_of_the_whole(shape, monkeypatch):
    estimate, truth = pair(shape)
    whole = metrics.ssim(estimate, truth)
    monkeypatch.setattr(metrics, "SLAB_VOXELS", 7 * math.prod(shape[1:]))
    assert metrics.ssim(estimate, truth) == pytest.approx(whole, rel=1e-12)


def test_signal_to_noise_is_scikit_images():
    skimage = pytest.importorskip("skimage.metrics")
    estimate, truth = pair((40, 50), np.float64)
    expected = skimage.peak_signal_noise_ratio(truth, estimate, data_range=np.ptp(truth))
    assert metrics.psnr(metrics.mse(estimate, truth), metrics.value_range(truth)) == pytest.approx(expected, rel=1e-12)


def test_structural_similarity_on_a_high_pedestal_keeps_its_digits():
    estimate, truth = pair((60, 60), np.float64)
    high = metrics.ssim((estimate + 60_000).astype(np.float32), (truth + 60_000).astype(np.float32))
    exact = metrics.ssim(estimate + 60_000, truth + 60_000)
    assert high == pytest.approx(exact, abs=1e-3)


def test_equal_images_are_alike_and_thin_stacks_are_compared_by_planes():
    estimate, truth = pair((3, 40, 50))
    assert metrics.ssim(truth, truth) == pytest.approx(1)
    planes = np.mean([metrics.ssim(e, t, metrics.value_range(truth)) for e, t in zip(estimate, truth, strict=True)])
    assert metrics.ssim(estimate, truth) == pytest.approx(planes, rel=1e-4)


def test_no_similarity_of_flat_truths_and_tiny_images():
    assert math.isnan(metrics.ssim(np.ones((20, 20)), np.ones((20, 20))))
    assert math.isnan(metrics.ssim(*pair((5, 5))))
