"""Each kind of hot and dead sample is found, wherever it lies; bright points and their wings are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.signal import fftconvolve
from scipy.special import j1

from napari_deconvolve.core.likelihood.spikes import find_spikes, spikes

N = 72


def gaussian(*fwhm: float) -> np.ndarray:
    kernel = np.ones(())
    for width in fwhm:
        x = np.arange(-int(2 * width + 1), int(2 * width + 2))
        kernel = np.multiply.outer(kernel, np.exp(-4 * np.log(2) * (x / width) ** 2))
    return kernel / kernel.sum()


def airy_at(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The Airy pattern in samples of a quarter of wavelength over NA: as wide as half of them allow."""
    v = np.maximum(np.pi / 2 * np.hypot(y, x), 1e-9)
    return (2 * j1(v) / v) ** 2


AIRY = airy_at(*np.mgrid[-16:17, -16:17]) / airy_at(*np.mgrid[-16:17, -16:17]).sum()
PSFS = {"Airy": AIRY, "Gaussian 3": gaussian(3, 3), "stack": gaussian(3, 2.5, 2.5)}
SHAPES = {2: (N, N), 3: (8, 40, 40)}


def blobs(psf: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A few extended bright objects of mean 1, on a ground of a tenth."""
    scene = 1.0 * (fftconvolve(rng.normal(size=SHAPES[psf.ndim]), gaussian(*[6.0] * psf.ndim), "same") > 0.02)
    return np.maximum(fftconvolve(scene, psf, mode="same"), 0) + 0.1


def camera(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.round(100 + 2.2 * (rng.poisson(light) + rng.normal(0, 1.6, light.shape)))


def found_in(image: np.ndarray, psf: np.ndarray) -> np.ndarray:
    found = spikes(image, psf)
    return np.zeros(image.shape, bool) if found is None else found


def chosen(shape: tuple[int, ...], *places: object) -> np.ndarray:
    where = np.zeros(shape, bool)
    for place in places:
        where[place] = True
    return where


WHERE_2D = {
    "edges": chosen((N, N), (0, 20), (N - 1, 33), (40, 0), (17, N - 1), (1, 50), (55, 1)),
    "pairs": chosen((N, N), np.s_[20, 30:32], np.s_[40:42, 12], ([50, 51], [60, 61]), ([10, 11], [51, 50])),
    "squares": chosen((N, N), np.s_[20:22, 30:32], np.s_[45:47, 50:52]),
    "three in an angle": chosen((N, N), ([20, 20, 21], [30, 31, 31]), ([50, 51, 51], [14, 14, 15])),
    "whole column and part of a row": chosen((N, N), np.s_[:, 23], np.s_[50, 35:60]),
    "tracks": chosen((N, N), (range(10, 20), range(30, 40)), (range(40, 45), range(20, 10, -2))),
}


@pytest.mark.parametrize("where", WHERE_2D)
@pytest.mark.parametrize("name", ["Airy", "Gaussian 3"])
def test_bright_ones_are_found_in_any_arrangement(name, where):
    found_count = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        image = camera(100 * blobs(PSFS[name], rng), rng)
        image[WHERE_2D[where]] += 1200 * rng.uniform(1, 3, WHERE_2D[where].sum())
        found = found_in(image, PSFS[name])
        assert not (found & ~WHERE_2D[where]).any()
        found_count += (found & WHERE_2D[where]).sum()
    assert found_count >= 0.9 * 5 * WHERE_2D[where].sum()


@pytest.mark.parametrize("where", ["edges", "pairs"])
@pytest.mark.parametrize("name", ["Airy", "Gaussian 3"])
def test_dead_ones_are_found_below_an_offset(name, where):
    found_count = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        image = camera(50 * blobs(PSFS[name], rng), rng)
        image[WHERE_2D[where]] = 0
        found = found_in(image, PSFS[name])
        assert not (found & ~WHERE_2D[where]).any()
        found_count += (found & WHERE_2D[where]).sum()
    assert found_count >= 0.9 * 5 * WHERE_2D[where].sum()


@pytest.mark.parametrize("bright", [True, False])
def test_pixels_of_the_camera_are_found_in_all_planes(bright):
    where = chosen(SHAPES[3], np.s_[:, 10, 12], np.s_[:, 30, 5], np.s_[:, 25:27, 30], np.s_[:, 0, 20])
    for seed in range(2):
        rng = np.random.default_rng(seed)
        image = camera(100 * blobs(PSFS["stack"], rng), rng)
        image[where] = image[where] + 1500 if bright else 0
        np.testing.assert_array_equal(found_in(image, PSFS["stack"]), where)


def test_single_samples_of_a_stack_are_found_in_its_first_and_last_plane():
    rng = np.random.default_rng(0)
    image = camera(60 * blobs(PSFS["stack"], rng), rng)
    hot = chosen(image.shape, (0, 11, 9), (7, 20, 31), (3, 22, 15))
    dead = chosen(image.shape, (0, 30, 30), (7, 9, 20), (4, 12, 12))
    image[hot] += 900
    image[dead] = 0
    np.testing.assert_array_equal(found_in(image, PSFS["stack"]), hot | dead)


@pytest.mark.parametrize("name", ["Airy", "Gaussian 3"])
def test_as_bright_again_as_the_light_around_is_enough(name):
    hot_count = found_count = 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        light = 1000 * (1 + 0.1 * blobs(gaussian(5, 5), rng))
        image, hot = camera(light, rng), rng.random(light.shape) < 0.004
        image[hot] += 2.2 * 1100
        found = found_in(image, PSFS[name])
        assert not (found & ~hot).any()
        hot_count, found_count = hot_count + hot.sum(), found_count + (found & hot).sum()
    assert found_count >= 0.95 * hot_count


def test_hot_ones_are_found_beside_dead_ones():
    rng = np.random.default_rng(1)
    image = camera(30 * blobs(AIRY, rng), rng)
    hot, dead = chosen(image.shape, (20, 20), (40, 41)), chosen(image.shape, (20, 21), (41, 42))
    image[hot] += 2000
    image[dead] = 0
    np.testing.assert_array_equal(found_in(image, AIRY), hot | dead)


def test_cosmic_rays_of_a_spectrum_are_found_at_its_ends_too():
    rng = np.random.default_rng(2)
    lines = np.zeros(500)
    lines[rng.integers(0, 500, 12)] = 3000
    image = rng.poisson(np.maximum(fftconvolve(lines, gaussian(5), "same"), 0) + 40).astype(float)
    spike = chosen(image.shape, 2, 250, np.s_[390:392], 498)
    image[spike] += 3000
    np.testing.assert_array_equal(found_in(image, gaussian(5)), spike)


# ---- what stays


@pytest.mark.parametrize("spread", [3, 1000])
@pytest.mark.parametrize("number", [5, 60, 400])
def test_points_between_samples_and_rings_of_bright_ones_stay(number, spread):
    rng, (y, x) = np.random.default_rng(number), np.mgrid[:N, :N]
    light = np.zeros((N, N))
    for _ in range(number):
        light += airy_at(y - rng.uniform(2, N - 3), x - rng.uniform(2, N - 3)) * spread ** rng.uniform()
    for peak in (30, 1000, 1e4):
        for ground in (0, 5):
            counts = rng.poisson(peak * light / light.max() + ground)
            assert spikes(counts, AIRY) is None
            assert spikes(100 + 2.2 * (counts + rng.normal(0, 1.6, light.shape)), AIRY) is None


@pytest.mark.parametrize("period", [2.5, 3, 4, 5.3])
def test_lattices_of_points_stay(period):
    rng, (y, x) = np.random.default_rng(3), np.mgrid[:N, :N]
    places = np.arange(14, N - 14, period)
    light = sum(airy_at(y - row - 0.3, x - column - 0.1) for row in places for column in places)
    for peak in (30, 1000, 1e4):
        assert spikes(rng.poisson(peak * light / light.max() + 2), AIRY) is None


def test_slopes_towards_a_border_are_not_dead():
    rng = np.random.default_rng(4)
    for psf in (gaussian(4, 4), gaussian(2.5, 2.5)):
        light = np.maximum(fftconvolve(np.ones((N, N)), psf, mode="same"), 0)
        for peak in (30, 1000):
            assert spikes(rng.poisson(peak * light + 3), psf) is None


@pytest.mark.parametrize("peak", [100, 1000, 10000])
def test_light_from_beyond_a_border_stays(peak):
    rng, scene = np.random.default_rng(peak), np.zeros((N + 40, N + 40))
    for _ in range(30):
        side, away, along = rng.integers(4), rng.integers(1, 15), rng.integers(20, N + 20)
        place = ((19 - away, along), (N + 19 + away, along), (along, 19 - away), (along, N + 19 + away))[side]
        scene[place] += 10 ** rng.uniform(0, 1)
    light = np.maximum(fftconvolve(scene, gaussian(3, 3), mode="same"), 0)[20:-20, 20:-20]
    assert spikes(camera(peak * light / light.max() + 2, rng), gaussian(3, 3)) is None


@pytest.mark.parametrize("width", [2.4, 3.0])
def test_faint_lines_are_no_flat_ground(width):
    lines = np.broadcast_to(1.0 * (np.arange(112) % 3 == 0), (112, 112))
    light = np.maximum(fftconvolve(lines, gaussian(width, width), mode="same"), 0)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        for peak in (100, 1000):
            assert spikes(camera(peak * light / light.max(), rng), gaussian(width, width)) is None


# ---- more than chance, in all planes, and light after all


def test_weak_ones_are_found_where_there_are_many():
    rng = np.random.default_rng(7)
    image, hot = camera(np.full((128, 128), 5.0), rng), rng.random((128, 128)) < 0.01
    image[hot] += 6 * np.exp(rng.uniform(np.log(5), np.log(60), hot.sum()))
    found = found_in(image, AIRY)
    strong = image > 100 + 2.2 * 5 + 6.5 * 6
    assert found[hot & strong].mean() > 0.95
    assert (found & ~hot).sum() <= 0.03 * hot.sum()


def test_warm_pixels_that_no_plane_shows_are_found_in_their_sum():
    rng = np.random.default_rng(8)
    image = camera(np.full((16, 48, 48), 5.0) + blobs(gaussian(3, 3), rng)[:48, :48], rng)
    warm = chosen(image.shape, np.s_[:, 10, 12], np.s_[:, 30, 5], np.s_[:, 40, 40])
    image[warm] += 3.5 * 6
    np.testing.assert_array_equal(found_in(image, PSFS["stack"]), warm)


def test_points_that_a_psf_too_wide_forbids_are_light():
    rng = np.random.default_rng(9)
    scene = np.zeros((96, 96))
    scene[tuple(rng.integers(5, 91, (2, 30)))] = rng.uniform(0.3, 1, 30)
    light = np.maximum(fftconvolve(scene, gaussian(2.2, 2.2), mode="same"), 0)
    image = camera(1000 * light / light.max() + 5, rng)
    known = find_spikes(image, gaussian(5, 5))
    assert known is not None
    assert known.sharp > 10
    assert not known.found.any()
    image[[3, 50, 70], [60, 3, 93]] += 4000
    known = find_spikes(image, gaussian(5, 5))
    assert known is not None
    assert known.sharp > 10
    assert known.hot.sum() == 3
    assert known.hot[[3, 50, 70], [60, 3, 93]].all()
    assert find_spikes(camera(1000 * light / light.max() + 5, rng), gaussian(2.2, 2.2)) is None


# ---- anything


@given(arrays.arrays(st.sampled_from([np.uint8, np.int16, np.float32]), arrays.array_shapes(min_dims=2, max_dims=3)))
@settings(max_examples=40, deadline=None)
def test_any_array_is_taken(image):
    found = spikes(image, gaussian(*[2.5] * image.ndim))
    assert found is None or (found.shape == image.shape and np.isfinite(image[found]).all())


def test_a_stack_with_a_single_sample_is_taken():
    image = np.full((4, 2, 2), np.inf, np.float32)
    image[0, 0, 0] = 0
    assert spikes(image, gaussian(2.5, 2.5, 2.5)) is None


@pytest.mark.parametrize("factor", [1e-12, 0.0371, 4.7e9])
def test_no_unit_changes_what_is_found(factor):
    rng = np.random.default_rng(5)
    image = camera(100 * blobs(AIRY, rng), rng)
    hot = rng.random(image.shape) < 0.01
    image[hot] *= rng.uniform(1.5, 20, hot.sum())
    image[rng.random(image.shape) < 0.005] = 0
    np.testing.assert_array_equal(found_in(image * factor, AIRY), found_in(image, AIRY))
