"""Hot and dead samples that no light through the PSF makes are found, and no point of light is taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import fftconvolve
from scipy.special import j1

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.spikes import spikes

SHAPES = {1: (800,), 2: (112, 112), 3: (14, 56, 56)}


def gaussian(*fwhm: float) -> np.ndarray:
    kernel = np.ones(())
    for width in fwhm:
        x = np.arange(-int(2 * width + 1), int(2 * width + 2))
        kernel = np.multiply.outer(kernel, np.exp(-4 * np.log(2) * (x / width) ** 2))
    return kernel / kernel.sum()


def airy() -> np.ndarray:
    """The Airy pattern in samples of a quarter of wavelength over NA: as wide as half of them allow."""
    y, x = np.mgrid[-15:16, -15:16]
    v = np.maximum(np.pi / 2 * np.hypot(y, x), 1e-9)
    kernel = (2 * j1(v) / v) ** 2
    return kernel / kernel.sum()


PSFS = {
    "Gaussian 2": gaussian(2, 2),
    "Gaussian 2.35": gaussian(2.35, 2.35),
    "Airy": airy(),
    "Gaussian 4": gaussian(4, 4),
    "stack": gaussian(3, 2, 2),
    "coarse planes": gaussian(1.6, 2.2, 2.2),
    "line 2": gaussian(2),
    "line 4": gaussian(4),
}


def points(psf: np.ndarray, photons: float, rng: np.random.Generator) -> np.ndarray:
    scene = np.zeros(SHAPES[psf.ndim])
    for _ in range({1: 15, 2: 60, 3: 120}[psf.ndim]):
        scene[tuple(rng.integers(0, n) for n in scene.shape)] += photons * rng.uniform(0.3, 1)
    return np.maximum(fftconvolve(scene, psf, mode="same"), 0)


def balls(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    scene, places = np.zeros(shape), np.indices(shape)
    for _ in range(12):
        centre = [rng.uniform(2, n - 2) for n in shape]
        distance = np.sqrt(sum((p - c) ** 2 for p, c in zip(places, centre, strict=True)))
        scene[distance < rng.uniform(1.5, 6)] += rng.uniform(0.5, 1)
    return scene


def camera(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A camera of gain 2.2, read noise 1.6 electrons and offset 100."""
    return np.round(100 + 2.2 * (rng.poisson(light) + rng.normal(0, 1.6, light.shape)))


def found_in(image: np.ndarray, psf: np.ndarray) -> np.ndarray:
    found = spikes(image, psf)
    return np.zeros(image.shape, bool) if found is None else found


# ---- points of light stay


@pytest.mark.parametrize("photons", [20, 100, 1000, 1e4])
@pytest.mark.parametrize("name", PSFS)
def test_no_point_of_light_is_taken(name, photons):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        light = points(PSFS[name], photons, rng)
        assert spikes(rng.poisson(light), PSFS[name]) is None
        assert spikes(rng.poisson(light + 2) * 0.37, PSFS[name]) is None
        assert spikes(camera(light + 1, rng), PSFS[name]) is None


@pytest.mark.parametrize("name", PSFS)
def test_lines_and_holes_as_narrow_as_the_psf_stay(name):
    psf, shape = PSFS[name], SHAPES[PSFS[name].ndim]
    rng = np.random.default_rng(0)
    lines, holes = np.zeros(shape), np.ones(shape)
    lines[..., ::3] = 1
    holes[tuple(rng.integers(2, n - 2, 200) for n in shape)] = 0
    for scene in (lines, holes, rng.random(shape) > 0.8):
        light = np.maximum(fftconvolve(1.0 * scene, psf, mode="same"), 0)
        assert spikes(light.astype(np.float32), psf) is None
        for peak in (20, 1000):
            assert spikes(rng.poisson(peak * light / light.max() + 3), psf) is None


@pytest.mark.parametrize("peak", [0.05, 0.2, 0.5, 1, 2])
@pytest.mark.parametrize("name", PSFS)
def test_few_photons_stay(name, peak):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        light = np.maximum(fftconvolve(balls(SHAPES[PSFS[name].ndim], rng), PSFS[name], mode="same"), 0)
        counts = rng.poisson(peak * light / light.max())
        assert spikes(counts, PSFS[name]) is None
        assert spikes(counts / 4095, PSFS[name]) is None


def test_a_psf_that_fills_single_samples_forbids_none():
    image = np.full((30, 30), 10.0)
    image[10, 10] = 1000
    assert spikes(image, gaussian(1.1, 1.1)) is None
    assert spikes(image, np.ones((1, 1))) is None
    assert found_in(image + np.random.default_rng(0).normal(0, 1, image.shape), gaussian(2.2, 2.2)).sum() == 1


# ---- spikes are found


@pytest.mark.parametrize("share", [0.0005, 0.002, 0.01])
@pytest.mark.parametrize("name", [name for name in PSFS if name != "line 2"])
def test_hot_samples_are_found(name, share):
    hot_count = found_count = false = 0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        light = np.maximum(fftconvolve(60 * balls(SHAPES[PSFS[name].ndim], rng), PSFS[name], mode="same"), 0)
        image, hot = camera(light + 2, rng), rng.random(light.shape) < share
        image[hot] = np.minimum(image[hot] * rng.choice([4, 10, 50, 500], hot.sum()), 65535)
        found = found_in(image, PSFS[name])
        hot_count, found_count = hot_count + hot.sum(), found_count + (found & hot).sum()
        false += (found & ~hot).sum()
    assert found_count >= 0.95 * hot_count
    assert false <= 0.02 * hot_count + 1


@pytest.mark.parametrize(("name", "factor"), [("Gaussian 2", 3), ("Airy", 3), ("Gaussian 2.35", 2), ("Gaussian 4", 2)])
def test_samples_at_a_few_times_their_level_are_found_on_flat_ground(name, factor):
    rng = np.random.default_rng(1)
    image = camera(np.full((112, 112), 300.0), rng)
    hot, dead = (rng.random(image.shape) < 0.002 for _ in range(2))
    image[hot] *= factor
    image[dead & ~hot] = 0
    inside = np.zeros(image.shape, bool)
    inside[2:-2, 2:-2] = True
    found = found_in(image, PSFS[name])
    assert found[hot].mean() > 0.95
    assert found[dead & ~hot & inside].mean() > 0.9
    assert (found & ~hot & ~dead).sum() == 0


@pytest.mark.parametrize("shape", [(1, 2), (1, 3), (2, 1), (3, 1)])
@pytest.mark.parametrize("name", ["Gaussian 2.35", "Airy", "Gaussian 4"])
def test_short_tracks_of_cosmic_rays_are_found(name, shape):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        image = camera(points(PSFS[name], 1000, rng) + 5, rng)
        track = np.zeros(image.shape, bool)
        y, x = rng.integers(10, 100, 2)
        track[y : y + shape[0], x : x + shape[1]] = True
        image[track] += 5000 * rng.uniform(0.5, 1, track.sum())
        np.testing.assert_array_equal(found_in(image, PSFS[name]), track)


def test_spikes_of_a_spectrum_are_found_where_the_kernel_forbids_them():
    rng = np.random.default_rng(2)
    light = points(PSFS["line 4"], 1000, rng) + 20
    image, spike = rng.poisson(light).astype(float), np.zeros(800, bool)
    spike[[50, 300, 301, 620]] = True
    image[spike] += 2000
    np.testing.assert_array_equal(found_in(image, PSFS["line 4"]), spike)
    assert spikes(image, gaussian(1.2)) is None


def test_samples_without_data_are_neither_found_nor_mind():
    rng = np.random.default_rng(3)
    image = camera(points(PSFS["Gaussian 2.35"], 1000, rng) + 5, rng)
    image[30, 30], image[50:60], image[80, 80] = 5000, np.nan, 9e4
    valid = np.ones(image.shape, bool)
    valid[78:83, 78:83] = False
    found = spikes(image, PSFS["Gaussian 2.35"], valid=valid)
    assert np.argwhere(found).tolist() == [[30, 30]]
    assert spikes(np.full((9, 9), np.nan), PSFS["Gaussian 2.35"]) is None


@given(st.integers(0, 1000), st.floats(1e-6, 1e6))
@settings(max_examples=15, deadline=None)
def test_the_unit_of_the_data_does_not_matter(seed, factor):
    rng = np.random.default_rng(seed)
    image = camera(points(PSFS["Airy"], 1000, rng) + 5, rng)
    hot = rng.random(image.shape) < 0.002
    hot[:, [0, -1]] = hot[[0, -1]] = False  # in a corner a sample is most of its mirrored neighbours
    image[hot] *= 20
    np.testing.assert_array_equal(found_in(image * factor, PSFS["Airy"]), hot)


# ---- what it is for


@pytest.mark.parametrize("share", [0.0005, 0.01])
@pytest.mark.parametrize("fwhm", [2.35, 4.0])
def test_the_error_of_the_masked_image_is_that_of_the_clean_one(fwhm, share):
    psf, rng = nd.psf.gaussian(fwhm, ndim=2), np.random.default_rng(4)
    truth = 100 * balls((96, 96), rng)
    light = np.maximum(nd.convolve(truth, psf), 0) + 2
    clean = rng.poisson(light).astype(float)
    image, hot = clean.copy(), rng.random(clean.shape) < share
    image[hot] = np.round((image[hot] + 5) * rng.uniform(2, 50, hot.sum()))
    recipe = nd.Recipe(target_fwhm=0)
    right = nd.deconvolve(clean, psf, recipe).estimate
    masked = nd.deconvolve(image, psf, recipe, mask=~found_in(image, np.asarray(psf.data))).estimate
    assert np.linalg.norm(masked - truth) <= 1.15 * np.linalg.norm(right - truth)


@pytest.mark.parametrize("times", [1e-30, 1e-10, 1e10, 1e30])
def test_single_precision_holds_counts_in_any_unit(times):
    rng = np.random.default_rng(5)
    image = rng.poisson(points(PSFS["Gaussian 4"], 300, rng) + 10).astype(np.float32)
    image[20, 30] += 2000
    found = spikes(image, PSFS["Gaussian 4"])
    assert found[20, 30]
    np.testing.assert_array_equal(spikes(image * np.float32(times), PSFS["Gaussian 4"]), found)
