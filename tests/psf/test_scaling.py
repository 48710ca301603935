"""A PSF made wider or narrower: exact where it can be calculated anew, interpolated elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.psf.description import describe, rebuild
from napari_deconvolve.psf.scaling import scaled

SPACING = (0.2, 0.08, 0.08)
CALCULATED = {
    "gaussian": lambda f: nd.psf.gaussian(4.0 * f, ndim=2, shape=(31, 31)),
    "lorentzian": lambda f: nd.psf.lorentzian(3.0 * f, ndim=1, shape=(101,)),
    "formula": lambda f: nd.psf.from_formula(f"exp(-(x/{3.0 * f})**4)", (41,), 0.5),
    "microscope": lambda f: nd.psf.microscope(
        "widefield", numerical_aperture=0.5, emission_um=0.5 * f, immersion_index=1.0, sample_index=1.0,
        design_immersion_index=1.0, spacing=SPACING, shape=(9, 15, 15), model="scalar", sampling="point",
    ),
}  # fmt: skip


@pytest.mark.parametrize("factor", [0.8, 1.3])
@pytest.mark.parametrize("name", CALCULATED)
def test_a_calculated_one_is_that_of_other_parameters(name, factor):
    """A scalar microscope's PSF in one medium scales with the wavelength."""
    made = CALCULATED[name]
    found = scaled(made(1.0), factor)
    np.testing.assert_allclose(found.data, made(factor).data, atol=2e-5 * found.data.max())
    assert found.spacing == made(1.0).spacing
    assert f"made {factor:g} times as wide" in found.notes


@pytest.mark.parametrize("name", CALCULATED)
def test_there_and_back_gives_the_same_samples(name):
    psf = CALCULATED[name](1.0)
    back = scaled(scaled(psf, 0.8), 1.25)
    assert back.shape == psf.shape
    np.testing.assert_allclose(back.data, psf.data, atol=1e-6 * psf.data.max())
    assert back.info["factor"] == pytest.approx(1.0)


def test_a_measured_one_is_interpolated_and_keeps_its_sum():
    psf = nd.psf.from_array(nd.psf.gaussian(5.0, ndim=2, shape=(41, 41)).data)
    found = scaled(psf, 1.25)
    assert found.fwhm == pytest.approx([1.25 * width for width in psf.fwhm], rel=0.01)
    assert found.data.sum() == pytest.approx(1, abs=1e-6)
    assert scaled(psf, 1) is psf


@pytest.mark.parametrize("name", CALCULATED)
def test_a_recipe_repeats_it(name):
    psf = scaled(CALCULATED[name](1.0), 1.1)
    np.testing.assert_array_equal(rebuild(describe(psf)).data, psf.data)


def test_one_on_another_grid_than_it_was_calculated_for_is_interpolated():
    psf = nd.psf.resample(nd.psf.gaussian(4.0, 0.5, ndim=1), (1.0,))
    found = scaled(psf, 1.5)
    assert found.fwhm[0] == pytest.approx(1.5 * psf.fwhm[0], rel=0.03)
