"""Pins of the docks: the names of their controls, and what they write beside a layer's data. See ``pins/make.py``."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import LIMIT, SPACING, add_image, add_psf
from docks import AnyDock
from pins.files import made
from pins.pinned import check, outline
from qtpy.QtWidgets import QComboBox, QWidget

import napari_deconvolve as nd

TITLES = ("Deconvolve", "PSF", "Compare iterations", "Spectrum", "Blur and noise", "Batch")


class TitledDock(AnyDock):
    def __init__(self, viewer: Any, qtbot: Any, title: str) -> None:
        self.title = title
        super().__init__(viewer, qtbot)

    def names(self) -> set[str]:
        found = {one.objectName() for one in self.widget.findChildren(QWidget)}
        return {name for name in found if name and not name.startswith("qt_")}

    def made_by(self, button: str, **settings: Any) -> Any:
        """Press a button, wait until all is done, and give what lies beside the data of the layer that comes of it."""
        for name, value in settings.items():
            if isinstance(value, str):
                self.choose(name, value)
            else:
                self[name].setValue(value)
        before, stop = list(self.viewer.layers), self.widget.findChild(QWidget, "stop")
        self.click(button)
        self.qtbot.waitUntil(lambda: len(self.viewer.layers) > len(before), timeout=LIMIT)
        self.qtbot.waitUntil(lambda: stop is None or not stop.isEnabled(), timeout=LIMIT)
        *_, new = [layer for layer in self.viewer.layers if layer not in before]  # parts of it lie below
        return outline(dict(new.metadata))


@pytest.fixture
def filled(viewer):
    """A viewer with an image and a PSF."""
    add_image(viewer, made((8, 24, 24)))
    add_psf(viewer, nd.psf.gaussian((0.9, 0.3, 0.3), SPACING))
    return viewer


def test_controls_of_all_docks(filled, qtbot):
    found = {}
    for title in TITLES:
        dock = TitledDock(filled, qtbot, title)
        names = dock.names()
        source = dock.widget.findChild(QComboBox, "source")
        for index in range(source.count() if source is not None else 0):
            source.setCurrentIndex(index)
            names |= dock.names()
        found[title] = sorted(names)
    check("controls", found)


def test_what_docks_write_beside_the_data(filled, qtbot):
    dock = {title: TitledDock(filled, qtbot, title) for title in TITLES}
    deconvolve, compare = dock["Deconvolve"], dock["Compare iterations"]
    compare["iterations"].setText("2, 4")
    written = {
        "auto": deconvolve.made_by("run"),
        "number": deconvolve.made_by("run", iterations=3),
        "residual": deconvolve.made_by("residual"),
        "trust": deconvolve.made_by("trust"),
        "wiener": deconvolve.made_by("run", method="Wiener"),
        "psf": dock["PSF"].made_by("make"),
        "sweep": compare.made_by("run"),
        "kept": compare.made_by("keep"),
        "blur": dock["Blur and noise"].made_by("run", photons=100, seed=1),
    }
    check("layers", written)
