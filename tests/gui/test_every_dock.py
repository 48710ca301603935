"""What all docks do alike."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import add_image
from docks import AnyDock
from qtpy.QtWidgets import QLabel

from napari_deconvolve._napari.kit.words import in_window

TITLES = ("Deconvolve", "PSF", "Compare iterations", "Spectrum", "Blur and noise", "Batch")


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


@pytest.mark.usefixtures("unused_viewer")
def test_the_titles_of_docks_are_their_names_alone_wherever_they_stand(viewer, qtbot):
    viewer.window._qt_window.show()
    for name in TITLES:
        frame, _ = viewer.window.add_plugin_dock_widget("napari-deconvolve", name)

        def is_short(frame=frame, name=name):
            titles = [label.text() for label in frame.titleBarWidget().findChildren(QLabel)]
            return (titles, frame.windowTitle()) == ([name], name)

        qtbot.waitUntil(is_short)
        for floating in (not frame.isFloating(), frame.isFloating()):
            frame.setFloating(floating)
            assert is_short()
        again, _ = viewer.window.add_plugin_dock_widget("napari-deconvolve", name)
        assert again is frame, "napari finds it by the name that it gave"


def test_a_dock_that_is_opened_again_has_the_colours_of_now(dock, qtbot, monkeypatch):
    dock.dock.destroyOnClose()
    dock.viewer.theme = "light"
    again = TitledDock(dock.viewer, qtbot, dock.title)
    assert again.widget is not dock.widget
    taken = restyled(again, monkeypatch)
    dock.viewer.theme = "dark"
    assert [colors.first for colors in taken] == ["#56b4e9"]


def listeners(viewer):
    """Count who hears of camera, sliders, selection and theme."""
    emitters = (
        viewer.scene.camera.events,
        viewer.dims.events,
        viewer.dims.events.current_step,
        viewer.layers.selection.events.active,
        viewer.events.theme,
    )
    return [len(emitter.callbacks) for emitter in emitters]


@pytest.mark.parametrize("title", TITLES)
def test_a_dock_that_is_closed_leaves_the_viewer_alone(viewer, qtbot, title):
    add_image(viewer, np.zeros((8, 16, 16), np.uint16))
    before = listeners(viewer)
    dock = TitledDock(viewer, qtbot, title)
    dock.dock.destroyOnClose()
    assert listeners(viewer) == before


@pytest.mark.parametrize(
    ("core", "dock"),
    [
        ("(0.278 × 0.0929 × 0.0929 um): detail", "(0.278 × 0.0929 × 0.0929 µm): detail"),
        ("give (z, y, x) in um.", "give (z, y, x) in µm."),
        ("5.38 1/um per um", "5.38 1/µm per µm"),
        ("The layer 'um' and cells_um.tif", "The layer 'um' and cells_um.tif"),
        (
            "2 hot pixels were left out; the parameter defects keeps them.",
            "2 hot pixels were left out; “Defects” keeps them.",
        ),
        ("Give --iterations if it matters.", "Give “Iterations” if it matters."),
        ("Choose by --image.", "Choose by --image."),
    ],
)
def test_units_and_parameters_are_called_as_in_the_window(core, dock):
    assert in_window(core) == dock


def test_what_the_doctor_says_is_in_micrometres(viewer, qtbot):
    add_image(viewer, np.zeros((8, 16, 16), np.uint16))
    dock = TitledDock(viewer, qtbot, "PSF")
    source = dock["source"]
    source.setCurrentIndex(source.findData("microscope"))  # whose limit is finer than this spacing
    doctor = dock["doctor"]
    qtbot.waitUntil(lambda: bool(doctor.findings) and not doctor.busy, timeout=60_000)
    qtbot.waitUntil(lambda: dock.widget.findChild(QLabel, "finding_sampling") is not None, timeout=10_000)
    said = dock["finding_sampling"].text()
    assert "0.0929 µm" in said
    assert " um" not in said
