"""The dock "Spectrum", by clicking: data and kernels of all kinds, runs, the plot, and what goes out."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import Dock as AnyRunDock
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent, QResizeEvent
from qtpy.QtWidgets import QApplication, QFileDialog

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.spectrum.plot import axis_label
from napari_deconvolve._napari.layers.psf_layers import psf_layer_data
from napari_deconvolve.io import read_spectrum

STEP = 0.5  # meV, of what is made here
CUBE = "layer, along an axis"
ACROSS = "layer, along a line"


class Dock(AnyRunDock):
    """The dock "Spectrum"."""

    title = "Spectrum"

    @property
    def plot(self):
        return self.widget.panel.plot

    @property
    def session(self):
        return self.widget._runs.session

    def put(self, **values):
        for name, value in values.items():
            box = self[name]
            if hasattr(box, "findText"):
                self.choose(name, value)
            elif isinstance(value, str):
                box.setText(value)
            else:
                box.setValue(value)

    def run(self, **values):
        self.put(**values)
        self.click("run")
        self.wait_for_end()
        return self.session.latest.estimate

    def said(self, name):
        assert not self[name].isHidden(), name
        return str(self[name].text())


def lines(seed=0, count=200):
    """Two lines on a slope, with the noise of photons."""
    place = np.arange(count) * STEP
    truth = sum(height * np.exp(-0.5 * ((place - at) / 0.8) ** 2) for at, height in ((40, 3000), (45, 2000)))
    blurred = nd.convolve(truth, nd.psf.gaussian(4.0, STEP, ndim=1), boundary="edge")
    return np.random.default_rng(seed).poisson(np.maximum(blurred, 0) + 30).astype(float)


@pytest.fixture
def values():
    return lines()


@pytest.fixture
def table(tmp_path, values):
    """A file as spectrometers write them."""
    path = tmp_path / "lines.csv"
    rows = "\n".join(f"{index * STEP:g};{value:g};{2 * value:g}" for index, value in enumerate(values))
    path.write_text(f"E (meV);signal (counts);reference\n{rows}\n")
    return path


@pytest.fixture
def dock(viewer, qtbot):
    return Dock(viewer, qtbot)


@pytest.fixture
def filled(dock, table):
    """The dock with data of a file and a Gaussian as wide as theirs."""
    dock.put(data=str(table), fwhm=4.0)
    return dock


@pytest.fixture
def cube(viewer):
    """A cube of 20 energies over 3 x 4 points."""
    rng = np.random.default_rng(1)
    data = rng.poisson(100 + 900 * np.exp(-0.5 * ((np.arange(20) - 9) / 3) ** 2)[:, None, None] * rng.random((3, 4)))
    return viewer.add_image(
        data.astype(np.float32),
        name="cube",
        scale=(0.25, 2.0, 2.0),
        translate=(10.0, 0.0, 0.0),
        units=("electron_volt", "um", "um"),
        axis_labels=("E", "y", "x"),
    )


# ---- the forum's spectrum


@pytest.fixture
def forum(shared_data):
    return np.load(shared_data / "spectrum_1d" / "reference_1d.npz", allow_pickle=False)


@pytest.fixture
def with_kernel(dock, forum, tmp_path):
    """The dock with the forum's kernel as it was written: 1000 samples, an even number, of sum 49.95."""
    np.savetxt(tmp_path / "kernel.txt", forum["kernel_even"])
    dock.put(kernel="file", kernel_file=str(tmp_path / "kernel.txt"))
    return dock


def test_the_forums_spectrum_comes_out_right_as_its_files_are_and_auto_is_close_to_the_best(
    with_kernel, forum, tmp_path
):
    dock = with_kernel
    np.savetxt(tmp_path / "gap.dat", np.c_[forum["x"], forum["raw"]], header="E (meV)\tconductance", delimiter="\t")
    dock.put(data=str(tmp_path / "gap.dat"), iterations=200, acceleration="none", background=0.0)
    assert "1000 rows of 2 columns" in dock.said("data_info")
    assert "divided by its sum, 49.95" in dock.said("kernel_info")
    result = dock.run()
    assert result.max() == pytest.approx(2.427, abs=0.02)
    assert abs(dock.plot.spectrum.axis[result.argmax()]) == pytest.approx(1.031, abs=0.03)
    assert np.abs(result - forum["ref_odd_nc_200"]).max() < 0.02
    assert np.allclose(result, result[::-1], atol=1e-3)
    assert dock.state().startswith("Done: 200 iterations, background 0 counts")
    dock.plot.point_at(-1.031)
    assert "E = -1.031 meV" in dock.said("readout")
    assert "result 2.427" in dock.said("readout")

    counts = np.random.default_rng(3).poisson(1000 * forum["blurred"])
    np.save(tmp_path / "counts.npy", np.c_[forum["x"], counts])
    dock.click("reset")
    dock.put(kernel="file", kernel_file=str(tmp_path / "kernel.txt"), data=str(tmp_path / "counts.npy"))
    found = dock.run()
    assert "chosen from the data" in dock.state()
    best, error = _closest(forum, counts)
    assert error(found) <= 1.15 * best


def _closest(forum, counts):
    """Give the least error on the way, and a function that measures errors."""

    def error(estimate):
        return float(np.linalg.norm(estimate / 1000 - forum["raw"]))

    kernel = nd.psf.from_array(forum["kernel_even"], float(forum["dx"]))
    states = nd.iterate(counts, kernel, nd.Recipe(background=0))
    return min(error(next(states).estimate) for _ in range(40)), error


def test_the_sample_of_a_gap_is_sharpened(viewer, qtbot):
    viewer.open_sample("napari-deconvolve", "gap_spectrum")
    dock = Dock(viewer, qtbot)
    dock.put(source=CUBE, layer="gap spectrum", kernel="layer", kernel_layer="PSF of gap spectrum")
    assert dock.plot.spectrum.unit == "meV"
    result = dock.run()
    truth = np.squeeze(viewer.layers["gap spectrum · truth"].data)
    measured = dock.plot.values["data"]
    assert np.linalg.norm(result - truth) < 0.8 * np.linalg.norm(measured - truth)
    assert abs(result[100:200].mean() / truth[100:200].mean() - 1) < 0.02
    assert "chosen from the data" in dock.state()
    assert "wrong" not in dock.state()


def test_blind_finds_the_kernels_width_and_looks_at_what_is_left_with_it(filled):
    filled.choose("method", "Blind")
    filled.run(fwhm=5.0, iterations=10, background=0.0)
    found = filled.session.found
    assert found.psf.fwhm[0] == pytest.approx(4.0, rel=0.08)
    assert "as wide as the one given" in filled.state()
    assert "The kernel found is" in filled.state()
    model = nd.convolve(filled.session.latest.estimate, found.psf, boundary="edge") + filled.session.backgrounds[0]
    inside = slice(20, -20)
    np.testing.assert_allclose(filled.session.residual.model[inside], model[inside], rtol=0.02, atol=2)
    # It becomes a layer beside the result, once, and that is a kernel.
    filled.click("to_layer")
    filled.click("to_layer")
    names = [layer.name for layer in filled.viewer.layers]
    assert names == ["PSF found · signal", "signal · Blind RL 10", "signal · run 2 · Blind RL 10"]
    kernel = filled.viewer.layers["PSF found · signal"]
    assert "“PSF found · signal”" in filled.state()
    assert filled.viewer.layers.selection.active.name.startswith("signal · run 2")
    np.testing.assert_array_equal(kernel.data, found.psf.data[np.newaxis])
    assert kernel.scale[-1] == pytest.approx(STEP)
    assert json.dumps(kernel.metadata["napari_deconvolve"]["found"])
    assert filled["continue"].isEnabled()  # the form says what it said before
    filled.put(kernel="layer", kernel_layer="PSF found · signal", method="Richardson-Lucy")
    assert f"FWHM {found.psf.fwhm[0]:.4g} meV" in filled.said("kernel_info")
    assert filled["run"].isEnabled()


# ---- data


@pytest.mark.usefixtures("styled_viewer")
def test_another_file_may_be_in_quite_another_unit(dock, tmp_path):
    """Its plot is not drawn over the range of the one before."""
    for name, low, high in (("a.csv", 1e14, 1e15), ("b.csv", 4e-7, 7e-7), ("c.csv", 0.0, 3.0)):
        place = np.linspace(low, high, 500)
        path = tmp_path / name
        path.write_text("x,counts\n" + "\n".join(f"{x:.12g},{n}" for n, x in enumerate(place)))
        dock["data"].setText(str(path))
        dock["data"].editingFinished.emit()
        assert dock["run"].isEnabled() or "kernel" in dock.state()
        (shown_low, shown_high), _ = dock.plot.upper.getViewBox().viewRange()
        assert shown_low <= low
        assert high <= shown_high <= high + 0.2 * (high - low)
        dock.widget.grab()


def test_files_are_opened_dropped_understood_and_their_columns_chosen(dock, values, table, tmp_path, monkeypatch):
    assert dock["source"].currentText() == "file"
    assert "No file is chosen yet" in dock.said("data_info")
    assert not dock["run"].isEnabled()
    assert "No file" in dock["run"].toolTip()
    assert dock["status"].text().startswith("Cannot run: No file")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(table)], ""))
    dock.click("open")
    assert dock["data"].text() == str(table)
    said = dock.said("data_info")
    assert "lines.csv" in said
    assert "meV" in said
    assert "semicolons" in said
    assert dock.plot.lower.getAxis("bottom").labelText == "E, meV"
    assert np.allclose(dock.plot.values["data"], values)
    dock.choose("column", "reference")
    assert np.allclose(dock.plot.values["data"], 2 * values)
    dock.choose("column", "signal (counts)")
    assert np.allclose(dock.plot.values["data"], values)
    other = tmp_path / "other.txt"
    np.savetxt(other, np.arange(7.0))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "picture.png")), QUrl.fromLocalFile(str(other))])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    dock.widget.dropEvent(event)
    assert event.isAccepted()
    assert dock["data"].text() == str(other)
    assert dock.plot.values["data"].tolist() == list(range(7))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(table), ""))
    dock.choose("kernel", "file")
    dock.click("open_kernel")
    assert dock["kernel_file"].text() == str(table)


def test_equal_headings_are_told_apart_and_the_column_outlives_the_dock(dock, viewer, qtbot, tmp_path):
    path = tmp_path / "twice.csv"
    rows = "\n".join(f"{index * STEP:g},{index % 5},{10 + index % 7}" for index in range(40))
    path.write_text(f"E (meV),counts,counts\n{rows}\n")
    dock.put(data=str(path))
    dock["column"].setCurrentIndex(1)
    assert dock.plot.values["data"].min() == 10
    viewer.window.remove_dock_widget(dock.dock)
    again = Dock(viewer, qtbot)
    assert again["column"].currentIndex() == 1
    assert again.plot.values["data"].min() == 10
    again["column"].setCurrentIndex(0)
    assert again.plot.values["data"].min() == 0
    again["column"].setCurrentIndex(1)
    again.put(source=CUBE)
    viewer.window.remove_dock_widget(again.dock)
    again = Dock(viewer, qtbot)
    again.put(source="file")
    assert again["column"].currentIndex() == 1
    other = tmp_path / "other.csv"
    other.write_text(path.read_text())
    again.put(data=str(other))  # another file begins with its first
    assert again.plot.values["data"].min() == 0


def test_a_column_is_the_one_that_is_offered_where_the_axis_is_not_the_first(dock, tmp_path):
    rows = "\n".join(f"{n},{400 + n / 2:g},{'OVER' if n == 7 else n % 5},{10 + n % 7}" for n in range(1, 41))
    (tmp_path / "count.csv").write_text(f"point,wave (nm),a,b\n{rows}\n\n[End]\n")
    dock.put(data=str(tmp_path / "count.csv"))
    assert dock["column"].currentText() == "a"
    assert dock.plot.lower.getAxis("bottom").labelText == "wave, nm"
    said = dock.said("data_info")
    for words in ("the axis is 'wave (nm)', not 'point'", "below the table left out", "1 of 40 values are missing"):
        assert words in said
    dock.choose("column", "b")
    assert dock.plot.values["data"].tolist() == [10 + n % 7 for n in range(1, 41)]


def test_the_axis_column_can_be_said_and_outlives_the_dock(dock, viewer, qtbot, tmp_path):
    rows = "\n".join(f"{400 + n / 2:g},{n % 5},{5000 - 10 * n},{10 + n % 7}" for n in range(40))
    path = tmp_path / "two.csv"
    path.write_text(f"wave (nm),a,shift (cm-1),b\n{rows}\n")
    dock.put(data=str(path))
    assert dock["axis_column"].isVisibleTo(dock.widget)
    assert dock["axis_column"].currentText() == "found by itself"
    assert dock.plot.lower.getAxis("bottom").labelText == "wave, nm"
    dock.choose("axis_column", "shift (cm-1)")
    assert dock.plot.lower.getAxis("bottom").labelText.startswith("shift, cm")
    offered = [dock["column"].itemText(index) for index in range(dock["column"].count())]
    assert "shift (cm-1)" not in offered
    dock.choose("column", "a")
    assert dock.plot.values["data"].tolist()[::-1] == [n % 5 for n in range(40)]  # positions fall
    viewer.window.remove_dock_widget(dock.dock)
    again = Dock(viewer, qtbot)
    assert again["axis_column"].currentText() == "shift (cm-1)"
    assert again["column"].currentText() == "a"
    assert again.plot.values["data"].tolist()[::-1] == [n % 5 for n in range(40)]
    again.choose("axis_column", "found by itself")
    assert again.plot.lower.getAxis("bottom").labelText == "wave, nm"
    other = tmp_path / "other.txt"
    np.savetxt(other, np.arange(7.0))
    again.put(data=str(other))
    assert not again["axis_column"].isVisibleTo(again.widget)


def test_uneven_positions_are_refused_until_they_are_resampled(dock, tmp_path, values):
    places = np.arange(len(values)) * STEP + 0.2 * (np.arange(len(values)) % 3)
    np.savetxt(tmp_path / "uneven.csv", np.c_[places, values], delimiter=",", header="E (meV),I", comments="")
    dock.put(data=str(tmp_path / "uneven.csv"))
    assert "evenly" in dock.said("data_info")
    assert not dock["run"].isEnabled()
    middle = dock["resample"].rect().center()
    dock.qtbot.mouseClick(dock["resample"], Qt.MouseButton.LeftButton, pos=QPoint(9, middle.y()))
    assert dock["resample"].isChecked()
    assert dock["run"].isEnabled()
    dock.put(data="")
    assert dock["resample"].isHidden()


def clicks_of(dock):
    """Give the callbacks by which the dock hears of clicks."""
    return [one for one in dock.viewer.mouse_drag_callbacks if "spectrum" in one.__module__]


def click_into(dock, world, moved=0.0):
    """Do what napari does with the dock's callback on a click into its canvas."""
    (callback,) = clicks_of(dock)
    event = SimpleNamespace(pos=(20.0, 20.0), position=world, type="mouse_press")
    running = callback(dock.viewer, event)
    next(running)
    event.type, event.pos = "mouse_release", (20.0 + moved, 20.0)
    with pytest.raises(StopIteration):
        next(running)


def test_rows_columns_and_points_of_a_layer_by_numbers_clicks_and_points(dock, cube):
    dock.qtbot.waitUntil(lambda: dock["layer"].currentText() == "cube")
    assert dock["source"].currentText() == CUBE
    assert dock["axis"].currentText() == "E (eV)"
    assert np.array_equal(dock.plot.values["data"], cube.data[:, 1, 2])
    assert dock.plot.spectrum.axis[:2].tolist() == [10.0, 10.25]
    dock.put(at="2, 3")
    assert np.array_equal(dock.plot.values["data"], cube.data[:, 2, 3])
    for wrong, words in (("2", "2 whole numbers"), ("2, 4", "0 to 3"), ("a, b", "0 to 2")):
        dock.put(at=wrong)
        assert words in dock.said("data_info")
        assert not dock["run"].isEnabled()
    dock["axis"].setCurrentIndex(2)
    dock.put(at="5, 1")
    assert np.array_equal(dock.plot.values["data"], cube.data[5, 1])
    dock["axis"].setCurrentIndex(1)
    assert np.array_equal(dock.plot.values["data"], cube.data[10, :, 2])
    dock["axis"].setCurrentIndex(0)
    click_into(dock, (11.0, 4.2, 5.9))
    assert dock["at"].text() == "2, 3"
    click_into(dock, (11.0, 0.0, 0.0), moved=30.0)
    assert dock["at"].text() == "2, 3", "a drag is no click"
    click_into(dock, (11.0, 40.0, 0.0))
    assert dock["at"].text() == "2, 3", "a click beside the image is none into it"
    points = dock.viewer.add_points([[11.0, 2.0, 0.0]], units=cube.units, name="spots")
    dock.choose("points", "spots")
    assert dock["at"].text() == "1, 0"
    points.add([11.0, 4.0, 2.0])
    assert dock["at"].text() == "2, 1"
    assert not clicks_of(dock)


def test_a_line_over_an_image(dock, viewer):
    image = np.add.outer(np.zeros(30), np.arange(40.0))
    viewer.add_image(image, name="ramp", scale=(0.5, 0.5), units=("um", "um"))
    dock.choose("source", ACROSS)
    assert "no line yet" in dock.said("data_info")
    dock.click("draw")
    shapes = viewer.layers["Line"]
    assert shapes.mode == "add_line"
    shapes.add(np.array([[5.0, 5.0], [5.0, 25.0]]), shape_type="line")
    assert np.allclose(dock.plot.values["data"], np.arange(5, 26))
    assert dock.plot.spectrum.unit == "um"
    assert dock.plot.spectrum.spacing == pytest.approx(0.5)
    assert not dock["cube"].isEnabled()
    assert "along a line" in dock["cube"].toolTip()


def test_clicks_and_points_are_where_they_are_drawn_beside_a_layer_in_nanometres(dock, cube):
    dock.qtbot.waitUntil(lambda: dock["layer"].currentText() == "cube")
    points = dock.viewer.add_points([[4000.0, 2000.0]], units=("nm", "nm"), name="spots")
    click_into(dock, (11.0, 4200.0, 5900.0))
    assert dock["at"].text() == "2, 3"
    dock.choose("points", "spots")
    assert dock["at"].text() == "2, 1"
    points.add([2000.0, 4000.0])
    assert dock["at"].text() == "1, 2"


def test_a_line_in_nanometres_is_where_it_is_drawn(dock, viewer):
    stack = np.add.outer(100 * np.arange(4.0), np.add.outer(np.zeros(30), np.arange(40.0)))
    viewer.add_image(stack, name="ramps", scale=(1.0, 0.5, 0.5), units=("um",) * 3)
    viewer.add_shapes(np.array([[2500, 2500], [2500, 12500]]), shape_type="line", units=("nm", "nm"), name="Line")
    viewer.dims.set_current_step(0, 2)
    dock.choose("source", ACROSS)
    assert np.allclose(dock.plot.values["data"], 200 + np.arange(5, 26))


# ---- kernels


def test_kernels_of_all_kinds_give_the_same(filled, values, tmp_path, viewer):
    expected = nd.deconvolve(values, nd.psf.gaussian(4.0, STEP, ndim=1), nd.Recipe(iterations=8)).estimate
    assert np.allclose(filled.run(iterations=8), expected, rtol=1e-4, atol=0.1)
    tolerance = {"rtol": 0.02, "atol": 0.01 * expected.max()}
    filled.choose("kernel", "formula")
    assert "no formula yet" in filled.said("kernel_info")
    formula = filled.run(formula="a=4,2^(-x^2/(a/2)^2)")
    assert np.allclose(formula, expected, **tolerance)
    place = np.arange(-40, 41) * 0.25
    np.savetxt(
        tmp_path / "kernel.csv",
        np.c_[place * 1000, 7 * 2.0 ** (-((place / 2) ** 2))],
        header="E (ueV),k",
        delimiter=",",
    )
    stored = filled.run(kernel="file", kernel_file=str(tmp_path / "kernel.csv"))
    assert "resampled" in filled.said("kernel_info")
    assert np.allclose(stored, expected, **tolerance)
    data, keywords, _ = psf_layer_data(nd.psf.gaussian(4.0, STEP, ndim=1, unit="pixel"), "kernel layer")
    viewer.add_image(data, **keywords)
    assert np.allclose(filled.run(kernel="layer", kernel_layer="kernel layer"), expected, rtol=1e-4, atol=0.1)


# ---- runs


@pytest.mark.usefixtures("styled_viewer")
def test_the_plot_shows_data_result_and_what_is_left_until_the_data_are_others(filled, values):
    estimate = filled.run(iterations=20)
    assert np.array_equal(filled.plot.values["result"], estimate)
    model, left = filled.plot.values["reblurred"], filled.plot.residual
    again = nd.convolve(estimate, filled.session.plan.psf, boundary="edge") + filled.session.backgrounds[0]
    inside = slice(20, -20)
    assert np.allclose(model[inside], again[inside], rtol=1e-3)
    gain = filled.session.residual.gain
    assert np.allclose(left[inside], ((values - model) / np.sqrt(gain * model))[inside], atol=1e-3)
    assert "blurred&nbsp;again" in filled.said("legend")
    assert filled.plot.upper.height() >= 160
    assert filled.plot.lower.height() == 84
    filled.plot.upper.setXRange(20, 40, padding=0)
    assert filled.plot.lower.viewRange()[0] == pytest.approx(filled.plot.upper.viewRange()[0])
    filled.click("show_all")
    assert filled.plot.upper.viewRange()[0][1] > 99
    assert filled["continue"].isEnabled()
    filled.choose("column", "reference")
    assert "result" not in filled.plot.values
    assert filled.plot.residual is None
    assert not filled["continue"].isEnabled()
    assert not filled["export"].isEnabled()
    assert "no result for these data" in filled["export"].toolTip()
    filled.choose("column", "signal (counts)")
    before = filled.plot._lines["result"].opts["pen"].color().name()
    filled.viewer.theme = "light"
    assert filled.plot._lines["result"].opts["pen"].color().name() != before
    assert filled.widget.minimumSizeHint().width() <= 300
    content = filled.widget._content
    assert content.minimumSizeHint().width() <= 280
    for width, wide in ((270, False), (900, True), (400, False)):
        content.resize(width, 700)
        QApplication.sendEvent(content, QResizeEvent(content.size(), content.size()))  # the window is not shown
        assert content.wide == wide


def test_continue_goes_on_and_keys_run_and_stop(filled, values):
    filled.run(iterations=6, acceleration="none")
    filled.put(continue_iterations=4)
    filled.click("continue")
    filled.wait_for_end()
    expected = nd.deconvolve(values, nd.psf.gaussian(4.0, STEP, ndim=1), nd.Recipe(iterations=10, acceleration=None))
    assert np.allclose(filled.session.latest.estimate, expected.estimate, rtol=1e-4, atol=0.1)
    filled.put(fwhm=3.0)
    assert not filled["continue"].isEnabled()
    filled.put(iterations=100_000)
    filled.qtbot.keyClick(filled["iterations"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    filled.wait(lambda: "result" in filled.plot.values)
    assert not filled["run"].isEnabled()
    filled.qtbot.keyClick(filled["iterations"], Qt.Key.Key_Escape)
    filled.wait_for_end()
    assert filled.state().startswith("Stopped: ")
    assert filled.plot.residual is not None
    assert filled["export"].isEnabled()


def test_a_prior_and_the_wiener_filter(filled, values):
    psf = nd.psf.gaussian(4.0, STEP, ndim=1)
    smooth = filled.run(iterations=30, prior="tikhonov", strength=0.02)
    expected = nd.deconvolve(values, psf, nd.Recipe(iterations=30, prior="tikhonov", strength=0.02))
    assert np.allclose(smooth, expected.estimate, rtol=1e-3, atol=0.5)
    filled.put(prior="none", method="Wiener")
    sharp = filled.run()
    assert np.allclose(sharp, nd.deconvolve(values, psf, nd.Recipe(method="wiener")).estimate, rtol=1e-3, atol=0.5)
    assert filled.plot.residual is not None


# ---- what goes out


def test_results_go_out_with_all_columns_and_the_recipe_and_as_layers_that_can_be_data_again(
    filled, values, tmp_path, monkeypatch
):
    estimate = filled.run(iterations=7)
    path = tmp_path / "result"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    filled.click("export")
    written = path.with_suffix(".csv")
    assert str(written) in filled.state()
    head = written.read_text().splitlines()[:2]
    recipe = nd.Recipe.from_json(head[0].removeprefix("# recipe: "))
    assert head[1].startswith("E (meV),signal (counts),result (counts),re-blurred (counts)")
    assert np.allclose(read_spectrum(written, column=3).values, estimate, rtol=1e-6)
    psf = nd.psf.gaussian(4.0, STEP, ndim=1, unit="meV")
    assert np.allclose(nd.deconvolve(values, psf, recipe).estimate, estimate, rtol=1e-4, atol=0.1)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "absent" / "a.csv"), ""))
    filled.click("export")
    assert "absent" in filled.state()
    filled.click("to_layer")
    layer = filled.viewer.layers.selection.active
    assert layer.name == "signal · RL 7"
    assert np.array_equal(layer.data, estimate[np.newaxis])
    assert layer.scale[-1] == pytest.approx(STEP)
    assert layer.metadata["napari_deconvolve"]["recipe"]["iterations"] == 7
    assert json.dumps(layer.metadata["napari_deconvolve"])
    filled.choose("source", CUBE)
    filled.choose("layer", layer.name)
    assert filled["at"].isHidden() or not filled["at"].isVisibleTo(filled.widget)
    assert np.array_equal(filled.plot.values["data"], estimate)
    assert filled.plot.spectrum.unit == "meV"
    assert not filled["cube"].isEnabled()


def test_a_whole_cube_is_what_its_points_are_and_can_be_stopped(dock, cube):
    dock.qtbot.waitUntil(lambda: dock["layer"].currentText() == "cube")
    dock.put(fwhm=1.5, iterations=12, background=50.0)
    dock.click("cube")
    dock.wait_for_end()
    layer = dock.viewer.layers.selection.active
    assert layer.name == "cube · RL 12"
    assert layer.data.shape == cube.data.shape
    assert np.allclose(layer.scale, cube.scale)
    assert np.allclose(layer.translate, cube.translate)
    assert layer.metadata["napari_deconvolve"]["axes"] == [0]
    single = dock.run(at="2, 1")
    assert np.allclose(layer.data[:, 2, 1], single, rtol=1e-4, atol=0.1)
    assert "whole map is done" not in dock.state()
    dock.put(iterations=100_000)
    before = len(dock.viewer.layers)
    dock.click("cube")
    dock.wait(lambda: "whole map" in dock.state())
    assert not dock["run"].isEnabled()
    dock.click("stop")
    dock.wait_for_end()
    assert "no result of the map" in dock.state()
    assert len(dock.viewer.layers) == before


# ---- the dock itself


def test_closing_the_dock_loses_nothing(filled, qtbot, table):
    filled.put(kernel="Lorentzian", fwhm=3.0, boundary="reflect", continue_iterations=21)
    estimate = filled.run(iterations=9)
    filled.viewer.add_image(np.ones((4, 5)), name="plane")
    filled.choose("source", CUBE)
    assert len(clicks_of(filled)) == 1
    filled.choose("source", "file")
    filled.choose("source", CUBE)
    filled.viewer.window.remove_dock_widget(filled.dock)
    filled.qtbot.waitUntil(lambda: not clicks_of(filled))
    filled.viewer.theme = "light"
    filled.viewer.layers["plane"].scale = (2, 2)
    filled.viewer.layers.clear()
    assert not clicks_of(filled)
    again = Dock(filled.viewer, qtbot)
    assert again["data"].text() == str(table)
    assert again["kernel"].currentText() == "Lorentzian"
    assert again["fwhm"].value() == pytest.approx(3.0)
    assert again["iterations"].value() == 9
    assert again["boundary"].currentText() == "reflect"
    assert again["continue_iterations"].value() == 21
    again.click("reset")
    assert again["iterations"].text() == "Auto"
    assert again["kernel"].currentText() == "Gaussian"
    assert again["data"].text() == str(table)
    assert again.session.latest.estimate is estimate


def test_the_width_that_nobody_gave_is_what_is_told_of_the_kernel(viewer, qtbot):
    viewer.open_sample("napari-deconvolve", "gap_spectrum")
    dock = Dock(viewer, qtbot)
    assert dock["fwhm"].value() == pytest.approx(0.16)  # 8 samples of 0.02 meV
    assert dock["kernel_info"].text().startswith("FWHM 0.16")  # as sampled, 0.1606


def test_places_without_a_unit_are_no_samples(viewer, qtbot, tmp_path):
    dock = Dock(viewer, qtbot)
    assert dock["fwhm"].text() == "–", "no width is known before there are data"
    for name, axis, said in (("places", np.linspace(400, 500, 60), ""), ("counted", np.arange(60.0), "samples")):
        path = tmp_path / f"{name}.csv"
        np.savetxt(path, np.transpose([axis, lines(count=60)]), delimiter=",")
        dock["data"].setText(str(path))
        assert dock.widget.form.kernel.unit.text() == said
        assert axis_label(dock.plot.spectrum).endswith("samples") == bool(said)
    assert dock["fwhm"].text() != "–"


def test_colours_are_refused_in_words_and_are_nobodys_default(viewer, qtbot, cube):
    colours = viewer.add_image(np.zeros((8, 9, 3), np.uint8), name="photo", rgb=True)
    viewer.layers.selection = {colours}
    dock = Dock(viewer, qtbot)
    assert dock["layer"].currentText() == "cube"
    dock.put(layer="photo")
    assert "colour (RGB)" in dock.said("data_info")
    assert "colour (RGB)" in dock["cube"].toolTip()
    dock.put(source=ACROSS)
    assert "colour (RGB)" in dock.said("data_info")
    dock.put(source=CUBE)
    viewer.add_points([[1.0, 2.0]], name="here")
    dock.put(points="here")
    assert "colour (RGB)" in dock.said("data_info")


def test_the_dock_opens_where_there_are_only_colours(viewer, qtbot):
    viewer.add_image(np.zeros((8, 9, 3), np.uint8), name="photo", rgb=True)
    dock = Dock(viewer, qtbot)
    assert dock.said("data_info").startswith("No image layer is chosen; choose or open one")
