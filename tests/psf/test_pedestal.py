"""What is a pedestal, and what is the point's own light."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd

radius = np.hypot(*np.ogrid[-20:21, -20:21])
GAUSSIAN = np.exp(-(radius**2) / 18)
LORENTZIAN = 1 / (1 + (np.arange(-160, 161) / 10) ** 2)


@pytest.mark.parametrize("clean", [GAUSSIAN, LORENTZIAN, GAUSSIAN[12:-12, 12:-12], GAUSSIAN[20]])
def test_a_psf_without_pedestal_is_left_as_it_is(clean):
    """Tails that are cut are still tails: a calculated PSF read from a file gives what the array gives."""
    found, kept = nd.psf.from_array(clean), nd.psf.from_array(clean, background=0)
    np.testing.assert_array_equal(found.data, kept.data)
    assert not any("pedestal" in note for note in found.notes)


@pytest.mark.parametrize("level", [0.02, 1.0, 50.0])
def test_a_flat_pedestal_is_taken_off(level):
    found = nd.psf.from_array(GAUSSIAN + level)
    np.testing.assert_allclose(found.data, nd.psf.from_array(GAUSSIAN).data, atol=2e-6)
    assert any("pedestal" in note for note in found.notes)


def test_a_noisy_pedestal_is_taken_off():
    counts = np.random.default_rng(0).poisson(2000 * GAUSSIAN + 100)
    found = nd.psf.from_array(counts)
    assert found.fwhm == pytest.approx(nd.psf.from_array(GAUSSIAN).fwhm, rel=0.05)
