"""A run in the dock begins where it is told to, and goes on from results that were read from files."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Dock, add_image, add_psf, cells

import napari_deconvolve as nd
from napari_deconvolve._napari.layers.readers import read_layers
from napari_deconvolve._napari.layers.writers import write_image_layer
from napari_deconvolve.io import write_image

SPACING = (0.3, 0.1, 0.1)


@pytest.fixture
def dock(viewer, qtbot, psf):
    add_image(viewer, cells((8, 24, 28)))
    add_psf(viewer, psf)
    return Dock(viewer, qtbot)


def read(viewer, path):
    """Read a file as napari does with this plugin's reader."""
    ((data, keywords, _),) = read_layers(str(path))
    return viewer.add_image(data, **keywords)


def ours(layer):
    return layer.metadata["napari_deconvolve"]


def test_a_result_that_was_saved_and_read_goes_on(dock, tmp_path):
    dock.choose("boundary", "periodic")  # all of the estimate is in the frame, so that it goes on exactly
    dock.choose("acceleration", "none")
    dock["background"].setValue(100)
    straight = np.array(dock.run(iterations=5).data)
    dock["target_fwhm"].setCurrentText("none")
    first = dock.run(iterations=3)
    path = write_image_layer(str(tmp_path / "saved.ome.tif"), *first.as_layer_data_tuple()[:2])[0]
    for layer in [layer for layer in dock.viewer.layers if " · RL" in layer.name]:
        dock.viewer.layers.remove(layer)
    layer = read(dock.viewer, path)
    dock.viewer.layers.selection = {layer}
    assert dock["branch"].text() == "Branch from iteration 3"
    dock["continue_iterations"].setValue(2)
    dock.click("branch")
    dock.wait_for_end()
    result = dock.viewer.layers.selection.active
    assert result.name == "cells · RL 3 + RL 2"
    assert [step["name"] for step in ours(result)["branched_from"]] == ["RL 3"]
    np.testing.assert_allclose(result.data, straight, rtol=1e-5)


def test_a_result_of_the_command_line_is_chosen_as_start(dock, psf, tmp_path):
    image = dock.viewer.layers["cells"].data
    made = nd.deconvolve(image, psf, nd.Recipe(iterations=4, background=100.0))
    path = tmp_path / "made.ome.tif"
    write_image(path, made.estimate, spacing=SPACING, units="um", recipe=made.recipe, extra={"iterations": 4})
    layer = read(dock.viewer, path)
    dock.choose("image", "cells")
    dock["iterations"].setValue(2)
    dock.choose("start", layer.name)
    assert "An earlier result, RL 4" in dock["start_info"].text()
    dock["continue_iterations"].setValue(1)
    assert dock["branch"].text() == "Branch from iteration 4"
    dock.click("branch")
    dock.wait_for_end()
    assert dock.viewer.layers.selection.active.name == "cells · RL 4 + RL 1"
    begun = dock.run(iterations=2)  # Run begins from it, and counts anew
    assert begun.name == "cells · RL 2"
    assert ours(begun)["start"] == layer.name


def test_a_start_that_is_no_result_is_taken_as_it_is(dock):
    image = dock.viewer.layers["cells"]
    start = add_image(dock.viewer, np.full(image.data.shape, 7.0, np.float32), name="flat")
    dock.choose("image", "cells")
    dock["iterations"].setValue(1)
    dock.choose("start", start.name)
    assert dock["start_info"].text() == ""
    assert not dock["branch"].isEnabled()
    assert ours(dock.run(iterations=1))["start"] == "flat"
