"""What all docks do alike."""

from __future__ import annotations

import pytest
from docks import AnyDock
from qtpy.QtWidgets import QAbstractButton

TITLES = ("Deconvolve", "PSF", "Compare iterations", "Spectrum", "Blur and noise")


class TitledDock(AnyDock):
    def __init__(self, viewer, qtbot, title):
        self.title = title
        super().__init__(viewer, qtbot)


@pytest.fixture(params=TITLES)
def dock(viewer, qtbot, request):
    return TitledDock(viewer, qtbot, request.param)


def restyled(dock, monkeypatch):
    """Give a list that takes the colours whenever the dock takes new ones."""
    taken = []
    form = dock.widget.form
    first = form.restyle
    monkeypatch.setattr(form, "restyle", lambda colors: (taken.append(colors), first(colors)))
    return taken


def test_a_dock_follows_the_theme_until_it_is_closed(dock, monkeypatch):
    taken = restyled(dock, monkeypatch)
    dock.viewer.theme = "light"
    assert [colors.first for colors in taken] == ["#0072b2"]
    dock.dock.destroyOnClose()  # what the cross of its title does
    dock.viewer.theme = "dark"
    assert len(taken) == 1
    assert dock.widget.gone


def test_a_dock_that_is_moved_about_goes_on_to_follow_the_theme(dock, monkeypatch):
    taken = restyled(dock, monkeypatch)
    dock.dock.setFloating(True)
    dock.dock.setFloating(False)
    dock.dock.hide()
    dock.dock.show()
    dock.viewer.theme = "light"
    assert len(taken) == 1


def test_a_dock_that_is_opened_again_has_the_colours_of_now(dock, qtbot, monkeypatch):
    dock.dock.destroyOnClose()
    dock.viewer.theme = "light"
    again = TitledDock(dock.viewer, qtbot, dock.title)
    assert again.widget is not dock.widget
    taken = restyled(again, monkeypatch)
    dock.viewer.theme = "dark"
    assert [colors.first for colors in taken] == ["#56b4e9"]


def test_no_word_of_a_dock_writes_um_for_micrometres(dock):
    from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QLabel

    def words():
        for kind in (QLabel, QAbstractButton):
            for widget in dock.widget.findChildren(kind):
                yield widget.text()
                yield widget.toolTip()
        for box in dock.widget.findChildren(QComboBox):
            yield from (box.itemText(index) for index in range(box.count()))
        for box in dock.widget.findChildren(QDoubleSpinBox):
            yield from (box.prefix(), box.suffix(), box.toolTip(), box.specialValueText())

    dock.viewer.open_sample("napari-deconvolve", "cell")
    assert [text for text in words() if "um" in text.replace("/", " ").split()] == []
