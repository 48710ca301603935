"""Whole journeys by mouse and keyboard alone: from an opened file to what a person wanted, with the clicks counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from conftest import LIMIT, SPACING, Dock, add_image, add_psf, cells
from hands import choose_by_keys, type_into
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QWidget

import napari_deconvolve as nd
from napari_deconvolve._napari.layers.opening import add_layers

LENS = (
    '<Instrument ID="Instrument:0"><Objective ID="Objective:0" LensNA="1.2" Immersion="Water" '
    'NominalMagnification="60"/></Instrument>'
)
MENU = 2  # clicks that open a dock from the menu


class Hand:
    """Clicks and types as a person does, and counts the clicks."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot, self.clicks = viewer, qtbot, 0

    def open(self, title: str) -> Any:
        """Open a dock from the menu, and return its widget."""
        self.clicks += MENU
        _, widget = self.viewer.window.add_plugin_dock_widget("napari-deconvolve", title)
        return widget

    def click(self, dock: Any, name: str) -> None:
        widget = dock.findChild(QWidget, name)
        assert widget is not None, name
        assert widget.isEnabled(), (name, widget.toolTip())
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.clicks += 1

    def type(self, dock: Any, name: str, text: str) -> None:
        type_into(self.qtbot, dock.findChild(QWidget, name), text)

    def choose(self, dock: Any, name: str, text: str) -> None:
        choose_by_keys(self.qtbot, dock.findChild(QWidget, name), text)

    def wait(self, condition: Any) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=LIMIT)


@pytest.fixture
def hand(viewer, qtbot):
    return Hand(viewer, qtbot)


@pytest.fixture
def experiment(tmp_path):
    """A file of two channels, two times and a stack, that tells its optics."""
    path = tmp_path / "cells.ome.tif"
    data = np.stack([[cells((8, 24, 28), seed=time + 2 * channel) for channel in range(2)] for time in range(2)])
    metadata = {
        "axes": "TCZYX",
        "TimeIncrement": 20.0,
        **dict(zip(("PhysicalSizeZ", "PhysicalSizeY", "PhysicalSizeX"), SPACING, strict=True)),
        "Channel": {
            "Name": ["DAPI", "GFP"],
            "AcquisitionMode": ["SpinningDiskConfocal"] * 2,
            "EmissionWavelength": [460.0, 520.0],
            "ExcitationWavelength": [405.0, 488.0],
        },
    }
    tifffile.imwrite(path, data, photometric="minisblack", metadata=metadata)
    with tifffile.TiffFile(path) as tif:
        xml = tif.ome_metadata
    assert xml is not None
    start = xml.index("<Image ")
    end = xml.index(">", start) + 1
    xml = f'{xml[:start]}{LENS}{xml[start:end]}<ObjectiveSettings ID="Objective:0"/>{xml[end:]}'
    tifffile.imwrite(path, data, photometric="minisblack", description=xml.encode(), metadata=None)
    return path


def test_a_microscopist_saves_two_channels_in_eight_clicks(hand, experiment, monkeypatch):
    viewer = hand.viewer
    target = experiment.with_name("cells_decon.ome.tif")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given, **_more: (given[2], ""))
    add_layers(viewer, str(experiment))
    inputs = list(viewer.layers)
    deconvolve = hand.open("Deconvolve")
    hand.click(deconvolve, "make_psf")
    editor = next(
        widget
        for dock in viewer.window.dock_widgets.values()
        for widget in (dock, *dock.findChildren(QWidget))
        if widget.findChild(QWidget, "make") is not None and widget.findChild(QWidget, "run") is None
    )
    hand.wait(lambda: editor.findChild(QWidget, "make").isEnabled())
    hand.click(editor, "make")
    hand.wait(lambda: sum("PSF" in layer.name for layer in viewer.layers) == 2)
    hand.wait(lambda: deconvolve.findChild(QWidget, "run").isEnabled())
    hand.click(deconvolve, "run")
    hand.wait(lambda: not deconvolve.findChild(QWidget, "stop").isEnabled())
    results = [layer for layer in viewer.layers if "RL" in layer.name]
    assert len(results) == 2
    hand.click(deconvolve, "compare_view_1")
    hand.click(deconvolve, "save")
    hand.clicks += 1  # the dialog's own button
    hand.wait(target.exists)
    hand.wait(lambda: "Saved" in deconvolve.findChild(QWidget, "status").text())
    assert hand.clicks <= 8
    hand.click(deconvolve, "compare_view_0")
    known = {layer.unique_id for layer in viewer.layers}
    add_layers(viewer, str(target))
    again = [layer for layer in viewer.layers if layer.unique_id not in known]
    assert len(again) == 2
    for old, new, source in zip(results, again, inputs, strict=True):
        np.testing.assert_allclose(new.scale, old.scale, rtol=1e-6)
        assert [str(unit) for unit in new.units] == [str(unit) for unit in old.units]
        assert new.colormap.name == source.colormap.name
        assert new.name.startswith(old.name)
        recipe = nd.Recipe.from_dict(new.metadata["napari_deconvolve"]["recipe"])
        assert recipe.psf is not None
        assert recipe.psf["modality"]
        np.testing.assert_array_equal(np.asarray(new.data), old.data)


def test_a_teacher_finds_the_best_number_and_uses_it(hand):
    viewer = hand.viewer
    truth = np.zeros((48, 48), np.float32)
    truth[10:20, 12:30], truth[30, 8:40] = 60, 200
    psf = nd.psf.gaussian((0.4, 0.4), (0.1, 0.1))
    image = np.random.default_rng(0).poisson(nd.convolve(truth, psf)).astype(np.float32)
    add_image(viewer, truth, name="object", visible=False)
    add_image(viewer, image)
    add_psf(viewer, psf)
    sweep = hand.open("Compare iterations")
    hand.type(sweep, "iterations", "5, 10, 20")
    hand.choose(sweep, "truth", "object")
    hand.click(sweep, "run")
    hand.wait(lambda: not sweep.findChild(QWidget, "stop").isEnabled())
    best = int(sweep.findChild(QWidget, "outcome").text().split()[1])
    assert best in (5, 10, 20)
    hand.click(sweep, "view_0")
    estimates = {f"RL {count}{' ★' * (count == best)}" for count in (5, 10, 20)}
    assert {layer.name for layer in viewer.layers if layer.visible} >= {"input", "truth", *estimates}
    assert str(best) in sweep.findChild(QWidget, "use").text()
    hand.click(sweep, "use")
    deconvolve = next(
        dock.findChild(QWidget, "iterations")
        for dock in viewer.window.dock_widgets.values()
        if dock.findChild(QWidget, "stop_rule") is not None
    )
    assert deconvolve.value() == best
    assert hand.clicks <= 6


def test_an_impatient_person_breaks_nothing(hand):
    viewer = hand.viewer
    dock = hand.open("Deconvolve")
    hand.qtbot.keyClick(dock, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dock.findChild(QWidget, "status").text() == "Cannot run: see step 1."
    assert "image" in dock.findChild(QWidget, "image_info").text()
    add_psf(viewer, nd.psf.gaussian((0.9, 0.3, 0.3), SPACING))
    add_image(viewer, cells((8, 24, 28)))
    hand.type(dock, "iterations", "5000")
    for _ in range(3):
        hand.qtbot.keyClick(dock, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    hand.wait(lambda: dock._runs.session is not None and dock._runs.session.iteration > 2)
    viewer.layers["cells"].name = "other"
    viewer.layers.move(0, len(viewer.layers))
    viewer.layers.remove("PSF")
    hand.qtbot.keyClick(dock, Qt.Key.Key_Escape)
    hand.wait(lambda: not dock._runs.busy)
    assert any("RL" in layer.name for layer in viewer.layers)
    hand.qtbot.keyClick(dock, Qt.Key.Key_Escape)
    viewer.window.remove_dock_widget(viewer.window.dock_widgets["Deconvolve (napari-deconvolve)"])
    again = Dock(viewer, hand.qtbot)
    assert again["save"].isEnabled()


def test_an_imspector_user_goes_on_from_thirty_to_sixty(hand):
    viewer = hand.viewer
    add_image(viewer, cells((8, 24, 28)))
    add_psf(viewer, nd.psf.gaussian((0.9, 0.3, 0.3), SPACING))
    dock = hand.open("Deconvolve")
    hand.type(dock, "iterations", "30")
    hand.type(dock, "continue_iterations", "30")
    hand.click(dock, "run")
    hand.wait(lambda: not dock.findChild(QWidget, "stop").isEnabled())
    hand.click(dock, "continue")
    hand.wait(lambda: not dock.findChild(QWidget, "stop").isEnabled())
    both = viewer.layers.selection.active
    assert both.name == "cells · RL 60"
    recipe = nd.Recipe.from_dict(both.metadata["napari_deconvolve"]["recipe"])
    whole = nd.deconvolve(viewer.layers["cells"].data, nd.psf.gaussian((0.9, 0.3, 0.3), SPACING), recipe)
    np.testing.assert_array_equal(both.data, whole.estimate)
    assert Path(str(both.name)).suffix == ""
