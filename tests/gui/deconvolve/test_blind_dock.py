"""Blind deconvolution in the dock "Deconvolve": chosen by its method, it shows the PSF that it found."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Dock

import napari_deconvolve as nd
from napari_deconvolve._napari.layers.psf_layers import layer_to_psf, psf_layer_data

RIGHT = nd.psf.gaussian(3.0, unit="pixel", ndim=2)
WIDE = nd.psf.gaussian(3.9, unit="pixel", ndim=2)


def points(shape=(48, 52), count=14):
    rng = np.random.default_rng(1)
    truth = np.zeros(shape)
    truth[tuple(rng.integers(2, length - 2, count) for length in shape)] = 4000
    return rng.poisson(np.maximum(nd.convolve(truth, RIGHT, boundary="zero"), 0) + 10).astype(np.float32)


@pytest.fixture
def dock(viewer, qtbot):
    viewer.add_image(points(), name="points")
    data, keywords, _ = psf_layer_data(WIDE, "PSF wide")
    viewer.add_image(data, **keywords)
    found = Dock(viewer, qtbot)
    found.choose("method", "Blind")
    return found


def test_its_controls_come_with_the_method(dock):
    assert not dock["blind"].isHidden()
    assert dock["symmetry"].isHidden()
    assert not dock["prior"].isHidden()
    dock.choose("blind", "alternate")
    assert not dock["symmetry"].isHidden()
    dock.choose("method", "Richardson-Lucy")
    assert dock["blind"].isHidden()
    assert dock["symmetry"].isHidden()


def test_the_psf_found_is_a_layer_that_nobody_has_chosen(dock):
    layer = dock.run(iterations=6)
    expected = nd.deconvolve(points(), WIDE, nd.Recipe(method="blind", iterations=6))
    assert layer.name == "points · Blind RL 6"
    np.testing.assert_allclose(layer.data, expected.estimate, rtol=1e-4, atol=1e-3 * expected.estimate.max())
    found = next(one for one in dock.viewer.layers if one.name.startswith("PSF found"))
    assert found.name == "PSF found · points"
    assert not found.visible
    assert layer_to_psf(found).fwhm == pytest.approx(expected.psf.fwhm, rel=1e-3)
    assert layer_to_psf(found).fwhm == pytest.approx(RIGHT.fwhm, rel=0.08)
    assert dock["psf"].currentText() == "PSF wide"
    assert dock.viewer.layers.selection.active is layer
    assert f"{expected.found[0].factor:.2f}" in dock.state()
    assert "as wide as the one given" in dock.state()
    again = nd.deconvolve(points(), WIDE, nd.Recipe.from_dict(layer.metadata["napari_deconvolve"]["recipe"]))
    assert again.recipe.method == "rl"


def test_it_says_what_it_looks_for_and_can_be_stopped(dock):
    dock.click("run")
    dock.wait(lambda: dock.state().startswith("Looking for the PSF"))
    dock.click("stop")
    dock.wait_for_end()
    assert "while it looked for the PSF" in dock.state() or "while looking for the PSF" in dock.state()
    assert not any(one.name.startswith("PSF found") for one in dock.viewer.layers)
