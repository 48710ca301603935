"""The dock "PSF": from each source to a layer, by its buttons and fields."""

from __future__ import annotations

import numpy as np
import pytest
from psf_dock import LIMIT, SPACING, Dock, add_stack
from qtpy.QtCore import Qt

import napari_deconvolve as nd


@pytest.fixture
def dock(viewer, qtbot):
    """The dock with a stack of known spacing."""
    add_stack(viewer)
    return Dock(viewer, qtbot)


@pytest.mark.parametrize(("source", "make"), [("Gaussian", nd.psf.gaussian), ("Lorentzian", nd.psf.lorentzian)])
def test_a_calculated_psf_has_the_widths_and_the_image_s_spacing(dock, source, make):
    dock.choose("source", source)
    dock["same_xy"].setChecked(False)
    for axis, width in zip("zyx", (0.7, 0.4, 0.3), strict=True):
        dock[f"fwhm_{axis}"].setValue(width)
    psf = dock.made()
    expected = make((0.7, 0.4, 0.3), SPACING)
    assert np.array_equal(psf.data, expected.data)
    assert psf.spacing == pytest.approx(SPACING)
    assert psf.unit == "um"
    assert source in dock.viewer.layers[-1].name
    assert "µm" in dock.viewer.layers[-1].name


def test_a_psf_does_not_cover_the_image(dock):
    dock.made()
    image, psf = dock.viewer.layers
    assert not psf.visible
    assert psf.extent.world.mean(axis=0) == pytest.approx(image.extent.world.mean(axis=0), abs=0.2)


def test_2d_takes_the_last_two_axes(dock):
    dock.choose("ndim", "2D (y, x)")
    assert not dock.shown("fwhm_z")
    psf = dock.made()
    assert psf.ndim == 2
    assert psf.spacing == pytest.approx(SPACING[1:])


def test_time_is_no_axis_of_a_psf(viewer, qtbot):
    add_stack(viewer, axis_labels=("t", "y", "x"), units=("s", "um", "um"))
    assert Dock(viewer, qtbot)["ndim"].currentText().startswith("2D")


def test_widths_along_y_and_x_go_together_until_parted(dock):
    dock["fwhm_y"].setValue(0.5)
    assert dock["fwhm_x"].value() == pytest.approx(0.5)
    dock["same_xy"].setChecked(False)
    dock["fwhm_y"].setValue(0.4)
    assert dock["fwhm_x"].value() == pytest.approx(0.5)


def test_a_layer_is_centred_resampled_and_told(dock):
    point = np.zeros((11, 14, 16), np.float32)
    full = nd.psf.gaussian((0.8, 0.6, 0.6), (0.3, 0.1, 0.1), shape=(5, 9, 9))
    point[3:8, 4:13, 5:14] = full.data
    dock.viewer.add_image(point, name="bead", scale=(0.15, 0.05, 0.05), units="um")
    dock.choose("source", "From layer")
    dock.choose("layer", "bead")
    psf = dock.made()
    assert psf.spacing == pytest.approx(SPACING)
    assert dock.viewer.layers[-1].name == "bead · PSF"
    assert any("centred" in note for note in psf.notes)
    assert any("resampled" in note for note in psf.notes)
    assert "resampled" in dock.text("summary").lower()
    middle = tuple(length // 2 for length in psf.shape)
    assert np.unravel_index(int(psf.data.argmax()), psf.shape) == middle


def test_a_layer_without_spacing_takes_the_image_s_until_told(dock):
    dock.viewer.add_image(nd.psf.gaussian((3, 4, 4)).data, name="no spacing")
    dock.choose("source", "From layer")
    dock.choose("layer", "no spacing")
    dock.settle("summary", "not stated")
    assert not dock["own_spacing_x"].isReadOnly()
    dock["own_spacing_x"].setValue(0.05)
    psf = dock.made()
    assert psf.spacing == pytest.approx(SPACING)
    assert psf.fwhm[2] == pytest.approx(psf.fwhm[1] / 2, rel=0.15)


def test_a_file_makes_a_psf(dock, tmp_path):
    path = tmp_path / "mine.ome.tif"
    nd.psf.save(nd.psf.gaussian((0.7, 0.3, 0.3), SPACING), path)
    dock.choose("source", "From file")
    dock["path"].setText(str(path))
    psf = dock.made()
    assert dock.viewer.layers[-1].name == "mine · PSF"
    assert psf.fwhm == pytest.approx(nd.psf.gaussian((0.7, 0.3, 0.3), SPACING).fwhm)


def test_save_writes_the_psf_of_now(dock, tmp_path, monkeypatch):
    path = tmp_path / "saved.ome.tif"
    monkeypatch.setattr(
        "napari_deconvolve._napari.docks.psf.widget.QFileDialog.getSaveFileName", lambda *_, **__: (str(path), "")
    )
    dock["fwhm_x"].setValue(0.44)
    dock.click("save")
    dock.settle("status", "Saved")
    assert nd.psf.load(path).info["fwhm"] == pytest.approx([0.6, 0.44, 0.44])


def test_a_file_that_cannot_be_written_is_told(dock, tmp_path, monkeypatch):
    path = tmp_path / "nowhere" / "saved.ome.tif"
    monkeypatch.setattr(
        "napari_deconvolve._napari.docks.psf.widget.QFileDialog.getSaveFileName", lambda *_, **__: (str(path), "")
    )
    dock.click("save")
    dock.settle("status", "Not saved")


@pytest.mark.parametrize(
    ("prepare", "field", "words"),
    [
        (lambda d: d["fwhm_x"].setValue(0), "fwhm_problem", "width above 0"),
        (lambda d: d.choose("source", "From file"), "path_problem", "Choose the file"),
        (lambda d: (d.choose("source", "From file"), d["path"].setText("/no/such")), "path_problem", "no such file"),
        (lambda d: d.choose("source", "From layer"), "layer_problem", "the image itself"),
        (lambda d: (d.choose("source", "From layer"), d["background"].setText("x")), "background_problem", "'x'"),
    ],
    ids=["fwhm", "no path", "wrong path", "same layer", "background"],
)
def test_wrong_input_is_told_beside_the_field_and_make_is_off(dock, prepare, field, words):
    prepare(dock)
    assert words in dock.text(field)
    assert dock.shown(field)
    assert not dock["make"].isEnabled()
    assert dock["make"].toolTip()


@pytest.mark.parametrize(("value", "words"), [(0.0, "zero everywhere"), (np.nan, "NaN")])
def test_a_layer_that_is_no_psf_is_refused_in_words(dock, value, words):
    dock.viewer.add_image(np.full((5, 5, 5), value), name="bad", scale=SPACING, units="um", contrast_limits=(0, 1))
    dock.choose("source", "From layer")
    dock.choose("layer", "bad")
    dock.settle("layer_problem", words)
    assert not dock["make"].isEnabled()


def test_a_file_that_is_no_psf_is_refused_in_words(dock, tmp_path):
    path = tmp_path / "text.tif"
    path.write_text("this is no image")
    dock.choose("source", "From file")
    dock["path"].setText(str(path))
    dock.settle("path_problem", "text.tif")
    assert not dock["make"].isEnabled()


def test_a_psf_of_more_axes_than_the_image_is_refused(viewer, qtbot):
    add_stack(viewer, "flat", (20, 22))
    add_stack(viewer, "deep")
    dock = Dock(viewer, qtbot)
    dock.choose("image", "flat")
    dock.choose("source", "From layer")
    dock.choose("layer", "deep")
    dock.settle("layer_problem", "3 axes")
    assert not dock["make"].isEnabled()


def test_warnings_for_coarse_sampling_and_for_cut_tails(dock):
    dock["fwhm_x"].setValue(0.15)
    dock.settle("finding_sampling", "below 2")
    dock.choose("source", "Lorentzian")
    dock.settle("warnings", "never ends")


def test_the_dock_works_before_any_image_and_fills_later(viewer, qtbot):
    dock = Dock(viewer, qtbot)
    dock["spacing_x"].setValue(0.2)
    assert dock.made().spacing == pytest.approx((0.3, 0.1, 0.2))
    assert viewer.layers[-1].visible
    image = add_stack(viewer, "later")
    dock.choose("image", "later")
    assert dock["spacing_x"].isReadOnly()
    image.name = "renamed"
    assert dock["image"].currentText() == "renamed"
    viewer.layers.remove(image)
    assert dock["image"].findText("renamed") < 0
    assert not dock["spacing_x"].isReadOnly()


def test_an_image_without_spacing_is_asked_for_it_and_gets_it(viewer, qtbot):
    image = viewer.add_image(np.zeros((9, 20, 22), np.float32), name="unknown")
    dock = Dock(viewer, qtbot)
    viewer.dims.current_step = (4, 0, 0)
    assert "has no pixel size" in dock.text("spacing_problem")
    assert dock["unit"].currentText() == "pixel"
    dock.choose("unit", "µm")
    for axis, step in zip("zyx", SPACING, strict=True):
        dock[f"spacing_{axis}"].setValue(step)
    assert dock.made().spacing == pytest.approx(SPACING)
    assert tuple(image.scale) == pytest.approx(SPACING)
    assert {str(unit) for unit in image.units} == {"micrometer"}
    assert viewer.dims.current_step[0] == 4


def test_the_image_stays_as_it_is_when_the_user_says_so(viewer, qtbot):
    image = viewer.add_image(np.zeros((9, 20, 22), np.float32), name="unknown")
    dock = Dock(viewer, qtbot)
    dock.choose("unit", "µm")
    dock["set_on_image"].setChecked(False)
    dock.made()
    assert tuple(image.scale) == (1, 1, 1)


def test_the_same_again_is_no_second_layer_another_is(dock):
    dock.made()
    dock.click("make")
    dock.settle("status", "already")
    assert len(dock.viewer.layers) == 2
    dock["fwhm_z"].setValue(1.1)
    dock.made()
    assert len(dock.viewer.layers) == 3


def test_an_edited_scale_of_the_image_is_followed(dock):
    dock.viewer.layers[0].scale = (0.5, 0.2, 0.2)
    assert dock["spacing_z"].value() == pytest.approx(0.5)
    assert dock.made().spacing == pytest.approx((0.5, 0.2, 0.2))


def test_values_survive_closing_and_reset_brings_defaults(dock):
    dock.choose("source", "Lorentzian")
    dock["fwhm_z"].setValue(1.25)
    dock["log_scale"].setChecked(True)
    dock.viewer.window.remove_dock_widget(dock.dock)
    again = Dock(dock.viewer, dock.qtbot)
    assert again["source"].currentText() == "Lorentzian"
    assert again["fwhm_z"].value() == pytest.approx(1.25)
    assert again["log_scale"].isChecked()
    again.click("reset")
    assert again["source"].currentText() == "Gaussian"
    assert again["fwhm_z"].value() == pytest.approx(0.6)
    assert not again["log_scale"].isChecked()


@pytest.mark.usefixtures("unused_viewer")
def test_ctrl_enter_makes(dock):
    dock.viewer.window._qt_window.show()
    dock.qtbot.waitUntil(dock.dock.isFloating, timeout=LIMIT)
    dock.dock.activateWindow()
    dock["fwhm_z"].setFocus()
    dock.qtbot.waitUntil(lambda: dock["fwhm_z"].hasFocus(), timeout=LIMIT)
    dock.qtbot.keyClick(dock["fwhm_z"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    dock.qtbot.waitUntil(lambda: len(dock.viewer.layers) == 2, timeout=LIMIT)


def test_every_control_says_what_it_is(dock):
    names = ["source", "image", "ndim", "fwhm_z", "fwhm_y", "fwhm_x", "spacing_z", "unit", "layer", "path", "browse"]
    for name in [*names, "center", "background", "make", "save", "reset", "same_xy", "set_on_image", "own_spacing_x"]:
        assert dock[name].accessibleName(), name
        assert dock[name].toolTip(), name
    assert "µm" in dock["fwhm_x"].toolTip()


def test_the_view_tells_the_widths(dock):
    dock["fwhm_z"].setValue(1.2)
    dock.settle("widths", "z")
    wanted = f"{nd.psf.gaussian((1.2, 0.25, 0.25), SPACING).fwhm[0]:.3g}"
    dock.qtbot.waitUntil(lambda: f"z {wanted} µm" in dock["widths"].accessibleName(), timeout=LIMIT)


def test_closing_the_dock_at_once_is_survived(dock, qtbot):
    dock["fwhm_z"].setValue(1.4)
    dock.viewer.window.remove_dock_widget(dock.dock)
    qtbot.wait(300)
    dock.viewer.theme = "light"
    assert len(dock.viewer.layers) == 1
