"""The coarsest sampling of each microscope."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.errors import ParameterError

OIL = {"numerical_aperture": 1.4, "emission_um": 0.52}


def test_wide_field_as_the_textbook_has_it():
    axial, lateral = nd.psf.nyquist("widefield", **OIL)
    assert lateral == pytest.approx(0.52 / (4 * 1.4))
    assert axial == pytest.approx(0.52 / (2 * 1.515 * (1 - np.cos(np.arcsin(1.4 / 1.515)))))
    assert nd.psf.nyquist("light sheet", **OIL) == (axial, lateral)


def test_bands_of_excitation_and_emission_add_up_in_confocal():
    wide = nd.psf.nyquist("widefield", **OIL)
    for modality in ("confocal", "spinning-disk"):
        same = nd.psf.nyquist(modality, excitation_um=0.52, **OIL)
        np.testing.assert_allclose(same, np.array(wide) / 2)
    short = nd.psf.nyquist("confocal", excitation_um=0.26, **OIL)
    np.testing.assert_allclose(short, np.array(wide) / 3)


def test_two_photons_have_the_excitation_s_band_twice():
    wide = nd.psf.nyquist("widefield", numerical_aperture=1.0, emission_um=0.9, immersion_index=1.33)
    two = nd.psf.nyquist(
        "two-photon", numerical_aperture=1.0, emission_um=0.52, excitation_um=0.9, immersion_index=1.33
    )
    np.testing.assert_allclose(two, np.array(wide) / 2)


@pytest.mark.parametrize(
    ("modality", "index"), [("widefield", 1.0), ("confocal", 1.0), ("two-photon", 1.0), ("confocal", 1.33)]
)
def test_a_psf_has_no_detail_beyond_it(modality, index):
    """The spectrum of a PSF sampled finer has nothing beyond what the limits pass."""
    aperture = 0.6 * index
    lens = {"numerical_aperture": aperture, "emission_um": 0.52, "immersion_index": index}
    _, lateral = nd.psf.nyquist(modality, **lens)
    step = lateral / 2
    psf = nd.psf.microscope(modality, **lens, pinhole_airy=0, spacing=(step, step), shape=(401, 401), sampling="point")
    spectrum = np.abs(np.fft.rfft(psf.data.astype(float).sum(axis=0)))
    beyond = np.fft.rfftfreq(401, step) > 1.03 / (2 * lateral)
    assert spectrum[beyond].max() < 1e-5 * spectrum[0]
    below = (np.fft.rfftfreq(401, step) > 0.8 / (2 * lateral)) & ~beyond
    assert spectrum[below].max() > 1e-3 * spectrum[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"numerical_aperture": 1.6, "emission_um": 0.52}, "not below the immersion index"),
        ({"numerical_aperture": 1.4, "emission_um": 520}, "nanometres"),
        ({"numerical_aperture": 0, "emission_um": 0.52}, "above 0"),
        ({"numerical_aperture": 0.5, "emission_um": 0.52, "immersion_index": 0.2}, "refractive indices"),
    ],
)
def test_what_cannot_be_is_refused(values, words):
    with pytest.raises(ParameterError, match=words):
        nd.psf.nyquist("widefield", **values)
    with pytest.raises(ParameterError, match="choose one of"):
        nd.psf.nyquist("sted", **OIL)
