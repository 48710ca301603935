"""The dock "Batch" by clicking: many files by one recipe, with the results of the command."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from batch_dock import BatchDock
from conftest import LIMIT, add_image, add_psf
from docks import AnyDock
from qtpy.QtCore import QCoreApplication, QEvent, Qt, QTimer
from qtpy.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve._napari.kit.command_words import in_dock
from napari_deconvolve._napari.kit.file_list import NAME
from napari_deconvolve._napari.layers.opening import add_layers
from napari_deconvolve.io import read_image, write_image

SPACING = (0.3, 0.1, 0.1)
PSF = nd.psf.gaussian((1.0, 0.35, 0.35), SPACING)
RECIPE = nd.Recipe(iterations=4)
LONG = nd.Recipe(iterations=100_000_000, acceleration=None)  # hours


def stack(seed: int, shape=(9, 24, 24)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(5):
        truth[tuple(rng.integers(2, [length - 2 for length in shape]))] += rng.uniform(1e3, 4e4)
    return rng.poisson(nd.convolve(truth, PSF) + 20).astype(np.uint16)


def bits(path: Path | str) -> bytes:
    return np.ascontiguousarray(read_image(path).data).tobytes()


class DeconvolveDock(AnyDock):
    title = "Deconvolve"


@pytest.fixture
def here(tmp_path) -> Path:
    """A folder "in" with seven good files and a plane, a PSF, and a recipe."""
    (tmp_path / "in").mkdir()
    for seed in range(7):
        path = tmp_path / "in" / f"cell{seed}.ome.tif"
        write_image(path, stack(seed), spacing=SPACING, units="um", axes="ZYX")
    write_image(tmp_path / "in" / "overview.tif", stack(9)[0], axes="YX")
    nd.psf.save(PSF, tmp_path / "psf.ome.tif")
    (tmp_path / "recipe.json").write_text(RECIPE.to_json(), encoding="utf-8")
    (tmp_path / "long.json").write_text(LONG.to_json(), encoding="utf-8")
    return tmp_path


@pytest.fixture
def dock(viewer, qtbot) -> BatchDock:
    return BatchDock(viewer, qtbot)


def test_eight_files_with_a_bad_one_are_seven_results_and_a_report(dock, here, monkeypatch):
    assert not dock["run"].isEnabled()
    assert dock["state"].text() == "Cannot run: Add files or a folder."
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(here / "in"))
    dock.click("add_folder")
    dock.recipe(here / "recipe.json")
    assert dock["output"].text() == str(here / "in" / "deconvolved")
    assert dock["recipe_info"].text() == "Richardson–Lucy, 4 iterations, no smoothing, the PSF of a file."
    dock.looked()
    assert dock.rows()["cell0.ome.tif"] == ("✓", "ready")
    assert dock.rows()["overview.tif"] == ("✕", "refused")
    assert dock["cost"].text().startswith("8 files, about ")
    assert not (here / "in" / "deconvolved").exists()  # nothing was written yet
    card = dock.widget.form.steps.cards["files"]
    assert (card.header.badge.text(), card.is_folded) == ("!", False)
    card.fold(True)
    assert card.header.summary.text() == "1 file is refused"
    dock.widget._look()
    assert not card.is_folded, "what has to be looked at is never folded by itself"
    assert dock["run"].isEnabled(), "a bad file does not stop the others"
    dock.click_file("overview.tif")
    assert dock["warning"].text().startswith("overview.tif: The PSF has 3 axes and the image 2")
    dock["output"].setText(str(here / "out"))
    dock.looked()
    assert dock.stage() == {"run"}
    dock.click("run")
    assert dock.stage() == {"pause", "stop"}
    assert not dock["add_files"].isEnabled()
    dock.ended()
    assert dock.stage() == {"open_report", "open_folder", "run"}
    assert dock["run"].text() == "Run again"
    assert dock["state"].text().startswith("7 done, ")
    assert dock["state"].text().endswith("1 refused.")
    assert dock.rows()["overview.tif"] == ("✕", "refused")
    for seed in range(7):
        sign, words = dock.rows()[f"cell{seed}.ome.tif"]
        assert (sign, words) in {("✓", "4 iterations"), ("⚠", "1 warning")}
        wanted = nd.deconvolve(stack(seed), PSF, RECIPE).estimate
        np.testing.assert_array_equal(read_image(here / "out" / f"cell{seed}_decon.ome.tif").data, wanted)
    assert len(list((here / "out").glob("*_decon.ome.tif"))) == 7
    opened = []
    monkeypatch.setattr("napari_deconvolve._napari.docks.batch.runs.QDesktopServices.openUrl", opened.append)
    dock.click("open_report")
    dock.click("open_folder")
    assert [Path(url.toLocalFile()) for url in opened] == [here / "out" / "batch.html", here / "out"]
    assert "7 of 8 files done, 1 failed" in (here / "out" / "batch.html").read_text(encoding="utf-8")
    # The remedy takes the file out.
    dock.click_file("overview.tif")
    dock.click("warning_remedy")
    assert "overview.tif" not in dock.rows()
    assert card.header.badge.text() == "✓"
    assert dock.stage() == {"run"}  # other files: Run is the next step


def test_results_are_those_of_the_command_bit_by_bit(dock, here):
    dock.drop(here / "in" / "cell0.ome.tif", here / "in" / "cell1.ome.tif")
    dock.choose("recipe", "All automatic")
    dock.choose("psf", "From files…")
    dock["psf_file"].setText(str(here / "psf.ome.tif"))
    dock["output"].setText(str(here / "out"))
    assert "Auto (again for every file)" in dock["recipe_info"].text()
    dock.click("run")
    dock.ended()
    files = [str(here / "in" / f"cell{seed}.ome.tif") for seed in range(2)]
    assert cli.execute(["batch", *files, "--psf", str(here / "psf.ome.tif"), "-o", str(here / "cli")]) == 0
    for seed in range(2):
        ours, theirs = here / "out" / f"cell{seed}_decon.ome.tif", here / "cli" / f"cell{seed}_decon.ome.tif"
        assert bits(ours) == bits(theirs)
        assert read_image(ours).recipe == read_image(theirs).recipe


def test_the_recipe_of_a_result_is_that_of_the_command(viewer, qtbot, here):
    """Run a file in Deconvolve, then others by its recipe: as `batch --recipe RESULT`."""
    add_image(viewer, stack(0), translate=(0, 0, 0))
    add_psf(viewer, PSF)
    dock = BatchDock(viewer, qtbot)
    assert dock["recipe_info"].text().startswith("Press Run in the dock “Deconvolve” first")
    deconvolve = DeconvolveDock(viewer, qtbot)
    deconvolve["iterations"].setValue(5)
    deconvolve.click("run")
    dock.wait(lambda: any(layer.name.endswith("RL 5") for layer in viewer.layers))
    dock.wait(lambda: "5 iterations" in dock["recipe_info"].text())
    assert dock["psf"].currentText() == "As in the run"
    (result,) = [layer for layer in viewer.layers if layer.name.endswith("RL 5")]
    stored = nd.Recipe.from_dict(result.metadata["napari_deconvolve"]["recipe"])
    (here / "found.json").write_text(stored.to_json(), encoding="utf-8")
    dock.drop(here / "in" / "cell0.ome.tif", here / "in" / "cell1.ome.tif")
    dock["output"].setText(str(here / "last"))
    dock.click("run")
    dock.ended()
    dock.choose("recipe", "A result layer…")
    assert dock["result"].currentText() == result.name
    dock["output"].setText(str(here / "layer"))
    dock.click("run")
    dock.ended()
    files = [str(here / "in" / f"cell{seed}.ome.tif") for seed in range(2)]
    recipe = ["--recipe", str(here / "found.json")]
    assert cli.execute(["batch", *files, *recipe, "-o", str(here / "cli")]) == 0
    for seed in range(2):
        wanted = bits(here / "cli" / f"cell{seed}_decon.ome.tif")
        assert bits(here / "last" / f"cell{seed}_decon.ome.tif") == wanted
        assert bits(here / "layer" / f"cell{seed}_decon.ome.tif") == wanted
    np.testing.assert_array_equal(read_image(here / "last" / "cell0_decon.ome.tif").data, result.data)


def test_stopped_after_a_file_it_goes_on_with_the_rest(dock, here):
    dock.drop(here / "in")
    dock.recipe(here / "recipe.json")
    dock["output"].setText(str(here / "out"))
    dock.click("run")
    dock.wait(lambda: len(dock.runs.standing.rows) >= 2)
    dock.click("stop")
    dock.ended()
    done = len(dock.runs.standing.rows)
    assert 2 <= done < 8
    assert dock["state"].text().startswith("Stopped: ")
    assert f"{8 - done} not run" in dock["state"].text()
    times = {path: os.stat(path).st_mtime_ns for path in (here / "out").glob("*.ome.tif")}
    assert len(times) == done
    dock.click("run")
    dock.ended()
    assert len(dock.runs.standing.rows) == 8
    assert len(list((here / "out").glob("*.ome.tif"))) == 7
    assert {path: os.stat(path).st_mtime_ns for path in times} == times  # they were skipped
    dock["skip"].click()
    dock.click("run")
    dock.ended()
    assert all(os.stat(path).st_mtime_ns > before for path, before in times.items())


def test_a_file_that_cannot_be_read_is_named_once(dock, here):
    damaged = here / "damaged.tif"
    damaged.write_bytes(b"no image")
    dock.drop(damaged)
    dock.recipe(here / "recipe.json")
    dock.looked()
    assert dock["warning"].text().startswith("damaged.tif: cannot be read as a TIFF image")


def test_files_and_folders_are_dropped_and_taken_out(dock, here):
    dock.drop(here / "in" / "cell3.ome.tif")
    dock.drop(here / "in")
    assert list(dock.rows()) == [
        "cell3.ome.tif",
        *(f"cell{seed}.ome.tif" for seed in (0, 1, 2, 4, 5, 6)),
        "overview.tif",
    ]
    assert not dock["remove"].isEnabled()
    dock.click_file("cell3.ome.tif")
    dock.click("remove")
    assert len(dock.rows()) == 7
    dock.click_file("overview.tif")
    dock.qtbot.keyClick(dock["files"], Qt.Key.Key_Delete)
    assert len(dock.rows()) == 6
    (here / "empty").mkdir()
    dock.drop(here / "empty")
    assert len(dock.rows()) == 6
    assert "holds no images" in dock["state"].text()


def test_paused_and_stopped_by_keys(dock, here):
    dock.drop(here / "in" / "cell0.ome.tif")
    dock.recipe(here / "long.json")
    dock["output"].setText(str(here / "out"))
    dock.qtbot.keyClick(dock["name"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    dock.wait(lambda: dock.runs.standing.running)
    dock.wait(lambda: "of about" in dock.rows()["cell0.ome.tif"][1])
    assert dock.rows()["cell0.ome.tif"][0] == "▶"
    dock.click("pause")
    assert (dock["pause"].text(), dock["cost"].text()) == ("Resume", "File 1 of 1, paused")
    dock.click("pause")
    assert dock["pause"].text() == "Pause"
    dock.qtbot.keyClick(dock["files"], Qt.Key.Key_Escape)
    assert dock.runs.busy  # the present file comes to its end
    assert "Esc again stops at once" in dock["state"].text()
    dock.qtbot.keyClick(dock["files"], Qt.Key.Key_Escape)
    dock.ended()
    assert not list((here / "out").glob("*.ome.tif"))


def test_a_batch_outlives_its_dock(dock, here):
    dock.drop(here / "in")
    dock.recipe(here / "recipe.json")
    dock["output"].setText(str(here / "out"))
    dock.click("run")
    dock.dock.destroyOnClose()
    assert dock.runs.busy
    again = BatchDock(dock.viewer, dock.qtbot)
    assert (again["output"].text(), len(again.rows())) == (str(here / "out"), 8)
    assert again["stop"].isEnabled()
    again.ended()
    assert again.stage() == {"open_report", "open_folder", "run"}
    assert len(list((here / "out").glob("*.ome.tif"))) == 7


def test_a_viewer_that_is_closed_leaves_no_process(make_napari_viewer, qtbot, here):
    dock = BatchDock(make_napari_viewer(), qtbot)
    dock.drop(here / "in" / "cell0.ome.tif")
    dock.recipe(here / "long.json")
    dock["output"].setText(str(here / "out"))
    dock.click("run")
    dock.wait(lambda: dock.runs.standing.running)
    (process,) = dock.runs.session.run._crew._processes.values()
    dock.viewer.close()
    qtbot.waitUntil(lambda: process._process.poll() is not None, timeout=LIMIT)


def test_all_is_seen_in_a_narrow_dock(unused_viewer, viewer, qtbot, here):
    dock = BatchDock(viewer, qtbot)
    viewer.window._qt_window.resize(1366, 768)
    viewer.window.show()
    dock.drop(here / "in")
    dock.recipe(here / "recipe.json")
    dock["more"].click()
    window = viewer.window._qt_window
    window.resizeDocks([dock.dock], [280], Qt.Orientation.Horizontal)
    dock.looked()

    def cut() -> list[str]:
        """Return the names of the buttons that are narrower than their text, and whether there is a scroll bar."""
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        QApplication.processEvents()
        found = [
            one.objectName()
            for one in dock.widget.findChildren(QAbstractButton)
            if one.isVisible() and one.text() and one.width() < one.fontMetrics().horizontalAdvance(one.text())
        ]
        return found + ["scroll bar"] * dock.widget._area.horizontalScrollBar().isVisible()

    assert dock.widget.width() <= 290
    assert cut() == []
    dock.click("run")
    assert cut() == []
    dock.ended()
    assert dock.stage() == {"open_report", "open_folder", "run"}
    assert cut() == []


def test_a_file_with_optics_has_a_psf_by_them(dock, here):
    extra = {"optics": {"numerical_aperture": 1.2, "emission_um": [0.52], "immersion_index": 1.33}}
    path = here / "with.ome.tif"
    write_image(path, stack(3), spacing=SPACING, units="um", axes="ZYX", extra=extra)
    dock.choose("recipe", "All automatic")
    assert dock["psf_info"].text() == "This recipe holds no PSF; choose another."
    dock.choose("psf", "From the optics in each file")
    dock.drop(path, here / "in" / "cell0.ome.tif")
    dock.looked()
    assert dock.rows()["with.ome.tif"][0] == "⚠"  # the kind of microscope is not said
    assert dock.rows()["cell0.ome.tif"] == ("✕", "refused")
    dock.click_file("cell0.ome.tif")
    assert "numerical aperture" in dock["warning"].text()
    assert "--" not in dock["warning"].text()


def test_channels_have_the_psfs_of_their_results(viewer, qtbot, here):
    """Results of both channels of an image, each with its PSF, make a recipe with one PSF per channel."""
    other = nd.psf.gaussian((1.2, 0.5, 0.5), SPACING)
    both = np.stack([stack(0), stack(1)])
    write_image(here / "both.ome.tif", both, spacing=(1, *SPACING), units=("pixel", "um", "um", "um"), axes="CZYX")
    inputs = add_layers(viewer, str(here / "both.ome.tif"))
    assert [layer.ndim for layer in inputs] == [3, 3]
    for layer, psf in zip(inputs, (PSF, other), strict=True):
        recipe = RECIPE.replace(psf=nd.psf.description.describe(psf)).to_dict()
        stored = {"recipe": recipe, "image": layer.name, "image_id": str(layer.unique_id)}
        viewer.add_image(layer.data, name=f"{layer.name} · RL 4", metadata={"napari_deconvolve": stored})
    dock = BatchDock(viewer, qtbot)
    dock.choose("recipe", "A result layer…")
    dock.choose("psf", "One per channel")
    dock.drop(here / "both.ome.tif")
    dock["output"].setText(str(here / "out"))
    dock.click("run")
    dock.ended()
    found = read_image(here / "out" / "both_decon.ome.tif").data
    wanted = nd.deconvolve(both, nd.psf.ChannelPSFs([PSF, other]), RECIPE).estimate
    np.testing.assert_array_equal(found, wanted)


def test_the_window_stays_free(dock, here):
    dock.drop(here / "in")
    dock.recipe(here / "recipe.json")
    dock["output"].setText(str(here / "out"))
    times: list[float] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: times.append(time.perf_counter()))
    timer.start(10)
    dock.click("run")
    dock.ended()
    timer.stop()
    gaps = 1000 * np.diff(times)
    print(f"gaps in ms: median {np.median(gaps):.1f}, p99 {np.percentile(gaps, 99):.0f}, max {gaps.max():.0f}")
    assert len(times) > 100  # it would be a few, were the files run in the GUI thread


def test_colours_follow_the_theme(dock, here):
    dock.drop(here / "in")
    item = dock["files"].topLevelItem(0)
    dark = item.foreground(NAME).color().name()
    dock.viewer.theme = "light"
    assert item.foreground(NAME).color().name() != dark
    assert dock.widget.findChild(QWidget, "files").styleSheet()


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        (
            "The PSF is in um, and the image does not tell its voxel size along Z, Y, X; give --spacing.",
            "The PSF is in um, and the image does not tell its voxel size along Z, Y, X; enter the pixel size in More "
            "settings.",
        ),
        (
            "--optics: a.tif does not tell the numerical aperture; make the PSF by 'psf microscope --optics-from a.tif "
            "--numerical-aperture 1.4 -o psf.ome.tif' and give it with --psf.",
            "a.tif does not tell the numerical aperture; take a PSF from files.",
        ),
        (
            "out/a.tif is there already, and not by a batch; give another folder or --name.",
            "out/a.tif is there already, and not by a batch; choose another folder or name.",
        ),
    ],
)
def test_sentences_of_the_command_are_in_the_words_of_the_dock(command, ours):
    assert in_dock(command) == ours
