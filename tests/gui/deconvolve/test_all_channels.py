"""All channels of an image in one run, each with its PSF, saved in one file and opened again as they were."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import SPACING, Dock, add_psf, cells
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QLabel
from superqt import QElidingLabel

import napari_deconvolve as nd
from napari_deconvolve import io
from napari_deconvolve._napari.comparison.canvas import slider_of
from napari_deconvolve._napari.docks.deconvolve.psf_pictures import picture_of
from napari_deconvolve._napari.layers.opening import add_layers

NAMES = ("series · DAPI", "series · GFP")
OWN = {"series · DAPI": "wide", "series · GFP": "narrow"}


@pytest.fixture
def psfs():
    return {"wide": nd.psf.gaussian((1.5, 0.5, 0.5), SPACING), "narrow": nd.psf.gaussian((0.9, 0.3, 0.3), SPACING)}


@pytest.fixture
def series(tmp_path):
    """A file of two channels at two times."""
    data = np.stack([[cells(seed=time + 2 * channel) for channel in range(2)] for time in range(2)])
    path = tmp_path / "series.ome.tif"
    io.write_image(
        path,
        data,
        axes="TCZYX",
        spacing=(20.0, 1.0, *SPACING),
        units=("s", "pixel", "um", "um", "um"),
        channels=("DAPI", "GFP"),
        name="series",
    )
    return path


@pytest.fixture
def opened(viewer, qtbot, series, psfs):
    """The dock with the channels of the file, and a PSF chosen for each of them."""
    add_layers(viewer, str(series))
    for name, psf in psfs.items():
        add_psf(viewer, psf, f"PSF {name}")
    dock = Dock(viewer, qtbot)
    for name in NAMES:
        dock.choose("image", name)
        dock.choose("psf", f"PSF {OWN[name]}")
    return dock


def results(dock):
    return [layer for layer in dock.viewer.layers if "RL" in layer.name]


def test_what_is_kept_of_two_channels_is_seen_together_and_its_slider_says_iterations(opened):
    opened["keep_every"].setValue(2)
    opened.run(iterations=4, acceleration="none")
    kept = [layer for layer in opened.viewer.layers if layer.name.endswith("RL iterations")]
    made = [layer for layer in results(opened) if layer not in kept]
    for layer, result, name in zip(kept, made, NAMES, strict=True):
        assert layer.colormap.name == opened.viewer.layers[name].colormap.name
        assert (layer.blending, layer.visible) == ("additive", True)
        assert not result.visible, "it would add to what lies upon it"
    slider = slider_of(opened.viewer, 0)
    for place, number in enumerate(("2", "4")):
        opened.viewer.dims.set_current_step(0, place)
        opened.qtbot.waitUntil(lambda number=number: slider.curslice_label.text() == number)
        assert slider.totslice_label.text() == "4"
    for layer in kept:
        opened.viewer.layers.remove(layer)
    assert all(result.visible for result in made)


def test_one_click_runs_all_channels_each_with_its_psf(opened, psfs):
    assert "2 channels, each with its own PSF" in opened.words("channels_info")
    opened.run(iterations=3, acceleration="none")
    made = results(opened)
    assert [layer.name for layer in made] == [f"{name} · RL 3" for name in NAMES]
    for layer, name in zip(made, NAMES, strict=True):
        source = opened.viewer.layers[name]
        psf, recipe = psfs[OWN[name]], nd.Recipe(iterations=3, acceleration=None)
        expected = nd.deconvolve(np.asarray(source.data), psf.resampled(SPACING), recipe, axes=(1, 2, 3)).estimate
        np.testing.assert_allclose(layer.data, expected, rtol=1e-4, atol=1e-2)
        assert layer.colormap.name == source.colormap.name
        assert layer.blending == source.blending == "additive"
        assert layer.visible
        assert not source.visible  # both would add up
        np.testing.assert_array_equal(layer.scale, source.scale)
    assert opened["image"].currentText() == NAMES[1]
    for name in NAMES:
        assert f"{name}: Done: 3 iterations" in opened.state()
    assert not opened["continue"].isEnabled()


def test_one_channel_can_be_run_alone(opened):
    opened.run(iterations=2, channels="only this one")
    assert [layer.name for layer in results(opened)] == [f"{NAMES[1]} · RL 2"]
    assert opened["continue"].isEnabled()


def test_an_image_without_channels_offers_none(opened):
    opened.viewer.add_image(cells(), name="other", scale=SPACING, units=("um",) * 3)
    assert not opened["channels"].isHidden()
    opened.choose("image", "other")
    assert opened["channels"].isHidden()


def test_a_channel_that_cannot_run_is_named_before_any_does(opened):
    opened.viewer.add_image(np.zeros((5, 5, 5), np.float32), name="dark")
    opened.choose("image", NAMES[0])
    opened.choose("psf", "dark")
    opened.choose("image", NAMES[1])
    assert f"{NAMES[0]}: " in opened.words("channels_info")
    assert "zero everywhere" in opened.words("channels_info")
    assert not opened["run"].isEnabled()
    opened.choose("channels", "only this one")
    assert opened["run"].isEnabled()


def test_the_runs_of_all_channels_can_be_looked_at(opened):
    opened.run(iterations=2)
    assert opened["channel_0"].isChecked()
    first, second = opened.widget._runs.sessions
    assert tuple(opened["convergence"].deviances) == tuple(first.deviances)
    opened["channel_1"].click()
    assert opened["channel_1"].isChecked()
    assert [opened[f"channel_{place}"].text() for place in (0, 1)] == ["DAPI", "GFP"]
    assert tuple(opened["convergence"].deviances) == tuple(second.deviances)


def test_results_of_a_second_run_do_not_add_to_the_first_ones(opened):
    opened.run(iterations=1)
    first = results(opened)
    opened["compare_view"].setCurrentText("Curtain")
    opened.run(iterations=2)
    assert not any(layer.visible for layer in first)
    assert all(layer.visible for layer in results(opened) if layer not in first)
    assert opened["compare_view"].currentText() == "Off"
    assert opened["compare_info"].text() == ""


def test_a_file_that_cannot_be_written_is_said_until_one_is(opened, tmp_path, monkeypatch):
    opened.run(iterations=1)
    paths = [tmp_path / "missing" / "x.ome.tif", tmp_path / "x.ome.tif"]
    for path, said in zip(paths, ("missing", "Saved"), strict=True):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given, path=path, **_more: (str(path), ""))
        opened.click("save")
        opened.wait(lambda said=said: said in opened.state())
        opened.wait(lambda: "Saving" not in opened["status"].text())
    assert "missing" not in opened.state()


def test_a_channel_that_is_not_ticked_is_not_run(opened):
    opened["run_channel_0"].setChecked(False)
    opened.run(iterations=1)
    assert [layer.name for layer in results(opened)] == [f"{NAMES[1]} · RL 1"]
    opened["run_channel_1"].setChecked(False)
    assert not opened["run"].isEnabled()
    assert "tick those" in opened.state()
    assert opened["status"].text() == "Cannot run: see step 1."
    opened["reset"].click()
    assert opened["run_channel_0"].isChecked()
    assert opened["run_channel_1"].isChecked()


def test_stop_ends_all_channels(opened):
    opened["iterations"].setValue(5000)
    opened.click("run")
    opened.wait(lambda: opened.session.iteration > 1)
    assert "Channel 1 of 2" in opened.state()
    opened.click("stop")
    opened.wait_for_end()
    assert len(results(opened)) == 1
    assert "Stopped" in opened.state()


def test_a_result_that_is_removed_shows_its_input_again(opened):
    opened.run(iterations=1)
    opened.viewer.layers.remove(f"{NAMES[0]} · RL 1")
    assert opened.viewer.layers[NAMES[0]].visible
    assert not opened.viewer.layers[NAMES[1]].visible


@pytest.mark.parametrize("file", ["series_decon.ome.tif", "series_decon.ome.zarr"])
def test_what_was_saved_opens_again_as_it_was(opened, tmp_path, monkeypatch, file):
    opened.run(iterations=2)
    path = tmp_path / file
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *given, **more: (asked.append(given[2]), (str(path), ""))[1]
    )
    opened.click("save")
    opened.wait(path.exists)
    opened.wait(lambda: "Saved" in opened.state())
    assert asked == [str(tmp_path / "series_decon.ome.tif")]
    before = results(opened)
    known = {layer.unique_id for layer in opened.viewer.layers}
    opened.viewer.open(path, plugin="napari-deconvolve")
    after = [layer for layer in opened.viewer.layers if layer.unique_id not in known]
    assert len(after) == 2
    for old, new in zip(before, after, strict=True):
        assert new.name.startswith(old.name)  # napari numbers a name that is taken
        for name in ("scale", "translate", "contrast_limits"):
            np.testing.assert_allclose(getattr(new, name), getattr(old, name), rtol=1e-6)
        for name in ("units", "axis_labels", "blending", "gamma"):
            assert getattr(new, name) == getattr(old, name)
        assert new.colormap.name == old.colormap.name
        assert new.metadata["napari_deconvolve"]["recipe"] == old.metadata["napari_deconvolve"]["recipe"]
        assert new.metadata["napari_deconvolve"]["iterations"] == 2
        np.testing.assert_array_equal(new.data, old.data)


@pytest.mark.parametrize(("name", "said"), [("missing/result.ome.tif", "missing"), ("result.png", "png")])
def test_a_file_that_cannot_be_written_is_said(opened, tmp_path, monkeypatch, name, said):
    opened.run(iterations=1, channels="only this one")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given, **more: (str(tmp_path / name), ""))
    opened.click("save")
    opened.wait(lambda: not opened.widget._runs.saving.busy)
    assert said in opened.state()
    assert not (tmp_path / name).exists()
    assert opened["save"].isEnabled()


def test_what_is_said_of_results_goes_with_them(opened):
    opened.run(iterations=2)
    first, second = results(opened)
    opened.viewer.layers.remove(second)
    assert opened.widget.panel.outcome.title.text() == "2 iterations", "the other one is still there"
    assert opened["save"].isEnabled()
    opened.viewer.layers.remove(first)
    assert opened["progress"].value() == 0
    outcome = opened.widget.panel.outcome
    assert outcome.isHidden()
    assert opened["notice"].text() == ""
    assert opened["status"].text() == "Ready. Ctrl+Enter runs."
    opened.run(iterations=1)
    opened.viewer.layers.clear()
    assert outcome.isHidden()


def test_while_the_second_channel_is_looked_at_the_first_can_be_kept(opened):
    opened.click("run")
    opened.wait(lambda: len(opened.widget._runs.sessions) == 2 or not opened["stop"].isEnabled())
    if opened["stop"].isEnabled():
        assert opened["stop"].text() == "Stop and keep"
    opened.click("stop")
    opened.wait_for_end()
    assert results(opened)


@pytest.mark.usefixtures("unused_viewer")
def test_nothing_is_as_wide_as_to_scroll_sideways_in_a_narrow_dock(opened):
    window = opened.viewer.window._qt_window
    window.resize(1366, 768)
    window.show()
    window.resizeDocks([opened.dock], [280], Qt.Orientation.Horizontal)
    opened.run(iterations=1)
    opened["more"].setChecked(True)
    for card in opened.widget.form.steps.cards.values():
        card.fold(False)
    bars = opened.widget._area
    opened.wait(lambda: bars.verticalScrollBar().maximum() > 0)
    assert opened.widget.width() <= 280
    for view in ("Profile", "Off"):
        opened["compare_view"].setCurrentText(view)
        opened.qtbot.wait(100)
        assert bars.horizontalScrollBar().maximum() == 0


def test_the_psfs_of_all_channels_are_pictured(opened, psfs):
    pictures = opened["psf_pictures"]
    labels = [label for label in pictures.findChildren(QLabel) if label.accessibleName().startswith("PSF of")]
    assert [label.accessibleName() for label in labels] == [f"PSF of {name}" for name in NAMES]
    wide, narrow = (label.pixmap().toImage() for label in labels)
    assert max(wide.width(), wide.height()) == 36
    assert wide != narrow
    opened["run_channel_0"].click()
    opened.wait(lambda: len(pictures.findChildren(QElidingLabel)) == 1)
    opened["run_channel_1"].click()
    assert pictures.isHidden(), "nothing is run"


def test_a_psf_is_drawn_from_the_side_in_its_proportions(qapp):
    picture = picture_of(nd.psf.gaussian((1.5, 0.5, 0.5), SPACING, shape=(21, 31, 31))).toImage()
    assert (picture.height(), picture.width()) == (36, round(36 * 31 * 0.1 / (21 * 0.3)))
    light = np.array([[picture.pixelColor(x, y).lightness() for x in range(picture.width())] for y in range(36)])
    assert np.unravel_index(light.argmax(), light.shape) == pytest.approx((17.5, picture.width() / 2), abs=1.6)
    assert light.sum(axis=1)[8] > 0, "long along z, which runs down"
