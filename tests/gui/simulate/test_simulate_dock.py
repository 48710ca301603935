"""The dock "Blur and noise", and the classroom's loop: truth, blur, deconvolve, error; all by clicking."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import LIMIT, SPACING, add_image, add_psf
from docks import AnyDock
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QWidget

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.simulate.form import CAMERA_NUMBERS
from napari_deconvolve._napari.docks.simulate.runs import SimulationRuns
from napari_deconvolve._napari.work.per_viewer import of_viewer
from napari_deconvolve.run import metrics

KEY = "napari_deconvolve"


class Simulate(AnyDock):
    title = "Blur and noise"

    def wait(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=LIMIT)

    def set(self, **settings):
        for name, value in settings.items():
            if name == "fwhm":
                self[name].setText(value)
            elif isinstance(value, bool):
                if self[name].isChecked() != value:
                    self[name].click()
            elif isinstance(value, str):
                self.choose(name, value)
            else:
                self[name].setValue(value)

    def run(self, **settings):
        self.set(**settings)
        self.click("run")
        self.wait(lambda: not self["stop"].isEnabled())
        return self.viewer.layers.selection.active

    def words(self, name):
        return self[name].text().replace("\u00a0", " ")

    def measured(self):
        self.wait(lambda: "NRMSE" in self.words("errors") and not self.widget.section._task.busy)
        return float(self.words("errors").split("NRMSE ")[1].split(",")[0])


@pytest.fixture
def truth():
    rng = np.random.default_rng(3)
    image = np.zeros((44, 52), np.float32)
    image[rng.integers(4, 40, 20), rng.integers(4, 48, 20)] = rng.uniform(0.5, 2, 20)
    return image


@pytest.fixture
def psf2d():
    return nd.psf.gaussian(0.35, SPACING[1:])


@pytest.fixture
def dock(viewer, qtbot, truth, psf2d):
    """The dock with a truth and a PSF chosen."""
    add_image(viewer, truth)
    add_psf(viewer, psf2d)
    return Simulate(viewer, qtbot)


def test_what_is_said_of_a_result_goes_with_it(dock):
    layer = dock.run()
    assert dock.words("state").startswith("Done: ")
    dock.viewer.layers.remove(layer)
    assert dock.words("state") == "Ready. Ctrl+Enter runs."


def test_three_clicks_blur_the_image(dock, truth, psf2d):
    layer, given = dock.run(), dock.viewer.layers["cells"]
    assert layer.name == "cells · blurred"
    np.testing.assert_array_equal(layer.data, nd.convolve(truth, psf2d))
    np.testing.assert_allclose(layer.scale, given.scale)
    np.testing.assert_allclose(layer.translate, given.translate)
    assert (layer.units, layer.axis_labels) == (given.units, given.axis_labels)
    assert "no noise" in dock.words("state")
    np.testing.assert_array_equal(given.data, truth)
    # Holding the button shows the input.
    given.visible = False
    dock.qtbot.mousePress(dock["blink"], Qt.MouseButton.LeftButton)
    assert (given.visible, layer.visible) == (True, False)
    dock.qtbot.mouseRelease(dock["blink"], Qt.MouseButton.LeftButton)
    assert (given.visible, layer.visible) == (False, True)


def test_a_camera_records_what_python_says(dock, truth, psf2d):
    layer = dock.run(photons=150, background=8, read_noise=1.5, seed=42, gain=2.0, offset=100)
    assert dock["poisson"].isChecked()  # photons come with their noise
    wanted = nd.simulate(truth, psf2d, photons=150, background=8, read_noise=1.5, seed=42, gain=2, offset=100)
    np.testing.assert_array_equal(layer.data, wanted.counts)
    ours = layer.metadata[KEY]
    assert (ours["image"], ours["scale"]) == ("cells", wanted.scale)
    assert ours["made"]["image"] == wanted.made.image
    again = nd.simulate(truth, recipe=nd.Simulation.from_dict(ours["simulation"]))
    np.testing.assert_array_equal(again.counts, layer.data)
    assert "150 photons" in dock.words("state")
    assert "seed 42" in dock.words("state")
    # Another seed draws other noise.
    dock.click("new_seed")
    second = dock.run()
    assert dock["seed"].value() == second.metadata[KEY]["simulation"]["seed"] != 0
    assert second.name == "cells · run 2 · blurred"
    assert not np.array_equal(layer.data, second.data)
    dock.set(poisson=False, read_noise=0)
    assert not dock["seed"].isEnabled()
    assert not np.array_equal(dock.run(read_noise=2.0).data, second.data)
    assert dock["seed"].isEnabled()


def test_convolve_to_smooth_and_noise_alone(dock, truth):
    dock.set(blur="Gaussian")
    assert dock["psf"].isHidden() or not dock["psf"].isVisibleTo(dock.widget)
    assert dock["fwhm"].text() == "0.3"  # three samples
    layer = dock.run(fwhm="0.2")
    assert layer.name == "cells · smoothed 0.2 µm"
    np.testing.assert_allclose(layer.data, nd.convolve(truth, nd.psf.gaussian(0.2, SPACING[1:])), atol=1e-6)
    both = dock.run(fwhm="0.4, 0.2")
    assert both.name == "cells · smoothed 0.4 × 0.2 µm"
    recipe = nd.Simulation.from_dict(both.metadata[KEY]["simulation"])
    assert (recipe.fwhm, recipe.spacing) == ((0.4, 0.2), SPACING[1:])
    noisy = dock.run(blur="none", photons=30, seed=1)
    assert noisy.name == "cells · with noise"
    np.testing.assert_array_equal(noisy.data, nd.simulate(truth, photons=30, seed=1).counts)


def test_smoothing_in_four_axes(viewer, qtbot):
    image = np.zeros((5, 7, 12, 13), np.float32)
    image[2, 3, 6, 6] = 100
    add_image(viewer, image, scale=(2.0, *SPACING), units=("s", "um", "um", "um"), translate=(0,) * 4)
    dock = Simulate(viewer, qtbot)
    layer = dock.run(blur="Gaussian", fwhm="4, 0.6, 0.2, 0.2", boundary="zero")
    wanted = nd.simulate(image, fwhm=(4, 0.6, 0.2, 0.2), spacing=(2, *SPACING), boundary="zero", poisson=False).counts
    np.testing.assert_array_equal(layer.data, wanted)
    assert layer.data[1].max() > 0
    alone = dock.run(fwhm="0.3")
    assert alone.data[1].max() == 0  # one width is none of time


def test_a_series_is_blurred_plane_by_plane(viewer, qtbot, truth, psf2d):
    stack = np.stack([truth, 3 * truth])
    add_image(viewer, stack)
    add_psf(viewer, psf2d)
    dock = Simulate(viewer, qtbot)
    assert "each of 2 parts is blurred" in dock.words("psf_state")
    np.testing.assert_array_equal(dock.run().data, nd.convolve(stack, psf2d))


def test_what_cannot_be_is_said_beside_its_field(dock):
    dock.choose("psf", "cells")
    assert "image itself" in dock.words("psf_state")
    assert not dock["run"].isEnabled()
    assert "image itself" in dock["run"].toolTip()
    dock.choose("blur", "none")
    assert "nothing to do" in dock.words("noise_info")
    assert not dock["run"].isEnabled()
    dock.set(blur="Gaussian", fwhm="wide")
    assert "“wide”; write a width in µm" in dock.words("fwhm_info")
    dock.set(fwhm="1, 2, 3")
    assert not dock["run"].isEnabled()
    dock.set(fwhm="1e8")  # nanometres of a width, as steps of metres see them
    assert "1e+09 samples" in dock.words("fwhm_info")
    assert not dock["run"].isEnabled()
    dock.set(fwhm="0.3")
    assert dock["run"].isEnabled()
    assert dock.words("cost").startswith("Less than 1 s · ")
    # What only the samples tell ends in words, too.
    dock.viewer.layers["cells"].data = np.full((20, 20), -1.0, np.float32)
    dock.set(blur="none", poisson=True)
    dock.click("run")
    dock.wait(lambda: not dock["stop"].isEnabled())
    assert "no negative number" in dock.words("state")
    assert len(dock.viewer.layers) == 2


def test_a_simulation_can_be_stopped(viewer, qtbot, monkeypatch):
    add_image(viewer, np.random.default_rng(0).random((30, 200, 220)).astype(np.float32))
    dock = Simulate(viewer, qtbot)
    dock.set(blur="Gaussian", fwhm="3, 6, 6", photons=10)
    dock.click("run")
    assert dock["stop"].isEnabled()
    assert "is running" in dock["run"].toolTip()
    dock.qtbot.keyClick(dock.widget, Qt.Key.Key_Escape)
    dock.wait(lambda: not dock["stop"].isEnabled())
    assert dock.words("state") == "Stopped; there is no result."
    assert [layer.name for layer in viewer.layers] == ["cells"]


@pytest.mark.usefixtures("unused_viewer")
def test_the_preview_follows_settings_and_camera(dock, truth, psf2d):
    dock.viewer.window._qt_window.resize(1200, 800)  # else the dock leaves no room for the canvas
    dock.viewer.window._qt_window.show()
    dock.set(photons=100, poisson=False)
    dock["preview"].click()
    names = lambda: [layer.name for layer in dock.viewer.layers]  # noqa: E731
    dock.wait(lambda: "cells · preview" in names())
    layer, image = dock.viewer.layers["cells · preview"], dock.viewer.layers["cells"]

    def shows(photons):
        start = np.round((layer.translate - image.translate) / layer.scale).astype(int)
        part = tuple(slice(low, low + length) for low, length in zip(start, layer.data.shape, strict=True))
        whole = nd.simulate(truth, psf2d, photons=photons, poisson=False).counts[part]
        return layer.data.shape == whole.shape and np.allclose(layer.data, whole, rtol=2e-3, atol=0.5)

    # As bright as in the whole, though only a part may be in view; light comes from outside the view, too.
    dock.wait(lambda: shows(100))
    dock.set(photons=200)
    dock.wait(lambda: shows(200) and not dock.widget._live.busy)
    before = layer.data.shape
    dock.viewer.scene.camera.zoom *= 4
    dock.wait(lambda: layer.data.shape < before and shows(200))
    dock["preview"].click()
    assert "cells · preview" not in names()
    assert dock["image"].currentText() == "cells"


def test_values_survive_closing_the_dock_and_reset_forgets_them(viewer, qtbot, dock):
    dock.set(blur="Gaussian", fwhm="0.25", photons=70, poisson=False, seed=9, background=3, boundary="zero")
    viewer.window.remove_dock_widget(dock.dock)
    again = Simulate(viewer, qtbot)
    assert again["blur"].currentText() == "Gaussian"
    assert again["fwhm"].text() == "0.25"
    assert [again[name].value() for name in ("photons", "seed", "background")] == [70, 9, 3]
    assert not again["poisson"].isChecked()
    assert again["boundary"].currentText() == "zero"
    again.click("reset")
    assert again["blur"].currentText() == "PSF"
    assert again["photons"].text() == "as they are"
    assert again["image"].currentText() == "cells"
    # Every control has a name, a tooltip, and follows the theme.
    names = [
        *CAMERA_NUMBERS,
        "image",
        "blur",
        "psf",
        "fwhm",
        "poisson",
        "new_seed",
        "boundary",
        "preview",
        "run",
        "stop",
    ]
    names += ["reset", "truth", "result", "error_map", "deconvolve", "compare", "blink"]
    for name in names:
        assert again[name].accessibleName(), name
        assert again[name].toolTip(), name
    for theme in ("light", "dark"):
        viewer.theme = theme
        QApplication.processEvents()
    assert again.widget.styleSheet()


def child(dock, name):
    found = dock.findChild(QWidget, name)
    assert found is not None
    return found


def other_dock(viewer, title):
    return viewer.window.add_plugin_dock_widget("napari-deconvolve", title)[1]


def test_the_loop_of_the_classroom(dock, truth, psf2d):
    """Truth, blur, deconvolve, error, and the error over iterations: nothing is chosen twice."""
    viewer, qtbot = dock.viewer, dock.qtbot
    layer = dock.run(photons=2000, background=5, seed=1)
    assert (dock["truth"].currentText(), dock["result"].currentText()) == ("cells", "cells · blurred")
    scale = layer.metadata[KEY]["scale"]
    blurred = dock.measured()
    goal = scale * truth
    wanted = metrics.nrmse(metrics.mse(layer.data - 5, goal), goal)
    assert blurred == pytest.approx(wanted, rel=5e-3)

    dock.click("deconvolve")
    deconvolve = other_dock(viewer, "Deconvolve")
    assert child(deconvolve, "image").currentText() == "cells · blurred"
    assert child(deconvolve, "psf").currentText() == "PSF"
    child(deconvolve, "iterations").setValue(25)
    qtbot.mouseClick(child(deconvolve, "run"), Qt.MouseButton.LeftButton)
    dock.wait(lambda: not child(deconvolve, "stop").isEnabled())
    dock.wait(lambda: dock["result"].currentText() == "cells · blurred · RL 25")
    assert dock["truth"].currentText() == "cells"
    after = dock.measured()
    estimate = viewer.layers["cells · blurred · RL 25"].data
    assert after == pytest.approx(metrics.nrmse(metrics.mse(estimate, goal), goal), rel=5e-3)
    assert after < 0.8 * blurred
    for words in ("PSNR", "SSIM", "MSE", "as it was recorded"):
        assert words in dock.words("errors")

    dock.click("error_map")
    shown = viewer.layers["cells · blurred · RL 25 · error"]
    np.testing.assert_allclose(shown.data, estimate - goal, rtol=1e-4, atol=1e-3)
    assert shown.contrast_limits[0] == -shown.contrast_limits[1]
    np.testing.assert_allclose(shown.translate, layer.translate)

    dock.click("compare")
    compare = other_dock(viewer, "Compare iterations")
    chosen = [child(compare, name).currentText() for name in ("image", "psf", "truth")]
    assert chosen == ["cells · blurred", "PSF", "cells · truth in counts"]
    np.testing.assert_allclose(viewer.layers["cells · truth in counts"].data, goal, rtol=1e-6)
    child(compare, "truth").setCurrentText("cells")  # by hand: another scale, which is said
    assert "truth in counts" in child(compare, "truth_info").text()
    child(compare, "truth").setCurrentText("cells · truth in counts")
    assert child(compare, "truth_info").text() == ""
    child(compare, "iterations").setText("2, 10, 40")
    qtbot.mouseClick(child(compare, "run"), Qt.MouseButton.LeftButton)
    dock.wait(lambda: not child(compare, "stop").isEnabled())
    rows = compare._runs.rows
    assert compare.panel.curves.column == "mse"
    assert rows[1].mse < rows[0].mse
    swept = next(one for one in viewer.layers if one.name.endswith("RL sweep"))
    assert rows[1].mse == pytest.approx(np.mean((swept.data[1] - goal) ** 2), rel=1e-3)
    dock.click("compare")  # a second time the same layer serves
    assert sum("truth in counts" in one.name for one in viewer.layers) == 1


def test_renaming_layers_changes_no_error_and_an_unknown_scale_is_said(dock):
    viewer = dock.viewer
    dock.run(photons=2000, background=5, seed=1)
    error, scale = dock.measured(), viewer.layers["cells · blurred"].metadata[KEY]["scale"]
    viewer.layers["cells"].name = "my truth"
    dock.choose("result", "my truth")
    dock.choose("result", "cells · blurred")
    assert dock.measured() == error
    assert "as it was recorded" in dock.words("errors")
    viewer.layers["cells · blurred"].name = "seen"
    dock.click("compare")
    np.testing.assert_allclose(
        viewer.layers["my truth · truth in counts"].data, scale * viewer.layers["my truth"].data, rtol=1e-6
    )
    add_image(viewer, viewer.layers["my truth"].data.copy(), name="elsewhere")
    dock.choose("truth", "elsewhere")
    dock.wait(lambda: "scale between this truth and the counts is unknown" in dock.words("errors"))
    assert dock["errors"].level == "warning"
    assert not dock["compare"].isEnabled()


def test_the_samples_truth_is_in_counts(viewer, qtbot):
    viewer.open_sample("napari-deconvolve", "chart")
    dock = Simulate(viewer, qtbot)
    dock.set(truth="simulated chart · truth", result="simulated chart")
    dock.measured()
    assert "Nobody" not in dock.words("errors")


def test_a_smoothed_image_is_handed_over_with_its_gaussian(dock):
    dock.run(blur="Gaussian", fwhm="0.4, 0.2")
    dock.click("deconvolve")
    deconvolve = other_dock(dock.viewer, "Deconvolve")
    assert child(deconvolve, "image").currentText() == "cells · smoothed 0.4 × 0.2 µm"
    assert child(deconvolve, "psf").currentText() == "Gaussian 0.4 × 0.2 µm"
    made = dock.viewer.layers["Gaussian 0.4 × 0.2 µm"]
    np.testing.assert_array_equal(made.data, nd.psf.gaussian((0.4, 0.2), SPACING[1:]).data)
    dock.click("compare")
    compare = other_dock(dock.viewer, "Compare iterations")
    assert child(compare, "truth").currentText() == "cells"  # nothing was scaled


def test_the_error_follows_the_slider_of_kept_iterations(dock, truth, psf2d):
    counts = nd.simulate(truth, psf2d, photons=500, seed=1)
    add_image(dock.viewer, np.stack([truth, 0 * truth]), name="series", translate=(0, 6, 7), scale=(1, 0.1, 0.1))
    dock["truth"].setCurrentText("cells")
    dock["result"].setCurrentText("series")
    dock.viewer.dims.set_point(0, 1)
    assert dock.measured() == pytest.approx(1)
    dock.viewer.dims.set_point(0, 0)
    dock.wait(lambda: "NRMSE 0," in dock.words("errors"))
    holed = counts.counts.astype(np.float32)
    holed[3, 4:6] = np.nan
    add_image(dock.viewer, holed, name="holed")
    dock["result"].setCurrentText("holed")
    dock.wait(lambda: "; 2 samples that are not finite are left out" in dock.words("errors"))
    add_image(dock.viewer, counts.counts[:9], name="strip")
    dock["result"].setCurrentText("strip")
    assert "show the same" in dock.words("errors")
    assert not dock["error_map"].isEnabled()
    dock["result"].setCurrentText("cells")
    assert "truth itself" in dock.words("errors")
    assert not dock["deconvolve"].isEnabled()


def test_the_error_is_of_the_plane_that_is_shown_beside_a_layer_in_nanometres(dock, truth):
    stack = np.stack([0 * truth, truth, 0 * truth])
    add_image(dock.viewer, stack, name="series", translate=(0, 6, 7), scale=(1, 0.1, 0.1))
    add_image(dock.viewer, truth, name="map", scale=(100, 100), units=("nm", "nm"))
    dock["truth"].setCurrentText("cells")
    dock["result"].setCurrentText("series")
    dock.viewer.dims.set_current_step(0, 1)
    dock.wait(lambda: "NRMSE 0," in dock.words("errors"))


def test_an_empty_viewer_says_what_to_do(viewer, qtbot):
    dock = Simulate(viewer, qtbot)
    assert "Open or choose an image" in dock.words("image_info")
    assert not dock["run"].isEnabled()
    assert of_viewer(viewer, SimulationRuns) is dock.widget._runs
    add_image(viewer, np.ones((20, 20), np.float32))
    dock.choose("blur", "Gaussian")
    assert dock["run"].isEnabled()


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("photons", "1e4", 1e4),
        ("photons", "1e30", 1e9),
        ("photons", "2.5", 2.5),
        ("photons", "abc", 100),
        ("offset", "-1e2", -100),
        ("gain", "0", 1e-4),
        ("background", "-", None),
    ],
)
def test_numbers_are_typed_as_one_writes_them(dock, name, typed, value):
    """1e4 was read as 14; a number outside the range left the one before, without a word."""
    if name == "photons":
        dock.set(photons=100.0)
    before = dock[name].value()
    dock[name].selectAll()
    dock.qtbot.keyClicks(dock[name], typed)
    dock.qtbot.keyClick(dock[name], Qt.Key.Key_Return)
    assert dock[name].value() == pytest.approx(before if value is None else value)


def test_a_width_of_nothing_is_told(dock):
    dock.set(blur="Gaussian", fwhm="0")
    assert "smooths along no axis" in dock.words("fwhm_info")


@pytest.mark.usefixtures("unused_viewer")
def test_nothing_is_as_wide_as_to_scroll_sideways_in_a_narrow_dock(dock):
    window = dock.viewer.window._qt_window
    window.resize(1366, 768)
    window.show()
    dock["more"].setChecked(True)
    for card in dock.widget.form.steps.cards.values():
        card.fold(False)
    bars = dock.widget._area
    dock.wait(lambda: bars.verticalScrollBar().maximum() > 0)

    def narrowed():
        window.resizeDocks([dock.dock], [280], Qt.Orientation.Horizontal)
        return dock.widget.width() <= 280

    dock.wait(narrowed)
    dock.qtbot.wait(100)
    assert bars.horizontalScrollBar().maximum() == 0
