"""Kernels as Fourier transforms want them, lobes one sample wide, and masks over the core."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.errors import PSFError

PLACES = np.ogrid[-10:11, -12:13]
POINT = np.exp(-(PLACES[0] ** 2) / 9.0 - PLACES[1] ** 2 / 6.0)
EVEN = np.exp(-(np.arange(-12, 12) ** 2) / 10.0)


@pytest.mark.parametrize("center", ["auto", "first", 0, "middle"])
def test_light_at_both_ends_is_put_together(center):
    psf = nd.psf.from_array(np.fft.ifftshift(POINT), center=center)
    np.testing.assert_allclose(psf.data, nd.psf.from_array(POINT).data, atol=1e-6)
    assert any("both ends along y, x" in note for note in psf.notes)


def test_of_even_length_along_one_axis_and_as_it_is():
    psf = nd.psf.from_array(np.fft.ifftshift(EVEN), center="first")
    np.testing.assert_allclose(psf.data, nd.psf.from_array(EVEN, center="middle").data, atol=1e-6)
    image = np.random.default_rng(0).poisson(50, (40, 40)).astype(float)
    recipe = nd.Recipe(iterations=3, background=0)
    given = nd.deconvolve(image, np.fft.ifftshift(POINT), recipe).estimate
    np.testing.assert_allclose(given, nd.deconvolve(image, POINT, recipe).estimate, rtol=1e-4)
    deep = np.fft.ifftshift(np.stack([0.5 * POINT, POINT, 0.5 * POINT] * 3), 1)
    assert any("both ends along y:" in note for note in nd.psf.from_array(deep).notes)


def test_it_is_named_once_and_cured():
    flagged = [one for one in nd.psf.examine(np.fft.ifftshift(POINT)) if one.severity != "ok"]
    assert [one.name for one in flagged] == ["centre"]
    assert "both ends" in flagged[0].text
    assert all(one.severity == "ok" for one in nd.psf.examine(flagged[0].fix()) if one.name == "centre")


@pytest.mark.parametrize(
    "kernel",
    [
        np.exp(-np.arange(40) / 5.0),
        np.ones((9, 9)),
        np.concatenate([[0.4, 1, 0.4], np.zeros(20), [0.4, 1, 0.4]]),
        np.exp(-((np.hypot(*PLACES) - 10) ** 2) / 2),
    ],
)
def test_kernels_with_bright_ends_stay(kernel):
    assert not any("both ends" in note for note in nd.psf.from_array(kernel, center="middle").notes)


@pytest.mark.parametrize(
    "kernel",
    [
        np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0.0]]),
        np.array([-1, 2, 4, 2, -1.0]),
        np.array([0.1, 1, -0.2]),
        np.concatenate([np.zeros(9), [0.1, 1, 0.2, -0.3], np.zeros(8)]),
        np.convolve(np.eye(1, 31, 15)[0], [-0.2, 0, 1, 0, -0.2], "same"),
    ],
)
def test_lobes_one_sample_wide_are_kept_for_the_wiener_filter(kernel):
    psf = nd.psf.from_array(kernel)
    assert psf.data.min() < 0
    assert psf.data.min() / psf.data.max() == pytest.approx(kernel.min() / kernel.max(), rel=1e-5)
    assert any("kept" in note for note in psf.notes)


@pytest.mark.parametrize("seed", range(4))
def test_noise_below_zero_makes_no_lobes(seed):
    noisy = POINT + np.random.default_rng(seed).normal(0, 0.04, POINT.shape)
    assert nd.psf.from_array(noisy).data.min() == 0


def test_a_mask_over_the_core_is_refused_and_one_beside_it_filled():
    radius = np.hypot(*PLACES)
    with pytest.raises(PSFError, match=r"hides \d+ samples of the PSF's core"):
        nd.psf.from_array(np.ma.array(POINT, mask=radius < 2.5))
    (finding,) = nd.psf.examine(np.ma.array(POINT, mask=radius < 2.5))
    assert "core" in finding.text
    beside = np.ma.array(POINT, mask=np.hypot(PLACES[0] - 7, PLACES[1]) < 2)
    assert any("filled" in note for note in nd.psf.from_array(beside).notes)


def test_samples_below_zero_throughout_are_refused_with_their_range():
    stored = (500 * POINT - 32768).astype(np.int16)
    with pytest.raises(PSFError, match="No sample of the PSF is above zero: they go from -"):
        nd.deconvolve(np.ones((30, 30)), stored, nd.Recipe(iterations=1))
