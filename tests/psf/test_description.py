"""A PSF in a recipe: what is told makes the same samples again, however they came about."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.psf.description import describe, rebuild

OIL = {"numerical_aperture": 1.4, "emission_um": 0.52}
MADE = {
    "gaussian": lambda: nd.psf.gaussian((0.4, 0.3), (0.1, 0.1)),
    "lorentzian": lambda: nd.psf.lorentzian(0.2, 0.05, ndim=1),
    "formula": lambda: nd.psf.from_formula("exp(-(x/0.3)^2-abs(y))", (21, 21), 0.1),
    "points": lambda: nd.psf.points([[-0.2, 0], [0, 0], [0.25, 0.05]], [1, 2, 1], 0.1, alike=True),
    "microscope": lambda: nd.psf.microscope("widefield", spacing=(0.2, 0.1, 0.1), shape=(5, 15, 15), **OIL),
    "array": lambda: nd.psf.from_array(np.random.default_rng(0).random((7, 9)), 0.1),
}
CHANGES = {
    "as it was made": lambda psf: psf,
    "resampled": lambda psf: nd.psf.resample(psf, [0.8 * step for step in psf.spacing]),
    "resampled twice": lambda psf: nd.psf.resample(nd.psf.resample(psf, 0.13), [0.8 * s for s in psf.spacing]),
    "in nm": lambda psf: psf.in_unit("nm"),
    "in nm, resampled": lambda psf: nd.psf.resample(psf.in_unit("nm"), [800 * step for step in psf.spacing]),
    "resampled, in nm": lambda psf: nd.psf.resample(psf, [0.8 * step for step in psf.spacing]).in_unit("nm"),
}


def again(psf: nd.PSF) -> nd.PSF:
    """Make a PSF from what its recipe's JSON tells."""
    return rebuild(json.loads(json.dumps(describe(psf))))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("source", MADE)
def test_a_psf_is_made_again_by_its_description(source, change):
    psf = CHANGES[change](MADE[source]())
    found = again(psf)
    assert (found.shape, found.spacing, found.unit) == (psf.shape, psf.spacing, psf.unit)
    np.testing.assert_allclose(found.data, psf.data, rtol=0, atol=1e-6 * psf.data.max())


@pytest.mark.parametrize("source", ["gaussian", "lorentzian", "points", "microscope"])
@pytest.mark.parametrize("change", ["resampled", "in nm", "in nm, resampled", "resampled, in nm"])
def test_parameters_in_another_unit_or_on_another_grid_are_told_as_such(source, change):
    assert describe(CHANGES[change](MADE[source]()))["source"] == source


def test_samples_that_their_parameters_do_not_make_are_told_themselves():
    psf = MADE["gaussian"]()
    lopsided = nd.PSF(psf.data + np.eye(len(psf.data), psf.shape[1]), psf.spacing, psf.unit, psf.info)
    assert describe(lopsided)["source"] == "array"
    np.testing.assert_array_equal(again(lopsided).data, lopsided.data)


def test_a_resampled_microscope_s_run_repeats():
    image = np.random.default_rng(1).poisson(20, (5, 20, 20))
    first = nd.deconvolve(image, MADE["microscope"](), nd.Recipe(iterations=2), spacing=(0.2, 0.12, 0.12))
    recipe = nd.Recipe.from_json(first.recipe.to_json())
    np.testing.assert_array_equal(nd.deconvolve(image, rebuild(recipe.psf), recipe).estimate, first.estimate)


def test_strata_in_another_unit_and_on_another_grid_are_made_again():
    grid = {"spacing": (0.3, 0.1, 0.1), "shape": (5, 15, 15)}
    strata = nd.psf.microscope_strata("widefield", depths_um=(0, 5), sample_index=1.36, **grid, **OIL)
    for changed in (strata.resampled((0.3, 0.12, 0.12)), strata.in_unit("nm").resampled((300, 120, 120))):
        for found, psf in zip(again(changed).psfs, changed.psfs, strict=True):
            np.testing.assert_allclose(found.data, psf.data, rtol=0, atol=1e-6 * psf.data.max())
    formulas = replace(strata, psfs=tuple(nd.psf.from_formula(f"exp(-(x/{w})^2-y^2)", (9, 9), 0.1) for w in (1, 2)))
    nano = formulas.in_unit("nm")
    np.testing.assert_allclose(again(nano).psfs[1].data, nano.psfs[1].data, atol=1e-7)
