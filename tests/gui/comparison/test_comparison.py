"""What a dock meets: states, the key H, changes of layers, and reasons in words."""

from __future__ import annotations

import numpy as np
import pytest
from canvas_pixels import add_pair, callbacks, filters, native, on_canvas, shot, show, widget
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication

from napari_deconvolve._napari.comparison import comparison as module
from napari_deconvolve._napari.comparison.canvas import is_bound
from napari_deconvolve._napari.comparison.comparison import GONE, NO_LINE_LEFT, NOTHING, Comparison
from napari_deconvolve._napari.comparison.curtain import ONLY_2D
from napari_deconvolve._napari.layers.covered import cover, is_covered
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.source import read

DARK = 51  # 0.2 of 255


@pytest.fixture
def comparison(viewer):
    made = Comparison(viewer)
    made.heard = []
    made.changed.connect(lambda *words: made.heard.append(words))
    yield made
    made.close()


@pytest.fixture
def channels(viewer):
    """Two channels as a run leaves them: inputs covered by their results."""
    pairs = [add_pair(viewer, name=name, blending="additive") for name in ("DAPI", "GFP")]
    for source, result in pairs:
        cover(source, result)
    return pairs


def visible(viewer):
    return [layer.name for layer in viewer.layers if layer.visible]


# ---- states


def test_states_follow_each_other_and_end_where_they_began(viewer, channels, comparison) -> None:
    before, seen, limits = callbacks(viewer), visible(viewer), [layer.contrast_limits for layer in viewer.layers]
    order, widgets = [layer.name for layer in viewer.layers], len(on_canvas(viewer))
    comparison.set_pairs(channels)
    for state in ("curtain", "side", "profile", "curtain", "off"):
        comparison.set_state(state)
        assert comparison.state == state
    assert comparison.heard == [(state, "") for state in ("curtain", "side", "profile", "curtain", "off")]
    line = viewer.layers["Profile line"]
    assert not line.visible
    viewer.layers.remove(line)
    assert visible(viewer) == seen
    assert [layer.contrast_limits for layer in viewer.layers] == limits
    assert [layer.name for layer in viewer.layers] == order
    assert len(on_canvas(viewer)) == widgets
    after = callbacks(viewer)
    del before["ndisplay"], after["ndisplay"]  # napari's cameras of the grid's views
    assert after == before
    assert all(is_covered(source) for source, _ in channels), "a dock still knows who hid them"


def test_why_there_is_no_curtain_is_said_only_in_3d(viewer, channels, comparison) -> None:
    comparison.set_pairs(channels)
    viewer.dims.ndisplay = 3
    comparison.set_state("curtain")
    assert comparison.heard[-1] == ("off", ONLY_2D)
    viewer.dims.ndisplay = 2
    assert comparison.heard[-1] == ("off", "")


def test_both_sides_have_one_contrast(viewer, channels, comparison) -> None:
    source, result = channels[0]
    result.contrast_limits = (0, 3)
    comparison.set_pairs(channels)
    comparison.set_state("curtain")
    assert source.contrast_limits == result.contrast_limits
    comparison.same_contrast = False
    assert (source.contrast_limits, result.contrast_limits) == ([0, 1], [0, 3])
    comparison.same_contrast = True
    comparison.set_state("off")
    assert (source.contrast_limits, result.contrast_limits) == ([0, 1], [0, 3])


def test_without_a_result_it_says_so(comparison) -> None:
    comparison.set_state("curtain")
    assert comparison.heard == [("off", NOTHING)]


def test_what_cannot_be_done_leaves_what_was_shown(viewer, channels, comparison) -> None:
    comparison.set_pairs(channels)
    comparison.set_state("side")
    viewer.dims.ndisplay = 3
    comparison.set_state("curtain")
    assert comparison.state == "side"
    assert comparison.heard[-1] == ("side", ONLY_2D)
    assert viewer.canvas.grid.enabled
    viewer.dims.ndisplay = 2


def test_a_curtain_that_waits_says_why(viewer, channels, comparison) -> None:
    comparison.set_pairs(channels)
    comparison.set_state("curtain")
    viewer.dims.ndisplay = 3
    viewer.dims.ndisplay = 2
    assert comparison.heard == [("curtain", ""), ("curtain", ONLY_2D), ("curtain", "")]


def test_turning_off_the_grid_and_removing_the_line_are_heard(viewer, channels, comparison) -> None:
    comparison.set_pairs(channels)
    comparison.set_state("side")
    viewer.canvas.grid.enabled = False
    assert comparison.state == "off"
    comparison.set_state("profile")
    viewer.layers.remove(viewer.layers["Profile line"])
    assert comparison.heard[-1] == ("off", NO_LINE_LEFT)


def test_a_failure_ends_in_words(viewer, channels, comparison, monkeypatch) -> None:
    comparison.set_pairs(channels)
    comparison.set_state("curtain")
    seen = ["DAPI · RL 5", "GFP · RL 5"]

    def fail(*_):
        raise RuntimeError("no such view")

    monkeypatch.setattr(module.SideBySide, "start", fail)
    comparison.set_state("side")
    assert comparison.heard[-1] == ("off", "The comparison ended: no such view")
    assert visible(viewer) == seen


# ---- layers come and go


def test_a_new_result_takes_the_place_of_the_last(viewer, comparison) -> None:
    source, first = add_pair(viewer)
    comparison.set_pairs([(source, first)])
    comparison.set_state("curtain")
    comparison.curtain.position = 0.3
    second = viewer.add_image(first.data, name="cells · RL 9", metadata={KEY: origin(read(source))})
    first.metadata = {KEY: origin(read(source))}
    comparison.set_pairs([(source, second)])
    assert (comparison.state, comparison.curtain.position) == ("curtain", 0.3)
    assert visible(viewer) == ["cells", "cells · RL 9"], "an earlier result would lie over both sides"
    comparison.set_state("off")
    assert visible(viewer) == ["cells", "cells · RL 5", "cells · RL 9"]


@pytest.mark.parametrize("state", ["curtain", "side", "profile"])
def test_removed_layers_leave_the_comparison(qtbot, viewer, channels, comparison, state) -> None:
    comparison.set_pairs(channels)
    comparison.set_state(state)
    viewer.layers.remove(channels[0][1])
    qtbot.waitUntil(lambda: len(comparison.pairs) == 1, timeout=2000)
    assert comparison.state == state
    viewer.layers.remove(channels[1][1])
    qtbot.waitUntil(lambda: not comparison.pairs, timeout=2000)
    assert comparison.heard[-1] == ("off", GONE)
    if state != "profile":  # which shows no input: this is left to whoever covered it
        assert channels[0][0].visible, "nothing covers it any more"


def test_all_layers_may_go_at_once(qtbot, viewer, channels, comparison) -> None:
    comparison.set_pairs(channels)
    comparison.set_state("curtain")
    viewer.layers.clear()
    qtbot.waitUntil(lambda: comparison.state == "off", timeout=2000)


def test_layers_that_just_went_are_not_compared(viewer, channels, comparison) -> None:
    comparison.set_pairs(channels)
    for _, result in channels:
        viewer.layers.remove(result)
    comparison.set_state("profile")  # before the pairs were dropped
    assert comparison.heard == [("off", NOTHING)]


def test_plugins_proxies_are_understood(viewer, channels, comparison) -> None:
    from napari.utils._proxies import PublicOnlyProxy

    proxy = PublicOnlyProxy(viewer)
    other = Comparison(proxy)
    other.set_pairs([(proxy.layers[0], proxy.layers[1])])
    other.set_state("curtain")
    assert other.state == "curtain"
    assert other.curtain.drawn
    other.close()


# ---- the key


@pytest.mark.usefixtures("unused_viewer")
@pytest.mark.parametrize("state", ["off", "curtain", "side", "profile"])
def test_h_held_shows_the_input_alone(qtbot, viewer, comparison, state) -> None:
    show(viewer)
    pair = add_pair(viewer)
    comparison.same_contrast = False
    comparison.set_pairs([pair])
    comparison.set_state(state)
    before, seen = shot(viewer), visible(viewer)
    canvas = native(viewer)
    qtbot.keyPress(canvas, Qt.Key.Key_H)
    held = shot(viewer)
    assert set(held[held.shape[0] // 3, ::10, 0].tolist()) <= {0, DARK}
    assert held[held.shape[0] // 3, held.shape[1] // 2, 0] == DARK
    assert not pair[1].visible
    qtbot.keyRelease(canvas, Qt.Key.Key_H)
    assert visible(viewer) == seen
    assert np.array_equal(shot(viewer), before)
    assert comparison.state == state


@pytest.mark.usefixtures("unused_viewer")
def test_h_works_while_the_line_has_the_keyboard(qtbot, viewer, comparison) -> None:
    show(viewer)
    pair = add_pair(viewer)
    comparison.set_pairs([pair])
    comparison.set_state("curtain")
    line = widget(viewer, "curtain_line")
    line.setFocus()
    qtbot.keyPress(line, Qt.Key.Key_H)
    assert not pair[1].visible
    qtbot.keyRelease(line, Qt.Key.Key_H)
    assert pair[1].visible


def test_a_button_may_be_held_instead(viewer, channels, comparison) -> None:
    comparison.set_pairs(channels)
    comparison.press()
    comparison.press()
    assert visible(viewer) == ["DAPI", "GFP"]
    comparison.release()
    comparison.release()
    assert visible(viewer) == ["DAPI · RL 5", "GFP · RL 5"]
    assert all(is_covered(source) for source, _ in channels)


def test_another_window_takes_the_release(viewer, channels, comparison) -> None:
    comparison.set_pairs(channels)
    comparison.press()
    QGuiApplication.instance().focusWindowChanged.emit(None)
    assert visible(viewer) == ["DAPI · RL 5", "GFP · RL 5"]


def test_h_of_somebody_else_is_left_alone(qtbot, viewer, channels, comparison) -> None:
    pressed = []
    viewer.bind_key("H", lambda _: pressed.append("H"))
    comparison.set_pairs(channels)
    assert not comparison.key.bound
    qtbot.keyClick(native(viewer), Qt.Key.Key_H)
    assert pressed == ["H"]
    comparison.close()
    qtbot.keyClick(native(viewer), Qt.Key.Key_H)
    assert pressed == ["H", "H"]
    viewer.bind_key("H", None)


def test_h_is_ours_only_while_there_is_a_result(viewer, channels, comparison) -> None:
    assert not is_bound(viewer, "H")
    comparison.set_pairs(channels)
    assert is_bound(viewer, "H")
    comparison.set_pairs([])
    assert not is_bound(viewer, "H")
    comparison.set_pairs(channels)
    comparison.close()
    assert not is_bound(viewer, "H")


# ---- the end


def test_closing_it_leaves_no_trace(viewer, channels) -> None:
    before, applied = callbacks(viewer), [filters(viewer, layer) for layer in viewer.layers]
    made = Comparison(viewer)
    made.set_pairs(channels)
    made.set_state("curtain")
    made.press()
    made.close()
    assert callbacks(viewer) == before
    assert [filters(viewer, layer) for layer in viewer.layers] == applied
    assert visible(viewer) == ["DAPI · RL 5", "GFP · RL 5"]


@pytest.mark.parametrize("state", ["curtain", "side", "profile"])
def test_a_viewer_may_be_closed_first(make_napari_viewer, state) -> None:
    viewer = make_napari_viewer()
    made = Comparison(viewer)
    made.set_pairs([add_pair(viewer)])
    made.set_state(state)
    viewer.close()
    made.close()
    assert made.state == "off"
