"""The panel of findings about a PSF, and its buttons."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import SPACING, spoiled
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QPushButton, QWidget

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.psf.findings import FindingsPanel
from napari_deconvolve._napari.kit.theme import palette
from napari_deconvolve._napari.layers import psf_validation as validation
from napari_deconvolve._napari.layers.psf_validation import Subject, repair, severe


@pytest.fixture
def panel(qtbot):
    made = FindingsPanel()
    qtbot.addWidget(made)
    made.restyle(palette("dark"))
    return made


def examined(qtbot, panel, *given, **more):
    (panel.show_subject if isinstance(given[0], Subject) else panel.show_psf)(*given, **more)
    qtbot.waitUntil(lambda: not panel.busy, timeout=20_000)
    return {finding.name: finding for finding in panel.findings}


def shown(panel):
    """Give the names of the buttons that cure."""
    buttons = panel.findChildren(QPushButton)
    return {one.objectName() for one in buttons if one.objectName().startswith("fix_") and not one.isHidden()}


def test_good_psf_is_one_folded_line(qtbot, panel, good):
    found = examined(qtbot, panel, good, image_spacing=SPACING, image_shape=(32, 64, 64))
    assert {one.severity for one in found.values()} == {"ok"}
    fold = panel.findChild(QWidget, "doctor_ok")
    assert fold.text() == f"{len(found)} checks are in order"
    assert shown(panel) == set()
    words = panel.findChild(QLabel, "finding_centre")
    assert not words.isVisibleTo(panel)
    fold.setChecked(True)
    assert words.isVisibleTo(panel)


def test_each_fault_has_its_row_sign_and_button(qtbot, panel, good):
    given = Subject(spoiled(good, pedestal=0.05), SPACING, "um", SPACING, (32, 64, 64))
    found = examined(qtbot, panel, given)
    assert found["centre"].severity == found["size"].severity == found["pedestal"].severity == "warning"
    assert {"fix_centre", "fix_size", "fix_pedestal", "fix_all"} <= shown(panel)
    words = panel.findChild(QLabel, "finding_pedestal")
    assert words.text() == found["pedestal"].text
    assert words.accessibleName().startswith("warning: ")
    assert palette("dark").warning in words.styleSheet()
    assert "⚠" in [label.text() for label in panel.findChildren(QLabel)]


def test_one_button_cures_one_fault(qtbot, panel, good):
    given = Subject(spoiled(good, pedestal=0.05), SPACING)
    examined(qtbot, panel, given)
    with qtbot.waitSignal(panel.fixed, timeout=20_000) as told:
        qtbot.mouseClick(panel.findChild(QPushButton, "fix_pedestal"), Qt.MouseButton.LeftButton)
    found = examined(qtbot, panel, told.args[0])
    assert found["pedestal"].severity == "ok"
    assert found["centre"].severity == "warning"


def test_fix_all_cures_all(qtbot, panel, good):
    given = Subject(spoiled(good, pedestal=0.05), (0.3, 0.2, 0.2), "um", SPACING, (32, 64, 64))
    examined(qtbot, panel, given)
    with qtbot.waitSignal(panel.fixed, timeout=20_000) as told:
        qtbot.mouseClick(panel.findChild(QPushButton, "fix_all"), Qt.MouseButton.LeftButton)
    found = examined(qtbot, panel, told.args[0], image_spacing=SPACING, image_shape=(32, 64, 64))
    assert [one.text for one in found.values() if one.fix is not None and one.severity == "warning"] == []
    np.testing.assert_allclose(told.args[0].spacing, SPACING)


def test_empty_and_full_again(qtbot, panel, good):
    examined(qtbot, panel, Subject(spoiled(good), SPACING))
    panel.show_psf(None)
    assert panel.findings == ()
    assert shown(panel) == set()
    assert panel.findChild(QLabel, "finding_centre") is None
    assert examined(qtbot, panel, good)["centre"].severity == "ok"


def test_theme_reaches_the_rows(qtbot, panel, good):
    examined(qtbot, panel, Subject(spoiled(good), SPACING))
    panel.restyle(palette("light"))
    assert palette("light").warning in panel.findChild(QLabel, "finding_centre").styleSheet()


def test_the_same_psf_is_examined_once(monkeypatch, good):
    asked = []
    real = validation.examine

    def counted(*given, **more):
        asked.append(more)
        return real(*given, **more)

    monkeypatch.setattr(validation, "examine", counted)
    data = spoiled(good, off=(0, 0, 1))
    for _ in range(2):
        Subject(data, SPACING).examine()
    assert len(asked) == 1
    Subject(data, SPACING, image_spacing=(0.3, 0.2, 0.2)).examine()
    data[0, 0, 0] += 1
    Subject(data, SPACING).examine()
    assert len(asked) == 3


def test_cures_come_in_an_order_that_leaves_nothing(good):
    subject = Subject(spoiled(good, pedestal=0.1), (0.3, 0.2, 0.2), "um", SPACING)
    cured = repair(subject, severe(subject.examine()))
    assert cured.names.index("pedestal") < cured.names.index("centre") < cured.names.index("spacing")
    assert cured.words == "no pedestal, centred, resampled"
    with pytest.raises(nd.PSFError, match="nothing to repair"):
        repair(Subject(good), ("centre",))
