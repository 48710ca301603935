"""Kernels that break off at their ends keep their own centre: boxes of even lengths, above all."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd


@pytest.mark.parametrize("shape", [(4,), (2,), (2, 2), (4, 9), (6, 6), (4, 4, 4)], ids=str)
def test_an_even_box_is_moved_by_half_a_sample_and_no_more(shape):
    psf = nd.psf.from_array(np.ones(shape))
    for axis in range(psf.ndim):
        np.testing.assert_allclose(psf.data, np.flip(psf.data, axis), atol=1e-6)
    assert psf.data.sum() == pytest.approx(1)
    assert np.all(psf.data >= 0)


def test_a_trapezoid_of_even_length_keeps_its_centre():
    psf = nd.psf.from_array(np.array([0.9, 1, 1, 1, 1, 0.9]))
    np.testing.assert_allclose(psf.data, psf.data[::-1], atol=1e-6)


def test_a_line_blurred_by_an_even_box_comes_back_where_it_was():
    truth = np.zeros(64)
    truth[30:34] = 100
    box = nd.psf.from_array(np.ones(4))
    blurred = nd.convolve(truth, box)
    estimate = nd.richardson_lucy(blurred, box, 30)
    assert np.average(np.arange(64), weights=estimate) == pytest.approx(31.5, abs=0.02)


@pytest.mark.parametrize("lead", [1, 5, 20])
@pytest.mark.parametrize("decay", [6.0, 8.0, 15.0])
def test_the_first_sample_of_a_response_that_decays_is_no_hot_pixel(decay, lead):
    response = np.concatenate([np.zeros(lead), np.exp(-np.arange(64) / decay)])
    psf = nd.psf.from_array(response, center=lead, background=0)
    middle = psf.data.size // 2
    assert psf.data[middle + 1] / psf.data[middle] == pytest.approx(np.exp(-1 / decay), rel=1e-4)
    assert not any("alone" in note for note in psf.notes)


def test_the_doctor_passes_by_samples_that_are_masked():
    kernel = np.array(nd.psf.gaussian(4.0, ndim=2, shape=(25, 25)).data) * 1e4
    kernel[4, 5] = kernel[4, 6] = 3 * kernel.max()
    masked = np.ma.MaskedArray(kernel, kernel > 1.5 * kernel[12, 12])
    assert all(finding.severity == "ok" for finding in nd.psf.examine(masked))
    assert nd.psf.from_array(masked).fwhm == pytest.approx((4.0, 4.0), abs=0.1)
