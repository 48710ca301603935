"""A PSF made at one spacing and used at another is the PSF that would have been made there."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import phantoms
from napari_deconvolve.psf.regridding import sample_is_integral

FINE, IMAGE = (0.1, 0.1, 0.1), (0.3, 0.1, 0.1)
LENSES = {"oil": {"numerical_aperture": 1.4}, "air": {"numerical_aperture": 0.75, "immersion_index": 1.0}}


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found.astype(float) - wanted) / np.linalg.norm(wanted.astype(float)))


def wide_field(lens: str, sampling: str, spacing: tuple[float, ...], **more: object) -> nd.PSF:
    return nd.psf.microscope("widefield", emission_um=0.52, sampling=sampling, spacing=spacing, **LENSES[lens], **more)


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("sampling", ["pixel", "point"])
def test_a_microscope_s_planes_are_sampled_not_integrated(lens, sampling):
    """With lengths left to the microscope: also the window is the same."""
    found = nd.psf.resample(wide_field(lens, sampling, FINE), IMAGE)
    wanted = wide_field(lens, sampling, IMAGE)
    assert found.shape == wanted.shape
    assert relative(found.data, wanted.data) < 1e-5


@pytest.mark.parametrize("sampling", ["pixel", "point"])
def test_pixels_are_integrated_and_points_are_not(sampling):
    fine = wide_field("air", sampling, (0.2, 0.05, 0.05), shape=(9, 99, 99))
    found = nd.psf.resample(fine, (0.2, 0.15, 0.15))
    wanted = wide_field("air", sampling, (0.2, 0.15, 0.15), shape=(9, 33, 33))
    assert relative(found.data, wanted.data) < 1e-4
    other = wide_field("air", "point" if sampling == "pixel" else "pixel", (0.2, 0.15, 0.15), shape=(9, 33, 33))
    assert relative(found.data, other.data) > 0.03


@pytest.mark.parametrize("make", [nd.psf.gaussian, nd.psf.lorentzian])
def test_calculated_shapes_are_integrated_along_all_axes(make):
    found = nd.psf.resample(make((1.0, 0.35, 0.35), FINE), IMAGE)
    wanted = make((1.0, 0.35, 0.35), IMAGE)
    assert found.shape == wanted.shape
    assert relative(found.data, wanted.data) < 1e-4


def test_a_formula_is_sampled():
    text = "2^(-(z/0.5)^2-(x^2+y^2)/0.2^2)"
    found = nd.psf.resample(nd.psf.from_formula(text, (33, 21, 21), FINE), IMAGE)
    wanted = nd.psf.from_formula(text, (11, 21, 21), IMAGE)
    assert relative(found.data, wanted.data) < 1e-4


def test_finer_planes_are_interpolated():
    found = nd.psf.resample(wide_field("air", "pixel", (0.4, 0.1, 0.1), shape=(15, 41, 41)), (0.1, 0.1, 0.1))
    wanted = wide_field("air", "pixel", (0.1, 0.1, 0.1), shape=found.shape)
    assert found.shape == (59, 41, 41)
    assert relative(found.data, wanted.data) < 0.01


def integral(psf: nd.PSF) -> tuple[bool, ...]:
    return sample_is_integral(psf.info, psf.ndim)


def test_what_a_sample_is_follows_from_the_source():
    stack = nd.psf.from_array(np.random.default_rng(0).random((5, 5, 5)))
    assert integral(stack) == (False, True, True)
    assert integral(nd.psf.PSF(np.ones(5), 1.0)) == (True,)
    assert integral(wide_field("oil", "point", FINE, shape=5)) == (False,) * 3
    assert integral(nd.psf.points([[0.0, 0.0, 0.0]], [1.0], 0.1)) == (True,) * 3
    moved = nd.PSF(np.ones((3, 3, 3)), 0.2, "um", {"source": "array", "before": {"source": "gaussian"}})
    assert integral(moved) == (True,) * 3


@pytest.mark.parametrize("length", [1, 3, 5])
def test_few_planes_can_be_resampled(length):
    stack = nd.psf.from_array(np.ones((length, 5, 5)), (0.5, 0.1, 0.1), center="middle", background=0)
    finer = nd.psf.resample(stack, (0.2, 0.1, 0.1))
    assert finer.data.min() > 0
    np.testing.assert_allclose(finer.data, finer.data.max(), rtol=1e-5)
    assert nd.psf.resample(stack, (9.0, 0.1, 0.1)).shape == (1, 5, 5)


@pytest.mark.parametrize("which", ["oil pixel", "oil point", "air pixel", "air point", "gaussian"])
def test_the_result_is_that_of_a_psf_made_at_the_image_s_spacing(which):
    if which == "gaussian":
        fine, made = (nd.psf.gaussian((1.0, 0.35, 0.35), spacing) for spacing in (FINE, IMAGE))
    else:
        lens, sampling = which.split()
        fine = wide_field(lens, sampling, FINE, shape=(45, 41, 41))
        made = wide_field(lens, sampling, IMAGE, shape=(15, 41, 41))
    truth = phantoms.cell().truth[8:24, 32:96, 32:96]
    counts = np.random.default_rng(0).poisson(np.maximum(nd.convolve(truth, made), 0) + 20)
    recipe = nd.Recipe(iterations=15)
    found = nd.deconvolve(counts, fine, recipe, spacing=IMAGE).estimate
    wanted = nd.deconvolve(counts, made, recipe).estimate
    assert relative(found, wanted) <= 0.02


@pytest.mark.parametrize("spacing", [(3e-4, 1e-4, 1e-4), (1e-300, 1.0, 1.0)])
def test_a_spacing_in_another_unit_is_refused_before_memory_is_asked_for(spacing):
    psf = nd.psf.gaussian((0.6, 0.3, 0.3), 0.1)
    with pytest.raises(nd.PSFError, match=r"from 0\.1 × 0\.1 × 0\.1 to .* um would have about .*same unit"):
        nd.psf.resample(psf, spacing)
    with pytest.raises(nd.PSFError, match="same unit"):
        nd.deconvolve(np.ones((4, 8, 8)), psf, nd.Recipe(iterations=2), spacing=spacing)
