"""Each source of the dock "PSF": from its fields to the PSF that the same call in Python gives."""

from __future__ import annotations

import numpy as np
import pytest
from psf_dock import LIMIT, Dock, add_stack
from qtpy.QtWidgets import QTableWidgetItem

import napari_deconvolve as nd

FINE = (0.2, 0.08, 0.08)


@pytest.fixture(autouse=True)
def own_presets(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "napari_deconvolve._napari.docks.psf.presets.presets_path", lambda: tmp_path / "own" / "presets.json"
    )


@pytest.fixture
def dock(viewer, qtbot):
    """The dock with a stack of known spacing."""
    add_stack(viewer, scale=FINE)
    return Dock(viewer, qtbot)


def same(first: nd.PSF, second: nd.PSF) -> None:
    assert first.spacing == pytest.approx(second.spacing)
    np.testing.assert_array_equal(first.data, second.data)


# Formula


def test_a_formula_makes_the_psf_of_the_same_call(dock):
    text = "a=0.3,c=0.7,2^(-(x^2+y^2)/(a/2)^2-z^2/(c/2)^2)"
    dock.put(source="Formula", formula=text, shape_z=15, shape_y=31, shape_x=30)
    psf = dock.made()
    same(psf, nd.psf.from_formula(text, (15, 31, 31), FINE))
    assert psf.info["formula"] == text


def test_a_formula_s_size_may_be_a_length(dock):
    dock.put(source="Formula", shape_by="as extent", shape_z=2.0, shape_y=1.0, shape_x=1.0)
    assert dock.made().shape == (11, 13, 13)


@pytest.mark.parametrize("axes", ["3D (z, y, x)", "2D (y, x)", "1D (x)"])
def test_every_example_of_a_formula_makes_a_psf(dock, axes):
    dock.put(source="Formula", ndim=axes)
    examples = [dock["example"].itemText(index) for index in range(1, dock["example"].count())]
    assert len(examples) >= 4
    for example in examples:
        dock.choose("example", example)
        text = dock.text("formula")
        dock.qtbot.waitUntil(
            lambda text=text: (
                dock.widget._making.outcome is not None
                and dock.widget._making.outcome.requests[0].wanted.formula == text
            ),
            timeout=LIMIT,
        )
        assert dock.widget._making.outcome.error == "", (example, dock.widget._making.outcome.error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a=0.3,2^(-(x^2", "brackets"),
        ("__import__('os')", "'"),
        ("x.real", "."),
        ("", "formula"),
        ("x", "negative"),
        ("1/0*x", "zero"),
        ("q*x^2", "q"),
    ],
)
def test_a_wrong_formula_is_told_beneath_as_typed(dock, text, words):
    dock.put(source="Formula", formula=text)
    dock.settle("formula_problem", words)
    assert dock.shown("formula_problem")
    assert not dock["make"].isEnabled()
    dock.put(formula="a=0.3,2^(-(x^2+y^2+z^2)/(a/2)^2)")
    dock.qtbot.waitUntil(lambda: dock["make"].isEnabled() and not dock.text("formula_problem"), timeout=LIMIT)


def test_a_formula_that_uses_an_axis_that_is_not_there_is_told(dock):
    dock.put(source="Formula", formula="exp(-x^2-y^2-z^2)", ndim="2D (y, x)")
    dock.settle("formula_problem", "z")


# Points


def test_points_of_the_table_make_the_psf_of_the_same_call(dock):
    dock.put(source="Points")
    dock.click("add_point")
    table = dock["offsets"]
    for column, text in enumerate(("0.4", "-0.04", "0", "0.25")):
        table.setItem(1, column, QTableWidgetItem(text))
    same(dock.made(), nd.psf.points([(0, 0, 0), (0.4, -0.04, 0)], [1, 0.25], FINE))
    dock.click("remove_point")
    assert table.rowCount() == 1


def test_side_lobes_are_filled_in(dock):
    dock.put(source="Points", lobe_distance=0.4, lobe_height=0.3)
    dock.click("side_lobes")
    same(dock.made(), nd.psf.points([(-0.4, 0, 0), (0, 0, 0), (0.4, 0, 0)], [0.3, 1, 0.3], FINE))


def test_a_point_that_is_no_number_is_told(dock):
    dock.put(source="Points")
    dock["offsets"].item(0, 1).setText("far")
    dock.settle("offsets_problem", "y is 'far'")
    assert not dock["make"].isEnabled()
    dock["offsets"].item(0, 1).setText("0")
    dock["offsets"].item(0, 3).setText("-1")
    dock.settle("offsets_problem", "not negative")


# Microscope

LENS = {"numerical_aperture": 1.2, "emission_um": 0.6}


@pytest.mark.parametrize(
    ("modality", "name", "fields"),
    [
        ("wide field", "widefield", {}),
        ("confocal", "confocal", {"excitation_um": 0.561, "pinhole_airy": 0.5}),
        ("spinning disk", "spinning-disk", {"excitation_um": 0.561, "pinhole_airy": 2.0}),
        ("two-photon", "two-photon", {"excitation_um": 0.92}),
        ("light sheet", "light-sheet", {"sheet_um": 1.5}),
    ],
)
def test_a_microscope_makes_the_psf_of_the_same_call(dock, modality, name, fields):
    dock.put(source="Microscope", modality=modality, immersion="water", **LENS, **fields)
    for field in ("excitation_um", "pinhole_airy", "sheet_um"):
        assert dock.shown(field) == (field in fields), field
    dock["more_optics"].setChecked(True)
    assert dock.shown("zernike") == (name == "widefield")
    dock.put(size_z=9, size_y=31, size_x=31)
    psf = dock.made()
    same(psf, nd.psf.microscope(name, **LENS, immersion_index=1.33, **fields, spacing=FINE, shape=(9, 31, 31)))
    assert modality in dock.viewer.layers[-1].name


def test_layers_model_and_size_reach_the_psf(dock):
    dock.put(source="Microscope", depth_um=5.0, sample_index=1.33, size_z=15, size_y=31, size_x=31)
    dock.put(coverslip_um=172.0, model="scalar", sampling="at points")
    expected = nd.psf.microscope(
        "widefield",
        numerical_aperture=1.4,
        emission_um=0.52,
        sample_index=1.33,
        depth_um=5,
        coverslip_um=172,
        model="scalar",
        sampling="point",
        spacing=FINE,
        shape=(15, 31, 31),
    )
    psf = dock.made()
    same(psf, expected)
    assert "focus" in dock.text("summary").lower()


def test_zernike_aberrations_reach_the_psf(viewer, qtbot):
    add_stack(viewer, shape=(20, 22), scale=(0.1, 0.1))
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", zernike_7=0.15, size_y=15, size_x=15)
    expected = nd.psf.microscope(
        "widefield", numerical_aperture=1.4, emission_um=0.52, zernike={7: 0.15}, spacing=(0.1, 0.1), shape=(15, 15)
    )
    same(dock.made(), expected)


def test_a_microscope_in_nanometres(viewer, qtbot):
    add_stack(viewer, scale=(200, 80, 80), units="nm")
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope", size_z=9, size_y=31, size_x=31)
    psf = dock.made()
    expected = nd.psf.microscope("widefield", numerical_aperture=1.4, emission_um=0.52, spacing=FINE, shape=(9, 31, 31))
    np.testing.assert_array_equal(psf.data, expected.data)
    assert psf.unit == "nm"
    assert psf.spacing == pytest.approx((200, 80, 80))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"numerical_aperture": 1.6}, "immersion index"),
        ({"emission_um": 520.0}, "Emission is 520; give the wavelength in micrometres"),
        ({"immersion_index": 0.9, "numerical_aperture": 0.5}, "Immersion index is 0.9"),
        ({"size_z": 8, "size_y": 31, "size_x": 31}, "odd"),
        ({"size_z": 9}, "each axis"),
    ],
)
def test_optics_that_cannot_be_are_told(dock, fields, words):
    dock.put(source="Microscope", **fields)
    dock.settle("microscope_problem", words)
    assert not dock["make"].isEnabled()


def test_a_microscope_asks_for_a_length(viewer, qtbot):
    viewer.add_image(np.zeros((9, 20, 22), np.float32), name="unknown")
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope")
    assert "unit" in dock.text("microscope_problem")
    dock.choose("unit", "µm")
    dock.put(spacing_z=0.2, spacing_y=0.08, spacing_x=0.08)
    assert not dock.text("microscope_problem")
    assert dock.made().spacing == pytest.approx(FINE)


def test_the_hint_tells_the_coarsest_spacing(viewer, qtbot):
    add_stack(viewer, scale=FINE)
    dock = Dock(viewer, qtbot)
    dock.put(source="Microscope")
    axial, lateral = nd.psf.nyquist("widefield", numerical_aperture=1.4, emission_um=0.52)
    assert f"xy ok (limit {lateral:.3g} µm)" in dock.text("nyquist")
    assert f"z ok (limit {axial:.3g} µm)" in dock.text("nyquist")
    calm = dock["nyquist"].styleSheet()
    viewer.layers[0].scale = (0.2, 0.2, 0.2)
    assert "xy too coarse" in dock.text("nyquist")
    assert dock["nyquist"].styleSheet() != calm


def test_media_and_the_index_go_together(dock):
    dock.put(source="Microscope", immersion="glycerol")
    assert dock["immersion_index"].value() == pytest.approx(1.47)
    dock.put(immersion_index=1.518)
    assert dock["immersion"].currentText() == "other"
    dock.put(immersion_index=1.33)
    assert dock["immersion"].currentText() == "water"


def test_what_cannot_excite_becomes_automatic(dock):
    dock.put(source="Microscope", modality="confocal", excitation_um=0.488)
    dock.put(modality="two-photon")
    assert dock["excitation_um"].value() == 0
    assert not dock.text("microscope_problem")


# Beads


def beads(spacing, seed=1):
    """Beads 0.3 wide at known places, one cut by the border, two that touch."""
    rng = np.random.default_rng(seed)
    stack = np.zeros((25, 90, 90), np.float32)
    places = [(12, 20, 20), (11, 70, 25), (13, 45, 60), (12, 88, 70), (12, 20, 70), (12, 20, 75)]
    for place in places:
        stack[place] = 4e5
    psf = nd.psf.gaussian((0.8, 0.4, 0.4), spacing)
    return rng.poisson(nd.convolve(stack, psf) + 50).astype(np.float32)


def test_beads_make_a_psf_at_the_image_s_spacing(dock):
    own = (0.2, 0.1, 0.1)
    stack = beads(own)
    dock.viewer.add_image(stack, name="beads", scale=own, units="um")
    dock.put(source="Beads", beads="beads", bead_diameter=0.1)
    psf = dock.made()
    alone = nd.psf.from_beads(stack, own, bead_diameter=0.1)
    assert psf.spacing == pytest.approx(FINE)
    assert psf.fwhm == pytest.approx(alone.fwhm, rel=0.03)
    assert dock.viewer.layers[-1].name == "beads · PSF of beads"
    assert dock["own_spacing_x"].value() == pytest.approx(0.1)


def test_each_bead_is_told_and_marked(dock):
    dock.viewer.add_image(beads(FINE), name="beads", scale=FINE, units="um", translate=(0, 1, 2))
    dock.put(source="Beads", beads="beads")
    report = nd.psf.find_beads(dock.viewer.layers["beads"].data, FINE)
    dock.settle("bead_count", f"{len(report.used)} of {len(report.beads)} beads")
    table = dock["bead_table"]
    rows = [[table.item(row, column).text() for column in range(3)] for row in range(table.rowCount())]
    assert [row[2] for row in rows] == [bead.reason or "yes" for bead in report.beads]
    assert [float(row[1]) for row in rows] == pytest.approx([bead.snr for bead in report.beads], rel=0.01)
    for _ in range(2):  # the second time replaces the first
        dock.click("show_beads")
    marks = [layer for layer in dock.viewer.layers if layer.name.startswith("beads · beads")]
    assert len(marks) == 1
    np.testing.assert_allclose(marks[0].data, [bead.position for bead in report.beads])
    assert list(marks[0].features["reason"]) == [bead.reason for bead in report.beads]
    assert tuple(marks[0].translate) == (0, 1, 2)
    colors = {tuple(color) for color in marks[0].border_color}
    assert len(colors) == 2
    brightest = next(bead for bead in report.beads if bead.used)
    assert dock.viewer.dims.current_step[0] == pytest.approx(brightest.position[0], abs=1)


def test_the_slider_goes_to_the_brightest_bead_beside_a_layer_in_nanometres(dock):
    dock.viewer.add_image(beads(FINE), name="beads", scale=FINE, units="um")
    dock.viewer.add_image(np.zeros((20, 22)), name="map", units=("nm", "nm"))
    dock.put(source="Beads", beads="beads")
    report = nd.psf.find_beads(dock.viewer.layers["beads"].data, FINE)
    dock.settle("bead_count", f"{len(report.used)} of")
    dock.viewer.dims.set_current_step(0, 0)
    dock.click("show_beads")
    brightest = next(bead for bead in report.beads if bead.used)
    assert brightest.position[0] > 2
    assert dock.viewer.dims.current_step[0] == pytest.approx(brightest.position[0], abs=1)


def test_a_layer_without_beads_is_told(dock):
    dock.viewer.add_image(np.zeros((9, 20, 22), np.float32), name="empty beads", scale=FINE, units="um")
    dock.put(source="Beads", beads="empty beads")
    dock.settle("beads_problem", "everywhere")
    assert not dock["make"].isEnabled()
    assert not dock.shown("bead_table")


def test_beads_without_spacing_take_the_image_s_until_told(dock):
    dock.viewer.add_image(beads(FINE), name="beads")
    dock.put(source="Beads", beads="beads")
    dock.settle("bead_count", "beads used")
    dock.qtbot.waitUntil(lambda: not dock["own_spacing_x"].isReadOnly(), timeout=LIMIT)
    assert dock.made().spacing == pytest.approx(FINE)


# Across sources


def test_what_a_source_was_set_to_survives_closing_and_reset_forgets_it(dock):
    dock.put(source="Microscope", numerical_aperture=0.75, immersion="air", modality="confocal")
    dock.put(source="Formula", formula="exp(-x^2-y^2)")
    dock.put(source="Points")
    dock.click("add_point")
    dock.viewer.window.remove_dock_widget(dock.dock)
    again = Dock(dock.viewer, dock.qtbot)
    assert again["source"].currentText() == "Points"
    assert again["offsets"].rowCount() == 2
    assert again.text("formula") == "exp(-x^2-y^2)"
    again.put(source="Microscope")
    assert again["numerical_aperture"].value() == 0.75
    assert again["immersion_index"].value() == 1
    assert again["modality"].currentText() == "confocal"
    again.click("reset")
    assert again["source"].currentText() == "Gaussian"
    again.put(source="Microscope")
    assert again["numerical_aperture"].value() == 1.4
    again.put(source="Points")
    assert again["offsets"].rowCount() == 1


@pytest.mark.usefixtures("styled_viewer")
def test_every_field_of_a_source_says_what_it_is_and_fits(dock):
    from qtpy.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QPushButton

    dock.viewer.add_image(beads(FINE), name="beads", scale=FINE, units="um")
    kinds = (QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QPushButton)
    wrong = []
    for source in ("Formula", "Microscope", "Points", "Beads", "From layer", "From file"):
        dock.put(source=source)
        dock["more_optics"].setChecked(True)
        panel = dock.widget.form.panel
        fields = [one for kind in kinds for one in panel.findChildren(kind) if one.objectName() and not one.isHidden()]
        fields = [one for one in fields if not one.objectName().startswith("qt_")]
        assert fields
        wrong += [(source, one.objectName()) for one in fields if not (one.accessibleName() and one.toolTip())]
        width = panel.minimumSizeHint().width()
        wrong += [(source, width)] if width > 262 else []  # what 280 pixels leave beside margins and scroll bar
    assert wrong == []


@pytest.mark.usefixtures("unused_viewer")
def test_the_tab_key_goes_in_reading_order(dock):
    dock.viewer.window._qt_window.show()
    for source in ("Gaussian", "Formula", "Microscope", "Points", "Beads", "From layer", "From file"):
        dock.put(source=source)
        dock["more_optics"].setChecked(True)
        # Places are known once the window has laid itself out.
        dock.qtbot.waitUntil(lambda: out_of_order(dock) == [], timeout=LIMIT)


def out_of_order(dock):
    """The fields that the tab key reaches although the one before stands below them or to their right."""
    from qtpy.QtCore import QPoint, Qt

    form, start = dock.widget.form, dock["source"]
    chain, widget = [], start
    while widget is not start or not chain:
        if form.isAncestorOf(widget) and widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            chain.append(widget)
        widget = widget.nextInFocusChain()
    assert len(chain) > 2
    places = [one.mapTo(form, QPoint(0, one.height() // 2)) for one in chain]
    return [
        one.objectName()
        for before, after, one in zip(places, places[1:], chain[1:], strict=False)
        if after.y() <= before.y() + 6 and not (after.x() > before.x() and abs(after.y() - before.y()) <= 6)
    ]


def test_make_chooses_the_psf_for_its_image(dock):
    from napari_deconvolve._napari.layers import announced
    from napari_deconvolve._napari.work.per_viewer import of_viewer

    heard = []
    of_viewer(dock.viewer, announced.Choices).changed.connect(lambda image, psf: heard.append((image, psf)))
    image = dock.viewer.layers[0]
    dock.made()
    assert heard == [(image, dock.viewer.layers[-1])]
    assert announced.chosen(dock.viewer, image) is dock.viewer.layers[-1]
    dock.put(fwhm_z=1.3)
    dock.made()
    assert announced.chosen(dock.viewer, image) is dock.viewer.layers[-1]
    dock.viewer.layers.remove(dock.viewer.layers[-1])
    assert announced.chosen(dock.viewer, image) is None


def test_make_chooses_the_psf_in_deconvolve(dock):
    class Deconvolve(Dock):
        title = "Deconvolve"

    open_already = Deconvolve(dock.viewer, dock.qtbot)
    dock.made()
    name = dock.viewer.layers[-1].name
    dock.qtbot.waitUntil(lambda: open_already["psf"].currentText() == name, timeout=LIMIT)
    dock.put(fwhm_z=1.7)
    dock.made()
    assert open_already["psf"].currentText() == dock.viewer.layers[-1].name
    assert dock.viewer.layers[-1].name != name


def test_the_dock_takes_what_the_doctor_cured_until_the_form_changes(dock):
    dock.put(source="Formula", formula="exp(-(x^2+y^2+z^2)/0.02)", shape_z=41, shape_y=45, shape_x=47)
    dock.settle("summary", "41 × 45 × 47")
    dock.qtbot.waitUntil(lambda: bool(dock.widget.findings.findings) and not dock.widget.findings.busy, timeout=LIMIT)
    dock.click("fix_extent")
    dock.qtbot.waitUntil(lambda: "41 × 45 × 47" not in dock.text("summary"), timeout=LIMIT)
    cured = dock.made()
    assert cured.shape < (41, 45, 47)
    dock.put(shape_z=43)
    dock.settle("summary", "43 × 45 × 47")
    assert dock.made().shape == (43, 45, 47)


def test_an_image_is_chosen_from_outside(dock):
    add_stack(dock.viewer, "other", scale=(0.5, 0.2, 0.2))
    dock.widget.choose_image(dock.viewer.layers["other"])
    assert dock["image"].currentText() == "other"
    assert dock.made().spacing == pytest.approx((0.5, 0.2, 0.2))


def test_gaussian_keeps_its_place_in_the_list(dock):
    names = [dock["source"].itemText(index) for index in range(dock["source"].count())]
    assert names[:2] == ["Gaussian", "Lorentzian"]
    assert {"Formula", "Microscope", "Points", "Beads", "From layer", "From file"} < set(names)
