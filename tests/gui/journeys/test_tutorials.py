"""The tutorials, done in napari by their words: what a page has in bold is found in the window, and pressed there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LIMIT
from hands import choose_by_keys, type_into
from npe2 import PluginManifest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QLabel, QWidget

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import read_image, read_spectrum

PLUGIN = "napari-deconvolve"
PAGES = Path(__file__).resolve().parents[3] / "docs" / "get_started"
BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
CODE = re.compile(r"^```.*?^```$|^<!--.*?^-->$", re.MULTILINE | re.DOTALL)
TAG = re.compile(r"<[^>]*>")
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Reader:
    """Does what a page says, and remembers which of its bold words were found in the window."""

    def __init__(self, page: str, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.page = (PAGES / f"{page}.md").read_text(encoding="utf-8")
        self.text = CODE.sub("", self.page)
        self.left = set(BOLD.findall(self.text))
        self.bold = frozenset(self.left)

    def command(self, number: int) -> None:
        """Type the lines of a block for the shell that are ours."""
        for line in SHELL.findall(self.page)[number].splitlines():
            if line.startswith(f"{PLUGIN} "):
                assert cli.execute(line.split()[1:]) == 0, line

    def menu(self, path: str) -> Any:
        """Open a dock, or a sample, by its menu."""
        self._named(path)
        title = path.split(" > ")[-1]
        if path.startswith("File > Open Sample > Deconvolve > "):
            manifest = PluginManifest.from_distribution(PLUGIN)
            (key,) = [one.key for one in manifest.contributions.sample_data or [] if one.display_name == title]
            self.viewer.open_sample(PLUGIN, key)
            return None
        return self.viewer.window.add_plugin_dock_widget(PLUGIN, title)[1]

    def press(self, dock: QWidget, label: str) -> None:
        """Press the button with a label."""
        self._named(label)
        buttons = [one for one in dock.findChildren(QAbstractButton) if label in (one.text(), one.accessibleName())]
        button = next((one for one in buttons if not one.isHidden()), *buttons[:1])
        self.qtbot.waitUntil(button.isEnabled, timeout=LIMIT)
        if button.isVisible():
            self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        else:  # the window of a test is not shown
            button.click()

    def see(self, dock: QWidget, *labels: str) -> None:
        """Find labels of buttons, fields, and choices."""
        shown = {one.text() for one in dock.findChildren(QAbstractButton)}
        shown |= {one.accessibleName() for one in dock.findChildren(QWidget)}
        shown |= {TAG.sub("", one.text()) for one in dock.findChildren(QLabel)}
        shown |= {box.itemText(n) for box in dock.findChildren(QComboBox) for n in range(box.count())}
        plain = {text.replace("\u00a0", " ").strip(" ▸▾:") for text in shown}
        for label in labels:
            self._named(label)
            assert {label.strip(" ▾"), f"{label} (H)"} & plain, (label, sorted(plain))

    def set(self, dock: QWidget, name: str, value: Any, label: str) -> None:
        """Set the field with a label to a value that the page names."""
        self.see(dock, label)
        box = dock.findChild(QWidget, name)
        if isinstance(value, str):
            assert value in self.text
            choose_by_keys(self.qtbot, box, value)
        else:
            type_into(self.qtbot, box, f"{value:g}")

    def run(self, dock: QWidget) -> None:
        """Press Run, and wait for the end."""
        self.press(dock, "Run")
        self.qtbot.waitUntil(lambda: not dock.findChild(QWidget, "stop").isEnabled(), timeout=LIMIT)

    def _named(self, label: str) -> None:
        assert label in self.bold, f"the page has no {label} in bold"
        self.left.discard(label)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_microscopist_does_the_first_deconvolution(viewer, qtbot, here, monkeypatch):
    reader = Reader("first_deconvolution", viewer, qtbot)
    reader.menu("File > Open Sample > Deconvolve > Simulated cell (3D)")
    assert {layer.name for layer in viewer.layers} == set(re.findall(r"^- `([^`]*)`:", reader.text, re.MULTILINE))

    editor = reader.menu("Plugins > Deconvolve > PSF")
    reader.see(editor, "Use for", "Cancel", "From beads in an image…")
    reader.press(editor, "Shape or formula…")
    reader.see(editor, "Gaussian")
    for axis, width in zip("zyx", (1.0, 0.35, 0.35), strict=True):
        type_into(qtbot, editor.findChild(QWidget, f"fwhm_{axis}"), f"{width:g}")
    deconvolve = reader.menu("Plugins > Deconvolve > Deconvolve")
    reader.press(editor, "Use this PSF")

    reader.see(deconvolve, "Iterations", "Pause", "Region", "Draw", "Pixel size", "Axes")
    reader.run(deconvolve)
    reader.see(deconvolve, "Stop and keep", "Why?", "Hold to see the input")
    result = viewer.layers.selection.active
    assert f"The result is called `{result.name}`" in reader.text
    reader.press(deconvolve, "Continue")
    qtbot.waitUntil(lambda: not deconvolve.findChild(QWidget, "stop").isEnabled(), timeout=LIMIT)
    after = viewer.layers.selection.active.name.split()[-1]
    assert f"![The result after {after} iterations]" in reader.text

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given, **_more: (str(here / Path(given[2]).name), ""))
    reader.press(deconvolve, "Save…")
    qtbot.waitUntil(lambda: any(here.glob("*_decon.ome.tif")), timeout=LIMIT)
    (saved,) = here.glob("*_decon.ome.tif")
    qtbot.waitUntil(lambda: "Saved" in deconvolve.findChild(QWidget, "status").text(), timeout=LIMIT)
    assert read_image(saved).recipe is not None
    reader.see(deconvolve, "Copy as ▾", "⋯", "Save recipe…", "Open recipe…", "Keep as my defaults", "From the file")
    reader.see(deconvolve, "Channels", "Split its colours")

    sweep = reader.menu("Plugins > Deconvolve > Compare iterations")
    reader.see(sweep, "Truth", "View", "Keep this one", "Run")
    assert sweep.findChild(QWidget, "iterations").text() in reader.text
    # napari's own slider and menu, a menu of ours, and a sign that stands where something is wrong
    assert reader.left == {"z", "!", "File > Save", "File > IO Utilities > Open images with pixel size"}


def test_a_spectroscopist_does_the_first_spectrum(viewer, qtbot, here, monkeypatch):
    reader = Reader("first_spectrum", viewer, qtbot)
    reader.command(0)
    dock = reader.menu("Plugins > Deconvolve > Spectrum")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_given, **_more: (["gap.csv"], ""))
    reader.press(dock, "Open…")
    reader.set(dock, "kernel", "thermal", "Kernel")
    width = re.search(r"3\.53 kT = ([\d.]+) meV", reader.text)
    assert width is not None
    type_into(qtbot, dock.findChild(QWidget, "fwhm"), width[1])
    reader.see(dock, "More settings")
    reader.set(dock, "background", 0.0, "Background")
    reader.run(dock)
    number = re.search(r"says that (\d+) iterations are chosen", reader.text)
    assert number is not None
    assert f"{number[1]} iterations, chosen from the data" in dock.findChild(QWidget, "state").text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given, **_more: ("sharp.csv", ""))
    reader.press(dock, "Export CSV…")
    qtbot.waitUntil((here / "sharp.csv").exists, timeout=LIMIT)
    assert len(read_spectrum("sharp.csv")) == 1001
    assert reader.left == {"result", "result, blurred again", "residual"}  # the curves of the plot


def test_a_teacher_does_the_first_lesson(viewer, qtbot):
    reader = Reader("first_lesson", viewer, qtbot)
    viewer.open_sample(PLUGIN, "chart")
    simulate = viewer.window.add_plugin_dock_widget(PLUGIN, "Blur and noise")[1]
    reader.set(simulate, "image", "simulated chart · truth", "Image")
    reader.see(simulate, "PSF", "Live preview of what I see", "New", "Result", "Error against the truth", "Error map")
    reader.set(simulate, "photons", 200.0, "Photons")
    reader.set(simulate, "background", 10.0, "Background")
    reader.run(simulate)
    made = viewer.layers["simulated chart · truth · blurred"]
    assert f"`{made.name}`" in reader.text
    reader.press(simulate, "Deconvolve this")
    deconvolve = _dock(viewer, "stop_rule")
    assert deconvolve.findChild(QWidget, "image").currentText() == made.name
    reader.run(deconvolve)
    result = viewer.layers.selection.active
    truth = 200 / nd.convolve(viewer.layers[0].data, nd.psf.gaussian(0.3, 0.05, ndim=2)).max() * viewer.layers[0].data
    error = [float(np.linalg.norm(layer.data - truth)) for layer in (made, result)]
    assert error[1] < error[0]
    reader.press(simulate, "Compare")
    assert _dock(viewer, "truth", "iterations").findChild(QWidget, "image").currentText() == made.name
    assert not reader.left


def test_a_batch_user_does_the_first_batch(viewer, qtbot, here, monkeypatch):
    reader = Reader("first_batch", viewer, qtbot)
    (here / "day1").mkdir()
    reader.command(0)
    dock = reader.menu("Plugins > Deconvolve > Batch")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(here / "day1"))
    reader.press(dock, "Add folder…")
    reader.set(dock, "recipe", "All automatic", "Recipe")
    reader.set(dock, "psf", "From files…", "PSF")
    type_into(qtbot, dock.findChild(QWidget, "psf_file"), str(here / "psf.ome.tif"))
    reader.see(dock, "Output")
    type_into(qtbot, dock.findChild(QWidget, "output"), str(here / "sharp"))
    reader.press(dock, "Run")
    qtbot.waitUntil((here / "sharp" / "batch.html").exists, timeout=LIMIT)
    reader.see(dock, "Open report")
    qtbot.waitUntil(lambda: not dock.findChild(QWidget, "open_report").isHidden(), timeout=LIMIT)
    assert sorted(path.name for path in (here / "sharp").glob("*.ome.tif")) == [f"{n}_decon.ome.tif" for n in "abc"]
    assert not reader.left


def _dock(viewer: Any, *names: str) -> QWidget:
    """Return the dock that has fields of these names."""
    return next(
        dock
        for dock in viewer.window.dock_widgets.values()
        if all(dock.findChild(QWidget, name) is not None for name in names)
    )
