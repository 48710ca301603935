"""The Wiener filter in the dock "Deconvolve": its controls, its live preview, its result."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from conftest import Dock, add_image, add_psf, cells

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.deconvolve import live
from napari_deconvolve._napari.docks.deconvolve.filtering import Ready
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve.core.algorithms.wiener import WienerFilter
from napari_deconvolve.recipe.naming import power_text

SPACING = (0.1, 0.1)


@pytest.fixture
def flat():
    """An image of two axes, and its PSF."""
    return cells((48, 56)), nd.psf.gaussian(0.3, SPACING)


@pytest.fixture
def dock(viewer, qtbot, flat):
    add_image(viewer, flat[0])
    add_psf(viewer, flat[1])
    return Dock(viewer, qtbot)


def preview(dock):
    """The layer of the live preview, or None."""
    return next((layer for layer in dock.viewer.layers if layer.name.endswith("Wiener preview")), None)


def follow(dock, value):
    """Set the regularization, and wait for the preview."""
    before = None if preview(dock) is None else preview(dock).data
    dock["regularization"].setValue(value)
    dock.wait(lambda: preview(dock) is not None and preview(dock).data is not before)
    return preview(dock)


def expected(flat, strength, **more):
    recipe = nd.Recipe(method="wiener", regularization=strength, **more)
    return nd.deconvolve(*flat, recipe)


def seen(dock, name):
    """Whether a control would be seen if the window were."""
    return dock[name].isVisibleTo(dock.widget)


def near(found, wanted):
    np.testing.assert_allclose(found, wanted, atol=1e-3 * np.abs(wanted).max())


def test_controls_are_those_of_the_method(dock):
    box = dock["method"]
    assert [box.itemText(index) for index in range(3)] == ["Richardson-Lucy", "RL-GC", "Wiener"]
    own = ["regularization", "regularization_slider", "regularization_rule", "live"]
    others = ["iterations", "prior"]
    dock["more"].setChecked(True)
    assert not any(seen(dock, name) for name in own)
    assert all(seen(dock, name) for name in (*others, "acceleration", "keep_every", "start"))
    dock.choose("method", "Wiener")
    assert all(seen(dock, name) for name in (*own, "background", "boundary", "target_fwhm"))
    assert not any(seen(dock, name) for name in (*others, "acceleration", "keep_every", "start", "stop_rule"))
    assert "negative" in dock["method_info"].text()
    dock["regularization"].setValue(1e-3)
    assert not seen(dock, "regularization_rule")
    dock.choose("method", "RL-GC")
    assert seen(dock, "iterations")
    assert not seen(dock, "prior")
    for name in own:
        assert dock[name].accessibleName()
        assert dock[name].toolTip()


def test_slider_and_number_follow_each_other(dock):
    dock.choose("method", "Wiener")
    slider = dock["regularization_slider"]
    assert (slider.minimum(), slider.maximum()) == (-1000, -100)
    slider.setValue(-400)
    assert dock["regularization"].value() == pytest.approx(1e-4)
    slider.setValue(-1000)
    assert dock["regularization"].value() == pytest.approx(1e-10)
    assert dock["regularization"].text() == "1e-10"
    dock["regularization"].setValue(0.02)
    assert slider.value() == round(100 * np.log10(0.02))
    dock["regularization"].setValue(5)  # any number may be typed
    assert dock["regularization"].value() == 5
    assert slider.value() == -100


def test_the_preview_follows_the_strength_and_run_makes_the_result(dock, flat):
    dock.choose("method", "Wiener")
    dock.wait(lambda: preview(dock) is not None)
    found = expected(flat, "auto")
    near(preview(dock).data, found.estimate)
    dock.wait(lambda: "Auto finds" in dock["regularization_info"].text())
    assert power_text(found.recipe.regularization) in dock["regularization_info"].text()
    assert dock["regularization_slider"].value() == round(100 * np.log10(found.recipe.regularization))
    layer = follow(dock, 1e-3)
    near(layer.data, expected(flat, 1e-3).estimate)
    assert dock["regularization_info"].text() == ""
    assert layer.contrast_limits[0] == 0
    np.testing.assert_allclose(layer.translate, dock.viewer.layers["cells"].translate)
    assert [one.name for one in dock.viewer.layers] == ["cells", "PSF", "cells · Wiener preview"]
    dock.click("run")
    dock.wait_for_end()
    result = dock.viewer.layers.selection.active
    assert result.name == "cells · Wiener 1e-3"
    assert preview(dock) is None
    near(result.data, expected(flat, 1e-3).estimate)
    assert result.data.min() < 0
    assert result.contrast_limits[0] == 0
    assert result.contrast_limits_range[0] == pytest.approx(result.data.min())
    assert "smoothing 1e-3" in dock.state()
    assert not dock["continue"].isEnabled()
    assert not dock["branch"].isEnabled()


def test_a_result_by_a_rule_has_its_number_in_name_and_metadata(dock, flat):
    dock["live"].setChecked(False)
    dock.choose("method", "Wiener")
    dock.choose("regularization_rule", "10 % negative")
    layer = dock.run()
    found = expected(flat, "negative")
    strength = found.recipe.regularization
    assert layer.name == f"cells · Wiener {power_text(strength)}"
    ours = our_metadata(layer)
    assert ours["recipe"]["regularization"] == pytest.approx(strength, rel=1e-6)
    assert ours["recipe"]["method"] == "wiener"
    assert "found by the rule “10 % negative”" in dock.state()
    near(layer.data, found.estimate)
    near(nd.deconvolve(*flat, nd.Recipe.from_dict(ours["recipe"])).estimate, layer.data)
    assert preview(dock) is None


def test_without_the_tick_and_with_other_methods_there_is_no_preview(dock):
    dock.choose("method", "Wiener")
    dock.wait(lambda: preview(dock) is not None)
    dock["live"].setChecked(False)
    assert preview(dock) is None
    dock["regularization"].setValue(0.01)
    assert not dock.widget._live.busy
    dock["live"].setChecked(True)
    dock.wait(lambda: preview(dock) is not None)
    dock.choose("method", "Richardson-Lucy")
    assert preview(dock) is None


def test_transforms_are_made_once(dock, monkeypatch):
    made = []
    monkeypatch.setattr(Ready, "_set_up", _counted(Ready._set_up, made, lambda ready: ready._job is None))
    dock.choose("method", "Wiener")
    dock.wait(lambda: preview(dock) is not None)
    for strength in (1e-2, 1e-3, 1e-4):
        follow(dock, strength)
    assert made == [True, False, False, False]
    before = preview(dock).data
    dock["background"].setValue(50)
    dock.wait(lambda: preview(dock).data is not before)
    assert made[4:] == [True]


def _counted(method, made, look):
    def counted(self):
        made.append(look(self))
        return method(self)

    return counted


def test_the_window_never_waits_and_only_the_newest_strength_is_computed(dock, flat, monkeypatch):
    dock.choose("method", "Wiener")
    dock.wait(lambda: preview(dock) is not None)
    follow(dock, 0.03)
    gate, asked, threads = threading.Event(), [], []
    estimate = WienerFilter.estimate

    def slow(self, strength):
        asked.append(strength)
        threads.append(threading.current_thread())
        assert gate.wait(30)
        return estimate(self, strength)

    monkeypatch.setattr(WienerFilter, "estimate", slow)
    dock["regularization"].setValue(1e-2)
    dock.wait(lambda: asked)
    for strength in (3e-3, 1e-3, 3e-4):
        dock["regularization"].setValue(strength)
        dock.qtbot.wait(round(2000 * live.REST_SECONDS))
    gate.set()
    dock.wait(lambda: asked[-1] == pytest.approx(3e-4) and not dock.widget._live.busy)
    assert asked == pytest.approx([1e-2, 3e-4])
    assert threading.main_thread() not in threads
    near(preview(dock).data, expected(flat, 3e-4).estimate)


def test_a_late_answer_is_dropped(dock, monkeypatch):
    dock.choose("method", "Wiener")
    dock.wait(lambda: preview(dock) is not None)
    gate, asked = threading.Event(), []
    estimate = WienerFilter.estimate

    def slow(self, strength):
        asked.append(strength)
        assert gate.wait(30)
        return estimate(self, strength)

    monkeypatch.setattr(WienerFilter, "estimate", slow)
    dock["regularization"].setValue(1e-2)
    dock.wait(lambda: asked)
    dock.choose("method", "Richardson-Lucy")
    gate.set()
    dock.qtbot.wait(100)
    assert preview(dock) is None
    assert not dock.widget._live.busy


def test_of_a_series_the_preview_shows_the_time_point_that_is_seen(viewer, qtbot):
    series = np.stack([cells((30, 34), seed) for seed in range(3)])
    psf = nd.psf.gaussian(0.3, SPACING)
    add_image(viewer, series)
    add_psf(viewer, psf)
    dock = Dock(viewer, qtbot)
    viewer.dims.set_current_step(0, 1)
    dock.choose("method", "Wiener")
    dock.wait(lambda: preview(dock) is not None)
    layer = follow(dock, 1e-2)
    assert layer.data.shape == (1, 30, 34)
    near(layer.data[0], expected((series[1], psf), 1e-2).estimate)
    viewer.dims.set_current_step(0, 2)
    dock.wait(lambda: preview(dock) is not None and preview(dock) is not layer)
    near(preview(dock).data[0], expected((series[2], psf), 1e-2).estimate)


def test_too_large_a_region_is_said_and_not_computed(dock, monkeypatch):
    monkeypatch.setattr(live, "MAX_LIVE_SAMPLES", 1000)
    dock.choose("method", "Wiener")
    dock.wait(lambda: "too many for a live preview" in dock["regularization_info"].text())
    assert preview(dock) is None
    assert dock["run"].isEnabled()


def test_settings_survive_closing_the_dock_and_reset_brings_defaults_back(dock, qtbot):
    dock["live"].setChecked(False)
    dock.choose("method", "Wiener")
    dock["regularization"].setValue(2e-4)
    dock.viewer.window.remove_dock_widget(dock.dock)
    again = Dock(dock.viewer, qtbot)
    assert again["method"].currentText() == "Wiener"
    assert again["regularization"].value() == pytest.approx(2e-4)
    assert not again["live"].isChecked()
    again.click("reset")
    assert again["method"].currentText() == "Richardson-Lucy"
    assert again["regularization"].value() == 0


def test_richardson_lucy_goes_on_from_a_filtered_image(dock, flat):
    dock["live"].setChecked(False)
    dock.choose("method", "Wiener")
    dock["regularization"].setValue(1e-2)
    dock.run()
    dock.choose("method", "Richardson-Lucy")
    dock["continue_iterations"].setValue(3)
    assert dock["branch"].text() == "Branch from here"
    dock.click("branch")
    dock.wait_for_end()
    layer = dock.viewer.layers.selection.active
    assert layer.name == "cells · Wiener 1e-2 + RL 3"
    assert layer.data.min() >= 0


def test_the_preview_has_the_colours_of_the_image_and_hides_it(dock):
    image = dock.viewer.layers["cells"]
    image.colormap, image.blending = "green", "additive"
    dock.choose("method", "Wiener")
    dock["live"].setChecked(True)
    layer = follow(dock, 0.01)
    assert (layer.colormap.name, layer.blending) == ("green", "translucent")
