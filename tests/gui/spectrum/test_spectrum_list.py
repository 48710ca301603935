"""The list of the dock "Spectrum": files, columns and points, each with its own result, and all run together."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication, QFileDialog
from test_spectrum_dock import CUBE, STEP, Dock, click_into, lines

import napari_deconvolve as nd


def write(path, values, heading="counts", unit="meV"):
    rows = "\n".join(f"{place * STEP:g},{value:g}" for place, value in enumerate(values))
    path.write_text(f"E ({unit}),{heading}\n{rows}\n")
    return str(path)


@pytest.fixture
def files(tmp_path):
    return [write(tmp_path / f"gap_{number}K.csv", lines(seed=number)) for number in (4, 6, 8)]


@pytest.fixture
def dock(viewer, qtbot):
    return Dock(viewer, qtbot)


@pytest.fixture
def three(dock, files, monkeypatch):
    """The dock with three files in its list."""
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (files, ""))
    dock.click("open")
    return dock


@pytest.fixture
def cube(viewer):
    """A map of 60 energies over 3 x 4 points."""
    at = np.exp(-0.5 * ((np.arange(60) - 29) / 5) ** 2)[:, None, None]
    data = np.random.default_rng(1).poisson(100 + 900 * at * np.random.default_rng(2).random((3, 4)))
    units = ("electron_volt", "um", "um")
    return viewer.add_image(
        data.astype(np.float32), name="map", scale=(0.25, 2.0, 2.0), units=units, axis_labels=("E", "y", "x")
    )


def names(dock):
    return [dock["spectra"].item(place, 1).text() for place in range(dock["spectra"].rowCount())]


def signs(dock):
    return [dock["spectra"].item(place, 0).text() for place in range(dock["spectra"].rowCount())]


def choose(dock, place):
    dock["spectra"].selectRow(place)


def let_fall(widget, paths):
    """Drag files over a widget and drop them there, as the window system does."""
    event = drop(paths)
    plain = Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, event.keep, Qt.MouseButton.LeftButton, plain)
    QApplication.sendEvent(widget, entering)
    QApplication.sendEvent(widget, event)


def drop(paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.keep = mime  # Qt does not own it
    return event


def test_three_files_and_a_point_are_rows_and_the_chosen_one_is_shown(three, cube):
    assert names(three) == ["gap_4K.csv", "gap_6K.csv", "gap_8K.csv"]
    assert three["spectra"].item(0, 2).text() == "200 points"
    actions = {action.text(): action for action in three["from_layer"].menu().actions()}
    actions["map"].trigger()
    assert three["source"].currentText() == CUBE
    click_into(three, (0.0, 2.0, 6.0))  # the row of the layer has no place yet
    click_into(three, (0.0, 4.0, 0.0))
    click_into(three, (0.0, 2.0, 6.0))  # it is there
    assert names(three)[3:] == ["map, point 1, 3", "map, point 2, 0"]
    assert np.array_equal(three.plot.values["data"], cube.data[:, 1, 3])
    choose(three, 1)
    assert np.array_equal(three.plot.values["data"], lines(seed=6))
    assert three.plot.spectrum.unit == "meV"
    click_into(three, (0.0, 0.0, 4.0))  # also while a file is chosen
    assert names(three)[-1] == "map, point 0, 2"
    assert np.array_equal(three.plot.values["data"], cube.data[:, 0, 2])
    assert three["at"].text() == "0, 2"
    choose(three, 3)
    assert three["at"].text() == "1, 3"
    three.viewer.layers.remove(cube)
    assert names(three) == ["gap_4K.csv", "gap_6K.csv", "gap_8K.csv"]
    assert three["source"].currentText() == "file"
    assert three.plot.spectrum is not None


def test_what_is_opened_twice_is_chosen_and_rows_can_be_taken_off(three, files):
    choose(three, 2)
    three.click("open")
    assert len(names(three)) == 3
    assert three["data"].text() == files[0]
    choose(three, 1)
    three.qtbot.keyClick(three["spectra"], Qt.Key.Key_Delete)
    assert names(three) == ["gap_4K.csv", "gap_8K.csv"]
    assert three["data"].text() == files[2]
    for _ in range(2):
        three.qtbot.keyClick(three["spectra"], Qt.Key.Key_Delete)
    assert names(three) == []
    assert three.plot.spectrum is None
    assert three["status"].text().startswith("Cannot run: No file")


def test_columns_of_a_table_are_rows(dock, tmp_path):
    rows = "\n".join(f"{400 + n / 2:g};{n % 5};{3 + n % 7};{9 - n % 4}" for n in range(40))
    path = tmp_path / "series.csv"
    path.write_text(f"wave (nm);glass;film;air\n{rows}\n")
    dock.widget.dropEvent(drop([path]))
    assert names(dock) == ["series.csv · glass", "series.csv · film", "series.csv · air"]
    choose(dock, 2)
    assert dock.plot.values["data"].tolist() == [9 - n % 4 for n in range(40)]
    assert dock["column"].currentText() == "air"
    dock.choose("column", "film")  # which is a row
    assert len(names(dock)) == 3
    assert dock["spectra"].currentRow() == 1
    assert dock.plot.values["data"].tolist() == [3 + n % 7 for n in range(40)]


def test_a_file_that_cannot_be_read_is_a_row_that_says_why(three, tmp_path):
    broken = tmp_path / "broken.csv"
    broken.write_text("E,I\n1,2\n2,x\n")
    three.widget.dropEvent(drop([broken]))
    assert signs(three)[-1] == "!"
    assert "no numbers in line" in three["spectra"].item(3, 1).toolTip()
    assert "no numbers in line" in three.said("data_info")
    assert three["status"].text() == "Cannot run: see the data."
    choose(three, 0)
    assert three["run"].isEnabled()


def test_each_row_keeps_its_result_and_other_data_clear_plot_and_sentence(three):
    first = three.run(fwhm=4.0, iterations=6)
    assert three.said("verdict").startswith("6 iterations, set by you.")
    assert signs(three) == ["●", "○", "○"]
    choose(three, 1)
    assert "result" not in three.plot.values
    assert three["verdict"].isHidden()
    assert three.state() == "Ready. Ctrl+Enter runs."
    assert not three["continue"].isEnabled()
    second = three.run(iterations=9)
    choose(three, 0)
    assert np.array_equal(three.plot.values["result"], first)
    assert three["run"].text() == "Run"  # 9 iterations are asked for: what is shown is of 6
    three.put(iterations=6)
    assert three["run"].text() == "Run again"
    assert three.said("verdict").startswith("6 iterations")
    assert three.state().startswith("Done: 6 iterations")
    choose(three, 1)
    assert np.array_equal(three.plot.values["result"], second)
    again = reopened(three)
    assert signs(again) == ["●", "●", "○"]
    assert np.array_equal(again.plot.values["result"], second)


def reopened(dock):
    dock.viewer.window.remove_dock_widget(dock.dock)
    return Dock(dock.viewer, dock.qtbot)


def test_run_all_runs_every_row_with_the_same_settings(three, files, tmp_path, cube):
    other = write(tmp_path / "wave.csv", lines(seed=9), unit="nm")
    ev = [f"{place * STEP / 1000:.6g},{value:g}" for place, value in enumerate(lines(seed=4))]
    (tmp_path / "ev.csv").write_text("E (eV),counts\n" + "\n".join(ev) + "\n")
    three.widget.dropEvent(drop([other, tmp_path / "ev.csv"]))
    choose(three, 0)
    three.put(fwhm=4.0, iterations=7, background=0.0)
    three.click("run_all")
    three.wait_for_end()
    assert signs(three) == ["●", "●", "●", "○", "●"]
    said = three["status"].text()
    assert said.startswith("4 spectra are deconvolved. Not done: wave.csv: the axis is in nm and the kernel in meV")
    psf = nd.psf.gaussian(4.0, STEP, ndim=1, unit="meV")
    for place, seed in ((0, 4), (1, 6), (2, 8)):
        choose(three, place)
        expected = nd.deconvolve(lines(seed=seed), psf, nd.Recipe(iterations=7, background=0.0)).estimate
        assert np.allclose(three.plot.values["result"], expected, rtol=1e-4, atol=0.1)
    in_mev = three.widget._runs.rows.all[0].found.session.latest.estimate
    choose(three, 4)
    assert np.allclose(three.plot.values["result"], in_mev, rtol=1e-3, atol=0.5)


def test_stop_ends_all_runs_that_are_to_come(three):
    three.put(fwhm=4.0, iterations=100_000)
    three.click("run_all")
    three.wait(lambda: three["stop"].isEnabled() and "result" in three.plot.values)
    assert "Spectrum 1 of 3" in three.state()
    three.click("stop")
    three.wait_for_end()
    assert signs(three) == ["●", "○", "○"]
    assert "2 were not run" in three["status"].text()


def test_spectra_dropped_on_the_canvas_become_rows_and_all_else_is_naparis(dock, viewer, files, tmp_path, monkeypatch):
    canvas = viewer.window._qt_viewer
    opened = []
    monkeypatch.setattr(canvas, "_qt_open", lambda paths, **_: opened.extend(paths))
    points = tmp_path / "points.csv"
    points.write_text("index,axis-0,axis-1\n0,1.0,2.0\n1,3.0,4.0\n2,4.0,5.0\n")
    np.save(tmp_path / "picture.npy", np.zeros((8, 9)))
    let_fall(canvas, [*files, points, tmp_path / "picture.npy"])
    assert names(dock) == ["gap_4K.csv", "gap_6K.csv", "gap_8K.csv"]
    assert opened == [str(points), str(tmp_path / "picture.npy")]
    opened.clear()
    monkeypatch.setattr(canvas, "_open_from_list_of_urls_data", lambda urls, **_: opened.extend(urls))
    let_fall(canvas, [points])
    assert [url.toLocalFile() for url in opened] == [str(points)]
    assert len(names(dock)) == 3
    viewer.window.remove_dock_widget(dock.dock)
    let_fall(canvas, [files[0]])
    assert len(opened) == 2, "a dock that is closed takes nothing"


def test_a_drop_is_let_in_where_it_may_hold_a_spectrum(dock, files, tmp_path):
    for path, taken in ((files[0], True), (str(tmp_path / "picture.png"), False)):
        event = drop([path])
        where, plain = QPoint(5, 5), Qt.KeyboardModifier.NoModifier
        entering = QDragEnterEvent(where, Qt.DropAction.CopyAction, event.keep, Qt.MouseButton.LeftButton, plain)
        entering.ignore()
        dock.widget.dragEnterEvent(entering)
        assert entering.isAccepted() == taken


def test_the_width_of_a_thermal_kernel_is_that_of_the_slope_of_fermis_function(three):
    three.put(kernel="thermal", fwhm=3.0)
    psf = three.widget._review.psf
    assert psf.fwhm[0] == pytest.approx(3.0, rel=0.02)
    kt = 3.0 / 3.5255
    place = (np.arange(psf.shape[0]) - psf.shape[0] // 2) * STEP
    inside = np.abs(place) < 20
    expected = 1 / np.cosh(place[inside] / (2 * kt)) ** 2
    assert np.allclose(psf.data[inside] / psf.data.max(), expected, atol=0.02)
