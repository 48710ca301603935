"""The dock "PSF" with what images tell of their optics, one PSF per channel, and presets."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
from psf_dock import LIMIT, Dock, add_stack
from qtpy.QtWidgets import QTableWidgetItem

import napari_deconvolve as nd
from napari_deconvolve._napari.layers import announced
from napari_deconvolve._napari.layers.opening import add_layers
from napari_deconvolve._napari.layers.psf_layers import KEY, layer_to_psf

FINE = (0.2, 0.08, 0.08)
LENS = (
    '<Instrument ID="Instrument:0"><Objective ID="Objective:0" LensNA="1.2" Immersion="Water" '
    'NominalMagnification="60"/></Instrument>'
)
EMISSIONS = (0.461, 0.509)


@pytest.fixture(autouse=True)
def own_presets(tmp_path, monkeypatch):
    path = tmp_path / "own" / "presets.json"
    monkeypatch.setattr("napari_deconvolve._napari.docks.psf.presets.presets_path", lambda: path)
    return path


@pytest.fixture
def channels(viewer, tmp_path, qtbot):
    """The dock with a file of two channels that tells its optics, opened by the plugin's reader."""
    data = np.random.default_rng(0).integers(0, 100, (2, 9, 20, 22)).astype(np.uint16)
    metadata = {
        "axes": "CZYX",
        "PhysicalSizeX": 0.08,
        "PhysicalSizeY": 0.08,
        "PhysicalSizeZ": 0.2,
        "Channel": {
            "Name": ["DAPI", "GFP"],
            "AcquisitionMode": ["SpinningDiskConfocal"] * 2,
            "EmissionWavelength": [1000 * wave for wave in EMISSIONS],
            "ExcitationWavelength": [405.0, 488.0],
        },
    }
    path = tmp_path / "cells.ome.tif"
    tifffile.imwrite(path, data, photometric="minisblack", metadata=metadata)
    with tifffile.TiffFile(path) as tif:
        xml = tif.ome_metadata
    start = xml.index("<Image ")
    end = xml.index(">", start) + 1
    xml = f'{xml[:start]}{LENS}{xml[start:end]}<ObjectiveSettings ID="Objective:0"/>{xml[end:]}'
    tifffile.imwrite(path, data, photometric="minisblack", description=xml.encode(), metadata=None)
    add_layers(viewer, str(path))
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", size_z=9, size_y=21, size_x=21)
    return dock


def expected(emission, excitation, **more):
    fields = {"numerical_aperture": 1.2, "immersion_index": 1.33, "spacing": FINE, "shape": (9, 21, 21), **more}
    return nd.psf.microscope("spinning-disk", emission_um=emission, excitation_um=excitation, **fields)


def test_the_form_takes_what_the_file_tells_and_says_so(channels):
    for number, name in enumerate(("cells · DAPI", "cells · GFP")):
        channels.choose("image", name)
        assert channels["modality"].currentText() == "spinning disk"
        assert channels["numerical_aperture"].value() == 1.2
        assert channels["immersion"].currentText() == "water"
        assert channels["emission_um"].value() == pytest.approx(EMISSIONS[number])
        assert channels["excitation_um"].value() == pytest.approx((0.405, 0.488)[number])
        for word in ("microscope", "NA", "immersion", "emission", "excitation"):
            assert word in channels.text("from_file")
    assert np.array_equal(channels.made().data, expected(0.509, 0.488).data)


def test_other_psfs_are_measured_against_the_lens_that_the_file_tells(channels):
    channels.put(source="Gaussian", image="cells · GFP", fwhm_z=3.0, fwhm_x=1.5)
    channels.qtbot.waitUntil(lambda: "theory" in findings(channels).get("width", ""), timeout=LIMIT)
    assert not any(one.severity == "ok" for one in channels.widget.findings.findings if one.name == "width")


def findings(dock):
    return {one.name: one.text for one in dock.widget.findings.findings}


def test_what_is_typed_is_not_from_the_file_and_stays_with_its_image(channels):
    channels.choose("image", "cells · GFP")
    channels.put(emission_um=0.525, numerical_aperture=1.1)
    assert "emission" not in channels.text("from_file")
    assert "NA" not in channels.text("from_file")
    channels.choose("image", "cells · DAPI")
    assert channels["emission_um"].value() == pytest.approx(0.461)
    assert channels["numerical_aperture"].value() == 1.2
    channels.choose("image", "cells · GFP")
    assert channels["emission_um"].value() == pytest.approx(0.525)
    assert channels["numerical_aperture"].value() == 1.1
    channels.click("reset")
    channels.put(source="Microscope", image="cells · GFP")
    assert channels["emission_um"].value() == pytest.approx(0.509)


def test_one_psf_per_channel(channels):
    channels.choose("image", "cells · DAPI")
    assert channels.shown("all_channels")
    channels.put(all_channels=True)
    table = channels["emissions"]
    assert [table.item(row, 0).text() for row in range(2)] == ["cells · DAPI", "cells · GFP"]
    assert [float(table.item(row, 1).text()) for row in range(2)] == pytest.approx(EMISSIONS)
    table.item(1, 1).setText("0.53")
    before = set(channels.viewer.layers)
    channels.click("make")
    channels.qtbot.waitUntil(lambda: len(channels.viewer.layers) == len(before) + 2, timeout=LIMIT)
    images = [channels.viewer.layers[name] for name in ("cells · DAPI", "cells · GFP")]
    psfs = [layer_to_psf(announced.chosen(channels.viewer, image)) for image in images]
    np.testing.assert_array_equal(psfs[0].data, expected(0.461, 0.405).data)
    np.testing.assert_array_equal(psfs[1].data, expected(0.53, 0.488).data)
    assert channels.text("status") == "Added 2 PSFs; each channel will use its own."
    table.item(1, 1).setText("0.54")
    channels.click("make")
    channels.settle("status", "Added 1 PSF;")  # that of the other channel is there already
    channels.click("make")
    channels.settle("status", "These PSFs already exist;")


def test_the_table_and_the_form_hold_the_same_emission_of_the_chosen_channel(channels):
    channels.choose("image", "cells · DAPI")
    channels.put(all_channels=True, emission_um=0.47)
    table = channels["emissions"]
    assert float(table.item(0, 1).text()) == pytest.approx(0.47)
    table.item(0, 1).setText("0.48")
    assert channels["emission_um"].value() == pytest.approx(0.48)


def test_a_wavelength_that_cannot_be_is_told_and_nothing_is_made(channels):
    channels.choose("image", "cells · DAPI")
    channels.put(all_channels=True)
    before = len(channels.viewer.layers)
    channels["emissions"].setItem(1, 1, QTableWidgetItem("red"))
    channels.settle("microscope_problem", "cells · GFP")
    assert not channels["make"].isEnabled()
    assert len(channels.viewer.layers) == before


def test_layers_of_one_shape_and_spacing_are_channels_others_are_not(viewer, qtbot):
    add_stack(viewer, "red", scale=FINE)
    add_stack(viewer, "green", scale=FINE)
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", image="red")
    assert dock.shown("all_channels")
    dock.put(all_channels=True)
    assert dock["emissions"].rowCount() == 2
    viewer.layers["green"].metadata[KEY] = {"recipe": {}}  # a result is no channel
    viewer.layers["red"].scale = FINE
    dock.widget.reset_choices()
    assert not dock.shown("all_channels")


# Presets


def test_an_objective_and_a_dye_set_their_numbers(viewer, qtbot):
    add_stack(viewer, scale=FINE)
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", modality="confocal", objective="60×/1.20 water", dye="mCherry")
    assert dock["numerical_aperture"].value() == 1.2
    assert dock["immersion"].currentText() == "water"
    assert dock["emission_um"].value() == pytest.approx(0.61)
    assert dock["excitation_um"].value() == pytest.approx(0.587)
    assert dock["objective"].currentText() == "60×/1.20 water"
    dock.put(numerical_aperture=1.17)
    assert dock["objective"].currentText() == "other"


def test_own_presets_are_remembered_and_deleted(viewer, qtbot, own_presets):
    add_stack(viewer, scale=FINE)
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", numerical_aperture=1.17, immersion_index=1.34)
    dock["more_optics"].setChecked(True)
    dock.put(preset_kind="objective", preset_name="Lab 63×")
    dock.click("save_preset")
    assert dock["objective"].currentText() == "Lab 63×"
    dock.put(emission_um=0.55, excitation_um=0.532, preset_kind="dye", preset_name="Our dye")
    dock.click("save_preset")
    assert [one["name"] for one in json.loads(own_presets.read_text())["dyes"]] == ["Our dye"]
    viewer.window.remove_dock_widget(dock.dock)

    again = Dock(viewer, qtbot)
    again.click("reset")
    again.put(source="Microscope", objective="Lab 63×", dye="Our dye")
    assert again["numerical_aperture"].value() == pytest.approx(1.17)
    assert again["immersion_index"].value() == pytest.approx(1.34)
    assert again["emission_um"].value() == pytest.approx(0.55)
    again["more_optics"].setChecked(True)
    again.put(preset_name="Lab 63×")
    again.click("remove_preset")
    assert again["objective"].findText("Lab 63×") < 0
    assert again["dye"].findText("Our dye") >= 0


@pytest.mark.parametrize("text", ["{", "[]", '{"objectives": [{"name": "a"}], "dyes": []}', "\x00\x01"])
def test_damaged_presets_are_told_and_kept(viewer, qtbot, own_presets, text):
    own_presets.parent.mkdir()
    own_presets.write_text(text)
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope")
    dock["more_optics"].setChecked(True)
    assert "damaged" in dock.text("preset_state")
    assert dock["objective"].count() > 5
    dock.put(preset_name="mine")
    dock.click("save_preset")
    assert "Not saved" in dock.text("preset_state")
    assert own_presets.read_text() == text


def test_presets_lie_in_the_user_s_own_folder(monkeypatch, tmp_path):
    monkeypatch.undo()
    from napari_deconvolve._napari.docks.psf import presets as psf_presets

    assert psf_presets.presets_path().name == "psf_presets.json"
    assert "napari-deconvolve" in str(psf_presets.presets_path())


def test_a_preset_without_a_name_is_asked_for_one(viewer, qtbot, own_presets):
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope")
    dock["more_optics"].setChecked(True)
    dock.click("save_preset")
    assert "name" in dock.text("preset_state")
    assert not own_presets.exists()
