"""Areas of one constant that hold no data are found, and true zeros, saturation, masks and labels are left alone."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from napari_deconvolve.core.likelihood.missing import missing_samples

N = 96
Y, X = np.mgrid[:N, :N]
AREAS = {
    "corner": X + Y < 30,
    "wedge": np.abs(Y - 48) < 0.4 * (X - 40),
    "module gaps": (np.abs(X - 48) < 3) | (np.abs(Y - 30) < 3),
    "dead row": Y == 40,
    "dead columns": (X == 17) | (X == 60) | (X == 61),
}


def discs(rng: np.random.Generator) -> np.ndarray:
    """Discs of radius 1.5 to 6 and brightness 0.5 to 1, sharp."""
    scene = np.zeros((N, N))
    for _ in range(12):
        y, x = rng.uniform(6, N - 6, 2)
        scene[np.hypot(Y - y, X - x) < rng.uniform(1.5, 6)] += rng.uniform(0.5, 1)
    return scene


def blurred(rng: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(discs(rng), 1.7)


def beads(rng: np.random.Generator, photons: float, fwhm: float, ndim: int = 2) -> np.ndarray:
    scene = np.zeros({1: (400,), 2: (N, N), 3: (24, 32, 32)}[ndim])
    for _ in range(15):
        scene[tuple(rng.integers(3, n - 3) for n in scene.shape)] += photons
    return np.maximum(ndimage.gaussian_filter(scene, fwhm / 2.355, truncate=6), 0)


def agrees(image: np.ndarray, area: np.ndarray, least: float = 0.95, most: float = 0.002) -> bool:
    """Return whether nearly all of an area is found, and nearly nothing beside it."""
    missing = missing_samples(image)
    if missing is None:
        return False
    within, beside = np.count_nonzero(missing.found & area), np.count_nonzero(missing.found & ~area)
    return within >= least * np.count_nonzero(area) and beside <= most * area.size


# ---- what is missing


@pytest.mark.parametrize("value", [0, -1, 65535, 2**32 - 1])
@pytest.mark.parametrize("name", AREAS)
def test_areas_of_a_constant_on_an_offset_are_found(name, value):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        image = np.round(100 + 2.2 * (rng.poisson(100 * blurred(rng) + 1) + rng.normal(0, 1.6, (N, N)))).astype(
            np.int64
        )
        image[AREAS[name]] = value
        assert agrees(image, AREAS[name])
        assert missing_samples(image).values == (value,)
        assert agrees(image.astype(np.float64), AREAS[name])


@pytest.mark.parametrize("peak", [20, 100, 1000])
def test_photons_on_a_level_without_an_offset(peak):
    rng = np.random.default_rng(peak)
    image = rng.poisson(peak * blurred(rng) + 12).astype(np.float32)
    image[AREAS["corner"]] = 0
    assert agrees(image, AREAS["corner"])


@pytest.mark.parametrize("name", ["corner", "wedge", "module gaps"])
def test_a_constant_within_reach_of_the_noise_is_found_by_the_size_of_its_area(name):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        image = (103 + rng.poisson(100 * blurred(rng)) + rng.normal(0, 4, (N, N))).astype(np.float32)
        image[AREAS[name]] = 103.5
        assert agrees(image, AREAS[name], least=0.8)


def test_the_largest_value_of_the_type_beside_a_low_level():
    rng = np.random.default_rng(0)
    image = rng.poisson(100 + 50 * blurred(rng)).astype(np.uint16)
    image[AREAS["module gaps"]] = 65535
    assert agrees(image, AREAS["module gaps"])


@pytest.mark.parametrize("order", [0, 1])
def test_what_a_rotation_leaves_empty(order):
    rng = np.random.default_rng(1)
    image = 100 + rng.poisson(100 * blurred(rng) + 2).astype(float)
    outside = ndimage.rotate(np.ones((N, N)), 17, order=order) == 0
    assert agrees(ndimage.rotate(image, 17, order=order), outside)


def test_a_deskewed_stack():
    rng = np.random.default_rng(2)
    image, outside = np.zeros((24, 32, 60), np.uint16), np.ones((24, 32, 60), bool)
    for plane in range(24):
        image[plane, :, plane : plane + 36] = 100 + rng.poisson(3, (32, 36))
        outside[plane, :, plane : plane + 36] = False
    assert agrees(image, outside)


def test_blank_planes_and_dead_rows_of_a_stack():
    rng = np.random.default_rng(3)
    light = 200 * ndimage.gaussian_filter(1.0 * (rng.random((16, 48, 48)) > 0.99), 1.5)
    for place in (np.s_[5], np.s_[:, 7], np.s_[:, :, 30:33]):
        image, area = 100 + rng.poisson(light + 2), np.zeros(light.shape, bool)
        image[place], area[place] = 0, True
        assert agrees(image, area)


def test_runs_in_a_spectrum():
    rng = np.random.default_rng(4)
    spectrum = rng.poisson(50 + 900 * ndimage.gaussian_filter(1.0 * (rng.random(800) > 0.97), 2)).astype(float)
    zeros, held = spectrum.copy(), spectrum + rng.normal(0, 2, 800)
    area = np.zeros(800, bool)
    area[100:130] = True
    zeros[area] = 0
    held[area] = held[100]
    assert agrees(zeros, area)
    assert agrees(held, area)


def test_eight_bits_with_few_grey_levels():
    rng = np.random.default_rng(5)
    image = rng.normal(10, 0.7, (N, N)).round().astype(np.uint8)
    image[AREAS["corner"]] = 0
    assert agrees(image, AREAS["corner"])


def test_two_constants():
    rng = np.random.default_rng(6)
    image = rng.poisson(100, (N, N)).astype(float)
    image[:, :10], image[-5:] = 0, -1
    missing = missing_samples(image)
    assert missing.values == (0, -1)
    assert missing.share == pytest.approx(np.mean(missing.found))


# ---- what is data


@pytest.mark.parametrize("peak", [0.05, 0.2, 0.5, 1, 2, 5, 20])
def test_zeros_of_photon_counts_are_data(peak):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        for light in (
            blurred(rng) * peak,
            beads(rng, 5 * peak, 2),
            beads(rng, 20 * peak, 3, 3),
            beads(rng, 5 * peak, 4, 1),
        ):
            counts = rng.poisson(light)
            assert missing_samples(counts) is None
            assert missing_samples(counts * np.float32(0.37)) is None


@pytest.mark.parametrize("photons", [100, 1000, 1e4, 1e6])
@pytest.mark.parametrize("fwhm", [1.5, 2, 4, 8])
def test_dark_between_beads_is_data(photons, fwhm):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        light = beads(rng, photons, fwhm)
        assert missing_samples(rng.poisson(light)) is None
        assert missing_samples(100 + rng.poisson(light)) is None
        assert missing_samples(light) is None
        assert missing_samples(light.astype(np.float32) + 10) is None
        assert missing_samples(rng.poisson(beads(rng, photons, fwhm, 3))) is None


def test_a_dark_corner_is_data():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        for slope in (0.1, 0.3, 1.0, 3.0):
            assert missing_samples(rng.poisson(slope * np.maximum(X + Y - 90, 0))) is None


def test_saturated_areas_are_data():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        for fwhm in (2, 4, 8):
            bright = rng.poisson(100 + beads(rng, 3e6 * fwhm, 1.5 * fwhm))
            assert missing_samples(np.minimum(bright, 65535).astype(np.uint16)) is None
        wide = rng.poisson(100 + 8e4 * ndimage.gaussian_filter(discs(rng), 3))
        assert missing_samples(np.minimum(wide, 65535).astype(np.uint16)) is None
        assert missing_samples(np.minimum(rng.poisson(100 + 300 * blurred(rng)), 255).astype(np.uint8)) is None


def test_images_without_noise_are_left_alone():
    rng = np.random.default_rng(7)
    scene = discs(rng)
    labels = rng.integers(0, 50, (12, 12)).repeat(8, 0).repeat(8, 1)
    for image in (scene > 0, (scene > 0).astype(np.uint8), scene, ndimage.label(scene)[0], labels, blurred(rng)):
        assert missing_samples(image) is None
    assert missing_samples(np.full((50, 50), 3.0)) is None
    assert missing_samples(np.full((9, 9), np.nan)) is None


@pytest.mark.parametrize("noise", [3, 10])
def test_what_was_subtracted_and_clipped_is_data(noise):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        values = 100 * blurred(rng) + rng.normal(0, noise, (N, N))
        assert missing_samples(np.maximum(values, 0)) is None
        assert missing_samples(np.maximum(values, 0).round().astype(int)) is None
        assert missing_samples(np.maximum(rng.poisson(100 * blurred(rng) + noise) - 1.5 * noise, 0)) is None


def test_few_grey_levels_are_data():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        for level in (2, 5, 20):
            assert missing_samples(rng.poisson(level * (1 + blurred(rng))).astype(np.uint8)) is None


# ---- anything else


@given(arrays.arrays(st.sampled_from([np.uint8, np.int16, np.float32]), arrays.array_shapes(min_dims=1, max_dims=3)))
@settings(max_examples=60, deadline=None)
def test_any_array_is_taken_and_nothing_but_the_constants_is_found(image):
    missing = missing_samples(image)
    if missing is not None:
        assert missing.found.shape == image.shape
        assert set(np.unique(image[missing.found]).astype(float)) == set(missing.values)


@given(st.integers(0, 1000), st.floats(1e-6, 1e6), st.sampled_from(list(AREAS)))
@settings(max_examples=15, deadline=None)
def test_the_unit_of_the_data_does_not_matter(seed, factor, name):
    rng = np.random.default_rng(seed)
    image = 100 + rng.normal(0, 4, (N, N)) + 100 * blurred(rng)
    image[AREAS[name]] = 0
    assert agrees(image * factor, AREAS[name])


def test_memory_stays_below_ten_times_the_image():
    rng = np.random.default_rng(8)
    stack = rng.normal(100, 5, (24, 128, 128)).astype(np.float32)
    stack[..., :40] = 0
    for image in (stack, rng.poisson(0.1, stack.shape).astype(np.float32)):
        missing_samples(image)
        tracemalloc.start()
        missing_samples(image)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * image.nbytes
