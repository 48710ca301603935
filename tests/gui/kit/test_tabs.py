"""Docks at the right are tabs, whichever way they were opened."""

from __future__ import annotations

import pytest

from napari_deconvolve._napari.kit.dock import open_dock

pytestmark = pytest.mark.usefixtures("unused_viewer")


@pytest.fixture
def window(viewer):
    found = viewer.window._qt_window
    found.resize(1366, 768)
    found.show()
    return found


def opened_from_menu(viewer, name):
    return viewer.window.add_plugin_dock_widget("napari-deconvolve", name)[0]


def test_docks_from_the_menu_do_not_stack(viewer, qtbot, window):
    docks = []
    for name in ("Deconvolve", "Compare iterations", "Blur and noise"):
        docks.append(opened_from_menu(viewer, name))
        qtbot.waitUntil(lambda: len(window.tabifiedDockWidgets(docks[0])) == len(docks) - 1, timeout=5000)
    qtbot.waitUntil(lambda: docks[-1].height() > 500, timeout=5000)
    assert abs(docks[-1].width() - 330) < 10
    assert (window.width(), window.height()) == (1366, 768)
    docks[1].setFloating(True)
    docks[1].setFloating(False)
    qtbot.wait(100)
    assert docks[1] in window.tabifiedDockWidgets(docks[0])


def test_a_dock_opened_by_another_lies_over_it(viewer, qtbot, window):
    first = opened_from_menu(viewer, "Compare iterations")
    qtbot.wait(50)
    open_dock(viewer, "Deconvolve")
    qtbot.waitUntil(lambda: len(window.tabifiedDockWidgets(first)) == 1, timeout=5000)


def test_the_spectrum_stays_at_the_bottom(viewer, qtbot, window):
    first, spectrum = opened_from_menu(viewer, "Deconvolve"), opened_from_menu(viewer, "Spectrum")
    qtbot.wait(300)
    assert window.tabifiedDockWidgets(first) == []
    assert window.dockWidgetArea(spectrum) != window.dockWidgetArea(first)
