"""PSFs that fit their image: what is made by default is in order, and ends that an image cannot tell cost nothing."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.psf.description import describe, rebuild
from napari_deconvolve.psf.largest import most_lengths

OIL = {"numerical_aperture": 1.4, "emission_um": 0.52, "spacing": (0.2, 0.1, 0.1)}
SETTINGS = [
    ("widefield", 0.3, 1.0, 0.9),
    ("confocal", 0.5, 1.0, 0.5),
    ("spinning-disk", 0.8, 1.0, 0.9),
    ("two-photon", 0.95, 1.0, 0.9),
    ("light-sheet", 0.3, 1.0, 0.9),
    ("confocal", 1.2, 1.33, 1.3),
    ("widefield", 1.4, 1.515, 0.9),
    ("widefield", 1.49, 1.515, 1.3),
]


def findings(psf, shape=None):
    spacing = None if shape is None else psf.spacing
    return [one for one in nd.psf.examine(psf, image_shape=shape, image_spacing=spacing) if one.severity != "ok"]


@pytest.mark.parametrize(("modality", "aperture", "index", "share"), SETTINGS)
@pytest.mark.parametrize("shape", [None, (16, 64, 64)])
def test_what_is_made_by_default_is_in_order_or_has_one_advice_that_cures(modality, aperture, index, share, shape):
    optics = {"numerical_aperture": aperture, "immersion_index": index, "emission_um": 0.52}
    axial, lateral = (share * step for step in nd.psf.nyquist(modality, **optics))
    psf = nd.psf.microscope(modality, spacing=(axial, lateral, lateral), for_shape=shape, **optics)
    found = findings(psf, shape)
    assert [one.name for one in found] == (["sampling"] if share > 1 else [])
    if found and shape is None:
        assert findings(found[0].fix()) == []


def test_the_settings_of_the_dock_that_were_complained_of():
    confocal = nd.psf.microscope("confocal", numerical_aperture=1.42, emission_um=0.52, spacing=(0.3, 0.1, 0.1))
    (coarse,) = findings(confocal)
    assert coarse.name == "sampling"
    assert findings(coarse.fix()) == []
    large = nd.psf.microscope("widefield", **{**OIL, "spacing": (0.2, 0.09, 0.09)})
    (size,) = findings(large, (32, 128, 128))
    assert size.name == "extent"
    assert findings(size.fix(), (32, 128, 128)) == []


def test_a_microscope_for_an_image_is_no_larger_than_that_can_tell():
    whole, fitting = (nd.psf.microscope("widefield", **OIL, for_shape=shape) for shape in (None, (32, 64, 70)))
    assert fitting.shape == (whole.shape[0], 63, 69)
    assert any("as much as the image can tell" in note for note in fitting.notes)
    plane = nd.psf.microscope("widefield", **{**OIL, "spacing": (0.1, 0.1)}, for_shape=(5, 40, 41))
    assert plane.shape == (39, 41)
    assert most_lengths((8, 20, 21), 3) == (15, 19, 21)
    assert most_lengths((30,), 1) == (59,)
    with pytest.raises(nd.ParameterError, match="shape"):
        nd.psf.microscope("widefield", **OIL, for_shape=(20,))


def test_one_that_was_made_too_small_is_made_larger():
    small = nd.psf.microscope("confocal", **{**OIL, "spacing": (0.12, 0.04, 0.04)}, shape=(3, 7, 7))
    border = next(one for one in findings(small) if one.name in ("border", "width"))
    assert "larger" in border.text
    found = next(one for one in findings(small) if one.name == "border")
    assert findings(found.fix()) == []


def test_a_run_leaves_out_what_its_image_cannot_tell_and_its_recipe_repeats_it():
    image = np.random.default_rng(0).poisson(20.0, (12, 40, 40)).astype(np.float32)
    psf = nd.psf.microscope("widefield", **OIL)
    job = prepare(image, psf, nd.Recipe(iterations=3))
    assert job.psfs[0].shape[1:] < psf.shape[1:]
    assert max(job.psfs[0].shape[1:]) <= 101
    assert "of the light lost" in job.psfs[0].notes[-1]
    np.testing.assert_array_equal(rebuild(describe(job.psf)).data, job.psfs[0].data)
    half = nd.psf.from_array(np.exp(-np.arange(40.0) / 9), center=0)
    assert prepare(np.ones(40), half).psfs[0].shape == half.shape
    wide = nd.psf.gaussian(40, ndim=2)
    assert prepare(np.ones((64, 64)), wide).psfs[0].data.sum() == pytest.approx(1)


def test_a_psf_much_wider_than_the_image_is_said():
    image = np.random.default_rng(0).poisson(20.0, (64, 64)).astype(np.float32)
    words = nd.deconvolve(image, nd.psf.gaussian(40, ndim=2), nd.Recipe(iterations=2)).words
    assert any("cannot tell such a blur" in word for word in words)


@pytest.mark.parametrize(
    ("psf", "shape"),
    [
        (nd.psf.lorentzian(40, ndim=1), (48,)),
        (nd.psf.gaussian((9, 30, 30), ndim=3), (16, 40, 40)),
        (nd.psf.from_array((np.hypot(*np.ogrid[-30:31, -30:31]) <= 26).astype(float)), (50, 48)),
        (nd.psf.from_array(np.ones(45)), (40,)),
        (nd.psf.from_array(np.ones((1, 21))), (30, 60)),
        (nd.psf.from_array(np.exp(-np.arange(200) / 40), center=0), (64,)),
    ],
    ids=["lorentzian", "stack", "disc", "box", "motion", "decay"],
)
def test_any_shape_that_is_much_wider_than_the_image_is_said(psf, shape):
    image = np.random.default_rng(0).poisson(20.0, shape).astype(np.float32)
    words = nd.deconvolve(image, psf, nd.Recipe(iterations=2, background=0.0, gain=1)).words
    assert any("cannot tell such a blur" in word for word in words)


@pytest.mark.parametrize("length", [3, 7])
def test_a_box_that_the_image_can_tell_is_not(length):
    image = np.random.default_rng(0).poisson(20.0, (60, 64)).astype(np.float32)
    words = nd.deconvolve(image, np.ones((length, 1)), nd.Recipe(iterations=2, background=0.0, gain=1)).words
    assert not any("cannot tell such a blur" in word for word in words)
