"""Where the dock "Spectrum" stands, and how its parts lie there: in a window that is shown."""

from __future__ import annotations

import time

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from test_spectrum_dock import STEP, Dock, lines

BOTTOM, RIGHT = Qt.DockWidgetArea.BottomDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
CORNER = Qt.Corner.BottomLeftCorner
SIZE = (1366, 768)


def settle(seconds=0.4):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


@pytest.fixture
def window(make_napari_viewer):
    """A viewer whose window has the size of a small screen."""
    viewer = make_napari_viewer(show=True)
    viewer.add_image(np.zeros((6, 20, 30)), name="stack")
    viewer.window._qt_window.resize(*SIZE)
    settle()
    return viewer


@pytest.fixture
def dock(window, qtbot):
    made = Dock(window, qtbot)
    settle()
    return made


@pytest.fixture
def ran(dock, tmp_path):
    """The dock after the run of a file."""
    np.savetxt(tmp_path / "lines.csv", np.c_[np.arange(200) * STEP, lines()], delimiter=",", header="E (meV),counts")
    dock.widget._listing.take_files([str(tmp_path / "lines.csv")])
    dock.run(fwhm=4.0, iterations=5)
    settle()
    return dock


def size(viewer):
    return viewer.window._qt_window.width(), viewer.window._qt_window.height()


def move(dock, area, width=0):
    main = dock.viewer.window._qt_window
    main.addDockWidget(area, dock.dock)
    settle()
    if width:
        main.resizeDocks([dock.dock], [width], Qt.Orientation.Horizontal)
        settle()


def test_it_opens_at_the_bottom_beside_the_left_docks_and_the_window_keeps_its_size(window, qtbot):
    main = window.window._qt_window
    corner, before = main.corner(CORNER), size(window)
    dock = Dock(window, qtbot)
    settle()
    assert main.dockWidgetArea(dock.dock) == BOTTOM
    assert main.corner(CORNER) == Qt.DockWidgetArea.LeftDockWidgetArea
    assert size(window) == before
    qtbot.waitUntil(lambda: abs(dock.dock.height() - 0.56 * main.height()) < 6)
    assert dock.widget._content.wide
    window.window.remove_dock_widget(dock.dock)
    settle()
    assert main.corner(CORNER) == corner
    assert size(window) == before


def test_a_run_with_all_its_words_does_not_change_a_height(ran):
    before, whole = ran.dock.height(), size(ran.viewer)
    assert whole == SIZE
    ran.click("why")
    settle()
    assert ran["state"].isVisible()
    ran.click("run")
    ran.wait_for_end()
    settle()
    assert (ran.dock.height(), size(ran.viewer)) == (before, whole)


def test_beside_the_fields_the_plot_takes_the_height_and_the_foot_one_row(ran):
    form, plot = ran.widget.form, ran.plot
    left, right = (one.mapTo(ran.widget, one.rect().topLeft()) for one in (form, plot))
    assert right.x() > left.x() + 240
    assert plot.upper.height() > 160
    assert plot.lower.height() == 84
    assert not ran["step_data"].isVisible()
    buttons = [ran[name] for name in ("run", "copy_as", "actions", "export")]
    places = [one.mapTo(ran.widget, one.rect().topLeft()) for one in buttons]
    assert max(place.y() for place in places) - min(place.y() for place in places) <= 2
    assert [place.x() for place in places] == sorted(place.x() for place in places)
    assert ran["verdict"].mapTo(ran.widget, ran["verdict"].rect().topLeft()).x() < places[0].x()
    assert ran["export"].property("part") == "primary"


def test_at_the_right_cards_stand_below_each_other_and_it_opens_there_again(ran, qtbot):
    main = ran.viewer.window._qt_window
    move(ran, RIGHT)
    assert not ran.widget._content.wide
    assert ran["step_data"].isVisible()
    ran.viewer.window.remove_dock_widget(ran.dock)
    again = Dock(ran.viewer, qtbot)
    settle()
    assert main.dockWidgetArea(again.dock) == RIGHT
    move(again, BOTTOM)
    assert again.widget._content.wide
    assert not again["step_data"].isVisible()
    assert size(ran.viewer) == SIZE


@pytest.mark.parametrize("width", [280, 330])
def test_nothing_is_cut_at_the_right(ran, width):
    move(ran, RIGHT, width)
    assert ran.dock.width() == width
    assert not ran.widget._area.horizontalScrollBar().isVisible()
    ran.click("why")
    settle()
    cut = []
    for one in ran.widget.findChildren(QWidget):
        if not isinstance(one, (QLabel, QPushButton)) or not one.isVisible() or not one.text():
            continue
        if isinstance(one, QPushButton) and one.property("part") == "header":
            continue  # its labels are looked at
        if isinstance(one, QLabel) and one.wordWrap():
            cut += [one.objectName() or one.text()] * (one.heightForWidth(one.width()) > one.height() + 1)
        elif type(one).__name__ != "QElidingLabel":
            cut += [one.objectName() or one.text()] * (one.minimumSizeHint().width() > one.width() + 1)
        place = one.mapTo(ran.widget, one.rect().topRight())
        cut += [one.objectName() or one.text()] * (place.x() >= ran.widget.width())
    assert cut == []


def test_the_values_under_the_mouse_are_read(ran):
    ran.plot.point_at(20.1)
    place = round(20.1 / STEP)
    said = ran.said("readout")
    assert said.startswith("E = 20 meV")
    for name, key in (("data", "data"), ("result", "result")):
        assert f"{name} {ran.plot.values[key][place]:.4g}" in said
    assert f"{ran.plot.residual[place]:+.2g} σ" in said
    box = ran.plot.upper.getViewBox()
    ran.plot._moved(ran.plot.upper, box.sceneBoundingRect().center())  # as the mouse does
    middle = np.mean(box.viewRange()[0])
    assert f"E = {STEP * round(middle / STEP):.5g} meV" in ran.said("readout")
    ran.plot.point_at(None)
    assert ran.said("readout") == "Point at the plot to read its values."


def test_the_layer_of_a_result_is_high_enough_to_be_seen(ran):
    ran.click("to_layer")
    layer = ran.viewer.layers.selection.active
    low, high = layer.extent.world
    height, length = high - low
    assert length / 10 < height + layer.scale[0] < length / 2
