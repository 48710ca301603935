"""Layers that are removed, renamed, replaced or changed while a run goes on: it ends in words, and the next one works.

Python errors in the window's slots fail a test, as pytest-qt collects them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import add_image
from scenes import LONG, SHAPE, Scene

import napari_deconvolve as nd


def removed(scene: Scene, layer: Any) -> None:
    scene.viewer.layers.remove(layer)


def renamed(scene: Scene, layer: Any) -> None:
    layer.name = "another name"


def exchanged(scene: Scene, layer: Any) -> None:
    """Remove it, and add another one, of another shape, under its name."""
    name = layer.name
    scene.viewer.layers.remove(layer)
    add_image(scene.viewer, np.ones((5, 7, 9), np.float32), name=name)


def other_values(scene: Scene, layer: Any) -> None:
    layer.data = np.ones_like(layer.data)


def another_shape(scene: Scene, layer: Any) -> None:
    layer.data = np.ones(tuple(length + 3 for length in layer.data.shape), np.float32)


def another_type(scene: Scene, layer: Any) -> None:
    layer.data = np.asarray(layer.data).astype(np.uint8)


def transposed(scene: Scene, layer: Any) -> None:
    layer.data = np.swapaxes(layer.data, -1, -2)


def fewer_axes(scene: Scene, layer: Any) -> None:
    layer.data = np.asarray(layer.data)[0]


def moved(scene: Scene, layer: Any) -> None:
    layer.scale = tuple(2 * step for step in layer.scale)
    layer.translate = tuple(1.0 for _ in layer.scale)


def seen_from_the_side(scene: Scene, layer: Any) -> None:
    """Turn the viewer's axes, look at them in 3D, and go back."""
    dims = scene.viewer.dims
    dims.order = tuple(reversed(dims.order))
    dims.ndisplay = 3
    dims.ndisplay = 2
    dims.order = tuple(sorted(dims.order))


def all_gone(scene: Scene, layer: Any) -> None:
    scene.viewer.layers.clear()


CHANGES: tuple[Callable[[Scene, Any], None], ...] = (
    renamed, other_values, moved, seen_from_the_side, another_type, transposed, another_shape, fewer_axes,
)  # fmt: skip
LAYERS = [(title, which) for title in LONG for which in ("image", "psf", "result")]
LAYERS.remove(("Blur and noise", "result"))  # which comes at the end


def begun(viewer, qtbot, title, which) -> tuple[Scene, Any]:
    """Return a dock whose run goes on, and one of its layers."""
    scene = Scene(viewer, qtbot, title)
    scene.begin()
    return scene, scene.results[0] if which == "result" else viewer.layers["cells" if which == "image" else "PSF"]


def ends_and_runs_again(scene: Scene) -> None:
    said = scene.end()
    assert said
    assert "unexpectedly" not in said
    scene.runs_again()


@pytest.mark.parametrize(("title", "which"), LAYERS)
def test_a_run_survives_what_is_done_to_a_layer_and_its_end(viewer, qtbot, title, which):
    scene, layer = begun(viewer, qtbot, title, which)
    for change in CHANGES:
        change(scene, layer)
        qtbot.wait(60)  # a turn of the mailbox, and of all that hears of layers
        assert scene.runs.busy, change.__name__
    removed(scene, layer)
    qtbot.wait(60)
    ends_and_runs_again(scene)


@pytest.mark.parametrize("change", [exchanged, all_gone], ids=lambda one: one.__name__)
@pytest.mark.parametrize("which", ["image", "psf", "result"])
def test_a_run_survives_the_end_of_a_layer(viewer, qtbot, which, change):
    scene, layer = begun(viewer, qtbot, "Deconvolve", which)
    change(scene, layer)
    qtbot.wait(60)
    ends_and_runs_again(scene)


def test_the_run_is_of_the_image_that_it_began_with(viewer, qtbot):
    """Other samples under the same layer come too late for it."""
    scene, layer = begun(viewer, qtbot, "Deconvolve", "image")
    layer.data = np.zeros(SHAPE, np.float32)
    viewer.layers["PSF"].data = np.ones((3, 3, 3), np.float32)
    scene.end()
    count = scene.session.iteration
    wanted = nd.richardson_lucy(scene.given, scene.psf, count, background="auto", acceleration="nesterov")
    np.testing.assert_array_equal(scene.results[0].data, wanted)
