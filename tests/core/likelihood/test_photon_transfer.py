"""A camera's offset and gain are read off the noise of one image, without its PSF, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import blurred
from scipy import ndimage
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd
from napari_deconvolve.core.likelihood.finest import finest_part, passes_finest
from napari_deconvolve.core.likelihood.level import find_level
from napari_deconvolve.core.likelihood.photon_transfer import PhotonTransfer, photon_transfer

SHAPES = {2: (192, 192), 3: (24, 96, 96)}
READ = 1.6  # photons


def camera(light: np.ndarray, photons: float, gain: float = 1.0, offset: float = 0.0, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    ground = max(5.0, 0.1 * photons)
    return offset + gain * (rng.poisson(photons * light + ground) + READ * rng.normal(size=light.shape))


def read(image: np.ndarray, valid: np.ndarray | None = None) -> PhotonTransfer:
    found = photon_transfer(image, valid)
    assert found is not None
    return found


@pytest.fixture
def image() -> np.ndarray:
    return camera(blurred("filaments", SHAPES[2]), 100, 2.2, 100)


@pytest.mark.parametrize(("gain", "offset"), [(0.5, -40), (0.5, 0), (2.2, 100), (2.2, 0), (30, -40), (30, 1000)])
@pytest.mark.parametrize("photons", [20, 100, 1000])
@pytest.mark.parametrize("kind", ["discs", "filaments"])
@pytest.mark.parametrize("ndim", [2, 3])
def test_offset_and_gain_are_found(ndim, kind, photons, gain, offset):
    found = read(camera(blurred(kind, SHAPES[ndim]), photons, gain, offset))
    level, ground = offset - READ**2 * gain, max(5.0, 0.1 * photons)
    assert found.trusted
    assert found.gain == pytest.approx(gain, rel=0.25)
    assert found.level == pytest.approx(level, abs=gain * (1.5 + 0.15 * ground))
    assert found.level_sd < 0.5 * gain * (ground + READ**2)
    assert found.dark == pytest.approx(offset + gain * ground, abs=0.35 * gain * ground)


@pytest.mark.parametrize("ndim", [2, 3])
def test_standard_deviations_are_those_of_the_scatter(ndim):
    """What they say of the scatter is right; a bias, of skewed noise in the mean, may be up to three of them."""
    light = blurred("discs", SHAPES[ndim] if ndim == 2 else (16, 64, 64))
    away = []
    for seed in range(12):
        found = read(camera(light, 100, seed=seed))
        away.append([(found.level + READ**2) / found.level_sd, (found.gain - 1) / found.gain_sd])
    assert np.all(np.sqrt(np.mean(np.square(away), axis=0)) < 3.5)
    assert np.all(np.std(away, axis=0) < 1.6)


@pytest.mark.parametrize("more", [-1000.0, -64.0, 37.5, 1e4])
def test_a_constant_shifts_the_level_and_nothing_else(image, more):
    before, after = read(image), read(image + more)
    assert after.level == pytest.approx(before.level + more, abs=1e-8)
    assert after.dark == pytest.approx(before.dark + more, abs=1e-8)
    assert (after.gain, after.gain_sd, after.level_sd) == pytest.approx((before.gain, before.gain_sd, before.level_sd))


@pytest.mark.parametrize("times", [1e-30, 1e-4, 3.0, 1e30])
def test_counts_in_other_units_give_level_and_gain_in_them(image, times):
    before, after = read(image), read(image * times)
    assert after.trusted
    for name in ("level", "level_sd", "gain", "gain_sd", "dark"):
        assert getattr(after, name) == pytest.approx(times * getattr(before, name), rel=1e-9)


@pytest.mark.parametrize("kind", [np.float32, np.uint16, np.int32, ">f4"])
def test_the_type_of_numbers_does_not_matter(image, kind):
    before, after = read(np.round(image)), read(np.round(image).astype(kind))
    assert (after.level, after.gain) == pytest.approx((before.level, before.gain), rel=1e-6)


def test_axes_of_a_single_sample_do_not_matter(image):
    assert read(image[np.newaxis]).level == read(image).level
    assert read(image[:, np.newaxis]).gain == read(image).gain


@pytest.mark.parametrize("value", [0.0, 7.0, -3.5, 1e6])
def test_a_flat_image_tells_nothing(value):
    assert photon_transfer(np.full((64, 64), value)) is None


def test_noise_on_a_flat_field_alone_is_no_line():
    found = photon_transfer(np.random.default_rng(0).poisson(50, (128, 128)).astype(float))
    assert found is None or not found.trusted


def test_of_a_line_only_the_psf_tells_what_is_noise_alone(image):
    assert photon_transfer(image[0]) is None
    assert photon_transfer(image[:1]) is None
    assert find_level(image[0], nd.psf.gaussian(1.5, ndim=1).data).transfer is None
    assert find_level(image[0], nd.psf.gaussian(3.0, ndim=1).data).transfer is not None
    assert find_level(image, nd.psf.gaussian(1.5, ndim=1).data, lines=True).transfer is None
    assert find_level(image, nd.psf.gaussian(3.0, ndim=1).data, lines=True).transfer is not None


@pytest.mark.parametrize("sigma", [0.8, 1.0, 1.5, 2.5])
def test_a_smoothed_image_tells_nothing(image, sigma):
    found = photon_transfer(gaussian_filter(image, sigma))
    assert not found.white
    assert not found.trusted


@pytest.mark.parametrize("kind", ["discs", "filaments"])
def test_an_image_without_noise_tells_nothing(kind):
    assert not photon_transfer(1000 * blurred(kind, SHAPES[2]) + 100).white


@pytest.mark.parametrize("kind", ["discs", "filaments"])
def test_the_noise_of_a_small_image_is_not_blamed_by_chance(kind):
    light = blurred(kind, (70, 74))
    counts = [camera(light, 500, 2.0, 100, seed) for seed in range(40)]
    assert all(read(one).white for one in counts)
    assert not any(read(gaussian_filter(one, 0.6)).white for one in counts)


@pytest.mark.parametrize("seed", [674, 825])
def test_the_noise_of_a_dim_image_is_not_blamed_by_chance(seed):
    """A fifth of an image tells badly how white it is: two of 2500 draws passed for smoothed ones."""
    rng = np.random.default_rng(seed)
    light = np.zeros((128, 128))
    light[tuple(rng.integers(0, 128, (2, 20)))] = 1
    light = gaussian_filter(light, 1.2)
    photons = rng.poisson(6 + light * (20 / light.max())) + READ * rng.normal(size=light.shape)
    assert read(100 + 2.2 * photons).white


@pytest.mark.parametrize("size", [2, 4, 7, 12, 20])
def test_a_tiny_bright_image_is_not_trusted(size):
    ramp = np.linspace(10_000, 11_000, size * size).reshape(size, size)
    found = photon_transfer(np.random.default_rng(size).poisson(ramp).astype(float))
    assert found is None or not found.trusted


def test_an_image_without_any_sample_tells_nothing(image):
    assert photon_transfer(np.full((32, 32), np.nan)) is None
    assert photon_transfer(image, np.zeros(image.shape, bool)) is None


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_left_out(image, missing):
    part = image.copy()
    part[30:70, 50:90] = missing
    part[::17, ::13] = missing
    found, whole = read(part), read(image)
    assert found.level == pytest.approx(whole.level, abs=3 * whole.level_sd)
    assert found.gain == pytest.approx(whole.gain, rel=0.15)
    assert np.isfinite([found.level_sd, found.gain_sd, found.dark]).all()


def test_what_a_mask_hides_is_as_good_as_missing(image):
    mask = np.ones(image.shape, bool)
    mask[30:70, 50:90] = False
    hidden, missing = read(np.where(mask, image, 1e6), mask), read(np.where(mask, image, np.nan))
    assert (hidden.level, hidden.gain) == (missing.level, missing.gain)


def test_the_middle_stands_for_a_large_image(monkeypatch, image):
    monkeypatch.setattr("napari_deconvolve.core.likelihood.finest.MAX_SAMPLES", image.size // 2)
    spoiled = image.copy()
    spoiled[:40], spoiled[-40:] = 0, 1e6
    assert read(spoiled).level == read(image).level


@pytest.mark.parametrize(("fwhm", "passes"), [(1.0, True), (1.6, True), (2.6, False), (4.0, False)])
@pytest.mark.parametrize("ndim", [2, 3])
def test_a_psf_that_is_sampled_coarsely_passes_the_finest_part(ndim, fwhm, passes):
    assert passes_finest(nd.psf.gaussian(fwhm, ndim=ndim).data) is passes


def test_an_undersampled_psf_leaves_the_level_to_the_dark(image):
    found = find_level(image, nd.psf.gaussian(1.2, ndim=2).data)
    assert found.transfer is None
    assert np.isnan(found.gain)
    assert found.counts == 0


@pytest.mark.parametrize("photons", [50, 1000])
def test_a_sharp_psf_leaves_the_line_where_it_is_certain_and_blames_no_noise(photons):
    """Measured PSFs pass some percent of the finest light, which a smooth object does not have."""
    psf = nd.psf.gaussian(1.8, ndim=2).data
    smooth = camera(blurred("discs", SHAPES[2]), photons, 2.2, 100)
    assert find_level(smooth, psf).counts == read(smooth).level
    sharp = np.zeros(SHAPES[2])
    sharp[tuple(np.random.default_rng(0).integers(0, 192, (2, 300)))] = 1
    sharp = np.maximum(nd.convolve(sharp, psf, boundary="zero"), 0)
    found = find_level(camera(sharp / sharp.max(), photons, 2.2, 100), psf)
    assert found.white
    assert found.transfer is None or found.gain == pytest.approx(2.2, rel=0.35)


def test_the_level_is_that_of_the_line_where_it_is_certain(image):
    found = find_level(image, nd.psf.gaussian(4.0, ndim=2).data)
    assert found.counts == read(image).level
    assert found.gain == pytest.approx(2.2, rel=0.25)
    assert found.counts == pytest.approx(100 - 2.2 * READ**2, abs=12)


@pytest.mark.parametrize("more", [-1000.0, -97.5, -40.0, 900.0])
def test_a_constant_shifts_the_level_by_itself_and_leaves_the_gain(image, more):
    """Nothing is said of 0: an offset that is near it is found as any other."""
    psf = nd.psf.gaussian(4.0, ndim=2).data
    before, after = find_level(image, psf), find_level(image + more, psf)
    assert after.counts == pytest.approx(before.counts + more, abs=1e-6)
    assert after.gain == pytest.approx(before.gain)


@pytest.mark.parametrize("unit", [1.0, 3.7, 1e-12])
@pytest.mark.parametrize("photons", [20, 1000])
def test_photons_themselves_have_no_level(photons, unit):
    counted = np.random.default_rng(3).poisson(photons * blurred("discs", SHAPES[2]) + 0.1 * photons).astype(float)
    found = find_level(unit * counted, nd.psf.gaussian(4.0, ndim=2).data)
    assert found.counts == 0
    assert found.gain == pytest.approx(unit, rel=0.25)


@pytest.mark.parametrize("number", [400, 40])
@pytest.mark.parametrize("ndim", [2, 3])
def test_small_objects_tell_gain_and_level_as_well(ndim, number):
    """Light and noise of a point are weighed alike, also at the border of a stack of few planes."""
    shape, rng = (SHAPES[2], (16, 96, 96))[ndim - 2], np.random.default_rng(number)
    light = np.zeros(shape)
    light[tuple(rng.integers(0, length, number) for length in shape)] = 1
    light = gaussian_filter(light, 2.0)
    found = read(camera(light / light.max(), 200, 2.2, 100, seed=number))
    assert found.gain == pytest.approx(2.2, rel=0.25)
    assert found.level == pytest.approx(100 - 2.2 * READ**2, abs=12)


def test_wider_bands_are_used_where_no_light_is_among_them(monkeypatch):
    images = [camera(blurred("discs", (128, 128), sigma=2.5), 100, seed=seed) for seed in range(8)]
    wide = [read(image) for image in images]
    monkeypatch.setattr("napari_deconvolve.core.likelihood.finest.PASSED", (0.5, 0.49))
    narrow = [read(image) for image in images]
    away = [np.sqrt(np.mean([(one.gain - 1) ** 2 for one in found])) for found in (wide, narrow)]
    assert away[0] < 0.8 * away[1]
    assert np.mean([one.gain_sd for one in wide]) < 0.8 * np.mean([one.gain_sd for one in narrow])


def test_a_band_that_holds_light_is_not_used(monkeypatch):
    """Its squares are light's as well, most of all where there is much: the gain would be too large."""
    image = camera(blurred("discs", (128, 128), sigma=0.8), 20_000)
    found = read(image).gain
    monkeypatch.setattr("napari_deconvolve.core.likelihood.photon_transfer.AGREEMENT", 1e9)
    assert found < 1.25 < read(image).gain


@pytest.mark.parametrize("shift", [(0.25, 0), (0.15, 0.15), (0.5, 0)])
def test_an_image_that_was_interpolated_tells_nothing(image, shift):
    moved = ndimage.shift(image, shift, order=1, mode="nearest")
    assert not read(moved).white


@pytest.mark.parametrize(("shape", "within"), [((96, 96), 0.005), ((48, 48, 48), 0.02)])
def test_the_counts_of_a_square_are_weighted_as_it_is_also_far_away(shape, within):
    """A filter with a sharp edge reaches far: a bright object's noise is among the squares of the dark around it."""
    distance = np.sqrt(sum((axis - axis.size // 2) ** 2 for axis in np.ogrid[tuple(map(slice, shape))]))
    found = finest_part((distance == 0).astype(float), None)
    assert found is not None
    for band in found.bands:
        shares = [values / values.sum() for values in (band.squares, band.light)]
        of_squares, of_light = (share[distance.ravel() > 10].sum() for share in shares)
        assert of_light == pytest.approx(of_squares, abs=within)
