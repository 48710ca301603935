"""The dock "Deconvolve", used as a person uses it."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
from conftest import LIMIT, SPACING, Dock, add_image, add_psf, cells
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QPushButton

import napari_deconvolve as nd


def session_of(dock):
    return dock.widget._runs.session


def words(label):
    return label.text().replace("\u00a0", " ")


def plain(image, psf, iterations, **how):
    return nd.richardson_lucy(image, psf, iterations, background="auto", acceleration="biggs-andrews", **how)


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
    dock.wait(lambda: session_of(dock).iteration >= 3)
    dock.click("stop")
    asked = session_of(dock).iteration
    dock.wait_for_end()
    done = session_of(dock).iteration
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
    dock.wait(lambda: session_of(dock).iteration >= 3)
    dock.click("pause")
    assert dock["pause"].text() == "Resume"
    dock.qtbot.wait(300)
    there = session_of(dock).iteration
    dock.qtbot.wait(300)
    assert session_of(dock).iteration == there < 400
    assert dock.state().startswith(f"Paused after iteration {there}")
    dock.click("pause")
    dock.wait_for_end()
    np.testing.assert_array_equal(dock.viewer.layers["cells · RL 400"].data, plain(image, psf, 400))


def test_stop_ends_a_paused_run(dock):
    dock["iterations"].setValue(5000)
    dock.click("run")
    dock.wait(lambda: session_of(dock).iteration >= 1)
    dock.click("pause")
    dock.click("stop")
    dock.wait_for_end()
    assert dock.state().startswith("Stopped")


def test_keys_run_and_stop(dock):
    dock["iterations"].setValue(5000)
    dock.qtbot.keyClick(dock["iterations"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dock["stop"].isEnabled()
    dock.wait(lambda: session_of(dock).iteration >= 1)
    dock.qtbot.keyClick(dock["iterations"], Qt.Key.Key_Escape)
    dock.wait_for_end()
    assert dock.state().startswith("Stopped")


def test_another_run_is_refused_in_words(dock):
    dock["iterations"].setValue(5000)
    dock.click("run")
    assert not dock["run"].isEnabled()
    assert "A run is on" in dock["run"].toolTip()
    dock.qtbot.keyClick(dock["iterations"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "A run is on" in dock.state()
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
    whole = dock.run(iterations=10).data
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


def test_dock_opened_before_any_image_fills_its_boxes(viewer, qtbot, image, psf):
    dock = Dock(viewer, qtbot)
    assert not dock["run"].isEnabled()
    assert "image" in dock.state()
    add_image(viewer, image)
    assert dock["image"].currentText() == "cells"
    assert not dock["run"].isEnabled()
    assert "PSF" in dock.state()
    add_psf(viewer, psf)
    assert dock["psf"].currentText() == "PSF"
    assert dock["image"].currentText() == "cells"
    assert dock["run"].isEnabled()
    viewer.layers["cells"].name = "nuclei"
    assert dock["image"].currentText() == "nuclei"
    add_psf(viewer, psf, "another PSF")
    assert dock["psf"].currentText() == "another PSF"
    viewer.layers.remove("another PSF")
    assert dock["psf"].currentText() == "PSF"
    viewer.layers.clear()
    assert dock["image"].count() == 0
    assert not dock["run"].isEnabled()


def test_psf_that_is_the_image_is_refused(dock):
    dock.choose("psf", "cells")
    assert "the image itself" in dock["psf_health"].text()
    assert not dock["run"].isEnabled()
    assert "the image itself" in dock["run"].toolTip()
    dock.viewer.add_image(dock.viewer.layers["cells"].data.copy(), name="copy")
    dock.choose("psf", "copy")
    assert "the image itself" in dock["psf_health"].text()


def refused_psf(dock, data):
    dock.viewer.add_image(data, name="bad")
    dock.choose("psf", "bad")
    assert not dock["run"].isEnabled()
    said = dock["psf_health"].text().removeprefix("✖ ")
    assert said in dock.state()
    return said


def test_psf_of_more_axes_is_refused(viewer, qtbot, psf):
    add_image(viewer, cells((32, 32)))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    assert "3 axes and the image 2" in dock["psf_health"].text()
    assert not dock["run"].isEnabled()


@pytest.mark.parametrize("unit", ["um", "pixel"])
def test_what_the_doctor_says_does_not_hide_that_the_psf_has_more_axes(viewer, qtbot, psf, unit):
    add_image(viewer, cells((32, 32)))
    add_psf(viewer, nd.PSF(psf.data, psf.spacing, unit))
    dock = Dock(viewer, qtbot)
    qtbot.waitUntil(lambda: not dock.widget.form.health.busy, timeout=20_000)
    assert "3 axes and the image 2" in dock["psf_health"].text()


def test_psf_of_nan_or_zero_is_refused(dock):
    data = np.ones((3, 3, 3), np.float32)
    data[1, 1, 1] = np.nan
    assert "NaN" in refused_psf(dock, data)


def test_psf_of_zeros_is_refused(dock):
    assert "zero everywhere" in refused_psf(dock, np.zeros((3, 3, 3), np.float32))


def test_colour_image_is_refused(dock):
    dock.viewer.add_image(np.zeros((8, 8, 3), np.uint8), rgb=True, name="photo")
    dock.choose("image", "photo")
    assert "colour" in dock["image_info"].text()
    assert not dock["run"].isEnabled()


def test_labels_are_not_offered(dock):
    dock.viewer.add_labels(np.zeros((8, 8), int), name="labels")
    assert dock["image"].findText("labels") < 0


def test_too_little_memory_is_said(dock, monkeypatch):
    monkeypatch.setattr("napari_deconvolve._napari.work.checks.review.free_bytes", lambda: 1000)
    dock["iterations"].setValue(7)
    assert "memory" in dock["cost"].text()
    assert not dock["run"].isEnabled()
    assert "memory" in dock["run"].toolTip()


def test_cost_counts_snapshots(dock):
    from napari_deconvolve._napari.layers.psf_prepared import PSFs
    from napari_deconvolve._napari.work.checks.review import image_review

    before = image_review(dock.viewer, dock.widget.form.choices(), PSFs()).cost.bytes
    dock["keep_every"].setValue(1)
    after = image_review(dock.viewer, dock.widget.form.choices(), PSFs()).cost.bytes
    assert after - before == 30 * dock.viewer.layers["cells"].data.nbytes


def test_psf_of_another_spacing_is_resampled(viewer, qtbot, image):
    add_image(viewer, image)
    coarse = nd.psf.gaussian((900, 300, 300), (300, 200, 200), unit="nm")
    add_psf(viewer, coarse)
    dock = Dock(viewer, qtbot)
    assert "resampled from 300 × 200 × 200 nm to 300 × 100 × 100 nm" in words(dock["psf_state"])
    layer = dock.run(iterations=3)
    expected = nd.deconvolve(image, coarse, nd.Recipe(iterations=3), spacing=(300, 100, 100)).estimate
    np.testing.assert_allclose(layer.data, expected, rtol=1e-5, atol=1e-3)


def test_an_image_s_spacing_in_another_unit_is_refused_in_words(viewer, qtbot, image, psf):
    add_image(viewer, image, scale=[step / 1000 for step in SPACING])
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    for _ in range(2):  # the second time it is known already
        assert "in the same unit" in dock["psf_health"].text()
        assert not dock["run"].isEnabled()
        dock.widget._look()


def test_missing_spacing_is_asked_for_in_place(viewer, qtbot, image, psf):
    viewer.add_image(image, name="cells")
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    assert "no spacing" in dock["psf_state"].text()
    assert not dock["spacing"].isHidden()
    assert dock["run"].isEnabled()
    dock["spacing"].setText("0.3, 0.1, 0.1")
    dock["spacing"].editingFinished.emit()
    np.testing.assert_allclose(viewer.layers["cells"].scale, (0.3, 0.1, 0.1))
    assert "no spacing" not in dock["psf_state"].text()
    assert dock["spacing"].isHidden()


def test_time_series_and_2d_psf(viewer, qtbot):
    movie = np.stack([cells((32, 40), seed=seed) for seed in range(3)])
    add_image(viewer, movie, scale=(1, 0.1, 0.1), units=("s", "um", "um"))
    flat = nd.psf.gaussian((0.3, 0.3), (0.1, 0.1))
    add_psf(viewer, flat)
    dock = Dock(viewer, qtbot)
    assert "each of 3 parts" in dock["psf_state"].text()
    layer = dock.run(iterations=3)
    np.testing.assert_array_equal(layer.data[1], plain(movie[1], flat, 3))
    assert "to" in dock.state()


def test_lazy_and_multiscale_images(viewer, qtbot, image, psf):
    da = pytest.importorskip("dask.array")
    seen_in = []

    def computed(block):
        seen_in.append(threading.current_thread() is threading.main_thread())
        return block

    lazy = da.from_array(image, chunks=image.shape).map_blocks(computed, dtype=image.dtype, meta=image)
    viewer.add_image(lazy, name="lazy", scale=(0.3, 0.1, 0.1), units=("um",) * 3, contrast_limits=(0, 1000))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    qtbot.wait(100)
    seen_in.clear()
    layer = dock.run(iterations=2)
    np.testing.assert_array_equal(layer.data, plain(image, psf, 2))
    assert seen_in
    add_image(viewer, [image, image[:, ::2, ::2]], name="levels", multiscale=True)
    dock.choose("image", "levels")
    assert "finest" in dock["image_info"].text()
    np.testing.assert_array_equal(dock.run(iterations=2).data, plain(image, psf, 2))


def test_start_from_a_layer(dock, image, psf):
    first = dock.run(iterations=3).data.copy()
    layer = dock.run(iterations=2, start="cells · RL 3")
    expected = nd.deconvolve(image, psf, nd.Recipe(iterations=2), start=first).estimate
    np.testing.assert_allclose(layer.data, expected, rtol=1e-5, atol=1e-3)
    dock.choose("start", "PSF")
    assert "shape" in dock["start_info"].text()
    assert not dock["run"].isEnabled()


def test_bad_start_is_told_after_run_without_traceback(dock, image):
    add_image(dock.viewer, -np.ones_like(image), name="negative")
    dock.choose("start", "negative")
    dock.click("run")
    dock.wait_for_end()
    assert "nowhere negative" in dock.state()
    assert not any("RL" in layer.name for layer in dock.viewer.layers)
    assert dock["run"].isEnabled()


def test_unexpected_failure_is_one_sentence_and_logged(dock, monkeypatch, caplog):
    def broken(job, **how):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("napari_deconvolve._napari.work.session.Run", broken)
    dock.click("run")
    dock.wait_for_end()
    assert "failed unexpectedly (ZeroDivisionError: oh)" in dock.state()
    assert "ZeroDivisionError" in caplog.text


def test_result_removed_while_running_ends_the_run(dock):
    dock["iterations"].setValue(5000)
    dock.click("run")
    dock.wait(lambda: any("RL running" in layer.name for layer in dock.viewer.layers))
    dock.viewer.layers.remove(dock.viewer.layers.selection.active)
    dock.wait_for_end()
    assert "removed" in dock.state()
    assert not any("RL" in layer.name for layer in dock.viewer.layers)
    assert dock["run"].isEnabled()
    assert not dock["continue"].isEnabled()


def test_input_removed_while_running_is_survived(dock):
    dock["iterations"].setValue(60)
    dock.click("run")
    dock.wait(lambda: session_of(dock).iteration >= 1)
    dock.viewer.layers.remove("cells")
    dock.wait_for_end()
    assert "cells · RL 60" in dock.viewer.layers
    assert not dock["run"].isEnabled() or "removed" in dock.state()


def test_snapshots_removed_while_running_are_survived(dock):
    dock["iterations"].setValue(5000)
    dock["keep_every"].setValue(10)
    dock.click("run")
    dock.wait(lambda: "cells · RL iterations" in dock.viewer.layers)
    dock.viewer.layers.remove("cells · RL iterations")
    there = session_of(dock).iteration
    dock.wait(lambda: session_of(dock).iteration > there + 20)
    dock.click("stop")
    dock.wait_for_end()
    assert dock.state().startswith("Stopped")
    assert "cells · RL iterations" not in dock.viewer.layers


def test_viewer_closed_while_running_leaves_no_thread(make_napari_viewer, qtbot, psf):
    before = set(threading.enumerate())
    viewer = make_napari_viewer()
    add_image(viewer, cells((32, 128, 128)))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock["iterations"].setValue(5000)
    dock.click("run")
    session = session_of(dock)
    dock.wait(lambda: session.iteration >= 1)
    runs = dock.widget._runs
    viewer.close()
    qtbot.waitUntil(lambda: not runs.busy, timeout=LIMIT)

    def none_left():
        extra = [thread for thread in set(threading.enumerate()) - before if "Dummy" not in thread.name]
        return not [thread for thread in extra if "ThreadPoolExecutor" in thread.name]

    qtbot.waitUntil(none_left, timeout=10_000)
    assert not session.continuable


@pytest.mark.parametrize("change", ["psf", "boundary", "background", "result"])
def test_memory_is_freed_when_it_cannot_be_continued(dock, psf, change):
    dock.run(iterations=2)
    session = session_of(dock)
    assert session.continuable
    if change == "psf":
        add_psf(dock.viewer, psf, "another")
    elif change == "boundary":
        dock.choose("boundary", "zero")
    elif change == "background":
        dock["background"].setValue(3.0)
    else:
        dock.viewer.layers.remove("cells · RL 2")
    assert not session.continuable
    assert not dock["continue"].isEnabled()
    assert dock["continue"].toolTip()


def test_iterations_and_snapshots_may_change_before_continue(dock):
    dock.run(iterations=2)
    dock["iterations"].setValue(7)
    assert dock["continue"].isEnabled()


def test_values_survive_closing_the_dock(dock):
    dock["iterations"].setValue(17)
    dock.choose("boundary", "edge")
    dock["background"].setValue(12.5)
    add_image(dock.viewer, cells(seed=9), name="others")
    dock.choose("image", "others")
    dock.viewer.window.remove_dock_widget(dock.dock)
    again = Dock(dock.viewer, dock.qtbot)
    assert again.widget is not dock.widget
    assert again["iterations"].value() == 17
    assert again["boundary"].currentText() == "edge"
    assert again["background"].value() == 12.5
    assert again["image"].currentText() == "others"
    again.click("reset")
    assert again["iterations"].text() == "Auto"
    assert again["boundary"].currentText() == "extended"
    assert again["background"].text() == "Auto"


def test_run_outlives_the_dock(dock, image, psf):
    dock["iterations"].setValue(150)
    dock.click("run")
    dock.viewer.window.remove_dock_widget(dock.dock)
    again = Dock(dock.viewer, dock.qtbot)
    assert again["stop"].isEnabled()
    again.wait_for_end()
    np.testing.assert_array_equal(dock.viewer.layers["cells · RL 150"].data, plain(image, psf, 150))
    assert len(again["convergence"].deviances) == 150


def test_plot_and_progress_tell_every_iteration(dock):
    layer = dock.run(iterations=7)
    assert list(dock["convergence"].deviances) == layer.metadata["napari_deconvolve"]["deviance"]
    assert dock["progress"].value() == dock["progress"].maximum() == 7
    assert dock["convergence"].height() >= 160
    assert "counts" in dock["background_found"].text()


def test_theme_changes_colours(dock):
    dark = dock["run"].styleSheet()
    dock.viewer.theme = "light"
    assert dock["run"].styleSheet() != dark
    assert "#0072b2" in dock["run"].styleSheet()


def test_blink_shows_the_input_while_pressed(dock):
    layer = dock.run(iterations=2)
    given = dock.viewer.layers["cells"]
    given.visible = False
    dock.qtbot.mousePress(dock["blink"], Qt.MouseButton.LeftButton)
    assert given.visible
    assert not layer.visible
    dock.qtbot.mouseRelease(dock["blink"], Qt.MouseButton.LeftButton)
    assert not given.visible
    assert layer.visible


def test_controls_are_named_explained_and_in_reading_order(dock):
    controls = [
        "image",
        "psf",
        "make_psf",
        "region",
        "method",
        "iterations",
        "prior",
        "more",
        "stop_rule",
        "gain",
        "target_fwhm",
        "background",
        "acceleration",
        "boundary",
    ]
    controls += ["keep_every", "start", "run", "pause", "stop", "continue", "continue_iterations", "reset", "blink"]
    for name in controls:
        assert dock[name].accessibleName(), name
        assert dock[name].toolTip(), name
    order, widget = [], dock["image"]
    while widget.nextInFocusChain() is not dock["image"]:
        order.append(widget.objectName())
        widget = widget.nextInFocusChain()
    places = [order.index(name) for name in controls]
    assert places == sorted(places)
    assert "counts" in dock["background"].toolTip()


@pytest.mark.usefixtures("unused_viewer")
def test_nothing_is_cut_in_a_narrow_dock(dock):
    dock.viewer.window._qt_window.show()
    dock["more"].setChecked(True)
    dock.choose("prior", "tv")
    dock.viewer.window._qt_window.resizeDocks([dock.dock], [280], Qt.Orientation.Horizontal)
    dock.qtbot.wait(300)
    assert dock.widget.width() <= 280
    for label in dock.widget.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.width() >= label.sizeHint().width(), label.text()
        if label.isVisible() and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()), label.text()
    for button in dock.widget.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()), button.text()
    assert dock.widget._content.width() <= dock.widget._content.parent().width()


def test_settings_changed_while_running_forbid_to_continue(dock):
    dock["iterations"].setValue(5000)
    dock.click("run")
    dock.wait(lambda: session_of(dock).iteration >= 2)
    dock["background"].setValue(1.0)
    dock.click("stop")
    dock.wait_for_end()
    assert not dock["continue"].isEnabled()
    assert not session_of(dock).continuable


def test_psf_file_opened_first_is_not_taken_for_the_image(viewer, qtbot, image):
    dock = Dock(viewer, qtbot)
    viewer.add_image(np.asarray(nd.psf.gaussian((3, 3, 3), ndim=3).data), name="PSF.tif")
    viewer.add_image(image, name="cells")
    assert dock["image"].currentText() == "cells"
    assert dock["psf"].currentText() == "PSF.tif"
    assert dock["run"].isEnabled()


def test_process_ends_cleanly_when_closed_while_running():
    script = """
import napari, numpy as np, napari_deconvolve as nd
from napari_deconvolve._napari.layers.psf_layers import psf_layer_data
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QWidget
viewer = napari.Viewer()
viewer.add_image(np.ones((32, 128, 128), np.float32), name="cells")
data, keywords, _ = psf_layer_data(nd.psf.gaussian((3, 3, 3), ndim=3, unit="pixel"), "PSF")
viewer.add_image(data, **keywords)
_, widget = viewer.window.add_plugin_dock_widget("napari-deconvolve", "Deconvolve")
widget.findChild(QWidget, "iterations").setValue(100000)
widget.findChild(QWidget, "run").click()
QTimer.singleShot(2500, lambda: (print("iteration", widget._runs.session.iteration), viewer.close()))
napari.run()
print("ended")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "ended" in done.stdout
    assert int(done.stdout.split("iteration ")[1].split()[0]) > 0
    assert "Traceback" not in done.stderr


def test_a_background_that_was_subtracted_before_is_said(viewer, qtbot, image, psf):
    """Its noise is left; the layer's new name stands in napari's own status line too."""
    add_image(viewer, image.astype(np.float32) - float(np.median(image)))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock["iterations"].setValue(3)
    dock.click("run")
    dock.wait(lambda: any("RL" in layer.name for layer in viewer.layers))
    result = next(layer for layer in viewer.layers if "RL" in layer.name)
    named = dict.fromkeys(("layer_name", "layer_base"), result.name)
    viewer.status = {**named, "source_type": "", "plugin": "", "coords": "", "coordinates": "", "value": "1"}
    dock.wait_for_end()
    assert "for it was subtracted before" in dock.state()
    assert session_of(dock).recipe.dark_noise > 1
    assert result.name == viewer.status["layer_name"] == viewer.status["layer_base"] == "cells · RL 3"


AXES = {
    "seconds": (
        {"units": ("s", "um", "um")},
        "error",
        "would blur along axis 0 of the image, “z”, in s; take a 2D PSF",
    ),
    "labelled time": ({"axis_labels": ("t", "y", "x")}, "error", "axis 0 of the image, time; take a 2D PSF"),
    "channels": ({"axis_labels": ("channel", "y", "x")}, "error", "channels; take a 2D PSF"),
    "pixels of something": (
        {"units": ("pixel", "um", "um"), "axis_labels": ("run", "y", "x")},
        "error",
        "axis 0 of the image, “run”; take a 2D PSF",
    ),
    "pixels of depth": (
        {"units": ("pixel", "um", "um")},
        "warning",
        "The voxel size along z is not known: 0.3 µm is taken",
    ),
    "nameless pixels": (
        {"units": ("pixel", "um", "um"), "axis_labels": ("-3", "y", "x")},
        "warning",
        "along -3 is not",
    ),
    "stack": ({}, "info", "FWHM"),
}


@pytest.mark.parametrize("case", AXES)
def test_a_psf_blurs_along_no_time_and_no_channel(viewer, qtbot, image, psf, case):
    how, level, words = AXES[case]
    add_image(viewer, image, **how)
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.wait(lambda: "prepared" not in dock["psf_state"].text())
    field = dock["psf_health" if level == "error" else "psf_state"]
    assert words in field.text().replace("\u00a0", " ")
    assert field.level == level
    assert dock["run"].isEnabled() == (level != "error")
    viewer.layers.remove("PSF")
    add_psf(viewer, nd.psf.gaussian((0.3, 0.3), (0.1, 0.1)), "flat")
    dock.choose("psf", "flat")
    dock.wait(lambda: dock["run"].isEnabled())
    assert dock["psf_state"].level == "info"


def test_a_psf_that_is_smaller_than_a_sample_is_asked_about(viewer, qtbot, image, psf):
    """A scale of 100 where 0.1 was meant: the PSF is one sample then, and nothing is restored."""
    add_image(viewer, image, scale=tuple(1000 * step for step in SPACING))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.wait(lambda: "prepared" not in dock["psf_state"].text())
    assert "The PSF is 0.003 samples wide in this image" in words(dock["psf_state"])
    assert dock["psf_state"].level == "warning"


def test_an_image_without_light_is_told(viewer, qtbot, image, psf):
    add_image(viewer, np.zeros_like(image))
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    dock.run(iterations=3)
    assert "holds no light above its background" in dock.state()


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
