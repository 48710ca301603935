"""Profiles: known numbers along a line, whatever scale, place and unit the layers have."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from canvas_pixels import callbacks, native, shot, show
from qtpy.QtCore import QPoint, Qt

import napari_deconvolve as nd
from napari_deconvolve._napari.comparison import profile_line
from napari_deconvolve._napari.comparison.pairs import pairs_of
from napari_deconvolve._napari.comparison.profile import BESIDE, NO_LINE, ONLY_2D, ProfileTool
from napari_deconvolve._napari.comparison.profile_file import columns, save
from napari_deconvolve._napari.comparison.profile_plot import ProfilePlot
from napari_deconvolve._napari.kit.theme import follow_theme, palette
from napari_deconvolve.errors import FileError
from napari_deconvolve.run.made import ACCOUNT, account, made_here

SPACING = (1.0, 0.5, 0.5)  # z, y, x, in micrometres
FINE = (1.0, 0.25, 0.25)


def ramp(shape, scale, translate, slope=1.0):
    """Return values that rise along x by `slope` per unit of the world, and by 100 per unit along z."""
    z, _, x = (np.arange(n) * step + start for n, step, start in zip(shape, scale, translate, strict=True))
    return (100 * z[:, None, None] + slope * x + np.zeros(shape)).astype(np.float32)


@pytest.fixture
def pair(viewer):
    """An input, and a result of a part of it whose samples are half as large and whose values rise twice as fast."""
    common = {"units": ("um",) * 3, "axis_labels": ("z", "y", "x")}
    whole, part = (0.0, 0.0, 0.0), (0.0, 5.0, 4.0)
    source = viewer.add_image(
        ramp((5, 40, 60), SPACING, whole), name="cells", scale=SPACING, translate=whole, visible=False, **common
    )
    result = viewer.add_image(
        ramp((5, 40, 60), FINE, part, 2.0), name="cells · RL 5", scale=FINE, translate=part, **common
    )
    viewer.dims.set_point(0, 2.0)
    return source, result


@pytest.fixture
def tool(viewer):
    made = ProfileTool(viewer)
    yield made
    made.stop()


def put(tool, *ends):
    """Put the line's ends, in the world."""
    profile_line.put(tool._viewer, tool.line, np.asarray(ends, float))
    tool._measure()


def started(tool, pair):
    assert tool.start(pairs_of([pair])) == ""
    return tool


def drawn(line):
    """Return whether napari shows the line in this slice, and lets the mouse take it."""
    return bool(line._data_view._displayed.all()) and len(line._data_view._visible_shapes) == 1


# ---- numbers


def test_a_known_ramp_gives_the_known_numbers(tool, pair) -> None:
    started(tool, pair)
    put(tool, (2, 8, 5), (2, 8, 15))
    profile = tool.profile
    (before, after), *more = profile.curves
    assert not more
    assert (before.name, after.name, profile.unit) == ("cells", "cells · RL 5", "um")
    assert len(profile.distance) == 41  # the finer samples are 0.25 wide
    np.testing.assert_allclose(profile.distance, np.linspace(0, 10, 41), atol=1e-9)
    np.testing.assert_allclose(before.values, 200 + 5 + profile.distance, rtol=1e-6)
    np.testing.assert_allclose(after.values, 200 + 2 * (5 + profile.distance), rtol=1e-6)
    np.testing.assert_allclose(before.relative, before.values / 215, rtol=1e-6)
    assert after.relative.max() == 1


def test_a_slanted_line_has_its_length(tool, pair) -> None:
    started(tool, pair)
    put(tool, (2, 6, 6), (2, 9, 10))
    assert tool.profile.distance[-1] == pytest.approx(5)
    assert tool.profile.places[-1] == pytest.approx((9, 10))
    assert tool.profile.axes == ("y", "x")
    np.testing.assert_allclose(tool.profile.curves[0][0].values, 206 + tool.profile.distance * 0.8, rtol=1e-6)


def test_beside_a_layer_there_are_no_values(tool, pair) -> None:
    started(tool, pair)
    put(tool, (2, 8, 0), (2, 8, 10))
    (before, after) = tool.profile.curves[0]
    assert np.isfinite(before.values).all()
    inside = tool.profile.distance >= 4 - 0.125
    assert np.isfinite(after.values).tolist() == inside.tolist()
    assert np.nanmax(after.relative) == 1


def test_hidden_channels_keep_their_places(viewer, tool, pair) -> None:
    """A dock names a channel by its place among the pairs."""
    other = [
        viewer.add_image(layer.data, scale=layer.scale, units=layer.units, name=f"{layer.name} 2") for layer in pair
    ]
    for layer in pair:
        layer.visible = False
    assert tool.start(pairs_of([pair, other])) == ""
    assert [before.name for before, _ in tool.profile.curves] == ["cells", "cells 2"]


def test_the_slice_that_is_shown_is_measured(qtbot, viewer, tool, pair) -> None:
    started(tool, pair)
    put(tool, (2, 8, 5), (2, 8, 15))
    viewer.dims.set_point(0, 4.0)
    qtbot.waitUntil(lambda: tool.profile.curves[0][0].values[0] == pytest.approx(405), timeout=2000)
    assert profile_line.ends_of(viewer, tool.line)[:, 0] == pytest.approx(4)
    assert drawn(tool.line)
    assert viewer.dims.range[0].step == 1, "the slider has the steps of the image"


@pytest.mark.parametrize("step", [1.0, 0.5, 0.25, 0.1])
def test_the_line_is_drawn_in_every_slice(viewer, tool, step) -> None:
    """By itself napari draws no shape in a slice between two samples, and the mouse takes none beside a sample."""
    pair = [viewer.add_image(np.zeros((9, 30, 30)), scale=(step, 1, 1), translate=(0.5, 0, 0)) for _ in range(2)]
    started(tool, pair)
    for index in range(9):
        viewer.dims.set_current_step(0, index)
        assert viewer.dims.point[0] == pytest.approx(0.5 + index * step)
        assert drawn(tool.line), viewer.dims.point


def test_units_of_layers_may_differ(viewer, tool) -> None:
    source = viewer.add_image(ramp((1, 20, 40), SPACING, (0, 0, 0))[0], scale=SPACING[1:], units=("um", "um"))
    fine = ramp((1, 40, 80), (1, 250, 250), (0, 0, 0))[0]
    result = viewer.add_image(fine, scale=(250, 250), units=("nm", "nm"), name="in nm")
    started(tool, (source, result))
    put(tool, (4000, 2000), (4000, 12000))
    before, after = tool.profile.curves[0]
    assert (tool.profile.unit, tool.profile.distance[-1]) == ("um", pytest.approx(10))
    np.testing.assert_allclose(before.values, 2 + tool.profile.distance, rtol=1e-5)
    np.testing.assert_allclose(after.values, 1000 * before.values, rtol=1e-5)


def test_planes_along_depth_are_measured_too(viewer, tool, pair) -> None:
    viewer.dims.order = (1, 0, 2)
    viewer.dims.set_point(1, 8.0)
    started(tool, pair)
    put(tool, (0, 8, 10), (4, 8, 10))
    assert tool.profile.axes == ("z", "x")
    np.testing.assert_allclose(tool.profile.curves[0][0].values, 10 + 100 * tool.profile.distance, rtol=1e-5)
    for order in ((0, 1, 2), (2, 0, 1), (1, 0, 2)):
        viewer.dims.order = order
        assert drawn(tool.line)


def test_layers_in_files_and_pyramids_are_read(viewer, tool) -> None:
    dask = pytest.importorskip("dask.array")
    data = ramp((1, 64, 64), (1, 1, 1), (0, 0, 0))[0]
    lazy = viewer.add_image(dask.from_array(data, chunks=16), name="lazy")
    levels = viewer.add_image([data, data.reshape(32, 2, 32, 2).mean((1, 3))], multiscale=True, name="levels")
    started(tool, (lazy, levels))
    put(tool, (30, 10), (30, 50))
    for curve in tool.profile.curves[0]:
        np.testing.assert_allclose(curve.values, 10 + tool.profile.distance, rtol=1e-6)


# ---- reasons


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        ([(2, 8, 8), (2, 8, 8.5)], "The line is too short: 2 pixels."),
        ([(2, 8, 8), (2, 8, 8.25)], "The line is too short: 1 pixel."),
        ([(2, -8, 8), (2, -8, 18)], BESIDE),
    ],
)
def test_what_cannot_be_measured_is_said(tool, pair, ends, reason) -> None:
    started(tool, pair)
    said = []
    tool.measured.connect(lambda profile, why: said.append((profile, why)))
    put(tool, *ends)
    assert said[-1] == (None, reason)


def test_it_waits_in_3d(qtbot, viewer, tool, pair) -> None:
    started(tool, pair)
    viewer.dims.ndisplay = 3
    qtbot.waitUntil(lambda: tool.reason == ONLY_2D, timeout=2000)
    viewer.dims.ndisplay = 2
    qtbot.waitUntil(lambda: tool.profile is not None, timeout=2000)
    tool.stop()
    viewer.dims.ndisplay = 3
    assert tool.start(pairs_of([pair])) == ONLY_2D
    viewer.dims.ndisplay = 2


def test_an_empty_layer_asks_for_a_line(viewer, tool, pair) -> None:
    viewer.add_shapes(name=profile_line.NAME, ndim=3, units=("um",) * 3)
    assert tool.start(pairs_of([pair])) == NO_LINE


# ---- the line


def test_a_line_is_made_across_the_middle_of_what_is_seen(viewer, tool, pair) -> None:
    viewer.scene.camera.center = (0.0, 10.0, 12.0)
    viewer.scene.camera.zoom = 200.0
    started(tool, pair)
    (start, end) = profile_line.ends_of(viewer, tool.line)
    assert tool.line.name == "Profile line"
    assert [layer.name for layer in viewer.layers if profile_line.is_line(layer)] == ["Profile line"]
    assert (start + end)[1:] / 2 == pytest.approx((10, 12))
    assert 0 < end[2] - start[2] < native(viewer).width() / 200
    assert tool.profile is not None


@pytest.mark.usefixtures("unused_viewer")
@pytest.mark.parametrize("place", [4.5, 4.4, 0.3])
def test_the_line_is_seen_in_slices_between_whole_micrometres(viewer, place) -> None:
    show(viewer)
    grid = {"scale": (0.3, 0.1, 0.1), "units": ("um",) * 3}
    pair = tuple(viewer.add_image(np.zeros((32, 64, 64), np.float32), name=name, **grid) for name in ("in", "out"))
    viewer.dims.set_point(0, place)
    tool = ProfileTool(viewer)
    assert tool.start(pairs_of([pair])) == ""
    picture = shot(viewer).astype(int)
    yellow = np.abs(picture - (0xF0, 0xE4, 0x42)).sum(-1) < 40
    assert yellow.sum() > 100
    tool.stop()


def test_the_same_line_is_there_the_next_time(viewer, tool, pair) -> None:
    before = callbacks(viewer)
    started(tool, pair)
    put(tool, (2, 7, 5), (2, 7, 15))
    line = tool.line
    tool.stop()
    assert not line.visible
    after = callbacks(viewer)
    assert {name: after[name] for name in before} == before
    started(tool, pair)
    assert tool.line is line
    assert line.visible
    assert tool.profile.distance[-1] == pytest.approx(10)


@pytest.mark.usefixtures("unused_viewer")
def test_the_mouse_moves_the_line(qtbot, viewer, tool, pair) -> None:
    show(viewer)
    viewer.reset_view()
    started(tool, pair)
    before = tool.profile
    canvas, zoom = native(viewer), viewer.scene.camera.zoom
    below = np.mean(profile_line.ends_of(viewer, tool.line), axis=0)[1:] - viewer.scene.camera.center[1:]
    start = QPoint(*(round(float(length / 2 + place * zoom)) for length, place in (
        (canvas.width() + 60, below[1]), (canvas.height(), below[0]),
    )))  # fmt: skip
    qtbot.mouseMove(canvas, start)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for step in (10, 25, 40):
        qtbot.wait(20)
        qtbot.mouseMove(canvas, start + QPoint(0, step))
    qtbot.waitUntil(lambda: tool.profile is not before, timeout=2000)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 40))
    qtbot.wait(100)
    assert tool.profile.places[0, 0] - before.places[0, 0] == pytest.approx(40 / zoom, rel=0.1)


def test_many_changes_are_measured_once(qtbot, tool, pair) -> None:
    started(tool, pair)
    said = []
    tool.measured.connect(lambda *_: said.append(1))
    for count in range(20):
        pair[0].data = pair[0].data + np.float32(1)
        profile_line.put(tool._viewer, tool.line, np.array([(2, 8, 5), (2, 8, 10 + count / 4)], float))
    assert said == []
    qtbot.waitUntil(lambda: bool(said), timeout=2000)
    assert said == [1]
    assert tool.profile.curves[0][0].values[0] == pytest.approx(225)


def test_removing_the_line_ends_it(viewer, tool, pair) -> None:
    started(tool, pair)
    gone = []
    tool.removed.connect(lambda: gone.append(1))
    viewer.layers.remove(tool.line)
    assert gone == [1]
    assert tool.line is None


# ---- plot and file


def test_the_plot_draws_both_curves_over_their_maximum(qtbot, viewer, tool, pair) -> None:
    started(tool, pair)
    put(tool, (2, 8, 5), (2, 8, 15))
    plot = ProfilePlot()
    qtbot.addWidget(plot)
    end = follow_theme(viewer, plot.restyle)
    plot.show_profile(tool.profile)
    for item, curve in zip(plot.curves, tool.profile.curves[0], strict=True):
        np.testing.assert_allclose(item.getData()[0], tool.profile.distance)
        np.testing.assert_allclose(item.getData()[1], 100 * curve.relative)
    assert plot._plot.getAxis("bottom").labelText == "distance along the line (µm)"
    assert plot._plot.sizeHint().height() == 150
    colors = palette(viewer.theme)
    assert [item.opts["pen"].color().name() for item in plot.curves] == [colors.muted, colors.first]
    viewer.theme = "light"
    assert plot.curves[1].opts["pen"].color().name() == palette("light").first
    plot.show_profile(None, "The line is too short: 2 pixels.")
    assert plot.reason.text() == "The line is too short: 2 pixels."
    assert not plot.export_button.isEnabled()
    end()


def test_a_profile_is_saved_with_units_in_the_names(qtbot, tool, pair, tmp_path, monkeypatch) -> None:
    made, recipe = made_here("3x4 uint8 ab"), nd.Recipe(iterations=5)
    pair[1].metadata = {"napari_deconvolve": {"made": made.to_dict(), "recipe": recipe.to_dict()}}
    started(tool, pair)
    put(tool, (2, 8, 0), (2, 8, 10))
    plot = ProfilePlot()
    qtbot.addWidget(plot)
    plot.show_profile(tool.profile)
    said = []
    plot.said.connect(lambda *words: said.append(words))
    path = tmp_path / "profile.csv"
    monkeypatch.setattr(
        "napari_deconvolve._napari.comparison.profile_plot.QFileDialog.getSaveFileName",
        lambda *_: (str(tmp_path / "profile"), ""),
    )
    qtbot.mouseClick(plot.export_button, Qt.MouseButton.LeftButton)
    assert said == [("Saved “profile.csv”: 41 points.", "success")]
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    assert names == [
        "distance (um)",
        "y (um)",
        "x (um)",
        "cells (intensity)",
        "cells (relative to its maximum)",
        "cells · RL 5 (intensity)",
        "cells · RL 5 (relative to its maximum)",
        *ACCOUNT,
    ]
    assert list(columns(tool.profile)) == names[:-4]
    assert len(rows) == 41
    assert rows[0] == ["0", "8", "0", "200", f"{200 / 210:.7g}", "", "", *account(made, recipe).values()]
    assert all(row[-4:] == [""] * 4 for row in rows[1:])
    assert [path.name for path in tmp_path.iterdir()] == ["profile.csv"]


def test_a_file_that_cannot_be_written_is_said(tool, pair, tmp_path) -> None:
    started(tool, pair)
    with pytest.raises(FileError, match="there is no folder"):
        save(tmp_path / "missing" / "profile.csv", tool.profile)
