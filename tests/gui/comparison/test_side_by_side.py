"""Side by side: inputs in the left view, results in the right one, and all as it was afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from canvas_pixels import add_pair, callbacks, native, on_canvas, shot, show, widget

from napari_deconvolve._napari.comparison.pairs import pairs_of
from napari_deconvolve._napari.comparison.side_by_side import NO_GRID, UNEVEN, SideBySide

pytestmark = pytest.mark.usefixtures("unused_viewer")


@pytest.fixture
def channels(viewer):
    """Two channels as a run leaves them, inputs hidden, between a PSF and points."""
    viewer.add_image(np.ones((9, 9), np.float32), name="PSF", visible=False)
    pairs = [add_pair(viewer, name=color, colormap=color, blending="additive") for color in ("red", "green")]
    for source, _ in pairs:
        source.visible = False
    viewer.add_points(np.array([[2.0, 10.0, 10.0]]), name="points")
    return pairs


@pytest.fixture
def side(viewer):
    made = SideBySide(viewer)
    yield made
    made.stop()


def state(viewer):
    grid, listening = viewer.canvas.grid, callbacks(viewer)
    del listening["ndisplay"]  # napari makes a camera for each view of a grid, and lets them all listen for ever
    return {
        "grid": (grid.enabled, grid.stride, tuple(grid.shape), grid.spacing),
        "order": [layer.name for layer in viewer.layers],
        "visible": [layer.visible for layer in viewer.layers],
        "camera": (viewer.scene.camera.zoom, tuple(viewer.scene.camera.center)),
        "selected": {layer.name for layer in viewer.layers.selection},
        "children": len(on_canvas(viewer)),
        "callbacks": listening,
    }


def column(viewer, layer):
    grid = viewer.canvas.grid
    return grid.position(viewer.layers.index(layer), viewer.layers)


def test_inputs_are_left_and_results_right(viewer, channels, side) -> None:
    assert side.start(pairs_of(channels)) == ""
    assert viewer.canvas.grid.actual_shape(viewer.layers) == (1, 2)
    assert [column(viewer, source) for source, _ in channels] == [(0, 0)] * 2
    assert [column(viewer, result) for _, result in channels] == [(0, 1)] * 2
    assert {layer.name for layer in viewer.layers if not layer.visible} == {"PSF", "points"}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_each_half_of_the_canvas_shows_its_layers(viewer, channels, side, theme) -> None:
    viewer.theme = theme
    show(viewer)
    viewer.reset_view()
    side.start(pairs_of(channels))
    picture = shot(viewer)
    height, width = picture.shape[:2]
    assert picture[height // 2, width // 4].tolist() == [51, 51, 0]
    assert picture[height // 2, 3 * width // 4].tolist() == [230, 230, 0]
    left, right = widget(viewer, "comparison_input"), widget(viewer, "comparison_result")
    assert left.x() < native(viewer).width() // 2 < right.x()


@pytest.mark.parametrize("grid", [(False, 1, (-1, -1)), (True, 2, (3, -1))])
def test_all_is_as_before_afterwards(viewer, channels, side, grid) -> None:
    show(viewer)
    viewer.canvas.grid.enabled, viewer.canvas.grid.stride, viewer.canvas.grid.shape = grid
    viewer.scene.camera.zoom = 3.0
    before, picture = state(viewer), shot(viewer)
    side.start(pairs_of(channels))
    side.stop()
    assert state(viewer) == before
    assert np.array_equal(shot(viewer), picture)


def test_the_whole_image_is_seen_in_both_views(viewer, channels, side) -> None:
    show(viewer)
    viewer.reset_view()
    before = viewer.scene.camera.zoom
    side.start(pairs_of(channels))
    assert viewer.scene.camera.zoom * 64 <= native(viewer).width() / 2
    viewer.scene.camera.zoom *= 2  # by the user: who looks closer, looks closer afterwards, too
    side.stop()
    assert viewer.scene.camera.zoom == pytest.approx(2 * before)


def test_layers_that_come_meanwhile_stay_on_top(viewer, channels, side) -> None:
    side.start(pairs_of(channels))
    viewer.add_image(np.ones((4, 64, 64), np.float32), name="new")
    side.stop()
    assert [layer.name for layer in viewer.layers] == [
        "PSF", "red", "red · RL 5", "green", "green · RL 5", "points", "new",
    ]  # fmt: skip


def test_a_removed_result_does_not_come_back(viewer, channels, side) -> None:
    side.start(pairs_of(channels))
    viewer.layers.remove(channels[0][1])
    side.stop()
    assert [layer.name for layer in viewer.layers] == ["PSF", "red", "green", "green · RL 5", "points"]
    assert not viewer.canvas.grid.enabled


def test_turning_the_grid_off_ends_it(viewer, channels, side) -> None:
    left: list[bool] = []
    side.left.connect(lambda: left.append(True))
    before = state(viewer)
    side.start(pairs_of(channels))
    viewer.canvas.grid.enabled = False
    assert left == [True]
    assert state(viewer) == before


def test_several_results_of_one_input(viewer, side) -> None:
    source, first = add_pair(viewer)
    second = viewer.add_image(first.data, name="cells · RL 9")
    viewer.add_image(first.data, name="spare")
    assert side.start(pairs_of([(source, first), (source, second)])) == ""
    assert [column(viewer, layer) for layer in (source, first, second)] == [(0, 0), (0, 1), (0, 1)]
    side.stop()
    assert [layer.name for layer in viewer.layers] == ["cells", "cells · RL 5", "cells · RL 9", "spare"]


def test_what_cannot_be_laid_out_is_said_and_undone(viewer, channels, side, monkeypatch) -> None:
    before = state(viewer)
    monkeypatch.setattr(SideBySide, "_in_place", lambda *_: False)
    assert side.start(pairs_of(channels)) == NO_GRID
    assert state(viewer) == before


def test_more_results_than_inputs_need_room(viewer, side) -> None:
    source, first = add_pair(viewer)
    second = viewer.add_image(first.data, name="cells · RL 9")
    assert side.start(pairs_of([(source, first), (source, second)])) == UNEVEN
    assert not viewer.canvas.grid.enabled
    assert all(layer.visible for layer in viewer.layers)


def test_layers_are_put_into_any_order_at_once() -> None:
    from napari.components import ViewerModel

    model, rng = ViewerModel(), np.random.default_rng(1)
    for count in range(7):
        model.add_image(np.zeros((4, 4)), name=str(count))
    heard = []
    model.layers.events.reordered.connect(lambda _: heard.append([layer.name for layer in model.layers]))
    for _ in range(20):
        order = [model.layers[index] for index in rng.permutation(7)]
        SideBySide(model)._reorder(order)
        assert heard.pop() == [layer.name for layer in order]
        assert heard == []
