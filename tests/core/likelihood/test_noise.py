"""Data with holes, saturation and any scale."""

from __future__ import annotations

import numpy as np
import pytest

from napari_deconvolve.core.likelihood.background import estimate_background, half_sample_mode
from napari_deconvolve.core.likelihood.noise import Comparison, poisson_data, saturated_voxels
from napari_deconvolve.core.operators.unseen import UNSEEN_WEIGHT
from napari_deconvolve.errors import ParameterError

DOUBLE = np.dtype("float64")


def noise(image, background=0.0, mask=None, dtype=DOUBLE):
    return poisson_data(np.asarray(image), background=background, dtype=dtype, mask=mask)


def deviance(data, model):
    comparison = Comparison(data)
    whole = (slice(None),) * data.data.ndim
    return (comparison.deviance(whole, comparison.with_background(model)) + comparison.offset) * data.scale


def test_deviance_is_the_textbook_sum():
    rng = np.random.default_rng(0)
    counts, model = rng.poisson(5, (20, 30)).astype(float), rng.random((20, 30)) * 10
    data = noise(counts, background=2.0)
    c = model + 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(counts / c), 0) - counts + c
    assert deviance(data, model / data.scale) == pytest.approx(2 * terms.sum(), rel=1e-10)


def test_a_perfect_model_has_no_deviance():
    counts = np.random.default_rng(1).random((8, 9)) + 1
    data = noise(counts)
    assert deviance(data, counts / data.scale) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_a_hole_counts_for_nothing(hole):
    counts = np.random.default_rng(2).random((6, 7)) + 1
    model = np.random.default_rng(3).random((6, 7)) + 1
    holed = counts.copy()
    holed[2, 3] = hole
    mask = np.ones((6, 7), bool)
    mask[2, 3] = False
    by_nan, by_mask = noise(holed), noise(counts, mask=mask)
    assert deviance(by_nan, model / by_nan.scale) == pytest.approx(deviance(by_mask, model / by_mask.scale))
    ratio = np.empty((6, 7))
    Comparison(by_nan).ratio((slice(None),), model, ratio)
    assert ratio[2, 3] == UNSEEN_WEIGHT  # as if it agreed with any model
    assert np.isfinite(ratio).all()


def test_saturated_samples_pull_up_and_never_down():
    image = np.full((4, 4), 100, np.uint8)
    image[1, 1] = 255
    data = noise(image)
    comparison, whole = Comparison(data), (slice(None),)
    for brightness, expected in ((1000.0, 1.0), (51.0, 5.0)):
        ratio = np.empty((4, 4))
        comparison.ratio(whole, np.full((4, 4), brightness / data.scale), ratio)
        assert ratio[1, 1] == pytest.approx(expected)
    ordinary = deviance(noise(np.full((4, 4), 100.0)), np.full((4, 4), 1000 / noise(np.full((4, 4), 100.0)).scale))
    assert deviance(data, np.full((4, 4), 1000 / data.scale)) == pytest.approx(ordinary * 15 / 16)


@pytest.mark.parametrize(
    ("image", "count"),
    [
        (np.array([1, 255, 3], np.uint8), 1),
        (np.array([1, 254, 3], np.uint8), 0),
        (np.array([4095] * 5 + [1], np.uint16), 5),
        (np.array([4095, 7, 1], np.uint16), 0),
        (np.array([65535, 7, 1], np.uint16), 1),
        (np.array([255.0, 7, 1], np.float32), 0),
    ],
)
def test_saturation_is_told_by_the_integer_type(image, count):
    found = saturated_voxels(image)
    assert (0 if found is None else np.count_nonzero(found)) == count


def test_nothing_left_is_refused_in_words():
    with pytest.raises(ParameterError, match="nothing to deconvolve"):
        noise(np.full((3, 3), np.nan))


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e20])
def test_data_are_brought_near_one_by_a_power_of_two(scale):
    data = noise(np.array([[3.0, 3.1], [2.9, 3.05]]) ** 1.1 * scale, dtype=np.dtype("float32"))
    assert data.step is None
    assert np.log2(data.scale) == np.round(np.log2(data.scale))
    assert 0.5 <= data.data.max() <= 2
    counts = noise(np.full((3, 3), 3 * scale), dtype=np.dtype("float32"))
    assert counts.step is not None
    assert np.log2(counts.step) == np.round(np.log2(counts.step))  # the step is divided by, and a power of two
    assert 0.5 <= counts.data.max() <= 2


def test_half_sample_mode_finds_the_densest_place():
    rng = np.random.default_rng(4)
    values = np.sort(np.concatenate([rng.normal(10, 0.5, 3000), rng.uniform(0, 100, 1000)]))
    assert half_sample_mode(values) == pytest.approx(10, abs=0.5)


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        ([7], 7), ([1, 3], 2), ([0, 1, 10], 0.5), ([0, 9, 10], 9.5), ([0, 1, 2], 1),
        ([0, 1, 2, 9], 0.5), ([0, 5, 6, 6.5, 20], 6.25), ([0, 20, 26, 31, 31.5, 40], 31.25),
    ],
)  # fmt: skip
def test_half_sample_mode_of_few_values(values, mode):
    assert half_sample_mode(np.array(values, float)) == mode


@pytest.mark.parametrize("background", [0.0, 10.0, 100.0])
@pytest.mark.parametrize("shape", [(128, 128), (16, 64, 64)])
def test_background_of_a_sparse_image_is_found(background, shape):
    rng = np.random.default_rng(5)
    image = np.full(shape, background)
    image[..., 20:30, 20:40] += 200
    found = estimate_background(rng.poisson(image))
    assert found == pytest.approx(background, abs=0.05 * background + 0.1)


def test_background_of_an_image_that_an_object_fills_is_its_floor():
    """Where but a hundredth of the image is empty, the rest does not pass for background."""
    rng = np.random.default_rng(6)
    image = np.full((200, 200), 500.0)
    image[:20, :20] = 20
    found = estimate_background(rng.poisson(image))
    assert 20 <= found < 30  # of 500


def test_black_borders_of_aligned_images_are_no_background():
    image = np.random.default_rng(7).poisson(100.0, (120, 130)).astype(float)
    image[:5], image[:, -4:] = 0, 0
    assert estimate_background(image) == pytest.approx(100, rel=0.03)


def test_background_survives_holes_and_nothing():
    image = np.full((64, 64), 7.0)
    image[3, 3] = np.nan
    assert estimate_background(image) == pytest.approx(7)
    assert estimate_background(np.full((4, 4), np.nan)) == 0
    assert estimate_background(np.array([5.0])) == pytest.approx(5)


@pytest.mark.parametrize("photons", [1, 2, 3, 8, 40])
@pytest.mark.parametrize("lines", [True, False])
def test_the_background_of_few_photons_is_their_mean(photons, lines):
    """Differences of few photons are 1 or 2, and the darkest samples are those with the least noise by chance."""
    counts = np.random.default_rng(photons).poisson(photons, (144, 256))
    assert estimate_background(counts, lines=lines) == pytest.approx(photons, rel=0.06 if photons > 1 else 0.15)
