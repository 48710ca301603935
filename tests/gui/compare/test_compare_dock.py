"""The dock "Compare iterations", used as a person uses it."""

from __future__ import annotations

import csv
import subprocess
import sys

import numpy as np
import pytest
from conftest import LIMIT, SPACING, add_image, add_psf, cells
from docks import AnyDock
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtWidgets import QFileDialog, QWidget

import napari_deconvolve as nd
from napari_deconvolve._napari.comparison.canvas import slider_of
from napari_deconvolve.run.made import Made


class Compare(AnyDock):
    title = "Compare iterations"

    @property
    def runs(self):
        return self.widget._runs

    @property
    def session(self):
        return self.runs.session

    def wait(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=LIMIT)

    def set(self, **settings):
        for name, value in settings.items():
            if name in ("iterations", "strengths", "sieves"):
                self[name].setText(value)
            else:
                self.choose(name, value)

    def run(self, **settings):
        self.set(**settings)
        self.click("run")
        self.wait(lambda: not self["stop"].isEnabled())
        return self.viewer.layers.selection.active

    def words(self, name):
        return self[name].text().replace("\u00a0", " ")

    def click_point(self, row):
        curves = self.widget.panel.curves
        self.dock.show()
        self.qtbot.wait(50)
        scene = curves.plot.getViewBox().mapViewToScene(QPointF(*curves.point(row)))
        place = curves.plot.mapFromScene(scene)
        self.qtbot.mouseMove(curves.plot.viewport(), QPoint(place))
        self.qtbot.mouseClick(curves.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
        self.qtbot.wait(50)


@pytest.fixture
def dock(viewer, qtbot, image, psf):
    """The dock with an image and a PSF chosen."""
    add_image(viewer, image)
    add_psf(viewer, psf)
    return Compare(viewer, qtbot)


@pytest.fixture
def known(viewer, qtbot):
    """The dock with a flat image, its truth and its PSF."""
    rng = np.random.default_rng(2)
    truth = np.zeros((40, 44), np.float32)
    truth[rng.integers(4, 36, 15), rng.integers(4, 40, 15)] = rng.uniform(2e3, 1e4, 15)
    psf = nd.psf.gaussian(0.4, SPACING[1:])
    image = rng.poisson(nd.convolve(truth, psf) + 20).astype(np.float32)
    add_image(viewer, truth, name="object")
    add_image(viewer, image)
    add_psf(viewer, psf)
    made = Compare(viewer, qtbot)
    made.choose("image", "cells")
    return made


def swept(dock):
    return next(layer for layer in dock.viewer.layers if layer.name == "cells · RL sweep")


def test_the_estimates_are_those_of_the_core_and_lie_over_the_image(dock, image, psf):
    dock.run(iterations="3, 5, 9")
    layer, given = swept(dock), dock.viewer.layers["cells"]
    found = nd.sweep(image, psf, (3, 5, 9), background="auto", acceleration="nesterov")
    assert layer.data.shape == (3, *image.shape)
    for plane, estimate in zip(layer.data, found.estimates, strict=True):
        np.testing.assert_allclose(plane, estimate, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(layer.scale[1:], given.scale)
    np.testing.assert_allclose(layer.translate[1:], given.translate)
    assert layer.axis_labels == ("iteration", *given.axis_labels)
    assert layer.units[1:] == given.units
    assert layer.metadata["napari_deconvolve"]["sweep"][1]["iterations"] == 5
    assert [row.iterations for row in dock.runs.rows] == [3, 5, 9]
    assert dock.runs.rows[2].deviance == pytest.approx(found.table[2].deviance, rel=1e-3)
    assert np.array_equal(dock.viewer.layers["cells"].data, image)


def test_equal_steps_are_the_sliders_coordinates(dock):
    dock.run(iterations="every 4 to 12")
    layer = swept(dock)
    assert (layer.scale[0], layer.translate[0], len(layer.data)) == (4, 4, 3)
    dock.viewer.dims.set_point(0, 8)
    assert dock.runs.shown.iterations == 8


def test_with_a_truth_the_error_decides_and_the_star_shows_it(known):
    known.run(iterations="2, 5, 20, 60", truth="object")
    rows = known.runs.rows
    best = min(rows, key=lambda row: row.mse)
    assert known.runs.best.iterations == best.iterations
    curves = known.widget.panel.curves
    assert curves.column == "mse"
    assert curves.star() == pytest.approx(curves.point(best))
    assert known.runs.shown.iterations == best.iterations
    assert f"best: {best.iterations} iterations" in known.words("state")
    truth = known.viewer.layers["object"].data
    place = known.session.place(best)
    assert best.mse == pytest.approx(np.mean((swept(known).data[place[1]] - truth) ** 2), rel=1e-4)
    known["quantity"].setCurrentText("Structural similarity")
    assert curves.point(best)[1] == pytest.approx(best.ssim)


def test_without_a_truth_the_score_decides(known):
    known.run(iterations="2, 5, 20")
    assert known.widget.panel.curves.column == "score"
    assert all(row.mse is None and row.score is not None for row in known.runs.rows)


def test_a_line_and_an_axis_for_strengths(known):
    known.run(iterations="3, 6", prior="tv", strengths="none, 0.001, 0.1", truth="object")
    layer = swept(known)
    assert layer.data.shape == (3, 2, 40, 44)
    assert layer.axis_labels[:2] == ("strength", "iteration")
    curves = known.widget.panel.curves
    assert len(curves._lines) == 3
    assert all(name in known.words("legend").replace("&nbsp;", " ") for name in ("no prior", "tv 0.001", "tv 0.1"))
    truth = known.viewer.layers["object"].data
    for row in known.runs.rows:
        assert row.mse == pytest.approx(np.mean((layer.data[known.session.place(row)] - truth) ** 2), rel=1e-4)


def test_a_click_on_a_point_moves_the_slider_there(known):
    known.run(iterations="3, 6, 12", prior="tv", strengths="none, 0.1", truth="object")
    for row in (known.runs.rows[0], known.runs.rows[4], known.runs.rows[2]):
        known.click_point(row)
        assert known.runs.shown.iterations == row.iterations
        assert known.runs.shown.strength == row.strength
        assert known.session.place(row) == tuple(known.viewer.dims.current_step[:2])
        assert f"{row.iterations} iterations" in known.words("shown")


def test_the_slider_moves_the_ring(known):
    known.run(iterations="3, 6, 12", truth="object")
    known.viewer.dims.set_current_step(0, 1)
    ring = known.widget.panel.curves._ring.getData()
    assert ring[0][0] == pytest.approx(np.log10(6))


def test_the_grid_shows_all_with_names_and_linked_contrast(known):
    known.run(iterations="3, 6, 12", truth="object")
    before = {layer.name: layer.visible for layer in known.viewer.layers}
    known.choose("view", "grid")
    cells_ = [layer for layer in known.viewer.layers if layer.visible]
    estimates = [f"RL {one}{' ★' * (one == known.runs.best.iterations)}" for one in (3, 6, 12)]
    assert [layer.name for layer in cells_] == ["input", *estimates, "truth"]
    np.testing.assert_array_equal(cells_[0].data, known.viewer.layers["cells"].data)
    np.testing.assert_array_equal(cells_[-1].data, known.viewer.layers["object"].data)
    places = [known.viewer.canvas.grid.position(known.viewer.layers.index(one), known.viewer.layers) for one in cells_]
    assert places == sorted(places)
    for name in ("show_input", "show_truth"):
        known[name].setChecked(False)
    cells_ = [layer for layer in known.viewer.layers if layer.visible]
    assert [layer.name for layer in cells_] == estimates
    canvas = known.viewer.canvas.grid
    assert canvas.enabled
    places = [canvas.position(known.viewer.layers.index(layer), known.viewer.layers) for layer in cells_]
    assert places == sorted(places)
    assert len(set(places)) == 3
    assert all(layer.name_overlay.visible for layer in cells_)
    cells_[0].contrast_limits = (0, 17)
    assert all(layer.contrast_limits == [0, 17] for layer in cells_)
    for layer, plane in zip(cells_, swept(known).data, strict=True):
        assert np.array_equal(layer.data, plane)
    known.click_point(known.runs.rows[1])
    assert known.viewer.layers.selection.active is cells_[1]
    known.choose("view", "slider")
    assert not canvas.enabled
    assert {layer.name: layer.visible for layer in known.viewer.layers} == before
    assert known.runs.shown.iterations == 6


def test_keep_makes_an_ordinary_result(known):
    known.run(iterations="3, 6", prior="tv", strengths="0.01", truth="object")
    known.click_point(known.runs.rows[0])
    known.click("keep")
    layer = known.viewer.layers.selection.active
    assert layer.name == "cells · tv 0.01 · RL 3"
    ours = layer.metadata["napari_deconvolve"]
    recipe = nd.Recipe.from_dict(ours["recipe"])
    assert (recipe.iterations, recipe.prior, recipe.strength) == (3, "tv", 0.01)
    given = known.viewer.layers["cells"].data
    again = nd.deconvolve(given, known.runs.session.plan.base.psf, recipe).estimate
    np.testing.assert_allclose(layer.data, again, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(layer.scale, known.viewer.layers["cells"].scale)
    known.viewer.layers.remove(swept(known))
    assert layer.data.max() > 0
    assert not known["keep"].isEnabled()
    assert known["export"].isEnabled()


def test_keep_works_from_the_grid(known):
    known.run(iterations="3, 6", truth="object")
    known.choose("view", "grid")
    known.click_point(known.runs.rows[0])
    known.click("keep")
    assert known.viewer.layers.selection.active.name == "cells · RL 3"
    assert known["view"].currentText() == "slider"
    assert not known.viewer.canvas.grid.enabled


def test_use_sets_the_dock_deconvolve(known):
    known.run(iterations="3, 7", prior="tikhonov", strengths="0.02", truth="object")
    known.click_point(known.runs.rows[1])
    known.click("use")
    dock, widget = known.viewer.window.add_plugin_dock_widget("napari-deconvolve", "Deconvolve")
    choices = widget.form.choices()
    assert (choices.recipe.iterations, choices.recipe.prior) == (7, "tikhonov")
    assert choices.recipe.strength == pytest.approx(0.02)
    assert choices.image is known.viewer.layers["cells"]
    assert choices.psf is known.viewer.layers["PSF"]
    assert choices.recipe.background == pytest.approx(known.runs.recipe(known.runs.rows[1]).background, abs=1e-3)
    assert dock.isVisible() or not known.viewer.window._qt_window.isVisible()


def test_export_writes_the_table(known, tmp_path, monkeypatch):
    known.run(iterations="3, 6", truth="object")
    path = tmp_path / "table"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    known.click("export")
    rows = list(csv.DictReader(path.with_suffix(".csv").read_text().splitlines()))
    assert [int(row["iterations"]) for row in rows] == [3, 6]
    assert float(rows[1]["mse"]) == known.runs.rows[1].mse
    assert nd.Recipe.from_json(rows[1]["recipe"]) == known.runs.recipe(known.runs.rows[1])
    made = Made.from_dict(swept(known).metadata["napari_deconvolve"]["made"])
    assert (rows[1]["image"], rows[1]["made"], rows[1]["time"]) == (made.image, str(made), made.time)
    assert known.runs.keep().metadata["napari_deconvolve"]["made"] == made.to_dict()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "absent" / "table.csv"), ""))
    known.click("export")
    assert "no folder" in known.words("state")


def test_a_region_is_swept_as_the_whole_would_be(known):
    known.run(iterations="3, 6", truth="object")
    everything = np.array(swept(known).data)
    known.viewer.layers.remove(swept(known))
    shapes = known.viewer.add_shapes(
        [np.array([[8, 10], [8, 25], [22, 25], [22, 10]]) * 0.1 + known.viewer.layers["cells"].translate],
        units=("um", "um"),
    )
    assert len(shapes.data) == 1
    known.run(region="rectangle")
    layer = swept(known)
    start = np.rint((layer.translate[1:] - known.viewer.layers["cells"].translate) / 0.1).astype(int)
    part = tuple(slice(low, low + length) for low, length in zip(start, layer.data.shape[1:], strict=True))
    assert layer.data.shape[1] < 20
    expected = everything[(slice(None), *part)]
    assert np.abs(layer.data - expected).max() < 0.15 * expected.max()
    truth = known.viewer.layers["object"].data[part]
    assert known.runs.rows[0].mse == pytest.approx(np.mean((layer.data[0] - truth) ** 2), rel=1e-3)


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"iterations": "ten"}, "iterations_info", "ten"),
        ({"iterations": ""}, "iterations_info", "10, 20, 40, 80"),
        ({"iterations": "10, 0"}, "iterations_info", "0"),
        ({"iterations": "every 0 to 9"}, "iterations_info", "every 0 to 9"),
        ({"iterations": "3, 3000000000"}, "iterations_info", "3000000000"),
        ({"iterations": "every 10 to 99999999999999999999"}, "iterations_info", "9999"),
        ({"prior": "tv", "strengths": "weak"}, "strengths_info", "weak"),
        ({"prior": "tv", "strengths": "1e9"}, "strengths_info", "1000000000"),
        ({"truth": "cells"}, "truth_info", "image itself"),
        ({"truth": "PSF"}, "truth_info", "shape"),
        ({"psf": "cells"}, "psf_info", "image itself"),
    ],
)
def test_what_cannot_work_is_said_beside_its_field(known, settings, field, words):
    known.set(**settings)
    assert not known["run"].isEnabled()
    assert words in known.words(field)
    assert known.words("state").startswith("Cannot run")
    known["reset"].click()
    known.set(truth="none", psf="PSF")
    assert known["run"].isEnabled()


def test_the_cost_is_told_before_the_run(known):
    known.set(iterations="10, 20", prior="tv", strengths="none, 0.01, 0.1", truth="object")
    assert known.words("cost").startswith("3 runs of 20 iterations: ")
    known.set(prior="none")
    assert known.words("cost").startswith("1 run of 20 iterations: ")
    assert not known["strengths"].isEnabled()


def test_it_fills_while_it_runs_and_what_is_finished_stays(dock):
    dock.set(iterations="2, 4, 8, 5000")
    dock.click("run")
    dock.wait(lambda: len(dock.runs.rows) == 3 and any("sweep" in layer.name for layer in dock.viewer.layers))
    assert not dock["run"].isEnabled()
    dock.wait(lambda: dock.runs.shown is not None and dock.runs.shown.iterations == 8)
    assert len(dock.widget.panel.curves.rows) == 3
    dock.click("stop")
    dock.wait(lambda: not dock["stop"].isEnabled())
    assert dock.words("state").startswith("Stopped: 3 estimates")
    assert swept(dock).data.shape[0] == 3
    assert swept(dock).data[2].max() > 0
    assert dock["keep"].isEnabled()
    dock.click("keep")
    assert "RL" in dock.viewer.layers.selection.active.name


def test_keys_run_and_stop(dock):
    dock.set(iterations="2, 5000")
    dock.qtbot.keyClick(dock["iterations"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dock["stop"].isEnabled()
    dock.wait(lambda: len(dock.runs.rows) == 1)
    dock.qtbot.keyClick(dock["iterations"], Qt.Key.Key_Escape)
    dock.wait(lambda: not dock["stop"].isEnabled())
    assert len(dock.runs.rows) == 1


def test_stop_before_the_first_estimate_leaves_no_layer(dock):
    before = len(dock.viewer.layers)
    dock.set(iterations="5000")
    dock.click("run")
    dock.wait(lambda: dock.session.latest is not None)
    dock.click("stop")
    dock["stop"].click()
    dock.wait(lambda: not dock["stop"].isEnabled())
    assert len(dock.viewer.layers) == before
    assert "no result" in dock.words("state")


def test_closing_the_dock_loses_nothing(dock, qtbot):
    dock.set(iterations="2, 4, 2000", prior="tikhonov", strengths="0.5")
    dock.click("run")
    dock.viewer.window.remove_dock_widget(dock.dock)
    qtbot.wait(100)
    again = Compare(dock.viewer, qtbot)
    assert again.widget is not dock.widget
    again.wait(lambda: len(again.runs.rows) >= 2)
    assert again["iterations"].text() == "2, 4, 2000"
    assert again["prior"].currentText() == "tikhonov"
    assert again["image"].currentText() == "cells"
    again.wait(lambda: len(again.widget.panel.curves.rows) >= 2)
    again.click("stop")
    again.wait(lambda: not again["stop"].isEnabled())
    assert len(again.runs.rows) == 2


def test_removing_the_layer_ends_the_sweep(dock):
    dock.set(iterations="2, 5000")
    dock.click("run")
    dock.wait(lambda: any("sweep" in layer.name for layer in dock.viewer.layers))
    dock.viewer.layers.remove(swept(dock))
    dock.wait(lambda: not dock["stop"].isEnabled())
    assert "removed" in dock.words("state")
    assert not any("sweep" in layer.name for layer in dock.viewer.layers)
    assert not dock["keep"].isEnabled()


def test_removing_layers_of_the_grid_is_harmless(known):
    known.run(iterations="3, 6", truth="object")
    known.choose("view", "grid")
    known.viewer.layers.remove(next(layer for layer in known.viewer.layers if layer.name.startswith("RL 3")))
    known.viewer.layers.remove(swept(known))
    assert not known.viewer.canvas.grid.enabled
    assert not any(layer.name.startswith("RL") for layer in known.viewer.layers)
    known.run(iterations="4, 8")
    shown = [layer.name.removesuffix(" ★") for layer in known.viewer.layers if layer.visible]
    assert shown == ["input", "RL 4", "RL 8", "truth"]


def test_another_sweep_takes_the_place_of_the_last_one(known):
    known.run(iterations="3, 6")
    known.click("keep")
    known.run(iterations="2, 4")
    names = [layer.name for layer in known.viewer.layers]
    assert [name for name in names if "sweep" in name] == ["cells · RL sweep"]
    assert any(name.startswith("cells · RL") and "sweep" not in name for name in names), "what was kept stays"
    assert known["keep"].isEnabled()
    assert known.runs.shown is not None
    known.viewer.layers.clear()
    assert known.widget.panel.isHidden(), "nothing is said of what is gone"


@pytest.mark.usefixtures("styled_viewer")
def test_the_slider_shows_the_numbers_that_were_tried(known):
    known.run(iterations="3, 6, 12", truth="object")
    slider = slider_of(known.viewer, 0)
    for place, number in enumerate(("3", "6", "12")):
        known.viewer.dims.set_current_step(0, place)
        known.wait(lambda number=number: slider.curslice_label.text() == number)
        assert slider.totslice_label.text() == "12"
        assert slider.curslice_label.width() > slider.fontMetrics().horizontalAdvance("12")
    known.viewer.layers.remove(swept(known))
    assert not slider.curslice_label.isReadOnly()
    assert slider.totslice_label.text() != "12"


def test_numbers_tried_are_the_ticks_of_a_logarithmic_axis(known):
    known.run(iterations="10, 20, 40", truth="object")
    curves = known.widget.panel.curves
    (ticks,) = curves.plot.getAxis("bottom")._tickLevels
    assert sorted(words for _, words in ticks) == ["10", "20", "40"]
    places = sorted(place for place, _ in ticks)
    assert np.diff(places) == pytest.approx([np.log10(2)] * 2)


def test_time_series_show_what_is_seen(viewer, qtbot, psf):
    series = np.stack([cells(seed=seed) for seed in range(2)])
    add_image(viewer, series, scale=(1, *SPACING), units=("s", "um", "um", "um"), translate=(0, 0, 0, 0))
    add_psf(viewer, psf)
    dock = Compare(viewer, qtbot)
    dock.run(iterations="2, 3")
    layer = swept(dock)
    assert layer.data.shape == (2, *series.shape)
    expected = nd.richardson_lucy(series, psf, 3, background="auto", acceleration="nesterov")
    np.testing.assert_allclose(layer.data[1], expected, rtol=1e-4, atol=1e-3)


def test_it_opens_before_there_are_layers(viewer, qtbot, image, psf):
    dock = Compare(viewer, qtbot)
    assert not dock["run"].isEnabled()
    add_image(viewer, image)
    add_psf(viewer, psf)
    assert dock["image"].currentText() == "cells"
    assert dock["psf"].currentText() == "PSF"
    assert dock["run"].isEnabled()


@pytest.mark.usefixtures("styled_viewer")
def test_every_control_has_a_name_for_screen_readers_and_fits_a_narrow_dock(dock):
    for name in (
        "image", "psf", "iterations", "prior", "strengths", "sieves", "truth", "region", "run", "stop", "keep", "use",
        "export", "view", "curves", "quantity",
    ):  # fmt: skip
        assert dock[name].accessibleName(), name
        assert dock[name].toolTip(), name
    content = dock.widget._content
    content.ensurePolished()
    assert content.minimumSizeHint().width() <= 280


def test_the_theme_reaches_the_curves(dock):
    dock.run(iterations="2, 3")
    shades = []
    for theme in ("dark", "light"):
        dock.viewer.theme = theme
        shades.append(dock.widget.panel.curves.plot.backgroundBrush().color().lightness())
    assert shades[0] < 100 < shades[1]


def test_closing_the_viewer_during_a_sweep_leaves_no_thread(tmp_path):
    script = tmp_path / "close.py"
    script.write_text(
        "import threading, numpy as np, napari, napari_deconvolve as nd\n"
        "from qtpy.QtWidgets import QApplication, QWidget\n"
        "viewer = napari.Viewer(show=False)\n"
        "viewer.add_image(np.random.default_rng(0).poisson(9, (16, 64, 64)).astype('f4'), name='cells')\n"
        "viewer.add_image(nd.psf.gaussian(3, ndim=3).data, name='PSF')\n"
        "dock, widget = viewer.window.add_plugin_dock_widget('napari-deconvolve', 'Compare iterations')\n"
        "widget.findChild(QWidget, 'iterations').setText('2, 9000')\n"
        "widget.findChild(QWidget, 'run').click()\n"
        "while not widget._runs.rows: QApplication.processEvents()\n"
        "viewer.close()\n"
        "from qtpy.QtCore import QThreadPool\n"
        "assert QThreadPool.globalInstance().waitForDone(20000)\n"
        "print('closed')\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "closed" in done.stdout
    assert "Traceback" not in done.stderr


def test_all_controls_are_found_by_name(dock):
    names = {child.objectName() for child in dock.widget.findChildren(QWidget)}
    assert {"cost", "state", "shown", "progress", "legend", "more", "background", "acceleration", "boundary"} <= names


def test_numbers_go_with_the_image_that_they_speak_of(known):
    known.run(iterations="3, 6", truth="object")
    known.viewer.layers.remove(swept(known))
    assert known["export"].isEnabled()
    known.viewer.layers.clear()
    known.wait(lambda: not known["export"].isEnabled())
    assert known.runs.rows == ()


def test_estimates_have_the_colours_of_the_image(known):
    image = known.viewer.layers[known["image"].currentText()]
    image.colormap, image.blending = "magenta", "additive"
    known.run(iterations="3, 6")
    assert (swept(known).colormap.name, swept(known).blending) == ("magenta", "translucent")
    known.click("keep")
    kept = known.viewer.layers.selection.active
    assert (kept.colormap.name, kept.blending, image.visible) == ("magenta", "additive", False)
    known["view"].setCurrentText("grid")
    cells_of_grid = [layer for layer in known.viewer.layers if layer.name in ("input", "RL 3", "RL 6 ★")]
    assert {layer.colormap.name for layer in cells_of_grid} == {"magenta"}
