"""What no dock chooses by itself, whatever the order in which layers come, hide, change their names, and go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from docks import AnyDock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import napari_deconvolve as nd
from napari_deconvolve._napari.layers.defaults import is_truth
from napari_deconvolve._napari.layers.psf_layers import KEY, psf_layer_data

TITLES = ("Deconvolve", "Compare iterations", "PSF", "Spectrum", "Blur and noise")
KINDS = ("image", "truth", "named truth", "psf", "named psf", "result", "preview", "map", "hidden")
METADATA: dict[str, Any] = {
    "result": {"recipe": {"iterations": 3}},
    "preview": {"preview": True},
    "map": {"map": "offset"},
    "truth": {"truth": {"scale": 2.0}},
}
NAMES = {"named truth": "cells ground truth", "named psf": "my psf"}
STEPS = st.lists(st.tuples(st.sampled_from(("add", "hide", "show", "rename", "remove", "select")), st.integers(0, 20)))


class AnyImageDock(AnyDock):
    """A dock whose image is looked at."""

    def __init__(self, viewer: Any, qtbot: Any, title: str) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.dock, self.widget = viewer.window.add_plugin_dock_widget("napari-deconvolve", title)

    @property
    def image(self) -> Any:
        form = self.widget.form
        return form.data.layer.value if hasattr(form, "data") else form.image.value


def add(viewer: Any, kind: str) -> Any:
    if kind == "psf":
        data, keywords, _ = psf_layer_data(nd.psf.gaussian((3.0, 3.0), 1.0, ndim=2), "point")
        return viewer.add_image(data, **keywords)
    metadata = {KEY: METADATA[kind]} if kind in METADATA else {}
    return viewer.add_image(
        np.ones((8, 9), np.float32), name=NAMES.get(kind, "cells"), metadata=metadata, visible=kind != "hidden"
    )


def refused(layer: Any, title: str) -> bool:
    """Return whether a layer must not be chosen, by what the test made of it."""
    kind = layer.metadata["kind"]
    truth = kind in ("truth", "named truth") or "truth" in layer.name
    wrong = kind in ("psf", "named psf", "result", "preview", "map")
    return not layer.visible or wrong or (truth and title != "Blur and noise")


def do(viewer: Any, step: str, number: int) -> None:
    layers = viewer.layers
    if step == "add":
        kind = KINDS[number % len(KINDS)]
        layer = add(viewer, kind)
        layer.metadata = {**layer.metadata, "kind": kind}
    elif layers:
        layer = layers[number % len(layers)]
        if step == "remove":
            layers.remove(layer)
        elif step == "rename":
            layer.name = ("other", "truth of it", "cells")[number % 3] if "psf" not in layer.name else layer.name
        elif step == "select":
            layers.selection = {layer}
        else:
            layer.visible = step == "show"


@pytest.mark.parametrize("title", TITLES)
def test_no_truth_psf_result_or_hidden_layer_is_chosen(viewer, qtbot, title):
    dock = AnyImageDock(viewer, qtbot, title)

    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def check(steps):
        viewer.layers.clear()
        for step, number in steps:
            do(viewer, step, number)
            qtbot.wait(1)  # a layer that is hidden is let go in the next turn of the event loop
            image = dock.image
            assert image is None or not refused(image, title), (steps, image.name)
            fit = [layer for layer in viewer.layers if not refused(layer, title)]
            assert (image is None) == (not fit)

    check()


@pytest.mark.parametrize("name", ["truth", "cells · truth", "DAPI_GroundTruth", "ground-truth 2", "x_truth_01"])
def test_a_truth_is_known_by_however_its_name_is_written(viewer, name):
    layer = viewer.add_image(np.ones((8, 9)), name=name)
    assert is_truth(layer, [layer])
    layer.name = "truthful cells"
    assert not is_truth(layer, [layer])


@pytest.mark.parametrize("title", TITLES)
def test_what_a_person_chose_stays(viewer, qtbot, title):
    dock = AnyImageDock(viewer, qtbot, title)
    first, second = (viewer.add_image(np.ones((8, 9)), name=name) for name in ("first", "second"))
    form = dock.widget.form
    box = form.data.layer if hasattr(form, "data") else form.image
    box.native.setCurrentText("second")
    assert box.value is second
    second.visible = False
    viewer.layers.selection = {first}
    second.name = "truth of it"
    viewer.add_image(np.ones((8, 9)), name="third")
    qtbot.wait(1)
    assert box.value is second
    viewer.layers.remove(second)
    qtbot.wait(1)
    assert box.value is not None
    assert box.value.visible


@pytest.mark.parametrize("sample", ["cell", "chart", "spectra", "gap_spectrum", "four_pi"])
@pytest.mark.parametrize("title", TITLES)
def test_of_every_sample_the_measurement_is_chosen(viewer, qtbot, title, sample):
    dock = AnyImageDock(viewer, qtbot, title)
    viewer.open_sample("napari-deconvolve", sample)
    measured = next(layer for layer in viewer.layers if "truth" not in layer.name and "PSF" not in layer.name)
    qtbot.wait(1)
    assert dock.image is measured
