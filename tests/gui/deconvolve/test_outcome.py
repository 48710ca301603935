"""What the dock "Deconvolve" shows of a run: the verdict, its buttons by stage, and how it was made."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Dock, add_image, add_psf
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel

import napari_deconvolve as nd
from napari_deconvolve.recipe.wording import as_paragraph


@pytest.fixture
def dock(viewer, qtbot, image, psf):
    add_image(viewer, image)
    add_psf(viewer, psf)
    return Dock(viewer, qtbot)


def shown(dock, *names):
    return {name for name in names if not dock[name].isHidden()}


BUTTONS = ("run", "pause", "stop", "save", "copy_as", "actions")


def test_each_stage_shows_its_own_buttons(dock):
    assert shown(dock, *BUTTONS) == {"run", "actions"}
    assert dock["status"].text().startswith("Ready")
    dock["iterations"].setValue(5000)
    dock.click("run")
    assert shown(dock, *BUTTONS) == {"pause", "stop"}
    dock.wait(lambda: dock.session.iteration > 1)
    dock.click("stop")
    dock.wait_for_end()
    assert shown(dock, *BUTTONS) == {"save", "copy_as", "actions"}
    assert dock["status"].text().startswith("Added a layer in")
    dock["iterations"].setValue(4999)
    assert shown(dock, *BUTTONS) == {"save", "copy_as", "actions"}, "another number goes on from here"
    dock.choose("boundary", "zero")
    assert shown(dock, *BUTTONS) == {"run", "actions"}, "a changed setting makes Run the next step"


def test_a_number_that_was_given_is_said_to_be_so(dock):
    dock.run(iterations=3)
    assert dock["outcome"].text() == "3 iterations"
    assert dock["verdict"].text() == "Set by you."
    assert dock["state"].isHidden()
    dock["why"].click()
    assert not dock["state"].isHidden()
    assert dock["state"].text().startswith("Done: 3 iterations")


def test_the_range_that_scores_the_same_is_said_and_shaded(dock):
    dock.click("run")
    dock.wait_for_end()
    choice = dock.session.choice
    curve = next(one for one in choice.curves if one.setting == choice.setting)
    assert curve.alike is not None
    low, high = curve.alike
    assert low <= choice.iterations <= high or choice.iterations not in curve.iterations
    said = dock["verdict"].text()
    assert said
    region = dock["score"]._alike
    assert region.isVisible() or not dock["score"].isVisible()
    assert tuple(region.getRegion()) == (low, high)
    if "Any number from" in said:
        assert f"from {low} to {high}" in said


def test_a_filter_has_neither_curve_nor_continue(dock):
    dock.choose("method", "Wiener")
    dock.click("run")
    dock.wait_for_end()
    assert dock["outcome"].text() == "Wiener"
    assert dock["verdict"].isHidden()
    assert not dock["continue"].isVisibleTo(dock.widget)
    assert dock["convergence"].isHidden() or not dock["convergence"].isVisibleTo(dock.widget)


def test_how_it_was_made_is_copied(dock):
    assert not dock["copy_python"].isEnabled()
    layer = dock.run(iterations=3)
    recipe = nd.Recipe.from_dict(layer.metadata["napari_deconvolve"]["recipe"])
    clipboard = QApplication.clipboard()
    dock["copy_methods"].click()
    assert clipboard.text() == as_paragraph(recipe, 3)
    assert dock["status"].text() == "Copied: Methods paragraph, 1 line."
    dock["copy_cli"].click()
    *first, command = clipboard.text().splitlines()
    assert all(line.startswith("# First save ") for line in first), "layer and PSF are in no file"
    assert command.startswith("napari-deconvolve run cells.ome.tif")
    dock["copy_python"].click()
    assert "nd.deconvolve(" in clipboard.text()
    assert dock["status"].text().startswith("Copied: Python, ")


def test_warnings_stand_in_one_place_with_a_remedy(viewer, qtbot):
    rng = np.random.default_rng(3)
    sharp = np.zeros((64, 64))
    sharp[tuple(rng.integers(8, 56, (2, 25)))] = 4e4
    right, wrong = nd.psf.gaussian((2.0, 2.0), (1, 1)), nd.psf.gaussian((6.0, 6.0), (1, 1))
    add_image(viewer, rng.poisson(nd.convolve(sharp, right) + 20).astype(np.uint16), scale=(1, 1))
    add_psf(viewer, wrong)
    dock = Dock(viewer, qtbot)
    dock.click("run")
    dock.wait_for_end()
    assert "PSF" in dock["notice"].text()
    assert dock["notice"].text().split(" (")[0] not in dock["state"].text(), "said once"
    assert dock["notice_remedy"].text() in ("Check PSF width", "Residual")
    dock["notice_ignore"].click()
    before = dock["notice"].text()
    dock.click("run_again")
    dock.wait_for_end()
    assert dock["notice"].text() != "" or before == ""


def test_a_warning_is_seen_whole_on_a_laptop_and_names_a_control_of_the_dock(unused_viewer, viewer, qtbot, psf, image):
    image[:, 4:14, 4:14] = 7  # holds no data
    add_image(viewer, image)
    add_psf(viewer, psf)
    window = viewer.window._qt_window
    dock = Dock(viewer, qtbot)
    viewer.window.show()
    window.resize(1366, 768)
    window.resizeDocks([dock.dock], [280], Qt.Orientation.Horizontal)
    dock.run(iterations=3)
    while "“Defects” keeps them" not in dock["notice"].text():
        dock.click("notice_ignore")
    assert "Defects" in {label.text() for label in dock.widget.findChildren(QLabel)}

    def remedy_is_seen() -> None:
        remedy = dock["notice_remedy"]
        assert remedy.visibleRegion().boundingRect().height() == remedy.height(), (window.size(), dock.widget.size())
        assert not dock.widget._area.verticalScrollBar().isVisible()

    qtbot.waitUntil(remedy_is_seen)
    dock.click("notice_remedy")
    assert dock.widget.form.choices().recipe.defects == "keep"
    assert dock["run"].isVisible()
