"""How much a PSF changes with depth, against PSFs that are calculated at both ends."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.psf.microscope.depth_change import MARECHAL_WAVES, depth_change

LENS = {"numerical_aperture": 1.2, "emission_um": 0.52, "immersion_index": 1.33}


@pytest.mark.parametrize("sample", [None, 1.33])
def test_equal_indices_change_nothing(sample):
    assert depth_change(50.0, **LENS, sample_index=sample) == 0.0


def test_it_grows_with_thickness_and_mismatch_and_falls_with_the_wavelength():
    once = depth_change(5.0, **LENS, sample_index=1.38)
    assert depth_change(10.0, **LENS, sample_index=1.38) == pytest.approx(2 * once)
    assert depth_change(5.0, **LENS, sample_index=1.40) > once
    assert depth_change(5.0, **{**LENS, "emission_um": 1.04}, sample_index=1.38) == pytest.approx(once / 2)


@pytest.mark.parametrize("sample", [1.36, 1.38])
def test_its_limit_is_where_the_peak_falls_to_four_fifths(sample):
    """Marechal: an rms of w waves lets exp(-(2 pi w)^2) of the peak through, .82 at a fourteenth."""
    depth = MARECHAL_WAVES / depth_change(1.0, **LENS, sample_index=sample)
    grid = {"spacing": (0.05, 0.05, 0.05), "shape": (81, 41, 41), "sampling": "point", "model": "scalar"}
    peaks = [
        float(np.max(nd.psf.microscope("widefield", **LENS, sample_index=sample, depth_um=at, **grid).data))
        for at in (0.0, depth)
    ]
    assert peaks[1] / peaks[0] == pytest.approx(np.exp(-((2 * np.pi * MARECHAL_WAVES) ** 2)), abs=0.06)


def test_an_aperture_beyond_the_sample_s_index_is_cut_there():
    oil = {"numerical_aperture": 1.45, "emission_um": 0.52, "immersion_index": 1.515, "sample_index": 1.33}
    assert np.isfinite(depth_change(5.0, **oil))
    assert depth_change(5.0, **oil) > MARECHAL_WAVES
