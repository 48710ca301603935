"""Where the band of a PSF ends, on images of any size."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.model_selection.modes import Modes, band_end
from napari_deconvolve.core.model_selection.object_spectrum import upturn
from napari_deconvolve.psf.scaling import scaled

CUT_OFF = 0.09 / 0.26  # of an Airy pattern at NA 0.5, in cycles per sample


def lens() -> nd.PSF:
    return nd.psf.microscope(
        "widefield", numerical_aperture=0.5, immersion_index=1.0, emission_um=0.52, spacing=0.18, shape=(31, 31)
    )


@pytest.mark.parametrize("shape", [(24, 24), (33, 40), (41, 41), (48, 48), (64, 64), (128, 128), (200, 37)])
def test_the_band_ends_where_the_lens_says_however_small_the_image(shape):
    psf = lens()
    far = band_end(Modes.of(psf.data, (256, 256)))
    assert 0.8 * CUT_OFF < far < CUT_OFF
    assert band_end(Modes.of(psf.data, shape)) == pytest.approx(far, abs=0.03)


@pytest.mark.parametrize("shape", [(8, 24, 24), (5, 41, 33)])
def test_so_it_does_in_stacks(shape):
    psf = nd.psf.gaussian((2.0, 3.0, 3.0))
    assert band_end(Modes.of(psf.data, shape)) == pytest.approx(band_end(Modes.of(psf.data, (16, 96, 96))), abs=0.03)


def test_a_psf_that_is_too_wide_shows_in_a_small_image():
    rng = np.random.default_rng(8)
    psf, signs = lens(), {1.0: [], 1.4: []}
    for _ in range(6):
        truth = np.zeros((44, 44))
        truth[tuple(rng.integers(4, 40, (2, 20)))] = 1
        blurred = np.maximum(nd.convolve(truth, psf, boundary="zero"), 0)
        counts = rng.poisson(blurred / blurred.max() * 2000 + 20) - 20.0
        for factor, found in signs.items():
            found.append(upturn(counts, scaled(psf, factor).data))
    assert min(signs[1.4]) > 2 > max(signs[1.0])
