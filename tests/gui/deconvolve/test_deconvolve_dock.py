"""The dock "Deconvolve", used as a person uses it."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Dock, add_image, add_psf, cells, plain
from qtpy.QtCore import Qt

import napari_deconvolve as nd


def test_run_makes_a_named_layer_with_the_inputs_place(dock, image, psf):
    layer = dock.run(iterations=5)
    given = dock.viewer.layers["cells"]
    assert layer.name == "cells · RL 5"
    assert layer.data.dtype == np.float32
    assert np.array_equal(given.data, image)
    np.testing.assert_allclose(layer.scale, given.scale)
    np.testing.assert_allclose(layer.translate, given.translate)
    assert layer.units == given.units
    assert layer.axis_labels == given.axis_labels
    np.testing.assert_allclose(layer.data, plain(image, psf, 5), rtol=1e-5, atol=1e-3)
    assert dock.state().startswith("Done: 5 iterations, background ")


def test_result_says_how_it_was_made(dock, image, psf):
    layer = dock.run(iterations=4)
    ours = layer.metadata["napari_deconvolve"]
    assert ours["iterations"] == 4
    assert ours["image"] == "cells"
    assert len(ours["deviance"]) == 4
    assert ours["deviance"][-1] < ours["deviance"][0]
    recipe = nd.Recipe.from_dict(ours["recipe"])
    assert recipe.iterations == 4
    assert isinstance(recipe.background, float)
    again = nd.deconvolve(image, psf, recipe).estimate
    np.testing.assert_allclose(layer.data, again, rtol=1e-5, atol=1e-3)


def test_rotation_and_shear_are_kept(viewer, qtbot, image, psf):
    matrix = np.eye(3)
    matrix[1, 2] = 0.2
    given = add_image(viewer, image, rotate=(0, 0, 30), affine=matrix)
    add_psf(viewer, psf)
    layer = Dock(viewer, qtbot).run(iterations=2)
    corner = (3, 7, 9)
    np.testing.assert_allclose(layer.data_to_world(corner), given.data_to_world(corner))


def test_thirty_and_thirty_more_are_sixty(dock, image, psf):
    dock.run(iterations=6)
    dock["continue_iterations"].setValue(6)
    dock.click("continue")
    dock.wait_for_end()
    layer = dock.viewer.layers.selection.active
    assert layer.name == "cells · RL 12"
    assert layer.metadata["napari_deconvolve"]["iterations"] == 12
    np.testing.assert_array_equal(layer.data, plain(image, psf, 12))
    assert [one.name for one in dock.viewer.layers if "RL" in one.name] == ["cells · RL 12"]


def test_plain_iteration_equals_the_textbook(dock, image, psf):
    layer = dock.run(iterations=5, background=0.0, acceleration="none", boundary="reflect")
    expected = nd.richardson_lucy(image, psf, 5, boundary="reflect")
    np.testing.assert_array_equal(layer.data, expected)


def test_stop_keeps_what_there_is_and_can_go_on(dock, image, psf):
    dock["iterations"].setValue(5000)
    dock.click("run")
    dock.wait(lambda: dock.session.iteration >= 3)
    dock.click("stop")
    asked = dock.session.iteration
    dock.wait_for_end()
    done = dock.session.iteration
    assert done <= asked + 2  # the one that was on, and one that ended between the two lines
    layer = dock.viewer.layers.selection.active
    assert layer.name == f"cells · RL {done}"
    assert dock.state().startswith(f"Stopped: {done} iterations")
    dock["continue_iterations"].setValue(5)
    dock.click("continue")
    dock.wait_for_end()
    assert layer.name == f"cells · RL {done + 5}"
    np.testing.assert_array_equal(layer.data, plain(image, psf, done + 5))


def test_pause_waits_and_resume_goes_on_exactly(dock, image, psf):
    dock["iterations"].setValue(400)
    dock.click("run")
    dock.wait(lambda: dock.session.iteration >= 3)
    dock.click("pause")
    assert dock["pause"].text() == "Resume"
    dock.qtbot.wait(300)
    there = dock.session.iteration
    dock.qtbot.wait(300)
    assert dock.session.iteration == there < 400
    assert dock.state().startswith(f"Paused after iteration {there}")
    dock.click("pause")
    dock.wait_for_end()
    np.testing.assert_array_equal(dock.viewer.layers["cells · RL 400"].data, plain(image, psf, 400))


def test_stop_ends_a_paused_run(dock):
    dock["iterations"].setValue(5000)
    dock.click("run")
    dock.wait(lambda: dock.session.iteration >= 1)
    dock.click("pause")
    dock.click("stop")
    dock.wait_for_end()
    assert dock.state().startswith("Stopped")


def test_keys_run_and_stop(dock):
    dock["iterations"].setValue(5000)
    dock.qtbot.keyClick(dock["iterations"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dock["stop"].isEnabled()
    dock.wait(lambda: dock.session.iteration >= 1)
    dock.qtbot.keyClick(dock["iterations"], Qt.Key.Key_Escape)
    dock.wait_for_end()
    assert dock.state().startswith("Stopped")


def test_another_run_is_refused_in_words(dock):
    dock["iterations"].setValue(5000)
    dock.click("run")
    assert not dock["run"].isEnabled()
    assert "A run is in progress" in dock["run"].toolTip()
    dock.qtbot.keyClick(dock["iterations"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "A run is in progress" in dock.state()
    dock.click("stop")
    dock.wait_for_end()
    assert sum("RL" in layer.name for layer in dock.viewer.layers) <= 1


def test_second_run_makes_a_second_layer(dock):
    first = dock.run(iterations=3)
    kept = first.data.copy()
    second = dock.run(iterations=3, acceleration="none")
    assert first is not second
    assert {first.name, second.name} == {"cells · RL 3", "cells · run 2 · RL 3"}
    np.testing.assert_array_equal(first.data, kept)


def test_snapshots_are_one_layer_with_a_slider(dock, image, psf):
    dock.run(iterations=6, keep_every=2)
    layer = dock.viewer.layers["cells · RL iterations"]
    assert layer.data.shape == (3, *image.shape)
    assert layer.axis_labels == ("iteration", "z", "y", "x")
    np.testing.assert_allclose(layer.scale, (2, 0.3, 0.1, 0.1))
    np.testing.assert_allclose(layer.data_to_world((2, 0, 0, 0)), (6, 5, 6, 7))
    assert dock.viewer.dims.current_step[0] == dock.viewer.dims.nsteps[0] - 1
    for slot, count in enumerate((2, 4, 6)):
        np.testing.assert_array_equal(layer.data[slot], plain(image, psf, count))
    np.testing.assert_array_equal(dock.viewer.layers["cells · RL 6"].data, layer.data[-1])
    assert dock.viewer.layers.extent.units is not None  # else napari warns of inconsistent units


def test_continue_adds_snapshots(dock, image, psf):
    dock.run(iterations=4, keep_every=2)
    dock["continue_iterations"].setValue(3)
    dock.click("continue")
    dock.wait_for_end()
    layer = dock.viewer.layers["cells · RL iterations"]
    assert layer.data.shape == (3, *image.shape)
    np.testing.assert_array_equal(layer.data[2], plain(image, psf, 6))


def test_rectangle_equals_the_whole_inside(viewer, qtbot, psf):
    image = cells((10, 96, 96), seed=3)
    given = add_image(viewer, image)
    add_psf(viewer, psf)
    shapes = viewer.add_shapes(
        [np.array([[30, 20], [30, 59], [69, 59], [69, 20]])],
        scale=given.scale[-2:],
        translate=given.translate[-2:],
        units=("um", "um"),
    )
    dock = Dock(viewer, qtbot)
    whole = dock.run(iterations=15).data
    dock.choose("image", "cells")
    part = dock.run(region="rectangle")
    assert part.data.shape == (10, 39, 39) or part.data.shape == (10, 40, 40)
    start = np.round(given.world_to_data(part.data_to_world((0, 0, 0)))).astype(int)
    assert tuple(start) == (0, 30, 20)
    assert shapes in viewer.layers
    inside = whole[:, 30 : 30 + part.data.shape[1], 20 : 20 + part.data.shape[2]]
    assert np.linalg.norm(part.data - inside) < 0.05 * np.linalg.norm(inside)
    region = part.metadata["napari_deconvolve"]["region"]
    assert region["name"] == "rectangle"
    assert region["start"] == [0, 30, 20]


@pytest.mark.usefixtures("unused_viewer")
def test_what_i_see_is_a_part(viewer, qtbot, psf):
    viewer.window._qt_window.show()
    image = cells((10, 96, 128), seed=3)
    given = add_image(viewer, image)
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    viewer.scene.camera.center = (0, *given.data_to_world((0, 50, 60))[1:])
    viewer.scene.camera.zoom *= 4
    qtbot.wait(400)
    layer = dock.run(region="what I see", iterations=2)
    assert layer.data.shape[0] == 10
    assert layer.data.shape[1] < 96
    assert layer.data.shape[2] < 128
    corner = given.world_to_data(layer.data_to_world((0, 0, 0)))
    np.testing.assert_allclose(corner, np.round(corner), atol=1e-6)
    assert all(low <= 60 for low in corner)


def test_no_rectangle_is_said_beside_the_field(dock):
    dock.choose("region", "rectangle")
    assert "draw one" in dock["region_info"].text()
    assert not dock["run"].isEnabled()
    assert "rectangle" in dock["run"].toolTip()
    assert "rectangle" in dock.state()
    dock.click("draw")
    assert dock.viewer.layers[-1].mode == "add_rectangle"
    dock.viewer.layers[-1].add_rectangles(np.array([[63, 73], [83, 93]]))
    dock.wait(lambda: dock["run"].isEnabled())


def test_going_on_follows_the_image_and_not_its_name(dock, image):
    dock.run(iterations=3)
    cells_layer = dock.viewer.layers["cells"]
    cells_layer.name = "kidney"
    dock.wait(lambda: dock["branch"].isEnabled())
    dock.viewer.layers.remove(cells_layer)
    add_image(dock.viewer, image[::-1].copy(), name="cells")
    dock.choose("image", "cells")
    dock.wait(lambda: not dock["branch"].isEnabled())
    assert "choose that image above" in dock["branch"].toolTip()
