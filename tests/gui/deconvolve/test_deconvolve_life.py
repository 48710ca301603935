"""The dock "Deconvolve" while layers, docks and viewers come and go, and how it looks."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
from conftest import LIMIT, Dock, add_image, add_psf, cells, plain
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QPushButton
from superqt import QElidingLabel


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
    dock.wait(lambda: dock.session.iteration >= 1)
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
    there = dock.session.iteration
    dock.wait(lambda: dock.session.iteration > there + 20)
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
    session = dock.session
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
    session = dock.session
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
    assert all(card.is_folded for card in again.widget.form.steps.cards.values())
    again.wait_for_end()
    np.testing.assert_array_equal(dock.viewer.layers["cells · RL 150"].data, plain(image, psf, 150))
    assert len(again["convergence"].deviances) == 150


@pytest.mark.usefixtures("styled_viewer")
def test_plot_and_progress_tell_every_iteration(dock):
    layer = dock.run(iterations=7)
    assert list(dock["convergence"].deviances) == layer.metadata["napari_deconvolve"]["deviance"]
    assert dock["progress"].value() == dock["progress"].maximum() == 7
    assert dock["convergence"].height() >= 160
    assert "counts" in dock["background_found"].text()


def test_theme_changes_colours(dock):
    dark = dock.widget.styleSheet()
    dock.viewer.theme = "light"
    assert dock.widget.styleSheet() != dark
    assert "#0072b2" in dock.widget.styleSheet()


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
        "spacing",
        "region",
        "psf",
        "make_psf",
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
    controls += ["keep_every", "start", "continue", "continue_iterations", "branch", "blink", "save", "run", "pause"]
    controls += ["stop", "actions"]
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
        if label.isVisible() and not label.wordWrap() and not isinstance(label, QElidingLabel):  # it has a tooltip
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
    dock.wait(lambda: dock.session.iteration >= 2)
    dock["background"].setValue(1.0)
    dock.click("stop")
    dock.wait_for_end()
    assert not dock["continue"].isEnabled()
    assert not dock.session.continuable


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
def look():
    if widget._runs.session.iteration > 0:
        timer.stop()
        print("iteration", widget._runs.session.iteration)
        viewer.close()
timer = QTimer()
timer.timeout.connect(look)
timer.start(500)
napari.run()
print("ended")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "ended" in done.stdout
    assert int(done.stdout.split("iteration ")[1].split()[0]) > 0
    assert "Traceback" not in done.stderr
