"""Numbers typed into a box as people write them, in every dock."""

from __future__ import annotations

import pytest
from conftest import add_image, cells
from docks import AnyDock
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDoubleSpinBox, QSpinBox

from napari_deconvolve._napari.docks.psf.wavelengths import WavelengthField, in_um
from napari_deconvolve._napari.kit.forms import AUTO, auto_number_box, whole_number_box
from napari_deconvolve._napari.kit.numbers import NumberBox

WHOLE = (("1e1", 10), ("5", 5))
REAL = (("1e1", 10), ("0.05", 0.05), ("2,5", 2.5))
SIGNED = (*REAL, ("-0.25", -0.25), ("-2.5e-1", -0.25))
TITLES = ("Deconvolve", "PSF", "Compare iterations", "Spectrum", "Blur and noise")


def typed(qtbot, box, text, key=Qt.Key.Key_Return):
    """Type over all that stands in a box; give the number that it has then."""
    qtbot.addWidget(box)
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, key)
    return box.value()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000),
        ("1E+3", 1000),
        ("2.5e-3", 0.0025),
        ("0,5", 0.5),
        (".5", 0.5),
        ("7", 7),
        ("1e99", 1e6),
        ("1e-9", 1e-6),
        ("-3", 3),
        ("nan", 42),
        ("1_0", 10),
    ],
)
def test_a_number_is_read_as_it_is_written(qtbot, text, value):
    """1e3 was read as 13 and 0,5 as 5; what nobody can mean cannot be typed."""
    box = NumberBox(0, 1e6, suffix=" µm")
    box.setValue(42)
    assert typed(qtbot, box, text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value"), [("-2e1", -20), ("-", 4), ("-,5", -0.5), ("-1e9", -100), ("5-", 5), ("--5", -5)]
)
def test_a_number_below_zero_is_read_where_there_may_be_one(qtbot, text, value):
    box = NumberBox(-100, 100)
    box.setValue(4)
    assert typed(qtbot, box, text) == pytest.approx(value)


@pytest.mark.parametrize(("text", "value"), [("au", AUTO), ("AUTO", AUTO), ("1e2", 100), ("0", 0), ("-1", 1)])
def test_a_word_stands_below_all_numbers(qtbot, text, value):
    box = auto_number_box(" counts")
    box.setValue(7)
    assert box.text() == "7 counts"
    if text == "au":  # not the word yet: the number stays
        assert typed(qtbot, box, text) == 7
        return
    assert typed(qtbot, box, text) == value
    assert box.text() == ("Auto" if value == AUTO else f"{value} counts")


@pytest.mark.parametrize(
    ("text", "value"), [("1e3", 1000), ("2.5", 2), ("1e-3", 1), ("2.", 2), ("1e999", 100_000), ("0", 1)]
)
def test_whole_numbers_stay_whole(qtbot, text, value):
    box = whole_number_box(1, 100_000, 30)
    number = typed(qtbot, box, text)
    assert number == value
    assert isinstance(number, int)


def test_a_number_that_is_shown_is_read_again_as_the_same(qtbot):
    box = NumberBox(0, 1e9)
    for number in (1518.234567, 0.1 + 0.2, 123456789.25, 1e9, 1e-6, 0):
        box.setValue(number)
        before = box.value()
        box.lineEdit().setModified(True)
        box.interpretText()
        assert box.value() == before
        assert "e" not in box.text() or number < 1e-3


@pytest.mark.parametrize("title", TITLES)
def test_every_number_of_every_dock_is_typed_in_such_a_box(viewer, qtbot, title):
    class Titled(AnyDock):
        pass

    Titled.title = title
    add_image(viewer, cells())
    dock = Titled(viewer, qtbot)
    boxes = dock.widget.findChildren(QDoubleSpinBox)
    assert boxes
    assert not dock.widget.findChildren(QSpinBox)
    for box in boxes:
        assert isinstance(box, NumberBox), box.objectName()
        if box.isReadOnly() or not box.isEnabled():
            continue
        for text, number in WHOLE if box.decimals() == 0 else SIGNED if box.lowest < 0 else REAL:
            box.selectAll()
            qtbot.keyClicks(box, text)
            qtbot.keyClick(box, Qt.Key.Key_Return)
            if isinstance(box, WavelengthField):  # it is typed in nm, and holds um
                number = in_um(number)
            assert box.value() == pytest.approx(min(max(number, box.lowest), box.maximum())), box.objectName()
