"""Where the light of a PSF ends: cut off, or fallen as far as anybody looks."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd


def border(values: np.ndarray, **how: object) -> str:
    return next(one.severity for one in nd.psf.examine(values, spacing=1.0, **how) if one.name == "border")


def exponential(last: float, ratio: float) -> np.ndarray:
    """Return a kernel whose ends hold a share of the peak, each sample about so much of the one before."""
    count = round(np.log(last) / np.log(ratio))
    return last ** (np.abs(np.arange(-count, count + 1.0)) / count)


@pytest.mark.parametrize(
    ("last", "ratio", "severity"),
    [
        (0.018, 0.5, "ok"),  # the next sample holds 0.9 %
        (0.018, 0.9, "note"),
        (0.025, 0.3, "note"),  # too much, however fast it falls
        (0.008, 0.99, "ok"),
        (0.2, 0.8, "warning"),
    ],
)
def test_light_is_cut_off_from_the_next_sample_on(last, ratio, severity):
    line = exponential(last, ratio)
    assert border(line) == severity
    assert border(line + 0.0, image_shape=(len(line),)) in ("ok", severity)


def test_light_that_rises_again_has_not_ended():
    line = exponential(0.004, 0.6)
    line[0] = line[-1] = 0.018
    assert border(line) == "note"


@pytest.mark.parametrize("aperture", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("modality", ["confocal", "two-photon"])
def test_a_file_of_a_microscope_s_psf_ends_where_that_does(modality, aperture):
    optics = {"numerical_aperture": aperture, "emission_um": 0.52, "immersion_index": 1.33}
    axial, lateral = (0.6 * step for step in nd.psf.nyquist(modality, **optics))
    psf = nd.psf.microscope(modality, spacing=(axial, lateral, lateral), **optics)
    assert border(psf.data) == "ok"


def test_kernels_of_points_have_neither_width_nor_ends():
    for psf in (
        nd.psf.points([(-0.3, 0, 0), (0.0, 0, 0), (0.3, 0, 0)], [0.4, 1, 0.4], (0.1, 0.1, 0.1)),
        nd.psf.points([(0, 0), (0.2, 0.3)], [1, 0.6], (0.1, 0.1)),
    ):
        assert all(one.severity == "ok" for one in nd.psf.examine(psf) if one.name in ("border", "width", "sampling"))
    assert border(psf.data) == "warning"  # the same samples, of nobody knows what
