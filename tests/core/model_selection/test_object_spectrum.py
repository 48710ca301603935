"""The spectrum of the object that a PSF implies: it turns upwards if the PSF is too wide, and only then."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import napari_deconvolve as nd
from napari_deconvolve.core.model_selection.object_spectrum import object_power, upturn
from napari_deconvolve.psf.scaling import scaled
from napari_deconvolve.tuning.confirmation import CERTAIN

SHAPE = (96, 100)


@cache
def psf(ndim=2, aperture=1.3):
    return nd.psf.microscope(
        "widefield",
        numerical_aperture=aperture,
        emission_um=0.52,
        spacing=(0.2, 0.09, 0.09)[-ndim:],
        shape=(9, 25, 25)[-ndim:],
    )


def points(seed, shape=SHAPE, count=60):
    """Give points and discs, nothing of them finer than half a sample."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    truth[tuple(rng.integers(2, length - 2, count) for length in shape)] = rng.uniform(0.3, 1, count)
    return gaussian_filter(truth, 0.5)


def discs(seed, shape=SHAPE):
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape)
    centres = rng.uniform(0, 96, (12, 3))
    return sum(np.clip(4.5 - np.hypot(y - a, x - b) + c / 40, 0, 1) for a, b, c in centres)


def light(truth, kernel, peak=1000.0, seed=0):
    """Give counts less their background."""
    blurred = np.maximum(nd.convolve(truth, kernel, boundary="zero"), 0)
    return np.random.default_rng(seed).poisson(blurred / blurred.max() * peak + 10) - 10.0


@pytest.mark.parametrize("draw", [points, discs])
def test_right_psfs_are_left_alone(draw):
    for peak in (30.0, 300.0, 3000.0):
        found = [upturn(light(draw(seed), psf(), peak, seed), psf().data) for seed in range(8)]
        assert max(found) < CERTAIN
        assert np.median(found) < 0.5


def test_a_psf_of_too_low_an_aperture_is_found():
    found = [upturn(light(points(seed), psf(), seed=seed), psf(aperture=0.95).data) for seed in range(4)]
    assert min(found) > CERTAIN


def test_a_bright_image_does_not_make_much_of_a_little():
    found = {
        factor: [upturn(light(points(seed), psf(), 3000.0, seed), scaled(psf(), factor).data) for seed in range(4)]
        for factor in (1.04, 1.2)
    }
    assert max(found[1.04]) < 2.5
    assert min(found[1.2]) > CERTAIN


def test_a_stack_tells_as_well():
    truth = points(0, (16, 64, 64), 80)
    wide = upturn(light(truth, psf(3), 3000.0), psf(3, 0.9).data)
    assert upturn(light(truth, psf(3), 3000.0), psf(3).data) < 1 < wide


def test_too_narrow_a_psf_makes_the_spectrum_fall():
    assert upturn(light(points(1), psf(aperture=1.0)), psf().data) < -2


@pytest.mark.parametrize("scale", [1e-30, 0.37, 1e30])
def test_the_unit_does_not_matter(scale):
    image = light(points(2), psf())
    assert upturn(image * scale, psf().data) == pytest.approx(upturn(image, psf().data), rel=1e-6)


def test_the_power_is_that_of_the_object():
    """Points of equal light have a power that falls as little as their half a sample of blur lets it."""
    bins = object_power(light(points(3), psf(), 1e5), psf().data)
    middle = (bins.frequency > 0.2) & (bins.frequency < 0.8)
    truth = object_power(points(3), np.ones((1, 1), np.float32))
    assert np.ptp(np.log(bins.power[middle])) < 1.5
    assert truth is not None
    assert truth.noise > 0


@pytest.mark.parametrize("image", [np.zeros(SHAPE), np.full(SHAPE, 7.0), np.ones((9, 9)), np.zeros((4, 30, 30))])
def test_nothing_says_nothing(image):
    assert upturn(image, psf(image.ndim).data) == 0
