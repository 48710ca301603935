"""Regions and sliders in the dock "Deconvolve", whatever units, views and orders of axes the viewer has."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from conftest import Dock, add_image, add_psf, cells

import napari_deconvolve as nd

SAME = {"um": {"um": 1.0, "nm": 1e-3}, "nm": {"nm": 1.0, "um": 1e3}}  # sizes of units in another


@pytest.fixture
def flat():
    return nd.psf.gaussian((0.3, 0.3), (0.1, 0.1))


def region_of(layer):
    ours = layer.metadata["napari_deconvolve"]["region"]
    return ours["start"], list(ours["shape"])


def box(low, high):
    """Give the corners of a rectangle around the samples from `low` up to, without, `high` along both axes."""
    first, last = low - 0.4, high - 0.6  # not on the edge between two samples, where rounding would decide
    return np.array([[first, first], [first, last], [last, last], [last, first]])


def add_box(viewer, corners, unit="um", translate=(6.0, 7.0)):
    """Add a rectangle over an image as `add_image` makes it in µm, in a Shapes layer with another unit."""
    inside = SAME[unit]["um"]
    return viewer.add_shapes(
        [corners],
        scale=[step * inside for step in (0.1, 0.1)],
        translate=[place * inside for place in translate],
        units=(unit, unit),
    )


@pytest.mark.usefixtures("unused_viewer")
def test_the_plane_that_is_shown_is_run_beside_a_layer_in_nanometres(viewer, qtbot, flat):
    viewer.window._qt_window.show()
    add_image(viewer, cells((12, 32, 40)))
    add_image(viewer, np.zeros((32, 40), np.float32), "map", scale=(100, 100), units=("nm", "nm"), translate=(0, 0))
    add_psf(viewer, flat)
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    viewer.dims.set_current_step(0, 5)
    viewer.reset_view()  # napari's camera stays where it was in micrometres
    qtbot.wait(200)
    part = dock.run(region="what I see", iterations=1)
    assert region_of(part) == ([5, 0, 0], [1, 32, 40])


@pytest.mark.parametrize(("image_unit", "box_unit"), [("um", "nm"), ("nm", "um"), ("um", "um")])
def test_a_rectangle_in_another_unit_bounds_what_it_is_drawn_over(viewer, qtbot, psf, image_unit, box_unit):
    size = SAME[image_unit]["um"]
    add_image(
        viewer,
        cells((6, 48, 48)),
        scale=[step * size for step in (0.3, 0.1, 0.1)],
        translate=[place * size for place in (5.0, 6.0, 7.0)],
        units=(image_unit,) * 3,
    )
    add_psf(viewer, psf)
    add_box(viewer, box(10, 30), box_unit)
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    assert region_of(dock.run(region="rectangle", iterations=1)) == ([0, 10, 10], [6, 20, 20])


@pytest.mark.parametrize(("displayed", "order"), [(2, (0, 1, 2)), (3, (0, 1, 2)), (2, (1, 0, 2)), (2, (2, 1, 0))])
@pytest.mark.parametrize("axes", [2, 3])
def test_a_rectangle_bounds_its_own_axes_however_the_view_is_turned(viewer, qtbot, psf, displayed, order, axes):
    add_image(viewer, cells((6, 48, 48)))
    add_psf(viewer, psf)
    corners = np.insert(box(10, 30), 0, 2, axis=1) if axes == 3 else box(10, 30)
    viewer.add_shapes([corners], scale=(0.3, 0.1, 0.1)[-axes:], translate=(5, 6, 7)[-axes:], units=("um",) * axes)
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    viewer.dims.ndisplay, viewer.dims.order = displayed, order
    assert region_of(dock.run(region="rectangle", iterations=1)) == ([0, 10, 10], [6, 20, 20])


def test_of_planes_in_a_loop_a_rectangle_takes_all_that_are_displayed_else_the_one_at_the_slider(viewer, qtbot, flat):
    add_image(viewer, cells((6, 48, 48)))
    add_psf(viewer, flat)
    add_box(viewer, box(10, 30))
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    viewer.dims.set_current_step(0, 4)
    assert region_of(dock.run(region="rectangle", iterations=1)) == ([4, 10, 10], [1, 20, 20])
    dock.choose("image", "cells")
    viewer.dims.ndisplay = 3
    assert region_of(dock.run(iterations=1)) == ([0, 10, 10], [6, 20, 20])


@pytest.mark.usefixtures("unused_viewer")
def test_an_image_out_of_view_is_not_run_until_it_is_back(dock):
    dock.viewer.window._qt_window.show()
    dock.choose("image", "cells")
    dock.choose("region", "what I see")
    dock.wait(lambda: dock["run"].isEnabled())
    there = dock.viewer.scene.camera.center
    for way in ((0, 1e6, 1e6), (0, -1e6, there[2]), (0, there[1], there[2] + 1e3)):
        dock.viewer.scene.camera.center = way
        dock.wait(lambda: not dock["run"].isEnabled())
        assert "Nothing of the image is in view" in dock["region_info"].text()
    dock.viewer.scene.camera.center = there
    dock.wait(lambda: dock["run"].isEnabled())


@pytest.mark.usefixtures("unused_viewer")
@pytest.mark.parametrize("beside", ["um", "nm"])
@pytest.mark.parametrize("levels", [1, 2])
def test_what_i_see_is_what_the_canvas_shows(viewer, qtbot, psf, beside, levels):
    viewer.window._qt_window.show()
    data = cells((24, 96, 96))
    add_image(viewer, data if levels == 1 else [data, data[:, ::2, ::2]], translate=(0, 0, 0))
    size = SAME[beside]["um"]
    add_image(
        viewer, np.zeros((9, 9)), "map", scale=(size, size), units=(beside, beside), translate=(0, 0), visible=False
    )
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    shape, steps = np.array(data.shape), np.array([0.3, 0.1, 0.1])
    for grid, order in product((False, True), ((0, 1, 2), (1, 0, 2))):
        dock.choose("image", "cells")
        dock.choose("region", "what I see")
        viewer.canvas.grid.enabled, viewer.dims.order = grid, order
        first, second = order[1:]
        middle = size * steps * shape / 2
        viewer.scene.camera.center = (0, middle[first], middle[second])
        viewer.scene.camera.zoom = 60 / size  # canvas pixels to the unit: six to a sample of 0.1 µm
        qtbot.wait(400)
        corners = viewer.window._qt_viewer.canvas._viewbox_corners_in_world / size / steps
        wanted = np.clip([np.floor(corners[0] + 0.5), np.ceil(corners[1] + 0.5)], 0, shape)
        hidden = order[0]
        wanted[:, hidden] = 0, shape[hidden]
        assert any(wanted[1] - wanted[0] < shape)
        result = dock.run(iterations=1)
        start, lengths = region_of(result)
        np.testing.assert_allclose([start, np.add(start, lengths)], wanted, atol=1, err_msg=f"{grid}, {order}")
        viewer.layers.remove(result)


@pytest.mark.parametrize(("text", "part"), [("2", slice(1, 2)), ("2-3", slice(1, 3)), (" 1 - 2 ", slice(0, 2))])
def test_some_times_are_deconvolved_as_they_are_in_the_whole(viewer, qtbot, text, part):
    movie = np.stack([cells((32, 40), seed=seed) for seed in range(4)])
    add_image(viewer, movie, scale=(2.0, 0.1, 0.1), units=("s", "um", "um"), axis_labels=("t", "y", "x"))
    add_psf(viewer, nd.psf.gaussian((0.3, 0.3), (0.1, 0.1)))
    dock = Dock(viewer, qtbot)
    dock["background"].setValue(100.0)
    dock["times"].setText(text)
    dock["times"].editingFinished.emit()
    layer = dock.run(iterations=3)
    assert layer.data.shape == movie[part].shape
    np.testing.assert_allclose(layer.translate[0], viewer.layers["cells"].translate[0] + 2.0 * part.start)
    dock["times"].clear()
    dock["times"].editingFinished.emit()
    np.testing.assert_allclose(layer.data, dock.run(iterations=3).data[part], rtol=2e-4, atol=1e-2)


@pytest.mark.parametrize("text", ["0", "5", "3-2", "a", "1-9", "-1"])
def test_times_that_are_not_there_are_refused(viewer, qtbot, text):
    movie = np.stack([cells((32, 40), seed=seed) for seed in range(4)])
    add_image(viewer, movie, scale=(2.0, 0.1, 0.1), units=("s", "um", "um"), axis_labels=("t", "y", "x"))
    add_psf(viewer, nd.psf.gaussian((0.3, 0.3), (0.1, 0.1)))
    dock = Dock(viewer, qtbot)
    dock["times"].setText(text)
    dock["times"].editingFinished.emit()
    assert not dock["run"].isEnabled()
    assert "from 1 to 4" in dock["times_info"].text()


def test_results_of_a_part_lie_on_hidden_inputs(viewer, qtbot, psf):
    data = np.stack([cells((8, 40, 40))] * 2)
    source = add_image(viewer, data, scale=(1, 0.3, 0.1, 0.1), translate=(0,) * 4, blending="additive")
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.choose("image", "cells")
    viewer.dims.set_current_step(0, 0)
    dock["times"].setText("2")
    dock["times"].editingFinished.emit()
    made = dock.run(iterations=1)
    assert made.visible
    assert not source.visible  # both would add up
    assert viewer.dims.current_step[0] == 1  # where there is a result to be seen
    viewer.layers.remove(made)
    assert source.visible


def test_a_result_whose_preview_was_hidden_hides_nothing(dock):
    source = dock.viewer.layers["cells"]
    source.blending = "additive"
    dock["iterations"].setValue(400)
    dock.click("run")
    dock.wait(lambda: dock.session.iteration > 2 and any("running" in layer.name for layer in dock.viewer.layers))
    dock.wait(lambda: dock.viewer.layers[-1].visible)
    dock.viewer.layers[-1].visible = False
    source.visible = True
    dock.click("stop")
    dock.wait_for_end()
    assert source.visible
    assert not dock.viewer.layers.selection.active.visible
