"""A picture in colours is run as its channels, and axes get their names in the dock."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Dock, add_psf

import napari_deconvolve as nd

PSF = nd.psf.gaussian((3.0, 3.0), ndim=2)


def photo(channels=3):
    rng = np.random.default_rng(0)
    light = np.stack([nd.convolve(rng.random((40, 48)) ** 8, PSF) for _ in range(3)], axis=-1)
    counts = rng.poisson(150 * light / light.max() + 5).clip(0, 255)
    opaque = np.full((40, 48, channels - 3), 200)
    return np.concatenate([counts, opaque], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_is_split_by_a_click_and_its_colours_run_together(viewer, qtbot, channels):
    picture = viewer.add_image(photo(channels), rgb=True, name="photo", scale=(0.5, 0.5), units=("um", "um"))
    add_psf(viewer, nd.psf.gaussian((1.5, 1.5), 0.5, ndim=2))
    dock = Dock(viewer, qtbot)
    assert dock["image"].currentText() == "photo"
    assert not dock["run"].isEnabled()
    assert not dock["split"].isHidden()
    dock.click("split")
    assert dock["image"].currentText() == "photo · red"
    assert dock["split"].isHidden()
    assert not picture.visible
    dock.run(iterations=3, acceleration="none")
    for index, colour in enumerate(("red", "green", "blue")):
        result = viewer.layers[f"photo · {colour} · RL 3"]
        recipe = nd.Recipe(iterations=3, acceleration=None)
        expected = nd.deconvolve(photo()[..., index], nd.psf.gaussian((1.5, 1.5), 0.5, ndim=2), recipe, spacing=0.5)
        np.testing.assert_allclose(result.data, expected.estimate, rtol=1e-4, atol=1e-3)
        assert result.colormap.name == colour
        np.testing.assert_array_equal(result.scale, (0.5, 0.5))
    assert len(viewer.layers) == 1 + 1 + 3 + 3  # how opaque its pixels are is none


def test_frames_that_are_planes_can_be_said_to_be(viewer, qtbot, psf, image):
    viewer.add_image(image, name="series", axis_labels=("t", "y", "x"), scale=(0.3, 0.1, 0.1), units=("um",) * 3)
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    assert not dock["run"].isEnabled()  # a PSF with z has nothing to act on
    assert dock["axes"].text() == "t, y, x"
    dock["axes"].setText("zyx")
    dock["axes"].editingFinished.emit()
    assert viewer.layers["series"].axis_labels == ("z", "y", "x")
    assert dock["run"].isEnabled()


@pytest.mark.parametrize(
    ("text", "said"), [("z, y", "give 3 names"), ("z, z, x", "another name"), ("", "give 3 names")]
)
def test_names_that_do_not_fit_are_refused(viewer, qtbot, psf, image, text, said):
    viewer.add_image(image, name="series", axis_labels=("z", "y", "x"), scale=(0.3, 0.1, 0.1), units=("um",) * 3)
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock["axes"].setText(text)
    dock["axes"].editingFinished.emit()
    assert said in dock["axes_info"].text()
    assert viewer.layers["series"].axis_labels == ("z", "y", "x")
