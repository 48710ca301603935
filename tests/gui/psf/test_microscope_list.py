"""Microscopes by name in the dock "PSF": kept between sessions, exported, and not lost to a damaged file."""

from __future__ import annotations

import json

import pytest
from psf_dock import LIMIT, Dock, add_stack
from qtpy.QtWidgets import QFileDialog, QInputDialog

from napari_deconvolve._napari.docks.psf import microscopes, presets
from napari_deconvolve._napari.docks.psf.microscopes import EXAMPLES, Microscope, Microscopes

LAB = {"modality": "confocal", "numerical_aperture": 1.17, "immersion_index": 1.34, "pinhole_airy": 0.8}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of settings that is not there yet."""
    found = tmp_path / "own" / "config"
    monkeypatch.setattr(presets, "presets_path", lambda: found / presets.FILE)
    return found


@pytest.fixture
def answer(monkeypatch):
    """Answer the question for a name."""

    def answers(text):
        monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (text, True))

    return answers


@pytest.fixture
def dock(viewer, qtbot):
    add_stack(viewer, "cells", (9, 20, 22), scale=(0.2, 0.08, 0.08))
    return Dock(viewer, qtbot)


def names(dock):
    rows = dock["microscopes"]
    return [rows.item(row).text() for row in range(rows.count())]


def pick(dock, name):
    rows = dock["microscopes"]
    item = next(rows.item(row) for row in range(rows.count()) if rows.item(row).text() == name)
    rows.itemClicked.emit(item)


def chosen(dock):
    return [item.text() for item in dock["microscopes"].selectedItems()]


def enter(dock):
    dock.put(source="Microscope", modality="confocal", numerical_aperture=1.17, immersion_index=1.34, pinhole_airy=0.8)
    dock.put(size_z=9, size_y=21, size_x=21)


def test_examples_stand_in_the_list_at_first_and_a_click_fills_the_form(dock, folder):
    assert names(dock) == [one.name for one in EXAMPLES]
    pick(dock, "Spinning disk 60×/1.20 water")
    assert dock["source"].currentText() == "Microscope"
    assert dock["modality"].currentText() == "spinning disk"
    assert dock["objective"].currentText() == "60×/1.20 water"
    assert dock["immersion"].currentText() == "water"
    assert chosen(dock) == ["Spinning disk 60×/1.20 water"]
    dock.put(numerical_aperture=1.1)
    assert chosen(dock) == [], "the form holds another one now"
    assert not folder.exists(), "nothing was kept"


def test_a_microscope_is_there_in_the_next_session_and_the_last_used_is_chosen(viewer, qtbot, dock, answer, folder):
    enter(dock)
    answer("Lab 63×")
    dock.click("save_microscope")
    assert chosen(dock) == ["Lab 63×"]
    dock.made()
    assert [path.name for path in folder.iterdir()] == [microscopes.FILE], "no temporary file stays"
    viewer.window.remove_dock_widget(dock.dock)
    dock.widget._memory.clear()
    dock.widget._memory.opened = False  # as in another session
    again = Dock(viewer, qtbot)
    assert names(again) == [*(one.name for one in EXAMPLES), "Lab 63×"]
    assert again["source"].currentText() == "Microscope"
    assert chosen(again) == ["Lab 63×"]
    for name, value in LAB.items():
        field = again[name]
        assert (field.currentData() if name == "modality" else field.value()) == value
    assert again["size_y"].value() == 21


def test_rename_duplicate_and_delete(dock, answer):
    pick(dock, EXAMPLES[0].name)
    dock.click("duplicate_microscope")
    copy = f"{EXAMPLES[0].name} (2)"
    assert chosen(dock) == [copy]
    answer("Mine")
    dock.click("rename_microscope")
    assert names(dock)[-1] == "Mine"
    assert copy not in names(dock)
    dock.click("delete_microscope")
    assert "Mine" not in names(dock)
    assert chosen(dock) == []
    assert [one.name for one in microscopes.read_microscopes().items] == names(dock)
    dock.click("delete_microscope")
    assert "Choose a microscope" in dock.text("status")


def test_a_name_that_another_has_is_refused(dock, answer):
    pick(dock, EXAMPLES[0].name)
    answer(EXAMPLES[1].name)
    dock.click("rename_microscope")
    assert "There is another" in dock.text("status")
    assert names(dock) == [one.name for one in EXAMPLES]


def test_saving_under_the_same_name_replaces(dock, answer):
    pick(dock, EXAMPLES[0].name)
    dock.put(numerical_aperture=1.3)
    answer(EXAMPLES[0].name)
    dock.click("save_microscope")
    assert "Replaced" in dock.text("status")
    kept = microscopes.read_microscopes().get(EXAMPLES[0].name)
    assert kept is not None
    assert kept.values["numerical_aperture"] == 1.3


def test_exported_microscopes_are_imported_elsewhere(dock, answer, tmp_path, monkeypatch, folder):
    enter(dock)
    answer("Lab 63×")
    dock.click("save_microscope")
    path = tmp_path / "microscopes of the lab.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    dock.click("export_microscopes")
    dock.settle("status", "Exported")
    (folder / microscopes.FILE).unlink()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(path), ""))
    dock.click("import_microscopes")
    assert "Lab 63× (2)" in names(dock), "what is there is not replaced"
    path.write_text("[]")
    dock.click("import_microscopes")
    assert "holds no microscopes" in dock.text("status")


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "null", '{"format": 2}', "\x00\x01", '{"format": 1, "microscopes": [{"name": " ", "values": {}}]}'],
)
def test_a_damaged_file_is_a_sentence_and_a_list_of_examples_and_is_kept(viewer, qtbot, folder, answer, text):
    folder.mkdir(parents=True)
    path = folder / microscopes.FILE
    path.write_text(text)
    dock = Dock(viewer, qtbot)
    assert "damaged" in dock.text("status")
    assert names(dock) == [one.name for one in EXAMPLES]
    answer("Mine")
    dock.click("save_microscope")
    assert names(dock)[-1] == "Mine"
    assert json.loads(path.read_text())["microscopes"][-1]["name"] == "Mine"
    assert (folder / "microscopes.damaged.json").read_text() == text


@pytest.mark.parametrize(
    "values",
    [
        {"modality": "none such", "numerical_aperture": "wide", "size": [1, 2], "zernike_7": None, "unknown": 3},
        {"modality": None, "numerical_aperture": 1e300, "model": 7},
    ],
)
def test_values_that_no_field_takes_become_defaults(viewer, qtbot, values):
    microscopes.write_microscopes(Microscopes((Microscope("odd", values),)))
    dock = Dock(viewer, qtbot)
    pick(dock, "odd")
    assert dock["modality"].currentText() == "wide field"
    assert dock["model"].currentText() == "vectorial"
    assert dock["size_z"].value() == 0


def test_a_folder_that_cannot_be_written_is_a_sentence(dock, answer, folder):
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    answer("Mine")
    dock.click("save_microscope")
    assert "cannot be written" in dock.text("status")
    assert "Mine" not in names(dock)


def test_light_that_the_file_holds_stays(viewer, qtbot):
    image = add_stack(viewer, "told")
    image.metadata["napari_deconvolve"] = {"optics": {"numerical_aperture": 1.2, "emission_um": 0.61}}
    microscopes.write_microscopes(Microscopes((Microscope("lab", {**LAB, "emission_um": 0.5}),)))
    dock = Dock(viewer, qtbot)
    pick(dock, "lab")
    assert dock["emission_um"].value() == pytest.approx(0.61)
    assert dock["numerical_aperture"].value() == pytest.approx(1.17)
    dock.qtbot.waitUntil(lambda: dock["make"].isEnabled(), timeout=LIMIT)
