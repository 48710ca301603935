"""Kernels as Fourier transforms want them, lobes one sample wide, and masks over the core."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.errors import PSFError

PLACES = np.ogrid[-10:11, -12:13]
POINT = np.exp(-(PLACES[0] ** 2) / 9.0 - PLACES[1] ** 2 / 6.0)
EVEN = np.exp(-(np.arange(-12, 12) ** 2) / 10.0)


def test_light_at_both_ends_is_put_together():
    psf = nd.psf.from_array(np.fft.ifftshift(POINT))
    np.testing.assert_allclose(psf.data, nd.psf.from_array(POINT).data, atol=1e-6)
    assert any("both ends along y, x: put together" in note for note in psf.notes)


@pytest.mark.parametrize("center", ["first", 0, "middle"])
def test_where_a_centre_is_given_light_at_both_ends_is_an_echo(center):
    made = np.fft.ifftshift(EVEN)
    psf = nd.psf.from_array(made, center=center)
    assert any('"auto" puts it together' in note for note in psf.notes)
    assert psf.data.max() == pytest.approx(made.max() / made.sum())
    assert np.count_nonzero(psf.data > 0.5 * psf.data.max()) == np.count_nonzero(made > 0.5)


@pytest.mark.parametrize("seed", range(8))
def test_noise_and_a_centre_between_samples_do_not_hide_it(seed):
    counts = np.random.default_rng(seed).poisson(400 * np.exp(-((PLACES[0] ** 2 + (PLACES[1] - 0.3) ** 2) / 9)))
    psf = nd.psf.from_array(np.fft.ifftshift(counts))
    assert any("both ends along y, x: put together" in note for note in psf.notes)
    assert psf.fwhm == pytest.approx(nd.psf.from_array(counts).fwhm, rel=1e-3)


def test_of_even_length_and_along_one_axis():
    psf = nd.psf.from_array(np.fft.ifftshift(EVEN))
    np.testing.assert_allclose(psf.data, nd.psf.from_array(EVEN).data, atol=1e-6)
    deep = np.fft.ifftshift(np.stack([0.5 * POINT, POINT, 0.5 * POINT] * 3), 1)
    assert any("both ends along y:" in note for note in nd.psf.from_array(deep).notes)


def test_a_stack_of_few_planes_is_put_together_along_all_axes():
    planes = np.exp(-(np.arange(-4, 5) ** 2) / 12.0)[:, None, None]
    psf = nd.psf.from_array(np.fft.ifftshift(planes * POINT))
    np.testing.assert_allclose(psf.data, nd.psf.from_array(planes * POINT).data, atol=1e-6)


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
        np.concatenate([[0.6], np.zeros(15), [0.4]]),
        np.concatenate([[1], np.full(13, 0.04), [0.6]]),
        np.exp(-((np.hypot(*PLACES) - 10) ** 2) / 2),
    ],
)
def test_kernels_with_bright_ends_stay(kernel):
    assert not any("both ends" in note for note in nd.psf.from_array(kernel).notes)


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


@pytest.mark.parametrize(
    "kernel",
    [
        np.array([[0, 0, -1, 0, 0], [0, -1, -2, -1, 0], [-1, -2, 17, -2, -1], [0, -1, -2, -1, 0], [0, 0, -1, 0, 0.0]]),
        np.where(np.arange(49).reshape(7, 7) == 24, 50.0, -1.0),
        np.sinc((np.arange(9) - 4) / 2.5),
    ],
)
def test_filters_that_were_typed_are_what_they_are(kernel):
    psf = nd.psf.from_array(kernel)
    np.testing.assert_allclose(psf.data, kernel / kernel.sum(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_smooth_noise_makes_no_lobes(seed):
    from scipy import ndimage

    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(41, 41)), 1)
    point = np.exp(-(np.hypot(*np.ogrid[-20:21, -20:21]) ** 2) / 8)
    assert nd.psf.from_array(100 * point + 6 * noise / noise.std()).data.min() == 0


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
