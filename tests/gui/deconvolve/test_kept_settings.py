"""Settings and recipes that outlive the session, and napari's own ways to run."""

from __future__ import annotations

import json

import pytest
from conftest import Dock, add_image, add_psf
from qtpy.QtWidgets import QFileDialog

import napari_deconvolve as nd
from napari_deconvolve._napari import commands
from napari_deconvolve._napari.kit import kept


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "kept_path", lambda: tmp_path / "settings" / kept.FILE)
    return tmp_path


@pytest.fixture
def dock(viewer, qtbot, image, psf):
    add_image(viewer, image)
    add_psf(viewer, psf)
    return Dock(viewer, qtbot)


def reopened(dock):
    """Open the dock as in another session: nothing is remembered of this one."""
    dock.viewer.window.remove_dock_widget(dock.dock)
    dock.widget._runs.values = {}
    return Dock(dock.viewer, dock.qtbot)


def test_settings_are_kept_for_the_next_session_and_forgotten_by_reset(dock):
    dock["iterations"].setValue(17)
    dock.choose("boundary", "edge")
    dock["keep_settings"].click()
    again = reopened(dock)
    assert again["iterations"].value() == 17
    assert again["boundary"].currentText() == "edge"
    again["reset"].click()
    assert again["iterations"].text() == "Auto"
    assert reopened(again)["iterations"].text() == "Auto"


def test_without_a_wish_nothing_is_kept(dock, own_folder):
    dock["iterations"].setValue(17)
    assert reopened(dock)["iterations"].text() == "Auto"
    assert not (own_folder / "settings").exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2]", '{"Deconvolve": 3}', '{"Deconvolve": {"iterations": {"a": 1}, "region": 5}}']
)
def test_damaged_settings_are_no_settings(dock, own_folder, text):
    (own_folder / "settings").mkdir()
    (own_folder / "settings" / kept.FILE).write_text(text)
    again = reopened(dock)
    assert again["iterations"].text() == "Auto"
    assert again["run"].isEnabled()


def test_recipes_are_saved_and_opened(dock, own_folder, monkeypatch):
    path = own_folder / "mine.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given, **_more: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_given, **_more: (str(path), ""))
    dock["iterations"].setValue(12)
    dock.choose("prior", "tv")
    dock["save_recipe"].click()
    recipe = nd.Recipe.from_dict(json.loads(path.read_text()))
    assert (recipe.iterations, recipe.prior) == (12, "tv")
    dock["reset"].click()
    dock["open_recipe"].click()
    assert dock["iterations"].value() == 12
    assert dock["prior"].currentText() == "tv"
    path.write_text('{"iterations": -3}')
    dock["open_recipe"].click()
    assert "mine.json" in dock["recipe_info"].text()
    assert dock["iterations"].value() == 12


def test_the_palette_runs_stops_and_saves(dock, monkeypatch):
    asked = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given, **_more: (asked.append(1), ("", ""))[1])
    monkeypatch.setattr("napari.current_viewer", lambda: dock.viewer)
    dock["iterations"].setValue(5000)
    commands.run()
    dock.wait(lambda: dock.session is not None and dock.session.iteration > 1)
    commands.stop()
    dock.wait_for_end()
    assert dock["status"].text().startswith("Added a layer")
    commands.save()
    assert asked == [1]


def test_a_run_is_in_the_activity_dock_and_leaves_it(dock):
    activity = dock.widget._runs._announcer._activity
    dock["iterations"].setValue(5000)
    dock.click("run")
    dock.wait(lambda: dock.session.iteration > 1 and activity._bar is not None)
    dock.click("stop")
    dock.wait_for_end()
    assert activity._bar is None


def test_a_run_may_end_while_its_bar_is_drawn():
    from napari_deconvolve._napari.work.activity import Activity

    class Bar:
        n = 0

        def update(self, _count):
            activity.end()  # napari works off events here

        def set_description(self, _words):
            pass

        def close(self):
            pass

    activity = Activity()
    activity._bar = Bar()
    activity.show(1, 2, "Deconvolving")
    assert activity._bar is None


def test_the_end_of_a_long_run_is_notified(dock, monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr("napari_deconvolve._napari.docks.deconvolve.announcer.LONG_SECONDS", 0.0)
    monkeypatch.setattr(
        "napari_deconvolve._napari.docks.deconvolve.announcer.notify",
        lambda text, actions: said.append((text, actions)),
    )
    layer = dock.run(iterations=2)
    assert len(said) == 1
    text, ((label, show), (other, save)) = said[0]
    assert text.startswith("Deconvolved cells: 2 iterations, ")
    assert (label, other) == ("Show result", "Save…")
    layer.visible = False
    show()
    assert layer.visible
    path = tmp_path / "cells_decon.ome.tif"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given, **_more: (str(path), ""))
    save()
    dock.wait(path.exists)
    dock.wait(lambda: not dock.widget._runs.saving.busy)
