"""The transfer of a PSF, against what theory says of it."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.psf.otf import theoretical_cutoff, transfer


def test_gaussian_transfers_a_gaussian():
    psf = nd.psf.gaussian((0.4, 0.4), (0.05, 0.05), shape=(65, 65))
    found = transfer(psf)
    sigma = 0.4 / np.sqrt(8 * np.log(2))
    pixel = np.sinc(0.05 * found.frequency)  # the samples are integrals over pixels
    theory = np.exp(-2 * (np.pi * sigma * found.frequency) ** 2) * pixel
    low = found.frequency < 2
    np.testing.assert_allclose(found.height[low], theory[low], atol=3e-3)
    expected = np.sqrt(np.log(1000) / 2) / (np.pi * sigma)
    assert found.cutoff == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("spacing", [(0.05, 0.05), (0.2, 0.05, 0.05), (0.2, 0.05, 0.08)])
def test_wide_field_ends_where_the_lens_does(spacing):
    psf = nd.psf.microscope("widefield", numerical_aperture=1.2, immersion_index=1.33, emission_um=0.5, spacing=spacing)
    found = transfer(psf)
    theory = theoretical_cutoff(psf)
    assert theory == pytest.approx(2 * 1.2 / 0.5)
    assert found.height[0] == 1
    assert found.cutoff < theory
    assert found.cutoff > 0.93 * theory
    assert found.height[found.frequency > 1.02 * theory].max() < 1e-3


def test_perfect_lens_has_the_textbook_transfer():
    """In focus, without polarisation: the overlap of two discs."""
    psf = nd.psf.microscope(
        "widefield",
        numerical_aperture=0.3,
        immersion_index=1.0,
        emission_um=0.5,
        spacing=(0.2, 0.2),
        shape=(401, 401),
        model="scalar",
        sampling="point",
    )
    found = transfer(psf)
    share = np.clip(found.frequency / theoretical_cutoff(psf), 0, 1)
    textbook = 2 / np.pi * (np.arccos(share) - share * np.sqrt(1 - share**2))
    np.testing.assert_allclose(found.height, textbook, atol=0.03)


def test_units_and_microscopes_change_the_limit():
    settings = {"numerical_aperture": 1.2, "immersion_index": 1.33, "emission_um": 0.5, "spacing": (0.1, 0.05, 0.05)}
    wide = nd.psf.microscope("widefield", **settings, shape=(5, 31, 31))
    confocal = nd.psf.microscope("confocal", **settings, excitation_um=0.4, shape=(5, 31, 31))
    assert theoretical_cutoff(confocal) == pytest.approx(2 * 1.2 * (1 / 0.5 + 1 / 0.4))
    in_nm = nd.PSF(wide.data, tuple(1000 * step for step in wide.spacing), "nm", wide.info)
    assert theoretical_cutoff(in_nm) == pytest.approx(theoretical_cutoff(wide) / 1000)
    assert theoretical_cutoff(nd.psf.gaussian((0.3, 0.3), (0.1, 0.1))) is None
    assert theoretical_cutoff(nd.PSF(wide.data, wide.spacing, "um", {"source": "microscope"})) is None


def test_where_it_never_ends_there_is_no_cutoff():
    point = np.zeros((5, 5))
    point[2, 2] = 1
    found = transfer(nd.PSF(point, (0.1, 0.1)))
    np.testing.assert_allclose(found.height, 1, atol=1e-6)
    assert np.isnan(found.cutoff)
    assert found.frequency[-1] == pytest.approx(5, rel=0.01)


def test_one_axis():
    found = transfer(nd.psf.gaussian((0.3,), (0.05,)))
    assert found.frequency[0] == 0
    assert found.frequency[-1] == pytest.approx(10)
    assert (np.diff(found.height[:60]) < 0).all()
