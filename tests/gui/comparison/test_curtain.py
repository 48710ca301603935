"""The curtain: pixels of the canvas on both sides of its line, and nothing left of it afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from canvas_pixels import (
    add_pair,
    beside_line,
    callbacks,
    filters,
    gray_beside_line,
    native,
    node,
    on_canvas,
    shot,
    show,
    widget,
)
from qtpy.QtCore import QPoint, Qt
from vispy.visuals.filters import Clipper

from napari_deconvolve._napari.comparison import canvas as behind
from napari_deconvolve._napari.comparison.curtain import NO_CANVAS, NO_GRID, ONLY_2D, Curtain
from napari_deconvolve._napari.comparison.pairs import pairs_of

pytestmark = pytest.mark.usefixtures("unused_viewer")  # what is drawn depends on what was there

DARK, BRIGHT = 51, 230  # 0.2 and 0.9 of 255


@pytest.fixture
def layers(viewer):
    show(viewer)
    return add_pair(viewer)


@pytest.fixture
def curtain(viewer, layers):
    made = Curtain(viewer)
    assert made.start(pairs_of([layers])) == ""
    yield made
    made.stop()


def drag(qtbot: Any, line: Any, by: int) -> None:
    """Drag the line sideways by the mouse, so many pixels."""
    start = QPoint(line.width() // 2, 200)
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(line, pos=start + QPoint(by, 0))
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=start)


def test_the_input_is_left_and_the_result_right(viewer, curtain) -> None:
    assert gray_beside_line(viewer) == (DARK, BRIGHT)


def test_it_survives_zoom_pan_slice_and_order(viewer, layers, curtain) -> None:
    viewer.scene.camera.zoom *= 1.7
    assert gray_beside_line(viewer) == (DARK, BRIGHT)
    viewer.scene.camera.center = (30.0, 25.0)
    assert gray_beside_line(viewer) == (DARK, BRIGHT)
    viewer.dims.set_current_step(0, 3)
    assert gray_beside_line(viewer) == (DARK, BRIGHT)
    viewer.layers.move(0, 2)
    assert gray_beside_line(viewer) == (DARK, BRIGHT)


def test_it_survives_new_data_of_other_types(viewer, layers, curtain) -> None:
    source, result = layers
    result.data = np.full((4, 64, 64), 0.6, np.float32)
    assert gray_beside_line(viewer) == (DARK, 153)
    source.data = np.full((4, 64, 64), 100, np.uint8)
    source.contrast_limits = (0, 255)
    assert gray_beside_line(viewer) == (100, 153)
    result.data = np.full((4, 32, 48), 40_000, np.uint16)
    result.contrast_limits = (0, 65_535)
    result.scale = (1, 2, 2)
    assert gray_beside_line(viewer) == (100, 156)


def test_a_picture_larger_than_textures_is_cut_too(viewer, layers, curtain) -> None:
    from napari._vispy.utils.gl import get_max_texture_sizes

    wide = get_max_texture_sizes()[0] + 1000
    for layer, value in zip(layers, (51, 230), strict=True):
        layer.data = np.full((1500, wide), value, np.uint8)
        layer.contrast_limits = (0, 255)
    viewer.reset_view()
    assert len(node(viewer, layers[0]).adopted_children) > 1
    assert gray_beside_line(viewer) == (DARK, BRIGHT)
    curtain.stop()
    assert gray_beside_line(viewer) == (BRIGHT, BRIGHT)


def test_the_line_keeps_its_place_when_the_canvas_grows(viewer, curtain) -> None:
    curtain.position = 0.4
    before = native(viewer).width()
    viewer.window._qt_window.resize(1200, 800)
    assert gray_beside_line(viewer, 0.4) == (DARK, BRIGHT)
    line, width = widget(viewer, "curtain_line"), native(viewer).width()
    assert width > before
    assert line.x() + line.width() / 2 == pytest.approx(0.4 * width, abs=1)
    assert line.height() == native(viewer).height()


def test_it_waits_in_3d_and_in_a_grid(viewer, layers, curtain) -> None:
    said: list[str] = []
    drawn = on_canvas(viewer)
    curtain.waiting.connect(said.append)
    viewer.dims.ndisplay = 3
    assert said == [ONLY_2D]
    assert not curtain.drawn
    assert len(on_canvas(viewer)) == len(drawn) - 4
    viewer.dims.ndisplay = 2
    assert gray_beside_line(viewer) == (DARK, BRIGHT)
    viewer.canvas.grid.enabled = True
    assert len(on_canvas(viewer)) == len(drawn) - 4
    viewer.canvas.grid.enabled = False
    assert gray_beside_line(viewer) == (DARK, BRIGHT)
    assert said == [ONLY_2D, "", NO_GRID, ""]


def test_it_refuses_3d_in_words(viewer, layers) -> None:
    viewer.dims.ndisplay = 3
    before = on_canvas(viewer)
    assert Curtain(viewer).start(pairs_of([layers])) == ONLY_2D == "The curtain works in 2D; use Side by side."
    assert on_canvas(viewer) == before


# ---- the line


def test_the_mouse_drags_the_line(qtbot, viewer, curtain) -> None:
    line = widget(viewer, "curtain_line")
    assert line.width() == 12
    drag(qtbot, line, 90)
    width = native(viewer).width()
    assert curtain.position == pytest.approx(0.5 + 90 / width, abs=2 / width)
    assert gray_beside_line(viewer, curtain.position) == (DARK, BRIGHT)
    qtbot.mouseDClick(line, Qt.MouseButton.LeftButton)
    assert curtain.position == 0.5
    drag(qtbot, line, -5000)
    assert curtain.position == 0.0
    assert line.x() >= 0
    assert gray_beside_line(viewer)[0] == BRIGHT


def test_arrow_keys_move_the_line(qtbot, viewer, curtain) -> None:
    line, width = widget(viewer, "curtain_line"), native(viewer).width()
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    start = curtain.position
    qtbot.keyClick(line, Qt.Key.Key_Right)
    assert curtain.position == pytest.approx(start + 10 / width, abs=1.01 / width)
    qtbot.keyClick(line, Qt.Key.Key_Left)
    qtbot.keyClick(line, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert curtain.position < start
    qtbot.keyClick(line, Qt.Key.Key_Home)
    assert curtain.position == 0.0
    qtbot.keyClick(line, Qt.Key.Key_End)
    assert curtain.position == 1.0
    assert viewer.dims.current_step[0] == 1, "the arrows were not for the slider"


def test_other_keys_and_the_wheel_are_naparis(qtbot, viewer, curtain) -> None:
    pressed: list[str] = []
    viewer.bind_key("K", lambda _: pressed.append("K"))
    line = widget(viewer, "curtain_line")
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_K)
    assert pressed == ["K"]


def test_words_say_which_side_is_which(viewer, curtain) -> None:
    line = widget(viewer, "curtain_line")
    before, after = widget(viewer, "comparison_input"), widget(viewer, "comparison_result")
    assert (before.text(), after.text()) == ("Input", "Result")
    assert before.geometry().right() < line.x() < line.geometry().right() < after.x()
    assert all(label.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents) for label in (before, after))
    curtain.position = 0.0
    assert before.isHidden()
    assert not after.isHidden()


# ---- colours


@pytest.fixture
def channels(viewer):
    show(viewer)
    colors = [add_pair(viewer, name=color, colormap=color, blending="additive") for color in ("red", "green")]
    for count, (source, _) in enumerate(colors):
        source.visible = False
        viewer.layers.move(viewer.layers.index(source), count)
    return colors


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_channels_add_up_on_both_sides(viewer, channels, theme) -> None:
    viewer.theme = theme
    curtain = Curtain(viewer)
    assert curtain.start(pairs_of(channels)) == ""
    expected = ([DARK, DARK, 0], [BRIGHT, BRIGHT, 0])
    assert beside_line(viewer) == expected
    viewer.layers.move(3, 2)
    assert beside_line(viewer) == expected
    viewer.layers.move(2, 0)
    assert beside_line(viewer) == expected
    channels[1][0].visible = False
    assert beside_line(viewer) == ([DARK, 0, 0], [BRIGHT, BRIGHT, 0])
    curtain.stop()


def test_a_hidden_channel_stays_hidden(viewer, channels) -> None:
    (_, red), _ = channels
    red.visible = False
    curtain = Curtain(viewer)
    curtain.start(pairs_of(channels))
    assert beside_line(viewer) == ([0, DARK, 0], [0, BRIGHT, 0])
    curtain.stop()
    assert [layer.visible for layer in viewer.layers] == [False, False, False, True]


# ---- afterwards


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_left_of_it(viewer, channels, theme) -> None:
    viewer.theme = theme
    before, picture, visible = callbacks(viewer), shot(viewer), [layer.visible for layer in viewer.layers]
    applied, children = [filters(viewer, layer) for layer in viewer.layers], on_canvas(viewer)
    visuals = viewer.window._qt_viewer.canvas.layer_to_visual
    firsts = [visuals[layer].first_visible for layer in viewer.layers]
    curtain = Curtain(viewer)
    curtain.start(pairs_of(channels))
    assert len(on_canvas(viewer)) == len(children) + 4
    assert not np.array_equal(shot(viewer), picture)
    assert [len(filters(viewer, layer)) for layer in viewer.layers] == [len(one) + 1 for one in applied]
    curtain.stop()
    assert np.array_equal(shot(viewer), picture)
    assert [layer.visible for layer in viewer.layers] == visible
    assert on_canvas(viewer) == children
    assert callbacks(viewer) == before
    assert [filters(viewer, layer) for layer in viewer.layers] == applied
    assert [visuals[layer].first_visible for layer in viewer.layers] == firsts


def test_what_a_user_hides_meanwhile_stays_hidden(viewer, layers) -> None:
    source, result = layers
    source.visible = False
    curtain = Curtain(viewer)
    curtain.start(pairs_of([layers]))
    assert source.visible
    result.visible = False
    curtain.stop()
    assert not source.visible
    assert not result.visible


def test_removing_a_result_leaves_the_other_layers_alone(viewer, layers) -> None:
    source, result = layers
    applied, gone = filters(viewer, source), node(viewer, result)
    curtain = Curtain(viewer)
    curtain.start(pairs_of([layers]))
    viewer.layers.remove(result)
    assert gray_beside_line(viewer) == (DARK, DARK)
    curtain.stop()
    assert filters(viewer, source) == applied
    assert not [one for one in gone._vshare.filters if isinstance(one, Clipper)]


def test_each_viewer_has_its_curtain(make_napari_viewer) -> None:
    viewers = [make_napari_viewer(show=True) for _ in range(2)]
    curtains = []
    for viewer, position in zip(viewers, (0.4, 0.6), strict=True):
        show(viewer)
        curtain = Curtain(viewer)
        curtain.start(pairs_of([add_pair(viewer)]))
        curtain.position = position
        curtains.append(curtain)
    assert gray_beside_line(viewers[0], 0.4) == gray_beside_line(viewers[1], 0.6) == (DARK, BRIGHT)
    curtains[0].stop()
    assert gray_beside_line(viewers[0], 0.4) == (BRIGHT, BRIGHT)
    assert gray_beside_line(viewers[1], 0.6) == (DARK, BRIGHT)
    curtains[1].stop()


def test_a_viewer_can_be_closed_under_it(make_napari_viewer) -> None:
    viewer = make_napari_viewer(show=True)
    show(viewer)
    curtain = Curtain(viewer)
    curtain.start(pairs_of([add_pair(viewer)]))
    viewer.close()
    curtain.position = 0.3
    curtain.stop()


def test_another_napari_is_answered_in_words(viewer, layers, monkeypatch) -> None:
    monkeypatch.setattr(behind.Canvas, "nodes", lambda *_: [])
    assert Curtain(viewer).start(pairs_of([layers])) == NO_CANVAS


def test_without_a_window_there_is_no_canvas() -> None:
    from napari.components import ViewerModel

    model = ViewerModel()
    pair = add_pair(model)
    assert behind.canvas_of(model) is None
    assert Curtain(model).start(pairs_of([pair])) == NO_CANVAS
