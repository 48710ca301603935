"""The dock "PSF" as an editor: a window of its size, links to other sources, one warning with its remedy, Esc."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from hands import type_into
from psf_dock import LIMIT, Dock, add_stack
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QWidget

from napari_deconvolve._napari.docks.psf.columns import BESIDE, WHOLE
from napari_deconvolve._napari.docks.psf.floating import FLOAT_HEIGHT, FLOAT_WIDTH
from napari_deconvolve._napari.docks.psf.heights import BRIGHTNESS
from napari_deconvolve._napari.layers import announced
from napari_deconvolve._napari.layers.opening import add_layers

FINE = (0.25, 0.08, 0.08)
SMALL = (1366, 768)  # pixels of a small screen
OIL_IN_GLYCEROL = {"source": "Microscope", "objective": "60×/1.42 oil", "sample": "glycerol"}


@pytest.fixture
def dock(viewer, qtbot):
    """The dock with a stack of 8 um, 32 planes."""
    add_stack(viewer, "cells", (33, 64, 64), scale=FINE)
    return Dock(viewer, qtbot)


@pytest.fixture
def window(viewer):
    """napari's window as on a small screen."""
    found = viewer.window._qt_window
    found.show()
    found.resize(*SMALL)
    return found


@pytest.fixture
def channels(viewer, tmp_path):
    """A file of two channels that says what they emit, opened by the plugin's reader."""
    path = tmp_path / "cells.ome.tif"
    metadata = {
        "axes": "CZYX",
        "PhysicalSizeX": 0.08,
        "PhysicalSizeY": 0.08,
        "PhysicalSizeZ": 0.25,
        "Channel": {"Name": ["DAPI", "GFP"], "EmissionWavelength": [461.0, 509.0]},
    }
    data = np.random.default_rng(0).integers(0, 99, (2, 9, 20, 22)).astype(np.uint16)
    tifffile.imwrite(path, data, photometric="minisblack", metadata=metadata)
    add_layers(viewer, str(path))
    return [layer for layer in viewer.layers if layer.name.startswith("cells")]


def settle(dock):
    """Wait until a PSF is shown and examined."""
    dock.settle("status", "Ready in")
    dock.qtbot.waitUntil(lambda: bool(dock["doctor"].findings) and not dock["doctor"].busy, timeout=LIMIT)
    QApplication.processEvents()


def scrolls(area):
    return area.horizontalScrollBar().maximum(), area.verticalScrollBar().maximum()


# ---- a window


@pytest.mark.usefixtures("unused_viewer")
def test_it_floats_at_its_size_and_the_window_keeps_its_own(viewer, qtbot, window):
    add_stack(viewer, "cells", (33, 64, 64), scale=FINE)
    before = window.size()
    dock = Dock(viewer, qtbot)
    qtbot.waitUntil(dock.dock.isFloating, timeout=LIMIT)
    dock.put(source="Microscope")
    screen = window.screen().availableGeometry()
    assert dock.dock.width() == min(FLOAT_WIDTH, screen.width() - 24)
    assert dock.dock.height() == min(FLOAT_HEIGHT, screen.height() - 24)
    dock.dock.resize(FLOAT_WIDTH, FLOAT_HEIGHT)
    settle(dock)
    assert scrolls(dock.widget._columns) == (0, 0)
    assert scrolls(dock.widget._columns._fields) == (0, 0)
    assert window.size() == before
    dock.dock.setFloating(False)
    QApplication.processEvents()
    assert window.size() == before


@pytest.mark.usefixtures("unused_viewer")
def test_a_window_of_its_size_cuts_no_words_on_the_psf(viewer, qtbot, window):
    add_stack(viewer, "cells", (12, 96, 96), scale=(0.3, 0.1, 0.1))
    dock = Dock(viewer, qtbot)
    qtbot.waitUntil(dock.dock.isFloating, timeout=LIMIT)
    dock.dock.resize(FLOAT_WIDTH, FLOAT_HEIGHT)
    dock.put(source="Microscope")
    type_into(qtbot, dock["numerical_aperture"], "1.49")
    dock.settle("summary", "of the light")
    settle(dock)
    words = dock["summary"]
    assert words.height() >= words.heightForWidth(words.width())


@pytest.mark.usefixtures("unused_viewer")
def test_it_goes_when_its_psf_is_used_for_it_lies_over_what_comes_next(viewer, qtbot, window):
    add_stack(viewer, "cells", (9, 24, 24), scale=FINE)
    dock = Dock(viewer, qtbot)
    qtbot.waitUntil(dock.dock.isFloating, timeout=LIMIT)
    dock.put(source="Microscope")
    qtbot.waitUntil(dock["make"].isEnabled, timeout=LIMIT)
    dock.click("make")
    qtbot.waitUntil(lambda: len(viewer.layers) == 2, timeout=LIMIT)
    qtbot.waitUntil(lambda: "PSF (napari-deconvolve)" not in viewer.window._wrapped_dock_widgets, timeout=LIMIT)


@pytest.mark.usefixtures("unused_viewer")
def test_docked_below_the_image_it_scrolls_sideways_and_the_window_keeps_its_size(viewer, qtbot, window):
    dock = Dock(viewer, qtbot)
    qtbot.waitUntil(dock.dock.isFloating, timeout=LIMIT)
    before = window.size()
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock.dock)
    dock.dock.setFloating(False)
    qtbot.waitUntil(lambda: not dock.dock.isFloating(), timeout=LIMIT)
    QApplication.processEvents()
    assert window.size() == before
    columns = dock.widget._columns
    qtbot.waitUntil(lambda: columns.wide and columns.horizontalScrollBar().maximum() > 0, timeout=LIMIT)
    corner = Qt.Corner.BottomLeftCorner
    assert window.corner(corner) == Qt.DockWidgetArea.LeftDockWidgetArea
    viewer.window.remove_dock_widget(dock.dock)
    assert window.corner(corner) == Qt.DockWidgetArea.BottomDockWidgetArea


@pytest.mark.usefixtures("unused_viewer")
def test_put_into_the_window_by_hand_it_opens_there_again(viewer, qtbot, window):
    dock = Dock(viewer, qtbot)
    qtbot.waitUntil(dock.dock.isFloating, timeout=LIMIT)
    dock.dock.setFloating(False)
    viewer.window.remove_dock_widget(dock.dock)
    again = Dock(viewer, qtbot)
    qtbot.wait(100)
    assert not again.dock.isFloating()


@pytest.mark.usefixtures("styled_viewer")
@pytest.mark.parametrize("width", [330, 280])
@pytest.mark.parametrize("source", ["Microscope", "Gaussian", "Formula", "Points", "Beads", "From layer", "From file"])
def test_narrow_all_stands_below_each_other_and_nothing_is_cut(dock, qtbot, width, source):
    dock.put(source=source)
    widget = dock.widget
    assert widget.minimumSizeHint().width() <= width
    dock.dock.setFloating(True)
    dock.dock.show()
    dock.dock.resize(width, 700)
    qtbot.waitUntil(lambda: widget.width() <= width)  # the server of the screen answers when it can
    QApplication.processEvents()
    columns = widget._columns
    assert not columns.wide
    assert columns.horizontalScrollBar().maximum() == 0
    form, view = (one.mapTo(columns.widget(), one.rect().topLeft()).y() for one in (widget.form, widget.view))
    assert form + widget.form.height() <= view, "the form stands above the view, whole"
    right = columns.widget().width()
    cut = [
        one.objectName()
        for one in columns.widget().findChildren(QWidget)
        if one.objectName()
        and one.isVisible()
        and not one.objectName().startswith("qt_")
        and one.window() is widget.window()
        and one.mapTo(columns.widget(), one.rect().topRight()).x() > right
    ]
    assert cut == []


@pytest.mark.usefixtures("styled_viewer")
def test_columns_stand_beside_each_other_where_there_is_room(dock):
    columns = dock.widget._columns
    dock.dock.setFloating(True)
    dock.dock.show()
    for width, wide in ((BESIDE - 20, False), (BESIDE + 20, True), (WHOLE + 50, True)):
        dock.dock.resize(width, 455)
        QApplication.processEvents()
        assert columns.wide == wide
        assert (columns.widget().minimumWidth() == WHOLE) == wide


# ---- Cancel


def test_esc_brings_back_all_settings_and_closes(dock):
    dock.put(fwhm_z=1.7)
    dock.made()
    dock.put(source="Microscope", numerical_aperture=1.2, emission_um=0.6)
    dock["log_scale"].setChecked(True)
    dock.qtbot.keyClick(dock["emission_um"], Qt.Key.Key_Escape)
    dock.qtbot.waitUntil(lambda: dock.widget.gone, timeout=LIMIT)
    again = Dock(dock.viewer, dock.qtbot)
    assert again["source"].currentText() == "Gaussian"
    assert again["fwhm_z"].value() == pytest.approx(1.7), "it was used, so it stays"
    assert not again["log_scale"].isChecked()
    again.put(source="Microscope")
    assert again["numerical_aperture"].value() == 1.4


def test_the_button_cancels_too_and_forgets_what_was_typed_for_an_image(channels, viewer, qtbot):
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", image="cells · GFP", emission_um=0.55)
    dock.click("cancel")
    qtbot.waitUntil(lambda: dock.widget.gone, timeout=LIMIT)
    again = Dock(viewer, qtbot)
    again.put(source="Microscope", image="cells · GFP")
    assert again["emission_um"].value() == pytest.approx(0.509)


# ---- sources


@pytest.mark.parametrize(
    ("link", "source", "title", "field"),
    [
        ("from_beads", "Beads", "Beads in an image", "beads"),
        ("from_stored", "From layer", "File or layer", "layer"),
        ("from_shape", "Gaussian", "Shape or formula", "same_xy"),
        ("from_points", "Points", "Points and side lobes", "offsets"),
    ],
)
def test_a_link_swaps_the_form_and_back_returns_to_the_microscope(dock, link, source, title, field):
    dock.put(source="Microscope")
    assert not dock.shown("back")
    dock.click(link)
    assert dock["source"].currentText() == source
    assert dock.widget._columns._title.text() == title
    assert not dock.widget.form.panel.isHidden()
    assert dock.widget.form.panel.isAncestorOf(dock[field])
    dock.click("back")
    assert dock["source"].currentText() == "Microscope"
    assert not dock.shown("back")


def test_the_first_field_offers_what_the_link_promised(dock):
    for link, offered in (
        ("from_shape", ["Gaussian", "Lorentzian", "Formula"]),
        ("from_stored", ["From layer", "From file"]),
    ):
        dock.click(link)
        box = dock["source"]
        assert dock.shown("source")
        rows = range(box.count())
        assert [box.itemText(row) for row in rows if not box.view().isRowHidden(row)] == offered
    dock.click("from_points")
    assert not dock.shown("source")


def test_a_file_that_knows_its_lens_begins_with_the_microscope(viewer, qtbot):
    image = add_stack(viewer, "cells")
    image.metadata["napari_deconvolve"] = {"optics": {"numerical_aperture": 1.2, "emission_um": 0.6}}
    dock = Dock(viewer, qtbot)
    assert dock["source"].currentText() == "Microscope"
    assert dock["numerical_aperture"].value() == 1.2


@pytest.mark.parametrize(
    ("scale", "units"), [((1, 1, 1), "pixel"), ((200, 80, 80), "nm"), (FINE, "um"), ((2, 1, 1), "mm")]
)
def test_the_first_formula_is_never_a_single_pixel(viewer, qtbot, scale, units):
    viewer.add_image(np.zeros((15, 40, 40), np.float32), name="cells", scale=scale, units=units)
    dock = Dock(viewer, qtbot)
    dock.put(source="Formula")
    widths = np.array(dock.made().fwhm)
    assert (widths[1:] >= 2 * np.array(scale[1:])).all()


# ---- wavelengths


def test_wavelengths_are_shown_and_typed_in_nm_and_held_in_um(dock):
    dock.put(source="Microscope", dye="GFP")
    field = dock["emission_um"]
    assert field.text() == "509 nm"
    assert field.value() == pytest.approx(0.509)
    for typed, um in (("525", 0.525), ("0.61", 0.61), ("580 nm", 0.58)):
        field.selectAll()
        dock.qtbot.keyClicks(field, typed)
        assert field.value() == pytest.approx(um)
    field.stepUp()
    assert field.text() == "581 nm"
    assert dock["excitation_um"].text() in ("488 nm", "Auto")


def test_each_channel_has_its_dye_and_wavelength_in_nm(channels, viewer, qtbot):
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope")
    assert dock["all_channels"].isChecked(), "nobody chose one of them"
    table = dock["emissions"]
    delegate = table.itemDelegate()
    shown = [delegate.displayText(table.item(row, 1).text(), None) for row in range(2)]
    assert shown == ["461 nm", "509 nm"]
    assert [dock[f"dye_{row}"].currentText() for row in range(2)] == ["DAPI", "GFP"]
    dock.choose("dye_1", "mCherry")
    assert float(table.item(1, 1).text()) == pytest.approx(0.61)
    table.editItem(table.item(0, 1))
    editor = table.findChild(QWidget, "qt_editor") or table.viewport().findChildren(QWidget)[-1]
    assert editor.text() == "461"
    editor.setText("450")
    delegate.setModelData(editor, table.model(), table.indexFromItem(table.item(0, 1)))
    assert float(table.item(0, 1).text()) == pytest.approx(0.45)


def test_the_view_switches_between_channels_and_all_stay_chosen(channels, viewer, qtbot):
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", size_z=9, size_y=21, size_x=21)
    dock.choose("view_channel", "DAPI")
    assert dock["image"].currentText() == "cells · DAPI"
    assert dock["all_channels"].isChecked()
    dock.click("make")
    dock.settle("status", "each channel will use its own")
    assert all(announced.chosen(viewer, layer) is not None for layer in channels)


def test_one_shape_serves_all_channels(channels, viewer, qtbot):
    dock = Dock(viewer, qtbot)
    psf = dock.made()
    chosen = {id(announced.chosen(viewer, layer)) for layer in channels}
    assert len(chosen) == 1
    assert psf.info["source"] == "gaussian"


def test_a_truth_is_no_channel_of_its_image(viewer, qtbot):
    viewer.open_sample("napari-deconvolve", "cell")
    dock = Dock(viewer, qtbot)
    assert dock["image"].currentText() == "simulated cell"
    assert not dock.shown("all_channels")
    assert not dock.shown("every_image")


def test_every_image_uses_the_psf_when_asked(viewer, qtbot):
    for name, shape in (("one", (9, 20, 22)), ("two", (9, 30, 32))):
        add_stack(viewer, name, shape)
    dock = Dock(viewer, qtbot)
    assert dock.shown("every_image")
    dock["every_image"].setChecked(True)
    dock.made()
    psf = viewer.layers[-1]
    assert [announced.chosen(viewer, viewer.layers[name]) for name in ("one", "two")] == [psf, psf]
    assert "All 2 images" in dock.text("status")


# ---- doctor and view


def test_one_warning_whose_remedy_makes_the_doctor_green(dock):
    dock.put(**OIL_IN_GLYCEROL)
    dock.settle("warnings", "Oil lens in glycerol: the PSF changes over the 8 µm of this stack.")
    settle(dock)
    assert dock["warnings_remedy"].text() == "Use 3 depths"
    dock.click("warnings_remedy")
    assert dock["depth_mode"].currentText() == "strata"
    dock.settle("summary", "3 strata")
    settle(dock)
    assert dock.text("warnings") == ""
    assert {one.severity for one in dock["doctor"].findings} == {"ok"}
    assert dock.text("checks") == f"✓ {len(dock['doctor'].findings)} checks"


def test_a_finding_is_repaired_from_the_warning(dock):
    dock.put(source="Microscope", size_z=3, size_y=9, size_x=9)
    dock.settle("summary", "3 × 9 × 9")
    settle(dock)
    shown = dock.text("warnings")
    assert "light beyond is cut off" in shown
    before = dock.text("summary")
    dock.click("warnings_remedy")
    dock.qtbot.waitUntil(lambda: dock.text("warnings") != shown, timeout=LIMIT)
    assert dock.text("summary") != before, "the larger one is shown"
    assert min(dock.made().shape) > 3


def test_a_warning_that_is_ignored_stays_away(dock):
    dock.put(**OIL_IN_GLYCEROL)
    dock.settle("warnings", "Oil lens in glycerol")
    dock.click("warnings_ignore")
    assert dock.text("warnings") == ""
    settle(dock)
    dock.put(emission_um=0.53)
    settle(dock)
    assert dock.text("warnings") == ""


@pytest.mark.parametrize("modality", ["wide field", "confocal", "spinning disk", "two-photon", "light sheet"])
def test_a_psf_of_automatic_size_passes_its_own_checks(viewer, qtbot, modality):
    add_stack(viewer, "cells", (25, 48, 48), scale=(0.1, 0.04, 0.04))
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", modality=modality)
    settle(dock)
    found = {one.name: one.severity for one in dock["doctor"].findings}
    assert {name: found[name] for name in ("border", "extent", "size")} == dict.fromkeys(
        ("border", "extent", "size"), "ok"
    )


def test_add_as_layer_shows_it_and_changes_no_choice(dock):
    image = dock.viewer.layers[0]
    dock.click("add_layer")
    dock.qtbot.waitUntil(lambda: len(dock.viewer.layers) == 2, timeout=LIMIT)
    assert dock.viewer.layers[-1].visible
    assert announced.chosen(dock.viewer, image) is None


def test_brightness_changes_the_sections_and_not_the_plots(dock):
    settle(dock)
    image = dock.widget.view._slices._plots["xy"]._image
    curve = dock["profile"].getPlotItem().listDataItems()[0].getData()[1].copy()
    middles = {}
    for text in BRIGHTNESS:
        dock.choose("brightness", text)
        middles[text] = float(np.mean((image.image - image.levels[0]) / np.ptp(image.levels)))
        np.testing.assert_array_equal(dock["profile"].getPlotItem().listDataItems()[0].getData()[1], curve)
    assert middles["linear"] < middles["square root"] < middles["logarithmic"]
